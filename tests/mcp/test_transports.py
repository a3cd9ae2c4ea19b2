"""Each transport once, in both protocol eras, by processes as users start them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client

from alertdsl.store import open_store
from alertdsl_mcp.checking import check
from tests.mcp.processes import MODULE, arguments, serving, stdio
from tests.mcp.serving import call, settings_in

pytestmark = pytest.mark.anyio

RULE = "BTC price > 70k for 5m"


async def _use(one: Client) -> None:
    assert len((await one.list_tools()).tools) == 13
    made = await call(one, "create_alert_rule", rule=RULE)
    assert "70,000 USD" in made["explanation"]
    (row,) = (await call(one, "list_alert_rules"))["rules"]
    assert row["id"] == made["id"]
    assert str((await one.list_resources()).resources[0].uri) == "alertdsl://language"


async def test_stdio(tmp_path: Path, mode: str) -> None:
    options: dict[str, Any] = {"mode": "legacy"} if mode == "legacy" else {}
    async with Client(stdio(settings_in(tmp_path)), read_timeout_seconds=20, **options) as one:
        await _use(one)


@pytest.mark.parametrize("transport", ["streamable-http", "sse"])
async def test_http(tmp_path: Path, transport: str) -> None:
    with serving(settings_in(tmp_path), transport) as served:
        for mode in ("legacy", "modern"):
            async with served.client(mode) as one:
                await _use(one)
        assert served.stop() < 5


async def test_it_stops_while_streams_are_open(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path), "streamable-http") as served:
        async with served.client("modern") as one, one.listen(resource_subscriptions=["alertdsl://alerts"]):
            async with httpx2.AsyncClient(timeout=20) as http:
                assert (await http.get(f"http://127.0.0.1:{served.port}/health")).json() == {"status": "pass"}
            seconds = await anyio.to_thread.run_sync(served.stop)
        assert seconds < 5
    with serving(settings_in(tmp_path), "streamable-http") as served:
        async with served.client("legacy") as one:
            await one.list_tools()  # its session keeps a stream open for what the server has to say
            seconds = await anyio.to_thread.run_sync(served.stop)
        assert seconds < 6


async def test_web_pages_cannot_reach_it(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path), "streamable-http") as served:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accept = {"Accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient(timeout=20) as http:
            answer = await http.post(served.url, json=body, headers={**accept, "Host": "evil.example"})
            assert answer.status_code == 421
            answer = await http.post(
                served.url, json=body, headers={**accept, "Origin": "https://evil.example"}
            )
            assert answer.status_code == 403


def test_stdio_ends_with_its_host(tmp_path: Path) -> None:
    done = subprocess.run(
        [*MODULE, *arguments(settings_in(tmp_path))], input=b"", capture_output=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--host", "0.0.0.0", "--auth", "none"], "lets others in"),
        (["--host", "0.0.0.0"], "say by which name clients call"),
        (["--public-url", "alerts"], "is not an address"),
        (["--oauth-issuer", "https://a.example"], "needs --public-url"),
        (
            ["--oauth-issuer", "http://a.example", "--public-url", "https://b.example/mcp"],
            "must begin with https",
        ),
    ],
)
def test_it_does_not_start_open_to_the_world(tmp_path: Path, options: list[str], reason: str) -> None:
    command = [*MODULE, "--transport", "streamable-http", *arguments(settings_in(tmp_path)), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands_are_the_same(tmp_path: Path) -> None:
    for command in (MODULE, [str(Path(sys.executable).with_name("alertdsl")), "start-mcp-server"]):
        done = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=30, check=True)
        for option in ("--transport", "--host", "--port", "--read-only", "9122", "127.0.0.1"):
            assert option in done.stdout


@pytest.mark.parametrize("transport", ["streamable-http", "sse"])
def test_connections_are_tested(tmp_path: Path, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    assert check() is None
    with open_store(settings.database) as store:
        token, _ = store.tokens.create()
    with serving(settings, transport, "--auth", "token") as served:
        monkeypatch.setenv("ALERTDSL_MCP_URL", served.url)
        monkeypatch.setenv("ALERTDSL_MCP_TOKEN", token)
        found = check()
        assert found is not None
        assert found[0]
        assert "database pass" in found[1]
        for wrong in ("wr0ng", ""):
            monkeypatch.setenv("ALERTDSL_MCP_TOKEN", wrong)
            found = check()
            assert found is not None
            assert not found[0]
            assert "wr0ng" not in found[1]
    found = check()
    assert found is not None
    assert not found[0]
    assert "does not answer" in found[1]
