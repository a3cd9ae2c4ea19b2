"""Queries for reads: one script for many, all of it done in storage."""

from __future__ import annotations

import pytest

from alertdsl.backends.flux import points_query, read_query
from alertdsl.backends.flux.query import TERMS_PER_YIELD, YIELDS_PER_QUERY
from alertdsl.plan.reads import PointFilter, Read, Reducer, Request, Stream
from alertdsl.semantics.typed import HOUR, MINUTE, Matcher
from tests.alertdsl.backends import rules
from tests.alertdsl.backends.test_flux_scripts import PROFILER, results
from tests.services.influxdb import InfluxDB

USAGE = Stream("", "cpu", "usage")
JOBS = Stream("", "cpu", "jobs")
STATE = Stream("", "cpu", "state")
ANY_OF: dict[str, tuple[tuple[Matcher, ...], ...]] = {
    "all": (),
    "one": ((Matcher("host", "=", "a"),),),
    "few": ((Matcher("host", "=", "a"),), (Matcher("host", "=", "b"),)),
    "pairs": (
        (Matcher("host", "=", "a"), Matcher("region", "=", "x")),
        (Matcher("host", "=", "d"), Matcher("region", "=", "y")),
        (Matcher("region", "=~", "^z/"),),
    ),
    "absent": ((Matcher("nope", "=", ""), Matcher("host", "!=", "")), (Matcher("host", "!~", "[ab]"),)),
}


@pytest.fixture(scope="module")
def bucket(influx: InfluxDB) -> str:
    name = influx.new_bucket()
    influx.write_lp(rules.lines(), bucket=name)
    return name


def sources(influx: InfluxDB, text: str) -> set[str]:
    """The profiler's names for what read from storage, and for filters that ran outside of it."""
    rows = results(influx.query(PROFILER + text))
    assert not any("error" in row for row in rows)
    types = {row["Type"].rpartition(".")[2] for row in rows if row.get("Type")}
    return {one for one in types if one.startswith("read") or one == "filterTransformation"}


@pytest.mark.parametrize("any_of", ANY_OF)
@pytest.mark.parametrize("reducer", Reducer)
def test_pushed_down(influx: InfluxDB, bucket: str, reducer: Reducer, any_of: str) -> None:
    request = Request(Read(USAGE, reducer, HOUR, 1), ANY_OF[any_of])
    (query,) = read_query([request], rules.T, bucket)
    pushed = {"readGroupSource"} if reducer is Reducer.RAW else {"readWindowAggregateSource"}
    assert sources(influx, query.text) == pushed


@pytest.mark.parametrize("reducer", Reducer)
def test_several_fields_pushed_down(influx: InfluxDB, bucket: str, reducer: Reducer) -> None:
    (query,) = read_query([Request(Read(s, reducer, HOUR)) for s in (USAGE, JOBS)], rules.T, bucket)
    assert len(query.yields) == 1
    pushed = {"readGroupSource"} if reducer is Reducer.RAW else {"readWindowAggregateSource"}
    assert sources(influx, query.text) == pushed


@pytest.mark.parametrize(
    "where", [PointFilter("!=", "ok"), PointFilter("==", ""), PointFilter("!=", 'a"${b}')]
)
def test_counts_of_violations_pushed_down(influx: InfluxDB, bucket: str, where: PointFilter) -> None:
    (query,) = read_query([Request(Read(STATE, Reducer.COUNT, HOUR, 0, where))], rules.T, bucket)
    assert sources(influx, query.text) == {"readWindowAggregateSource"}


def test_requests_of_a_window_share_a_yield() -> None:
    asked = [
        Request(Read(Stream("", "m", f"f{i}"), r, HOUR))
        for i in range(5)
        for r in (Reducer.LAST, Reducer.MAX)
    ]
    (query,) = read_query(asked, rules.T, "b")
    assert [y.requests for y in query.yields] == [(0, 2, 4, 6, 8), (1, 3, 5, 7, 9)]
    assert query.requests == (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def test_a_bucket_is_a_query_of_its_own() -> None:
    asked = [Request(Read(Stream(name, "m", "f"), Reducer.LAST, HOUR)) for name in ("x", "", "x")]
    assert [q.requests for q in read_query(asked, rules.T, "b")] == [(0, 2), (1,)]


def test_limits_and_a_large_batch_runs(influx: InfluxDB, bucket: str) -> None:
    many = [Request(Read(Stream("", "cpu", f"f{i}"), Reducer.LAST, HOUR)) for i in range(TERMS_PER_YIELD + 1)]
    (query,) = read_query(many, rules.T, bucket)
    assert [len(y.requests) for y in query.yields] == [TERMS_PER_YIELD, 1]
    influx.query(query.text)
    windows = [Request(Read(USAGE, Reducer.MAX, HOUR + i * MINUTE)) for i in range(YIELDS_PER_QUERY + 1)]
    queries = read_query(windows, rules.T, bucket)
    assert [len(q.yields) for q in queries] == [YIELDS_PER_QUERY, 1]
    assert {row["result"] for row in results(influx.query(queries[0].text))} == {
        str(i) for i in range(YIELDS_PER_QUERY)
    }


def test_windows_end_at_the_nanosecond(influx: InfluxDB, bucket: str) -> None:
    """Half open, nine digits, and clamped to the years that InfluxDB knows."""
    influx.write_lp([f"edge f={i} {rules.T + i}" for i in range(4)], bucket=bucket)
    edge = Stream("", "edge", "f")
    cases = {(3, 0): 3, (3, 1): 2, (2, 0): 2, (2**63, 0): 3, (2**62, -(2**62)): 4}
    for (start, stop), count in cases.items():
        (query,) = read_query([Request(Read(edge, Reducer.COUNT, start, stop))], rules.T + 3, bucket)
        rows = results(influx.query(query.text))
        assert [row["_value"] for row in rows] == [str(count)], (start, stop)


def test_points_of_any_request(influx: InfluxDB, bucket: str) -> None:
    request = Request(Read(STATE, Reducer.COUNT, HOUR, 0, PointFilter("!=", "ok")), ANY_OF["one"])
    (query,) = points_query([request], rules.T - 60 * 10**9, rules.T, bucket)
    assert len(results(influx.query(query.text))) == 6
    assert sources(influx, query.text) == {"readGroupSource"}
