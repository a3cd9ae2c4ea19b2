"""The main job on real data: a sentence about a price, three weeks of real minutes, and every alert delivered.

The same points are read from InfluxDB, from SQLite and from the file; the alerts are kept in SQLite and in
MariaDB; mail and webhook arrive at real servers. All of them agree on the 14 episodes that the semantics state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.typed import MINUTE, SECOND
from alertdsl.store import Store, open_store
from alertdsl.store.records import NewRule
from alertdsl.store.tables import alerts, label_sets, outbox, rules, transitions
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.columns import Source
from alertdsl_runtime.engine import CatalogCompiler, Engine
from alertdsl_runtime.notify import OutboxWorker, make_target
from alertdsl_runtime.notify.filters import time_text
from alertdsl_runtime.sources.csvfile import load_csv
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.memory import MemorySource

if TYPE_CHECKING:
    from tests.services.database import DatabaseServer
    from tests.services.http import HttpEndpoint
    from tests.services.influxdb import InfluxDB
    from tests.services.smtp import SmtpServer

CATALOG = """
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
interval = "1m"
[entities.BTC]
tags = { symbol = "BTC" }
"""

RULE = """rule btc-high
  when BTC price > 120000 for 5m
  notify mail, hook
  message "{{ labels.symbol }} at {{ value | money }}"
"""

EPISODES = [
    ("2025-07-14T03:47:00Z", "2025-07-14T15:47:00Z"),
    ("2025-07-14T16:57:00Z", "2025-07-14T17:37:00Z"),
    ("2025-07-14T18:30:00Z", "2025-07-14T18:38:00Z"),
    ("2025-07-14T19:38:00Z", "2025-07-14T19:39:00Z"),
    ("2025-07-14T20:38:00Z", "2025-07-14T21:14:00Z"),
    ("2025-07-14T21:27:00Z", "2025-07-14T21:33:00Z"),
    ("2025-07-14T21:44:00Z", "2025-07-14T22:04:00Z"),
    ("2025-07-14T22:12:00Z", "2025-07-14T23:06:00Z"),
    ("2025-07-16T21:15:00Z", "2025-07-16T21:17:00Z"),
    ("2025-07-17T21:20:00Z", "2025-07-17T22:52:00Z"),
    ("2025-07-18T01:16:00Z", "2025-07-18T04:12:00Z"),
    ("2025-07-18T04:32:00Z", "2025-07-18T07:21:00Z"),
    ("2025-07-22T23:10:00Z", "2025-07-22T23:43:00Z"),
    ("2025-07-22T23:48:00Z", "2025-07-22T23:52:00Z"),
]
FIELDS = ("open", "high", "low", "close", "volume")


@pytest.fixture(scope="module")
def prices(btc_csv: Path) -> MemorySource:
    return load_csv(btc_csv, "crypto", {"symbol": "BTC"})


@pytest.fixture(scope="module")
def span(prices: MemorySource) -> tuple[int, int]:
    """All instants that the file has a part in."""
    found = prices.span()
    assert found is not None
    return found[0], found[1] + 10 * MINUTE


def compiler() -> CatalogCompiler:
    return CatalogCompiler(parse_catalog(CATALOG))


def lines(source: MemorySource) -> Iterator[str]:
    """The file in line protocol."""
    for (measurement, field), points in source.fields.items():
        for time, value in zip(points.times.tolist(), points.values.tolist(), strict=True):
            yield f"{measurement},symbol=BTC {field}={value!r} {time}"


@contextmanager
def stored(url: str) -> Iterator[Store]:
    with open_store(url) as store:
        for rule in compiler().compile(RULE, "test")[0]:
            store.rules.add(NewRule(rule.name, rule.text, rule.text, compiler().meaning(rule)))
        yield store


def episodes(store: Store) -> list[tuple[str, str | None]]:
    found = [a for a in store.alerts.list(limit=200).items if a.started_at is not None]
    return [
        (time_text(a.started_at or 0), None if a.resolved_at is None else time_text(a.resolved_at))
        for a in sorted(found, key=lambda a: a.started_at or 0)
    ]


@pytest.mark.parametrize("kind", ["file", "influxdb", "sqlite"])
def test_fourteen_episodes_delivered(
    kind: str,
    prices: MemorySource,
    span: tuple[int, int],
    tmp_path: Path,
    smtp_server: SmtpServer,
    http_endpoint: HttpEndpoint,
    request: pytest.FixtureRequest,
) -> None:
    source = SOURCES[kind](prices, tmp_path, request)
    with stored(f"sqlite:///{tmp_path / 'alerts.db'}") as store:
        targets = {
            "mail": make_target(smtp_server.apprise_url()),
            "hook": make_target(http_endpoint.apprise_url),
        }
        worker = OutboxWorker(store, targets)
        engine = Engine(store, source, compiler(), worker=worker)
        engine.replay(*span)
        assert episodes(store) == EPISODES

        assert worker.drain().sent == 4 * len(EPISODES)
        mails = smtp_server.wait_for(2 * len(EPISODES))
        posts = http_endpoint.wait_for(2 * len(EPISODES))
        assert len(mails) == len(posts) == 2 * len(EPISODES)
    wanted = {("firing", fired) for fired, _ in EPISODES} | {("resolved", end) for _, end in EPISODES}
    assert {(p.json["alert"]["kind"], p.json["alert"]["instant"]) for p in posts} == wanted
    assert {(_kind(m["Subject"]), _line(m.get_content(), "Time: ")) for m in mails} == wanted
    first = next(m for m in mails if "2025-07-14T03:47:00Z" in m.get_content())
    assert first["Subject"] == "[FIRING warning] btc-high (symbol=BTC)"
    assert "BTC at $120,894.67" in first.get_content()
    assert "Since: 2025-07-14T03:42:00Z (5m ago)" in first.get_content()
    keys = [p.headers["idempotency-key"] for p in posts] + [m["Idempotency-Key"] for m in mails]
    assert len(set(keys)) == 4 * len(EPISODES)


def test_a_backtest_says_the_same(prices: MemorySource) -> None:
    rules, _ = compiler().compile(RULE, "test")
    found = backtest(rules, prices)
    assert [(time_text(e.fired_at), time_text(e.resolved_at or 0)) for e in found] == EPISODES
    assert found.episodes[0].as_dict() == {
        "rule": "btc-high",
        "labels": {"symbol": "BTC"},
        "severity": "warning",
        "fired_at": "2025-07-14T03:47:00Z",
        "resolved_at": "2025-07-14T15:47:00Z",
        "since": "2025-07-14T03:42:00Z",
        "value": found.episodes[0].value,
        "reason": "",
        "state": "firing",
    }


def test_without_for_there_are_twenty_six(prices: MemorySource) -> None:
    rules, _ = compiler().compile("rule now\n  when BTC price > 120000\n", "test")
    found = backtest(rules, prices)
    assert len(found) == 26
    assert time_text(found.episodes[0].fired_at) == "2025-07-14T03:43:00Z"


def test_mysql_and_sqlite_hold_the_same_rows(
    prices: MemorySource, span: tuple[int, int], tmp_path: Path, mysql: DatabaseServer
) -> None:
    urls = [f"sqlite:///{tmp_path / 'alerts.db'}", mysql.new_database()]
    found = []
    for url in urls:
        with stored(url) as store:
            Engine(store, prices, compiler()).replay(*span)
            found.append(rows(store))
    one, other = found
    assert len(one["transitions"]) > 2 * len(EPISODES)
    assert one == other


def test_one_instant_at_a_time(prices: MemorySource, tmp_path: Path) -> None:
    """As live: a transaction for every minute of the first day with episodes, the same in the end."""
    start = round(datetime(2025, 7, 14, 3, tzinfo=UTC).timestamp()) * SECOND
    stop = start + 22 * 60 * MINUTE
    with stored(f"sqlite:///{tmp_path / 'alerts.db'}") as store:
        Engine(store, prices, compiler()).replay(start, stop, batch=1)
        assert episodes(store) == EPISODES[:8]


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """What the store holds, ids of rules and alerts aside: they are random."""
    alert = [c for c in alerts.c if c.name not in ("id", "rule_id", "memo")]
    step = [c for c in transitions.c if c.name not in ("rule_id", "alert_id")]
    told = [outbox.c.target, outbox.c.kind, outbox.c.t, outbox.c.severity]
    queries = {
        "alerts": sa.select(rules.c.name, label_sets.c.labels, *alert)
        .join(rules, rules.c.id == alerts.c.rule_id)
        .join(label_sets, label_sets.c.hash == alerts.c.labels_hash)
        .order_by(alerts.c.opened_at),
        "transitions": sa.select(rules.c.name, *step)
        .join(rules, rules.c.id == transitions.c.rule_id)
        .order_by(transitions.c.t, transitions.c.seq),
        "outbox": sa.select(*told).order_by(outbox.c.t, outbox.c.target),
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, query in queries.items():
        with store.database.engine.connect() as connection:
            found[name] = [tuple(row) for row in connection.execute(query)]
    return found


# ---------------------------------------------------------------- the three sources


def from_file(prices: MemorySource, _: Path, __: pytest.FixtureRequest) -> Source:
    return prices


def from_influxdb(prices: MemorySource, _: Path, request: pytest.FixtureRequest) -> Source:
    server: InfluxDB = request.getfixturevalue("influx")
    bucket = server.new_bucket()
    server.write_lp(lines(prices), bucket=bucket)
    return InfluxSource(server.url, server.org, server.token, bucket, timeout=60)


def from_sqlite(prices: MemorySource, folder: Path, _: pytest.FixtureRequest) -> Source:
    from alertdsl_runtime.sources.sql import SqlSource

    source = SqlSource(f"sqlite:///{folder / 'series.db'}")
    source.write(prices)
    return source


SOURCES: dict[str, Callable[[MemorySource, Path, pytest.FixtureRequest], Source]] = {
    "file": from_file,
    "influxdb": from_influxdb,
    "sqlite": from_sqlite,
}


def _kind(subject: str) -> str:
    return "firing" if subject.startswith("[FIRING") else "resolved"


def _line(text: str, head: str) -> str:
    return next(line.removeprefix(head) for line in text.splitlines() if line.startswith(head))
