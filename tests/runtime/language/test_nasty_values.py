"""Infinities, NaN, large integers, unsigned numbers, duplicates and resets in the newer constructs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sqlalchemy as sa

from alertdsl.semantics.catalog import parse_catalog
from alertdsl_runtime.columns import Points, Source
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.sources.sql import SqlSource
from alertdsl_runtime.sources.sql_write import write_points
from tests.runtime.language.world import Everywhere, everywhere, lines, ns

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.x]
measurement = "m"
field = "x"
[metrics.y]
measurement = "m"
field = "y"
[metrics.total]
measurement = "m"
field = "total"
kind = "counter"
[metrics.latency]
measurement = "h"
field = "n"
histogram = "le"
"""
INF = float("inf")
NOW = "2026-05-02T12:00:00Z"
MINUTES = [f"2026-05-02T11:{minute}:30Z" for minute in ("55", "56", "57", "58", "59")]


def _points(**series: list[float]) -> Points:
    """A point a minute up to 11:59:30 for each tag k; NaN is none, as sources give it."""
    labels, times, values, offsets = [], [], [], [0]
    for name, found in series.items():
        kept = [(ns(when), value) for when, value in zip(MINUTES, found, strict=True) if not np.isnan(value)]
        labels.append((("k", name),))
        times += [when for when, _ in kept]
        values += [value for _, value in kept]
        offsets.append(len(times))
    return Points(
        labels,
        np.array(offsets, dtype=np.int64),
        np.array(times, dtype=np.int64),
        np.array(values, dtype=np.float64),
    )


@pytest.fixture(scope="module")
def infinite() -> Iterator[Everywhere]:
    """InfluxDB cannot hold infinities: memory and SQLite can."""
    x = _points(
        up=[1, 1, 1, 1, INF], down=[1, 1, 1, 1, -INF], was=[INF, 1, 1, 1, 1], both=[1, INF, 1, -INF, 1], nan=[1, 1, 1, 1, np.nan]
    )  # fmt: skip
    y = _points(up=[INF] * 5, down=[INF] * 5, was=[2] * 5, both=[2] * 5, nan=[0] * 5)
    buckets = _points(**{bound: [0.0, 0.0, 0.0, 0.0, 5.0] for bound in ("1", "2", "+Inf")})
    labels = [(("le", found[0][1]),) for found in buckets.labels]
    fields = {("m", "x"): x, ("m", "y"): y, ("h", "n"): replace(buckets, labels=labels)}
    database = sa.create_engine(
        "sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
    )
    write_points(database, "monitors", fields)
    sources: dict[str, Source] = {"memory": MemorySource(fields), "sql": SqlSource(database)}
    yield Everywhere(parse_catalog(CATALOG, "alertdsl.toml"), sources, None, "monitors")
    database.dispose()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # up, down, was, both, nan (whose newest point is that of 11:58:30)
        ("round(x) > 100", "TFFFF"),
        ("floor(x) < 0", "FTFFF"),
        ("sqrt(x) > 100", "TUFFF"),  # no root of minus infinity
        ("log(x) > 100", "TUFFF"),
        ("max(x, y) > 100", "TTFFF"),
        ("min(x, y) < 0", "FTFFF"),
        ("x - y > 0", "UFFFT"),  # infinity minus infinity is nothing
        ("x / y > 0", "UUTTU"),  # nor is infinity by infinity, or a division by zero
        ("abs(x) > 100", "TTFFF"),
        ("(x - y else 7) > 6", "TFFFF"),
        ("sum of x today > 100", "TFTUF"),
        ("max of x today > 100", "TFTTF"),
        ("avg of x today < 0", "FTFUF"),
        ("range of x over 10m > 100", "TTTTF"),
        ("x > 2 times its 10m average", "TFFUF"),  # `was` is not twice infinity
        ("x is down 10% from its 10m high", "FTTTF"),
        ("integral of x over 10m > 100", "TFTUT"),
        ("slope of x over 10m > 0", "UUUUF"),
        ("x > 0 for 3 points", "TFTFT"),
        ("x > 0 for 4m of 5m", "TTTUT"),
        ("x changes more than 1 times within 10m", "FFFTF"),
        ("count of (x > 100) over 10m >= 1", "TFTTF"),
        ("x crosses above 100", "TFFFF"),
    ],
)  # fmt: skip
def test_infinities(infinite: Everywhere, text: str, expected: str) -> None:
    found = infinite.truths(text, NOW)
    assert "".join(found[f"k={name}"] for name in ("up", "down", "was", "both", "nan")) == expected


@pytest.fixture(scope="module")
def stored(influx: InfluxDB) -> Iterator[Everywhere]:
    """Whole numbers around 2**53 and 2**63, a counter with resets, a point written three times."""
    big = 2**53
    written = lines("m,k=big", "x", zip(MINUTES, (big, big + 2, big + 4, big + 2, big), strict=True))
    written += lines("m,k=small", "x", zip(MINUTES, (-1, 0, 1, 2, 3), strict=True))
    written += [f"m,k=huge y={2**63 + 2**11}u {ns(when)}" for when in MINUTES]
    written += lines("m,k=reset", "total", zip(MINUTES, (100, 5, 7, 0, 4), strict=True))
    written += lines("m,k=twice", "total", zip(MINUTES, (1, 1, 9, 3, 3), strict=True))
    # Of duplicates the last written counts: the drop from 9 to 3 was none.
    written += lines("m,k=twice", "total", [(MINUTES[2], 2), (MINUTES[2], 3)])
    with everywhere(influx, CATALOG, written) as found:
        yield found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(x / 2) == 2", {"k=big": "F", "k=small": "T"}),  # 1.5
        ("floor(x) == 9007199254740992", {"k=big": "T", "k=small": "F"}),
        ("max of x today == 9007199254740996", {"k=big": "T", "k=small": "F"}),
        ("log(x) > 36", {"k=big": "T", "k=small": "F"}),
        ("sqrt(y) > 3037000499", {"k=huge": "T"}),
        ("y >= 9223372036854775808", {"k=huge": "T"}),
        ("sum of x today == 5", {"k=big": "F", "k=small": "T"}),
        # 5 + 2 + 0 + 4, and 1 -> 3.
        ("increase of total today == 11", {"k=reset": "T", "k=twice": "F"}),
        ("increase of total over 10m == 2", {"k=reset": "F", "k=twice": "T"}),
        ("total changes more than 1 times within 10m", {"k=reset": "T", "k=twice": "F"}),
        ("distinct k of total overall == 2", {"": "T"}),
    ],
)
def test_whole_numbers(stored: Everywhere, text: str, expected: dict[str, str]) -> None:
    assert stored.truths(text, NOW) == expected
