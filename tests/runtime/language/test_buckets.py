"""Percentiles of histogram buckets, of counters by tags and against a week ago."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from alertdsl.semantics.typed import MINUTE
from tests.runtime.language.world import Everywhere, everywhere, lines, ns

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.latency]
measurement = "http"
field = "bucket"
unit = "s"
histogram = "le"
[metrics.telegraf]
measurement = "prom"
field = "bucket"
unit = "ms"
histogram = "le"
series_key = ["service"]
[metrics.requests]
measurement = "http"
field = "requests"
kind = "counter"
"""
T = "2026-05-08T12:00:00Z"
WEEK = 7 * 24 * 60 * MINUTE


def _counted(series: str, start: int, *each: dict[str, int], anew: int | None = None) -> list[str]:
    """Cumulative buckets, a point a minute from `start` on: what each minute adds; the counters begin anew at one of them."""
    out: list[str] = []
    counts: dict[str, int] = {}
    for minute, added in enumerate(each):
        counts = {
            bound: (0 if minute == anew else counts.get(bound, 0)) + count for bound, count in added.items()
        }
        at = start + minute * MINUTE
        out += [f"{series},le={bound} bucket={count}i {at}" for bound, count in counts.items()]
    return out


@pytest.fixture(scope="module")
def services(influx: InfluxDB) -> Iterator[Everywhere]:
    """Eleven points each, from 11:49:30 to 11:59:30, and the same minutes a week before, twice as fast.

    a1 and a2 (service a): of ten a minute five are up to 0.1 s, nine up to 0.5 s; a2 starts anew.
    b1 (service b): all within 0.1 s; b2: only up to 0.5 s, the bucket of +Inf is missing.
    c1 (service c): nothing after 11:52.
    """
    begin = ns(T) - 10 * MINUTE - MINUTE // 2
    slow, fast = {"0.1": 5, "0.5": 9, "1": 10, "+Inf": 10}, {"0.1": 10, "0.5": 10, "1": 10, "+Inf": 10}
    written = _counted("http,host=a1,service=a", begin, *[slow] * 11)
    written += _counted("http,host=a2,service=a", begin, *[slow] * 11, anew=8)
    written += _counted("http,host=b1,service=b", begin, *[fast] * 11)
    written += _counted("http,host=b2,service=b", begin, *[{"0.1": 10, "0.5": 10}] * 11)
    written += _counted("http,host=c1,service=c", begin, *[slow] * 3)
    for host in ("a1", "a2"):
        written += _counted(f"http,host={host},service=a", begin - WEEK, *[fast] * 11)
    written += lines("http,host=a1,service=a", "requests", [(begin + k * MINUTE, 10 * k) for k in range(11)])
    written += lines("http,host=a2,service=a", "requests", [(begin + k * MINUTE, 30 * k) for k in range(11)])
    written += lines(
        "http,host=a1,service=a", "requests", [(begin - WEEK + k * MINUTE, 5 * k) for k in range(11)]
    )
    with everywhere(influx, CATALOG, written) as found:
        yield found


HOSTS = ("a1", "a2", "b1", "b2", "c1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a1: the rank is 9.5 of 10: from 0.5 to 1 by a half. b1: 0.095 s. b2: no total. c1: two points in ten minutes.
        ("p95 of latency over 5m > 0.74 s", "TTFUU"),
        ("p95 of latency over 5m > 760ms", "FFFUU"),
        ("p95 of latency over 5m >= 94.9 ms", "TTTUU"),
        ("p50 of latency over 10m <= 0.1 s", "TTTUT"),
        ("p50 of latency over 10m < 99.9 ms", "FFTUF"),
        ("p95 of latency over 5m > 0.7 s for 3m", "TTFUU"),
        ("p99 of latency over 5m > 0.7 s and p50 of latency over 5m < 0.2 s", "TTFUU"),
        # A week ago all were fast.
        ("p95 of latency over 5m > 5 * p95 of latency over 5m 1w ago", "TTUUU"),
        ("p95 of latency over 5m 1w ago > 0.1 s", "FFUUU"),
        ("(p95 of latency over 5m 1w ago else 1 s) > 0.5 s", "FFTTT"),
        # One bucket alone is a counter.
        ('increase of latency{le="+Inf"} over 5m >= 50', "TTT.U"),
        ('increase of latency{le="0.1"} over 5m < 30', "TTFFU"),
    ],
)
def test_of_each_series(services: Everywhere, text: str, expected: str) -> None:
    found = services.truths(text, T)
    hosts = {labels.split()[0]: truth for labels, truth in found.items()}
    assert "".join(hosts.get(f"host={host}", ".") for host in HOSTS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # All of a: as each. b: 20, 20, and the buckets up to 1 and +Inf of b1 alone, which cannot hold less: 0.095 s.
        ("p95 of latency over 5m by service > 0.74 s", {"service=a": "T", "service=b": "F", "service=c": "U"}),
        ("p95 of latency over 5m by service < 0.1 s", {"service=a": "F", "service=b": "T", "service=c": "U"}),
        ("p95 of latency over 5m across host > 0.74 s", {"service=a": "T", "service=b": "F", "service=c": "U"}),
        # Of a week ago only service a.
        (
            "p95 of latency over 5m by service > 5 * p95 of latency over 5m by service 1w ago",
            {"service=a": "T", "service=b": "U", "service=c": "U"},
        ),
        # 5 + 5 + 10 + 10 of 10 + 10 + 10 up to 0.1 s, 38 up to 0.5 s: no more than that is known to be counted, at 0.1 s is half.
        ("p50 of latency over 5m overall <= 0.1 s", {"": "T"}),
        ('p95 of latency{service="a"} over 5m overall > 0.74 s', {"service=a": "T"}),
        # Counters by a tag: 50 and 150 over five minutes; a week ago 25 of a1 alone.
        ("increase of requests over 5m by service > 199", {"service=a": "T"}),
        ("increase of requests over 5m by service > 200", {"service=a": "F"}),
        ("rate of requests over 5m by service between 0.666 and 0.667", {"service=a": "T"}),
        ("increase of requests over 5m by service > 8 * increase of requests over 5m by service 1w ago", {"service=a": "F"}),
        ("increase of requests over 5m by service >= 8 * increase of requests over 5m by service 1w ago", {"service=a": "T"}),
    ],
)  # fmt: skip
def test_of_groups(services: Everywhere, text: str, expected: dict[str, str]) -> None:
    assert services.truths(text, T) == expected


def test_at_several_instants(services: Everywhere) -> None:
    """At the start and after the end: too few points are unknown, what is stale has no increase."""
    at = [
        f"2026-05-08T{time}:00Z" for time in ("11:50", "11:51", "11:52", "11:58", "12:04", "12:05", "12:06")
    ]
    found = services.truths("p95 of latency over 5m by host > 0.7 s", *at)
    # The newest point is that of 11:59:30; at 12:04 it and the value at 11:59 are two, at 12:05 there is none in the window.
    assert found["host=a1"] == "UTTTTUU"
    assert found["host=a2"] == "UTTTTUU"
    assert found["host=c1"] == "UTTUUUU"


def test_buckets_of_a_metric_with_a_key(influx: InfluxDB) -> None:
    """The bounds are part of the key, whatever the catalog says; the url of a scrape is not."""
    begin = ns(T) - 10 * MINUTE
    bounds = {"100": 5, "500": 10, "+Inf": 10}
    written = _counted("prom,service=x,url=one", begin, *[bounds] * 5)
    # The exporter moved: its counters go on at another address.
    written += [
        f"prom,service=x,url=two,le={bound} bucket={count * (5 + k + 1)}i {begin + (5 + k) * MINUTE}"
        for k in range(5)
        for bound, count in bounds.items()
    ]
    with everywhere(influx, CATALOG, written) as found:
        assert found.truths("p75 of telegraf over 10m between 299 ms and 301 ms", T) == {"service=x": "T"}
        assert found.truths("p75 of telegraf over 10m by service > 0.31 s", T) == {"service=x": "F"}
