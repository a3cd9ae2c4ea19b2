"""Servers to test, and clients of both protocol eras in this process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp import Client

from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer, build_server
from alertdsl_mcp.settings import Settings

if TYPE_CHECKING:
    from mcp.types import CallToolResult

MODES = ("legacy", "modern")
"""2025-11-25 and 2026-07-28."""

CATALOG = """
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[metrics."cpu usage"]
measurement = "cpu"
field = "usage"
unit = "%"
labels = ["host", "region"]
aliases = ["processor load"]
[metrics."disk usage"]
measurement = "disk"
field = "used_percent"
unit = "%"
labels = ["host", "path"]
[metrics."http latency"]
measurement = "http"
field = "duration"
unit = "ms"
labels = ["host"]
[entities.BTC]
tags = { symbol = "BTC" }
aliases = ["Bitcoin"]
[tags.host]
aliases = ["server"]
values = ["web1", "web2"]
[notify.targets]
ops = "log://"
"""


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Settings of a server on a database and a catalog of its own."""
    path = folder / "alertdsl.toml"
    if not path.exists():
        path.write_text(CATALOG)
    return replace(Settings(f"sqlite:///{folder / 'alerts.db'}", path, database_given=True), **changes)


def client(server: AlertServer, mode: str, **options: Any) -> Client:
    """A client in this process, of one protocol era."""
    if mode == "legacy":
        options["mode"] = "legacy"
    return Client(server, read_timeout_seconds=20, **options)


def server_of(app: App) -> AlertServer:
    """A server on an application of the test's own."""
    return build_server(app)


async def call(to: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured content of a call that has to succeed; its text must be there too."""
    result = await to.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    assert text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refused(to: Client, tool: str, **arguments: Any) -> tuple[dict[str, Any], str]:
    """The structured content and the text of a call that has to be refused."""
    result = await to.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    text = text_of(result)
    assert "Traceback" not in text
    assert isinstance(result.structured_content, dict)
    assert result.structured_content["error"].split("\n")[0] in text
    return result.structured_content, text


def text_of(result: CallToolResult) -> str:
    """The text of a result."""
    return "".join(getattr(part, "text", "") for part in result.content)


def compact(value: Any) -> str:
    """JSON as it goes over the wire."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
