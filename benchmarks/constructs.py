"""A backtest over a year of minutes of each of the less common constructs, episodes included; seconds of processor time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.resolve import resolve_file
from alertdsl.semantics.typed import MINUTE, SECOND
from alertdsl.syntax.parser import parse_rules
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.columns import Floats, Labels, Points, text_id
from alertdsl_runtime.sources.memory import MemorySource

POINTS = 525_600
START = 1_700_000_040 * SECOND
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
CATALOG = """
[metrics.price]
measurement = "crypto"
field = "close"
interval = "1m"
[metrics.failures]
measurement = "auth"
field = "failures"
[metrics.status]
measurement = "svc"
field = "status"
type = "string"
[metrics.latency]
measurement = "http"
field = "buckets"
histogram = "le"
[metrics.backup]
measurement = "backup"
field = "finished"
unit = "unix"
"""
CONDITIONS = (
    "price > 101",
    "round(price) > 101",
    "max(price, 100.5) > 101",
    'status matches "^fail"',
    'status matches "^fail" for 5m',
    "avg of price today > 101",
    "avg of price this week > 101",
    "avg of price this month > 101",
    "max of price this month > 101",
    "p95 of price today > 101",
    "increase of failures today > 100",
    "price > 1.001 times its 1d average",
    "price >= its 1d high",
    "price >= its 30d high",
    "max of price over 30d > 101",
    "avg of price over 30d > 101",
    "price > 1.001 times its 1d median",
    "price deviates by 3 sigma from its 1d average",
    "p95 of price over 1d > 101",
    "stddev of price over 1d > 1",
    "increase of failures over 1d > 100",
    "p95 of latency over 5m > 0.2",
    "p95 of latency over 1h > 0.2 for 5m",
    "age of backup > 5m",
    "price > 101 for 8m of 10m",
    "price > 101 for 8h of 12h",
    "price > 101 for 30 points",
    "count of (price > 101) over 1d > 100",
    "count of (failures >= 1) over 1h > 10",
    "price will fall below 95 within 1d at its 6h trend",
    "price is growing for 1d",
    "integral of price over 1d > 100",
    "price changes more than 1400 times within 1d",
    "price rises by 1% within 1h",
    "price crosses above 101",
    "avg of price over 1d crosses above avg of price over 7d",
    "(failures else 0) > 3 for 10m",
    "rule r\n  when price > 101\n  during 09:00-17:00 on weekdays in Europe/London except 12:00-13:00\n",
    "rule r\n  when price > 101 for 1h\n  during 22:00-06:00 in America/New_York\n",
    "let limit by symbol = { BTC = 101, else 90 }\nrule r\n  when price > limit for 10m\n",
)


def run() -> Iterator[str]:
    """The figures, a line each."""
    source = MemorySource(_world())
    catalog = parse_catalog(CATALOG, "benchmark")
    for text in CONDITIONS:
        (rule,), _ = resolve_file(parse_rules(text), catalog)
        begun = time.process_time()
        found = backtest([rule], source, START, START + POINTS * MINUTE)
        spent = time.process_time() - begun
        shown = " / ".join(line.strip() for line in text.splitlines())
        yield f"`{shown}`: {spent:.2f} s, {len(found.episodes):,} episodes"


def _world() -> dict[tuple[str, str], Points]:
    """A price, a counter-like number, a text, twelve buckets and the time of the last backup, each minute."""
    rng = np.random.default_rng(0)
    price = 100 + np.cumsum(rng.normal(size=POINTS)) * 0.01
    failures = rng.poisson(0.3, POINTS).cumsum() % 10_000
    texts = np.array([text_id("ok"), text_id("failing"), text_id("failed")], dtype=np.float64)
    status = texts[rng.choice(3, POINTS, p=(0.98, 0.01, 0.01))]
    times = START + np.arange(POINTS, dtype=np.int64) * MINUTE
    finished = times // SECOND // 86_400 * 86_400.0
    shares = np.linspace(0.2, 1, len(BOUNDS))
    counts = np.cumsum(rng.poisson(100, POINTS)).astype(np.float64)[None, :] * shares[:, None]
    return {
        ("crypto", "close"): _series([(("symbol", "BTC"),)], price[None, :]),
        ("auth", "failures"): _series([(("host", "a"),)], failures[None, :].astype(np.float64)),
        ("svc", "status"): _series([(("name", "api"),)], status[None, :], "text"),
        ("backup", "finished"): _series([(("host", "a"),)], finished[None, :].astype(np.float64)),
        ("http", "buckets"): _series(
            [(("le", bound),) for bound in BOUNDS], np.floor(counts).astype(np.float64)
        ),
    }


def _series(labels: list[Labels], values: Floats, kind: str = "number") -> Points:
    count = len(labels)
    times = np.tile(START + np.arange(POINTS, dtype=np.int64) * MINUTE, count)
    offsets = np.arange(count + 1, dtype=np.int64) * POINTS
    return Points(labels, offsets, times, values.ravel(), kind)
