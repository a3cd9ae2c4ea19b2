"""The MCP Inspector's command line, as people try a server with it: it lists and calls every tool, over stdio and HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from alertdsl.store import open_store
from tests.alertdsl.store.samples import fire, new_rule
from tests.mcp.processes import MODULE, arguments, serving
from tests.mcp.series import write_prices
from tests.mcp.serving import settings_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alertdsl_mcp.settings import Settings
    from tests.services.mcp_suites import McpSuites

PREVIEW = {"rule": "BTC price > 70k for 5m", "days": 2}


class Inspector:
    """Runs the inspector against one server."""

    def __init__(self, suites: McpSuites, server: Sequence[str], folder: Path) -> None:
        self._suites, self._server, self._folder = suites, server, folder

    def ask(self, *options: str) -> dict[str, Any]:
        """What it got; it has to succeed."""
        done = self._suites.run("mcp-inspector", "--cli", *self._server, *options, cwd=self._folder)
        assert done.returncode == 0, done.stdout + done.stderr
        got = json.loads(done.stdout)
        assert isinstance(got, dict)
        return got

    def call(self, tool: str, **given: object) -> dict[str, Any]:
        """The structured content of a call."""
        got = self.ask(
            *("--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(given)),
            *("--format", "json"),
        )
        got = got.get("result", got)
        assert not got.get("isError")
        assert got["content"][0]["text"]
        content = got["structuredContent"]
        assert isinstance(content, dict)
        return content


def _use_all(one: Inspector, alert: str) -> None:
    listed = one.ask("--method", "tools/list", "--strict", "--format", "json")
    tools = {tool["name"] for tool in listed.get("result", listed)["tools"]}
    called = {
        "check_rule": one.call("check_rule", rule="BTC price > 70k"),
        "search_metrics": one.call("search_metrics", query="cpu", limit=1),
        "preview_rule": one.call("preview_rule", **PREVIEW),
        "create_alert_rule": one.call("create_alert_rule", rule="rule hot\n  when cpu usage > 90% for 5m"),
        "explain_rule": one.call("explain_rule", rule="hot"),
        "list_alert_rules": one.call("list_alert_rules"),
        "update_alert_rule": one.call("update_alert_rule", rule_id="hot", enabled=False),
        "list_alerts": one.call("list_alerts", state="firing"),
        "get_alert": one.call("get_alert", alert_id=alert),
        "acknowledge_alert": one.call("acknowledge_alert", alert_id=alert, note="on it"),
        "silence": one.call("silence", labels="symbol=BTC", duration="1h"),
        "delete_alert_rule": one.call("delete_alert_rule", rule_id="hot", confirmed=True),
        "health": one.call("health"),
    }
    assert set(called) == tools
    assert called["check_rule"]["ok"]
    assert [one["name"] for one in called["search_metrics"]["metrics"]] == ["cpu usage"]
    assert called["preview_rule"]["fired"] == 2
    assert "above 90%" in called["explain_rule"]["explanation"]
    assert {row["name"] for row in called["list_alert_rules"]["rules"]} == {"btc-high", "hot"}
    assert called["update_alert_rule"]["did"] == "changed"
    assert [row["id"] for row in called["list_alerts"]["alerts"]] == [alert]
    assert called["get_alert"]["history"]
    assert called["acknowledge_alert"]["acknowledged_by"].startswith("mcp:")
    assert called["silence"]["alerts_now"] == 1
    assert called["delete_alert_rule"]["deleted"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a server with a firing alert and two days of prices."""
    made = settings_in(tmp_path)
    write_prices(made.database)
    return made


@pytest.fixture
def alert(settings: Settings) -> str:
    """The id of the alert."""
    with open_store(settings.database) as store:
        return fire(store, store.rules.add(new_rule())).id


def test_over_stdio(mcp_suites: McpSuites, settings: Settings, alert: str, tmp_path: Path) -> None:
    # What stands after "--" is the server's, and its options are not taken for the inspector's.
    config = tmp_path / "servers.json"
    server = {"command": MODULE[0], "args": [*MODULE[1:], *arguments(settings)]}
    config.write_text(json.dumps({"mcpServers": {"alertdsl": server}}))
    _use_all(Inspector(mcp_suites, ["--config", str(config), "--server", "alertdsl"], tmp_path), alert)


def test_over_http_with_a_token(
    mcp_suites: McpSuites, settings: Settings, alert: str, tmp_path: Path
) -> None:
    """In the new era; over stdio the inspector speaks the old one by itself."""
    with open_store(settings.database) as store:
        token, _ = store.tokens.create(scope="write")
    with serving(settings, "streamable-http", "--auth", "token") as served:
        options = [served.url, "--header", f"Authorization: Bearer {token}", "--protocol-era", "modern"]
        _use_all(Inspector(mcp_suites, options, tmp_path), alert)
