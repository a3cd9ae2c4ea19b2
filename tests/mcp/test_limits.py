"""Limits on what and how often clients ask, on every transport; and what is hostile."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import anyio
import httpx2
import psutil
import pytest
from mcp import MCPError

from alertdsl.store import open_store
from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from alertdsl_mcp.settings import Limits
from alertdsl_mcp.starting import make_server
from alertdsl_mcp.transports.limits import Rates
from alertdsl_mcp.transports.stdio import DEEPEST, wrong_with
from tests.mcp.processes import MODULE, arguments, serving
from tests.mcp.serving import call, client, refused, settings_in, text_of

pytestmark = pytest.mark.anyio

MB = 1_000_000
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


# ---------------------------------------------------------------- how often


def test_a_bucket_fills_up_again() -> None:
    now = 0.0
    rates = Rates(rate=2, burst=3, clock=lambda: now)
    assert [rates.take("a") for _ in range(3)] == [0, 0, 0]
    assert rates.take("a") == pytest.approx(0.5)
    assert rates.take("b") == 0
    now = 0.5
    assert rates.take("a") == 0
    assert rates.take("a") > 0


def test_memory_for_clients_is_bounded() -> None:
    rates = Rates(1, 1)
    for n in range(20_000):
        rates.take(f"client {n}")
    assert len(rates._left) == 10_000


async def test_too_many_requests_are_refused(tmp_path: Path, mode: str) -> None:
    """In this process as over stdio: the limit is on messages."""
    server = make_server(settings_in(tmp_path, limits=Limits(rate=1, burst=8)))
    async with client(server, mode) as one:

        async def ask_often() -> None:
            for _ in range(20):
                await one.call_tool("health", {})

        with pytest.raises(MCPError, match="too many requests: wait"):
            await ask_often()
    server.app.close()


async def test_too_many_requests_over_http_get_429(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path), "streamable-http", "--rate", "1", "--burst", "10") as served:
        async with httpx2.AsyncClient(timeout=20) as http:
            answers = [await http.post(served.url, json={}, headers=HEADERS) for _ in range(40)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["error"]["message"].startswith("too many requests")
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_two_hundred_clients_at_once(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path), "streamable-http") as served:
        done = 0

        async def one_client(n: int) -> None:
            nonlocal done
            async with served.client("modern" if n % 2 else "legacy") as one:
                for _ in range(2):
                    await call(one, "check_rule", rule=f"cpu usage > {n % 99 + 1}%")
                done += 1

        async with anyio.create_task_group() as tasks:
            for n in range(200):
                tasks.start_soon(one_client, n)
        assert done == 200
        assert psutil.Process(served.process.pid).memory_info().rss < 400 * MB


# ---------------------------------------------------------------- how much


async def test_a_body_of_100_mb_is_refused_at_once(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path), "streamable-http") as served:
        process = psutil.Process(served.process.pid)
        before = process.memory_info().rss

        async def body(length: int) -> Any:
            for _ in range(length // MB):
                yield b"a" * MB

        async with httpx2.AsyncClient(timeout=30) as http:
            for headers in ({"Content-Length": str(100 * MB)}, {"Transfer-Encoding": "chunked"}):
                try:
                    answer = await http.post(
                        served.url, content=body(100 * MB), headers={**HEADERS, **headers}
                    )
                    assert answer.status_code == 413
                except httpx2.HTTPError:
                    continue  # it hung up on us, which is as good
        assert process.memory_info().rss - before < 60 * MB
        async with served.client("modern") as one:
            await call(one, "health")


async def test_deep_json_over_http_is_refused(tmp_path: Path) -> None:
    deep = (
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    )
    with serving(settings_in(tmp_path), "streamable-http") as served:
        async with httpx2.AsyncClient(timeout=30) as http:
            answer = await http.post(served.url, content=deep, headers=HEADERS)
        assert answer.status_code == 400
        assert "Traceback" not in answer.text
        assert len(answer.text) < 1000
        async with served.client("modern") as one:
            await call(one, "health")


class Line:
    """A server on stdio, spoken to in lines."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [*MODULE, *arguments(settings_in(folder))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        try:
            assert self.process.wait(20) == 0
        finally:
            self.process.kill()
            self.process.stdout.close()

    def ask(self, line: bytes) -> Any:
        """The answer to a line."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def _request(method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 9, "method": method, "params": params}).encode()


HELLO = _request(
    "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "test", "version": "1"}
)


def test_every_line_gets_an_answer_on_stdio(tmp_path: Path) -> None:
    with Line(tmp_path) as server:
        for line, code, identity in (
            (b"not json", -32700, None),
            (b"[]", -32600, None),
            (b'{"id": 4, "method": "tools/list"}', -32600, 4),
            (b'{"jsonrpc": "2.0", "id": "a\\"b", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", -32700, 'a"b'),
            (b'{"jsonrpc": "2.0", "id": 5, "x": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", -32700, 5),
            (b'{"jsonrpc": "2.0", "id": 6, "x": "\xff\xfe"', -32700, 6),
        ):
            said = server.ask(line)
            assert (said["error"]["code"], said["id"]) == (code, identity), line[:50]
        begun = time.monotonic()
        said = server.ask(b'{"jsonrpc": "2.0", "id": 7, "x": "' + b"a" * (100 * MB) + b'"}')
        assert (said["error"]["code"], said["id"]) == (-32600, 7)
        assert "larger than 1,000,000 bytes" in said["error"]["message"]
        assert time.monotonic() - begun < 10
        assert psutil.Process(server.process.pid).memory_info().rss < 200 * MB
        assert "serverInfo" in server.ask(HELLO)["result"], "it goes on"


def test_what_is_deep_is_told_from_what_only_looks_so() -> None:
    brackets = json.dumps({"jsonrpc": "2.0", "text": "[" * 10_000 + '\\"{{{' * 100}).encode()
    assert wrong_with(brackets) is None
    assert wrong_with(b'{"jsonrpc": "2.0", "x": [' + b"[]," * 5000 + b"[]]}") is None
    deep = b'{"jsonrpc": "2.0", "x": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}"
    assert wrong_with(deep) is not None


async def test_twenty_thousand_wrong_arguments_get_a_short_answer(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        wrong = {f"argument {n}": "x" * 20 for n in range(20_000)}
        said, text = await refused(one, "check_rule", **wrong)
        assert len(text) < 1000
        assert "and 19995 more" in said["error"]
        said, text = await refused(
            one, "list_alerts", limit={f"a{n}": n for n in range(20_000)}, state=["x"] * 20_000
        )
        assert len(text) < 1000
        said, _ = await refused(one, "list_alert_rules", limit="many")
        assert "many" not in said["error"], "values are not repeated"


async def test_unknown_arguments_and_tools_are_refused(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        said, _ = await refused(one, "create_alert_rule", rule="cpu usage > 90%", severity="critical")
        assert "severity" in said["error"]
        assert "it takes rule" in said["hint"]
        said, _ = await refused(one, "list_rules")
        assert "list_alert_rules" in said["hint"]
        await refused(one, "check_rule")
        assert (await call(one, "list_alerts", severity=None, labels=None))["alerts"] == []
    assert not app.store.rules.list().items


HOSTILE = [
    "' OR 1=1; DROP TABLE alert_rules; --",
    '") |> drop() //',
    'cpu.usage{host="a\\") |> yield() //"} > 90',
    "\x00\x01\x02",
    "\ud800",
    "{{ ''.__class__.__mro__ }}",
    "cpu usage > " + "9" * 5000,
    "(" * 5000,
    "not " * 4000 + "cpu usage > 1%",
    "cpu usage > 1% and " * 1000,
    " " * 19_000,
    "💥" * 5000,
    "average " * 2000 + "in the last 5 minutes",
    "x" * 30_000,
    "\n" * 10_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_is_answered_quickly_and_leaks_nothing(
    app: App, server: AlertServer, mode: str, text: str
) -> None:
    async with client(server, mode) as one:
        begun = time.monotonic()
        for tool, name in (
            ("check_rule", "rule"),
            ("explain_rule", "rule"),
            ("create_alert_rule", "rule"),
            ("search_metrics", "query"),
            ("list_alert_rules", "search"),
            ("list_alert_rules", "cursor"),
            ("list_alerts", "labels"),
            ("get_alert", "alert_id"),
            ("delete_alert_rule", "rule_id"),
            ("silence", "labels"),
            ("silence", "duration"),
        ):
            try:
                result = await one.call_tool(tool, {name: text})
            except (MCPError, UnicodeEncodeError, ValueError):
                continue  # not a text that JSON can carry
            said = text_of(result)
            assert "Traceback" not in said
            assert "sqlalchemy" not in said.lower()
            assert str(app.settings.path) not in said
            assert "fault of the server" not in said, tool
        assert time.monotonic() - begun < 10
        assert (await call(one, "health"))["parts"]["database"] == "pass"


async def test_a_database_that_is_not_there_is_told(tmp_path: Path, mode: str) -> None:
    settings = replace(settings_in(tmp_path), database="mysql://user:secret@127.0.0.1:9/alerts")
    from tests.mcp.serving import server_of

    app = App(settings)
    async with client(server_of(app), mode) as one:
        state = await call(one, "health")
        assert state["status"] == "fail"
        assert state["parts"]["database"] != "pass"
        assert (await call(one, "check_rule", rule="cpu usage > 90%"))["ok"], "what needs no database works"
        said, text = await refused(one, "create_alert_rule", rule="cpu usage > 90%")
        assert "does not answer" in said["error"]
        assert "secret" not in text + json.dumps(state)
    app.close()


async def test_health_asks_influxdb(
    app: App, server: AlertServer, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXDB_V2_URL", "http://user:secret@127.0.0.1:9")
    async with client(server, mode) as one:
        state = await call(one, "health")
    assert state["status"] == "fail"
    assert state["parts"]["influxdb"] == "InfluxDB at http://127.0.0.1:9 does not answer"
    assert "no engine" in state["parts"]["engine"]


async def test_health_passes_with_a_real_influxdb(
    influx: Any, server: AlertServer, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXDB_V2_URL", influx.url)
    async with client(server, mode) as one:
        state = await call(one, "health")
    assert (state["status"], state["parts"]["influxdb"]) == ("pass", "pass")


def test_a_token_is_in_no_log(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with open_store(settings.database) as store:
        text, made = store.tokens.create()
        assert text not in repr(made) + repr(store)
