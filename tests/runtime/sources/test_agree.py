"""InfluxDB, SQL and memory answer the same reads alike: generated series, every reducer, every type of field."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.plan.reads import PointFilter, Read, Reducer, Request, Stream
from alertdsl.semantics.typed import Matcher
from alertdsl_runtime.columns import Labels, Points, Reduced
from alertdsl_runtime.reading.series import fits
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.sources.sql import SqlSource
from tests.runtime.sources.data import Scalar, Series, as_dict, lines_of, points_as_dict, points_of
from tests.services.influxdb import InfluxDB

T = 1_700_000_000_000_000_000
STEP = 10_000_000_000
DAY = 86_400 * 10**9
TAG_SETS: list[Labels] = [
    (),
    (("host", "a"),),
    (("host", "b"),),
    (("host", "a"), ("region", "x")),
    (("host", "c, d"), ("region", "y")),
    (("region", "x"),),
]
VALUES: dict[str, st.SearchStrategy[Scalar]] = {
    "float": st.integers(-64, 64).map(lambda n: n / 8),
    "integer": st.integers(-(2**40), 2**40).map(float),
    "unsigned": st.integers(0, 2**40).map(float),
    "string": st.sampled_from(["ok", "crit", "a,b", 'q"', "", "line\nbreak", "ü"]),
    "boolean": st.booleans(),
}
NUMERIC = ("float", "integer", "unsigned")


@st.composite
def series(draw: st.DrawFn, kind: str) -> Series:
    times = st.integers(-40, 5).map(lambda k: T + k * STEP)
    near = st.builds(lambda t, j: t + j, times, st.sampled_from((0, 0, 1, -1)))
    points = st.lists(st.tuples(near, VALUES[kind]), min_size=1, max_size=12)
    # Two days apart are different shards of the server.
    old = st.lists(st.tuples(near.map(lambda t: t - 9 * DAY), VALUES[kind]), max_size=2)
    chosen = draw(st.lists(st.sampled_from(TAG_SETS), unique=True, max_size=5))
    return {labels: draw(points) + draw(old) for labels in chosen}


MATCHERS = st.sampled_from(
    [
        (),
        (Matcher("host", "=", "a"),),
        (Matcher("host", "!=", "a"),),
        (Matcher("host", "=", ""),),
        (Matcher("host", "!=", ""), Matcher("region", "=", "x")),
        (Matcher("host", "=~", "^(a|c)"),),
        (Matcher("host", "!~", "b$"),),
        (Matcher("region", "=~", "^$"),),
        (Matcher("host", "=", "c, d"),),
    ]
)


@st.composite
def requests(draw: st.DrawFn, stream: Stream, kind: str) -> Request:
    reducers = [r for r in Reducer if kind in NUMERIC or r not in (Reducer.MIN, Reducer.MAX, Reducer.SUM)]
    reducer = draw(st.sampled_from(reducers))
    stop = draw(st.sampled_from((0, 1, STEP, 5 * STEP + 1)))
    start = stop + draw(st.sampled_from((1, STEP, 6 * STEP, 30 * STEP, 10 * DAY)))
    where = None
    if reducer is Reducer.COUNT and kind in ("string", "boolean"):
        value = draw(VALUES[kind])
        assert isinstance(value, str | bool)
        where = draw(st.sampled_from([None, PointFilter("==", value), PointFilter("!=", value)]))
        if where is not None and isinstance(value, str) and "\n" in value:
            where = None
    return Request(Read(stream, reducer, start, stop, where), tuple(draw(st.lists(MATCHERS, max_size=3))))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Series], list[Request], int]:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    data = {kind: draw(series(kind)) for kind in kinds}
    asked = [
        draw(requests(Stream("", f"m {kind}", "f"), kind))
        for kind in kinds
        for _ in range(draw(st.integers(1, 4)))
    ]
    return data, asked, T + draw(st.sampled_from((0, 1, STEP, -3 * STEP)))


NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def bucket(influx: InfluxDB) -> str:
    return influx.new_bucket()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("series")


@given(case=cases())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_sources_agree(
    influx: InfluxDB, bucket: str, folder: Path, case: tuple[dict[str, Series], list[Request], int]
) -> None:
    data, asked, instant = case
    memory = MemorySource({(f"m {kind}", "f"): points_of(one, kind) for kind, one in data.items() if one})
    bucket = influx.new_bucket()
    influx.write_lp(
        [line for k, one in data.items() for line in lines_of(f"m {k}", "f", one, k)], bucket=bucket
    )
    sql = SqlSource(f"{folder}/{bucket}.db", bucket)
    sql.write(memory)
    influxdb = InfluxSource(influx.url, influx.org, influx.token, bucket)
    try:
        for source in (influxdb, sql):
            for request, truth, found in zip(
                asked, memory.answer(asked, instant), source.answer(asked, instant), strict=True
            ):
                assert wanted(request, found) == wanted(request, truth), source.name
            span = (instant - 20 * STEP, instant)
            for request, truth, found in zip(
                asked, memory.points(asked, *span), source.points(asked, *span), strict=True
            ):
                assert wanted(request, found) == wanted(request, truth), source.name
    finally:
        influxdb.close()
        sql.close()


def wanted(request: Request, answer: object) -> object:
    """What was asked for: a source may answer with more series."""
    assert isinstance(answer, Points | Reduced), answer
    found: Mapping[Labels, object] = (
        as_dict(answer) if isinstance(answer, Reduced) else points_as_dict(answer)
    )
    return {
        labels: one
        for labels, one in found.items()
        if not request.any_of or any(all(fits(m, labels) for m in one_of) for one_of in request.any_of)
    }


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_infinities_are_values_in_sqlite(tmp_path: Path, infinite: float) -> None:
    source = SqlSource(str(tmp_path / "x.db"))
    source.write({("m", "f"): points_of({(): [(T, infinite), (T + 1, 1.0)]}, "float")})
    read = Read(Stream("", "m", "f"), Reducer.SUM, 10)
    (answer,) = source.answer([Request(read)], T + 2)
    assert isinstance(answer, Reduced)
    assert answer.values.tolist() == [infinite]
    source.close()
