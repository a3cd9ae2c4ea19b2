"""Engines killed at random moments, alone or two on one database: nothing is lost and no instant is taken twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from alertdsl.semantics.typed import SECOND
from alertdsl.store import Store, open_store
from alertdsl.store.records import NewRule
from alertdsl.store.tables import transitions
from alertdsl_runtime.engine import CatalogCompiler, Engine
from alertdsl_runtime.sources.influx import InfluxSource
from tests.services.process import ROOT

if TYPE_CHECKING:
    from tests.services.http import HttpEndpoint
    from tests.services.influxdb import InfluxDB

RULES = {
    "high": "when load.value > 90 for 3s\n  every 1s",
    "now": "when load.value > 80\n  recover when load.value < 20\n  every 1s\n  repeat every 3s",
    "fleet": "when avg of load.value over 4s overall > 60\n  every 1s",
    "single": "when load.value > 80\n  once\n  every 1s\n  escalate to hook after 2s",
    "about": "when now is firing for 2s and fleet is not firing\n  every 1s",
}
HOSTS = 10
LENGTH_S = 18

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("kind", "engines"), [("sqlite", 1), ("mysql", 2)])
def test_killed_at_random(
    kind: str,
    engines: int,
    influx: InfluxDB,
    influx_bucket: str,
    http_endpoint: HttpEndpoint,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    chance = random.Random(7)
    url = f"sqlite:///{tmp_path / 'alerts.db'}"
    if kind == "mysql":
        url = request.getfixturevalue("mysql").new_database()
    begin = time.time_ns() // SECOND * SECOND
    influx.write_lp(points(begin, chance), bucket=influx_bucket)
    with open_store(url) as store:
        add_rules(store)
        where = (influx.url, influx.org, influx.token, influx_bucket)
        facts = {"database": url, "influx": where, "hook": http_endpoint.apprise_url}
        stop_at = begin + LENGTH_S * SECOND
        kills = 0
        with running(facts, tmp_path, engines) as processes:
            while time.time_ns() < stop_at:
                time.sleep(chance.uniform(0.3, 1.6))
                victim = chance.randrange(engines)
                processes.kill(victim)
                kills += 1
                processes.start(victim)
            # Engines that go on owe something new every second: wait for what is owed of the time looked at.
            wait_until(lambda: cursor(store) > stop_at and not unsent(store, stop_at), processes)
        assert kills > 6
        found = history(store, stop_at)

        # The same instants once more, without any trouble.
        with open_store(f"sqlite:///{tmp_path / 'again.db'}") as other:
            add_rules(other)
            first = begin_of(store)
            Engine(other, InfluxSource(*where), CatalogCompiler()).replay(first, stop_at + 1, batch=1)
            assert len(found) > 20
            assert found == history(other, stop_at)

        # Everything owed was sent, all that was sent was owed, under its key.
        received = [m.headers["idempotency-key"] for m in http_endpoint.messages]
        owed = all_owed(store)
        assert (
            {item.key for item in owed if item.t <= stop_at} <= set(received) <= {item.key for item in owed}
        )
        assert store.outbox.counts().failed == 0


class Processes:
    """Engines in processes of their own."""

    def __init__(self, facts: dict[str, Any], log: Path) -> None:
        self._argument = json.dumps(facts)
        self._log = log
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, number: int) -> None:
        path = [str(ROOT), str(ROOT / "runtime"), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
        command = [sys.executable, "-m", "tests.runtime.engine.engine_process", self._argument]
        with self._log.open("ab") as log:
            self._running[number] = subprocess.Popen(command, cwd=ROOT, env=env, stderr=log, stdout=log)

    def kill(self, number: int) -> None:
        process = self._running.pop(number)
        assert process.poll() is None, f"it ended by itself:\n{self.log()}"
        process.kill()
        process.wait()

    def log(self) -> str:
        return self._log.read_text()[-4000:]

    def end(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()


@contextmanager
def running(facts: dict[str, Any], folder: Path, count: int) -> Iterator[Processes]:
    processes = Processes(facts, folder / "engines.log")
    for number in range(count):
        processes.start(number)
    try:
        yield processes
    finally:
        processes.end()


def points(begin: int, chance: random.Random) -> Iterator[str]:
    """Load of some hosts that jumps between calm and busy every few seconds, from before to after the test."""
    for host in range(HOSTS):
        level, until = 10.0, begin - 10 * SECOND
        for half in range(-20, 2 * (LENGTH_S + 30)):
            at = begin + half * SECOND // 2 + 7
            if at >= until:
                level, until = chance.choice([10.0, 50.0, 85.0, 95.0]), at + chance.randint(1, 6) * SECOND
            yield f"load,host=h{host} value={level + chance.random()} {at}"


def add_rules(store: Store) -> None:
    compiler = CatalogCompiler()
    made: list[NewRule] = []
    for name, text in RULES.items():
        [rule], wrong = compiler.compile(f"rule {name}\n  {text}\n", name)
        assert {one.code for one in wrong} <= {"W405"}, "a rule asks about others, which are no mistake"
        made.append(NewRule(rule.name, rule.text, rule.text, compiler.meaning(rule)))
    # Early in a second, so that all are active from the same one.
    while store.now() % SECOND > SECOND // 4:
        time.sleep(0.02)
    for new in made:
        store.rules.add(new)


def history(store: Store, stop: int) -> list[tuple[Any, ...]]:
    t, r = transitions, store.rules.active()
    names = {rule.id: rule.name for rule in r}
    columns = [
        t.c.rule_id,
        t.c.labels_hash,
        t.c.t,
        t.c.seq,
        t.c.from_state,
        t.c.to_state,
        t.c.reason,
        t.c.value,
    ]
    found = store.database.read(lambda tx: tx.rows(sa.select(*columns).where(t.c.t <= stop)))
    return sorted((names[row[0]], *row[1:]) for row in found)


def begin_of(store: Store) -> int:
    """The first instant: that of the newest rule is the last to begin, and none has a transition before its own."""
    actives = [rule.active_from for rule in store.rules.active()]
    assert max(actives) // SECOND == min(actives) // SECOND, (
        "made within one second, or the replay would differ"
    )
    return -(-min(actives) // SECOND) * SECOND


def cursor(store: Store) -> int:
    return min((c.next_t for c in store.evaluation.cursors().values()), default=0)


def unsent(store: Store, until: int) -> list[Any]:
    return [item for item in all_owed(store) if item.t <= until and item.status == "pending"]


def all_owed(store: Store) -> list[Any]:
    items: list[Any] = []
    place: str | None = None
    while True:
        page = store.outbox.list(limit=200, cursor=place)
        items += page.items
        place = page.next_cursor
        if place is None:
            return items


def wait_until(done: Any, processes: Processes, timeout_s: float = 150) -> None:
    end = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < end, processes.log()
        time.sleep(0.1)
