"""What a rule would have done, asked of the evaluator in a process of its own."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest
from mcp import Client

from alertdsl_mcp import preview as previewing
from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from alertdsl_mcp.settings import Limits
from alertdsl_mcp.transports.http import Address, make_uvicorn
from tests.mcp.series import MINUTE, write_prices
from tests.mcp.serving import call, client, refused, server_of, settings_in
from tests.services.influxdb import InfluxDB

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process finds what this one finds."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.fixture
def prices(app: App) -> None:
    """Two days of them."""
    write_prices(app.settings.database)


@pytest.mark.usefixtures("prices")
async def test_a_preview_tells_now_and_then(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        shown = await call(one, "preview_rule", rule="BTC price > 70k for 5m", days=2)
        assert shown["now"] == "it would fire"
        assert (shown["firing"], shown["series"], shown["fired"], shown["per_day"]) == (1, 1, 2, 1.0)
        newest, older = shown["episodes"]
        assert newest["labels"] == {"symbol": "BTC"}
        assert "resolved" not in newest
        assert older["resolved"].endswith("Z")
        await call(one, "create_alert_rule", rule="rule btc\n  when BTC price > 80k")
        shown = await call(one, "preview_rule", rule="btc", days=1)
        assert (shown["now"], shown["fired"]) == ("it would not fire", 0)
        shown = await call(one, "preview_rule", rule="cpu usage > 90%")
        assert any("can never fire" in note for note in shown["notes"])
        said, _ = await refused(one, "preview_rule", rule="BTC prise > 1")
        assert said["suggestion"] == "BTC price > 1"


@pytest.mark.usefixtures("prices")
async def test_a_rule_that_is_asked_about_is_gone_through_alongside(server: AlertServer, mode: str) -> None:
    both = "rule both\n  when high is firing for 10m"
    async with client(server, mode) as one:
        said, _ = await refused(one, "preview_rule", rule=both)
        assert 'there is no rule "high"' in said["error"]
        await call(one, "create_alert_rule", rule="rule high\n  when BTC price > 70k for 5m")
        shown = await call(one, "preview_rule", rule=both, days=2)
        assert (shown["now"], shown["firing"], shown["fired"]) == ("it would fire", 1, 2)
        assert shown["episodes"][0]["labels"] == {"symbol": "BTC"}


async def test_a_preview_reads_a_real_influxdb(
    influx: InfluxDB, influx_bucket: str, server: AlertServer, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("URL", influx.url),
        ("ORG", influx.org),
        ("TOKEN", influx.token),
        ("BUCKET", influx_bucket),
    ):
        monkeypatch.setenv(f"INFLUXDB_V2_{name}", value)
    now = time.time_ns() // MINUTE * MINUTE
    lines = [
        f"cpu,host=web{h} usage={95 if n < 30 and h == 1 else 50} {now - n * MINUTE}"
        for h in (1, 2)
        for n in range(120)
    ]
    influx.write_lp(lines, bucket=influx_bucket)
    async with client(server, mode) as one:
        shown = await call(one, "preview_rule", rule="cpu usage > 90% for 5m", days=0.2)
    assert (shown["firing"], shown["series"], shown["fired"]) == (1, 2, 1)
    assert shown["episodes"][0]["labels"] == {"host": "web1"}


async def test_without_a_source_it_says_so(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        said, _ = await refused(one, "preview_rule", rule="BTC price > 70k")
    assert said["error"] == "no preview: no source of series is configured"
    assert "INFLUXDB_V2_URL" in said["hint"]


async def test_without_an_evaluator_it_says_so(
    server: AlertServer, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "GROUP", "alertdsl.nothing")
    async with client(server, mode) as one:
        said, _ = await refused(one, "preview_rule", rule="BTC price > 70k")
    assert "not installed" in said["error"]
    assert "alertdsl-runtime" in said["hint"]


async def test_a_source_that_is_down_is_told(
    server: AlertServer, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXDB_V2_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("INFLUXDB_V2_TOKEN", "secret-token")
    async with client(server, mode) as one:
        said, text = await refused(one, "preview_rule", rule="BTC price > 70k")
    assert "does not answer" in said["error"]
    assert "secret-token" not in text


SLOW = """
import pathlib, sys, time
sys.stdin.readline()
pathlib.Path(__file__).with_name("started").touch()
time.sleep(600)
"""


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An evaluator that does not come back."""
    (tmp_path / "slow_evaluator.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(previewing, "evaluator", lambda: "slow_evaluator")


def _running() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if "slow_evaluator" in " ".join(p.cmdline())]


@pytest.mark.usefixtures("slow")
async def test_a_query_ends_when_its_client_leaves(server: AlertServer, mode: str, tmp_path: Path) -> None:
    async with client(server, mode) as one:
        with anyio.move_on_after(2):
            await one.call_tool("preview_rule", {"rule": "BTC price > 70k"})
        with anyio.fail_after(10):
            while _running():
                await anyio.sleep(0.05)
    assert (tmp_path / "started").exists()


@pytest.mark.usefixtures("slow")
async def test_a_query_ends_when_its_client_leaves_over_http(
    server: AlertServer, mode: str, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = make_uvicorn(server, Address(port=port), "streamable-http")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(web.serve)
        with anyio.fail_after(10):
            while not web.started:
                await anyio.sleep(0.05)
        options: dict[str, Any] = {"mode": "legacy"} if mode == "legacy" else {}
        async with Client(f"http://127.0.0.1:{port}/mcp", **options) as one:
            with anyio.move_on_after(3):
                await one.call_tool("preview_rule", {"rule": "BTC price > 70k"})
            with anyio.fail_after(10):
                while _running():
                    await anyio.sleep(0.05)
        web.should_exit = True
    assert (tmp_path / "started").exists()


async def test_the_sources_connection_ends_when_the_client_leaves(
    server: AlertServer, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real evaluator, and a source that takes the query and never answers: it sees its caller hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        monkeypatch.setenv("INFLUXDB_V2_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("INFLUXDB_V2_TOKEN", "t")
        monkeypatch.setenv("INFLUXDB_V2_TIMEOUT", "60000")

        def hung_up() -> float:
            connection, _ = listening.accept()
            asked.set()
            connection.settimeout(20)
            while connection.recv(65536):
                pass
            return time.monotonic()

        asked = threading.Event()
        with ThreadPoolExecutor(1) as threads:
            source = threads.submit(hung_up)
            async with client(server, mode) as one, anyio.create_task_group() as tasks:
                tasks.start_soon(one.call_tool, "preview_rule", {"rule": "BTC price > 70k"})
                assert await anyio.to_thread.run_sync(asked.wait, 20)
                left = time.monotonic()
                tasks.cancel_scope.cancel()
            assert source.result(20) - left < 5


@pytest.mark.usefixtures("slow")
async def test_a_query_that_takes_too_long_ends(tmp_path: Path, mode: str) -> None:
    app = App(settings_in(tmp_path, limits=Limits(preview_s=1)))
    async with client(server_of(app), mode) as one:
        said, _ = await refused(one, "preview_rule", rule="BTC price > 70k")
    assert "longer than 1 s" in said["error"]
    assert "fewer days" in said["hint"]
    assert not _running()
    app.close()


def test_the_server_imports_nothing_of_the_engine() -> None:
    import subprocess

    code = (
        "import sys, alertdsl_mcp.starting, alertdsl_mcp.cli, alertdsl_mcp.token_commands; "
        "heavy = {'alertdsl_runtime', 'numpy', 'influxdb_client', 'apprise', 'jinja2'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
