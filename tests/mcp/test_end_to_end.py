"""All parts at once: a client makes a rule on MariaDB, the engine, another process, fires it on data in a real InfluxDB and
tells a webhook, and the client sees, acknowledges and sees it end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import anyio
import pytest
from mcp import Client

from alertdsl.store import open_store
from alertdsl_mcp.settings import load_settings
from tests.mcp.processes import serving, stdio
from tests.mcp.serving import call
from tests.services.process import LOGS

if TYPE_CHECKING:
    from alertdsl_mcp.settings import Settings
    from tests.services.database import DatabaseServer
    from tests.services.http import HttpEndpoint
    from tests.services.influxdb import InfluxDB

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CONFIGURATION = """
[source]
url = "{influx.url}"
org = "{influx.org}"
token = "{influx.token}"
bucket = "{bucket}"
[store]
url = "{database}"
[notify.targets]
desk = "{desk}"
[engine]
delay = "200ms"
poll = "100ms"
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[entities.BTC]
tags = {{ symbol = "BTC" }}
aliases = ["Bitcoin"]
"""
RULE = """rule btc-high
  when Bitcoin price goes above $70k for 2s
  every 1s
  notify desk
  repeat every 2s"""


class Feed:
    """Writes a price several times a second."""

    def __init__(self, influx: InfluxDB, bucket: str) -> None:
        self.price = 69_000
        self._influx, self._bucket = influx, bucket
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        while not self._over.wait(0.25):
            line = f"crypto,symbol=BTC close={self.price}.0 {time.time_ns()}"
            self._influx.write_lp(line, bucket=self._bucket)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)


@contextmanager
def _engine(settings: Settings) -> Iterator[None]:
    LOGS.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).with_name("alertdsl")), "run", "--config", str(settings.path)]
    with (LOGS / "mcp-engine.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ)
        try:
            yield
        finally:
            process.terminate()
            try:
                assert process.wait(20) == 0
            finally:
                process.kill()


async def _until(what: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    with anyio.fail_after(seconds):
        while not (found := await what()):
            await anyio.sleep(0.1)
    return found


async def test_from_a_wish_to_an_alert_that_ends(
    influx: InfluxDB,
    influx_bucket: str,
    mysql: DatabaseServer,
    http_endpoint: HttpEndpoint,
    tmp_path: Path,
) -> None:
    path = tmp_path / "alertdsl.toml"
    database, desk = mysql.new_database(), http_endpoint.apprise_url
    path.write_text(CONFIGURATION.format(influx=influx, bucket=influx_bucket, database=database, desk=desk))
    settings = load_settings(config=path)
    assert settings.database == database
    with open_store(database) as store:
        token, _ = store.tokens.create(scope="write")

    def told(kind: str) -> int:
        return sum(one.json["alert"]["kind"] == kind for one in http_endpoint.messages)

    with Feed(influx, influx_bucket) as feed, _engine(settings):
        # The rule is made as Claude Desktop would, and looked after over the network by another client.
        async with Client(stdio(settings), read_timeout_seconds=20, mode="legacy") as desktop:
            made = await call(desktop, "create_alert_rule", rule=RULE)
            assert "above 70,000 USD" in made["explanation"]
        with serving(settings, "streamable-http", "--auth", "token") as served:
            async with served.client("modern", token) as one:

                async def list_of(state: str) -> list[dict[str, Any]]:
                    rows: list[dict[str, Any]] = (await call(one, "list_alerts", state=state))["alerts"]
                    return rows

                async def all_well() -> bool:
                    return bool((await call(one, "health"))["parts"]["engine"] == "pass")

                await _until(all_well)
                assert (await call(one, "health"))["status"] == "pass"
                assert await list_of("all") == []

                feed.price = 71_000
                (alert,) = await _until(lambda: list_of("firing"))
                assert (alert["rule"], alert["labels"]) == ("btc-high", {"symbol": "BTC"})
                assert alert["value"] == 71_000

                async def repeated() -> bool:
                    return told("repeat") >= 1

                await _until(repeated)
                assert told("firing") == 1
                said = await call(one, "acknowledge_alert", alert_id=alert["id"], note="I am on it")
                assert said["acknowledged_by"].startswith("mcp:")
                await anyio.sleep(1)  # one that was being sent
                before = told("repeat")
                await anyio.sleep(5)
                assert told("repeat") == before, "an acknowledged alert is not repeated"
                (still,) = await list_of("firing")
                assert still["acknowledged_by"] == said["acknowledged_by"]

                feed.price = 69_000
                (ended,) = await _until(lambda: list_of("resolved"))
                assert ended["id"] == alert["id"]
                assert await list_of("open") == []
                story = await call(one, "get_alert", alert_id=alert["id"])
                assert [step["to"] for step in story["history"]][-2:] == ["firing", "resolved"]
                assert story["note"] == "I am on it"

                async def resolved() -> bool:
                    return told("resolved") == 1

                await _until(resolved)
