"""Servers that go away and come back: every alert's state is kept, and afterwards the history has no hole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alertdsl.semantics.typed import MINUTE, SECOND
from alertdsl.store import StoreUnavailable, open_store
from alertdsl.store.records import NewRule
from alertdsl_runtime.clock import ManualClock
from alertdsl_runtime.engine import CatalogCompiler, Engine, Options
from alertdsl_runtime.sources.influx import InfluxSource
from tests.runtime.engine.world import START, Feed, World

if TYPE_CHECKING:
    from tests.services.database import DatabaseServer
    from tests.services.influxdb import InfluxDB


class InfluxWorld:
    """An engine on a real InfluxDB, minute by minute."""

    def __init__(self, server: InfluxDB, folder: Path, token: str = "") -> None:
        self.server = server
        self.bucket = server.new_bucket()
        self.clock = ManualClock(START - MINUTE // 2)
        self.store = open_store(f"sqlite:///{folder / 'alerts.db'}", clock=self.clock)
        self.token = token or server.new_token(read=[self.bucket])
        source = InfluxSource(server.url, server.org, self.token, self.bucket, timeout=0.5)
        compiler = CatalogCompiler()
        [rule], _ = compiler.compile("rule high\n  when load.value > 90\n", "test")
        self.rule = self.store.rules.add(NewRule(rule.name, rule.text, rule.text, compiler.meaning(rule)))
        self.engine = Engine(self.store, source, compiler, options=Options(default_targets=("inbox",)))

    def write(self, minute: int, value: float) -> None:
        self.server.write_lp(
            f"load,host=web1 value={value} {START + minute * MINUTE - 1}", bucket=self.bucket
        )

    def minute(self, number: int) -> None:
        self.clock.set(START + number * MINUTE + 10 * SECOND)
        self.engine.tick()

    def history(self) -> list[tuple[int, str]]:
        alerts = sorted(self.store.alerts.list().items, key=lambda a: a.opened_at)
        return [
            ((step.t - START) // MINUTE, step.to_state)
            for alert in alerts
            for step in self.store.alerts.get(alert.id).transitions
        ]

    def states(self) -> list[str]:
        return [alert.state for alert in self.store.alerts.list().items]


def fill(world: InfluxWorld) -> None:
    for minute, value in enumerate([95, 95, 10, 95, 95, 10, 10]):
        world.write(minute, value)


WHOLE = [(0, "firing"), (2, "resolved"), (3, "firing"), (5, "resolved")]


def test_influxdb_stopped_and_back(private_influx: InfluxDB, tmp_path: Path) -> None:
    world = InfluxWorld(private_influx, tmp_path)
    fill(world)
    world.minute(0)
    private_influx.stop()
    for minute in (1, 2, 3):
        world.minute(minute)
    assert world.states() == ["firing"]
    assert world.engine.status().source_error
    assert world.store.evaluation.cursors().popitem()[1].error
    private_influx.restart()
    world.minute(6)
    assert world.history() == WHOLE
    assert world.engine.status().healthy


def test_influxdb_that_hangs(private_influx: InfluxDB, tmp_path: Path) -> None:
    world = InfluxWorld(private_influx, tmp_path)
    fill(world)
    world.minute(0)
    private_influx.pause()
    try:
        begin = time.monotonic()
        world.minute(1)
        assert time.monotonic() - begin < 10
        assert world.states() == ["firing"]
    finally:
        private_influx.resume()
    world.minute(6)
    assert world.history() == WHOLE


def test_a_revoked_token_is_said_and_resolves_nothing(influx: InfluxDB, tmp_path: Path) -> None:
    world = InfluxWorld(influx, tmp_path)
    fill(world)
    world.minute(0)
    made = influx._json("GET", f"/api/v2/authorizations?orgID={influx.org_id()}")["authorizations"]
    [mine] = [a for a in made if a["token"] == world.token] or [
        a for a in made if any(p["resource"].get("name") == world.bucket for p in a["permissions"])
    ]
    influx._request("DELETE", f"/api/v2/authorizations/{mine['id']}")
    world.minute(1)
    world.minute(2)
    assert world.states() == ["firing"]
    status = world.engine.status()
    assert "unauthorized" in (status.source_error + str(world.store.rules.errors(world.rule.id))).lower()
    assert world.token not in str(status)


def test_the_database_stopped_and_back(private_mysql: DatabaseServer) -> None:
    world = World(private_mysql.new_database())
    world.rule("when load > 90")
    world.minute(0, web1=95)
    private_mysql.stop()
    for minute, value in ((1, 10), (2, 95)):
        world.feed.add("web1", value, world.at(minute) - 1)
        world.clock.set(world.at(minute) + world.options.delay)
        with pytest.raises(StoreUnavailable):
            world.engine.tick()
    private_mysql.start()
    world.minute(3, web1=10)
    assert [h[:3] for h in world.history()] == [
        (0, "ok", "firing"),
        (1, "firing", "resolved"),
        (2, "ok", "firing"),
        (3, "firing", "resolved"),
    ]
    assert world.told() == [(0, "firing", "web1"), (3, "resolved", "web1")]
    world.close()


@pytest.fixture
def thread() -> Iterator[Callable[[Engine], None]]:
    """Runs engines, each in a thread, until the test ends."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def run(engine: Engine) -> None:
        threads.append(threading.Thread(target=engine.run, args=(stop,)))
        threads[-1].start()

    yield run
    stop.set()
    for one in threads:
        one.join()


@pytest.mark.slow
def test_the_loop_survives_a_database_that_is_away(
    private_mysql: DatabaseServer, thread: Callable[[Engine], None]
) -> None:
    feed = Feed()
    begin = time.time_ns() // SECOND * SECOND
    values = [95.0 if (second // 2) % 2 else 10.0 for second in range(60)]
    for second, value in enumerate(values):
        feed.add("web1", value, begin + second * SECOND - SECOND // 2)
    with open_store(private_mysql.new_database()) as store:
        compiler = CatalogCompiler()
        [rule], _ = compiler.compile("rule high\n  when load.value > 90\n  every 1s\n", "test")
        store.rules.add(NewRule(rule.name, rule.text, rule.text, compiler.meaning(rule)))
        engine = Engine(store, feed, compiler, options=Options(delay=SECOND // 10, poll=SECOND // 5))
        thread(engine)
        time.sleep(3)
        private_mysql.kill()
        time.sleep(2.5)
        assert engine.database_error
        private_mysql.start()
        stop_at = time.time_ns() + 3 * SECOND
        end = time.monotonic() + 30
        while not (found := store.evaluation.cursors()) or min(c.next_t for c in found.values()) < stop_at:
            assert time.monotonic() < end
            time.sleep(0.2)
        assert engine.database_error == ""
        first = -(-store.rules.active()[0].active_from // SECOND)
        firing = [a.started_at for a in store.alerts.list(limit=200).items if a.started_at]
        wanted = [
            (begin // SECOND + second) * SECOND
            for second in range(1, len(values))
            if values[second] > 90 and (values[second - 1] < 90 or begin // SECOND + second == first)
        ]
        assert sorted(t for t in firing if t < stop_at) == [
            t for t in wanted if first * SECOND <= t < stop_at
        ]
