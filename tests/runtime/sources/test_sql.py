"""Time series in a database: on SQLite, MySQL and PostgreSQL alike."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import sqlalchemy as sa

from alertdsl.plan.reads import PointFilter, Read, Reducer, Request, Stream
from alertdsl.semantics.typed import Matcher
from alertdsl.store import open_store
from alertdsl.store.connect import connect
from alertdsl_runtime.columns import Labels, Points, Reduced, SourceError
from alertdsl_runtime.schema_pull import pull
from alertdsl_runtime.sources import sql_tables
from alertdsl_runtime.sources.dataerror import DataError
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.sources.sql import SqlSource
from tests.runtime.sources.data import Scalar, Series, as_dict, lines_of, points_as_dict, points_of
from tests.services.database import DatabaseServer
from tests.services.influxdb import InfluxDB

T = 1_700_000_000_000_000_000
A: Labels = (("host", "a"),)
B: Labels = (("host", "b "),)
NUMBERS: Series = {A: [(T - 30, 1.0), (T - 20, -2.5), (T - 10, 4.0)], B: [(T - 20, 1e300)]}
TEXTS: Series = {A: [(T - 30, "ok"), (T - 20, "OK"), (T - 10, "ok ")], B: [(T - 5, "\x00\ud800é")]}
FLAGS: Series = {A: [(T - 30, True), (T - 20, False)], B: [(T - 1, False)]}
DATA = {"number": (NUMBERS, "float"), "text": (TEXTS, "string"), "bool": (FLAGS, "boolean")}


def test_every_reducer_on_every_database(database_url: str) -> None:
    memory = MemorySource({("m", name): points_of(one, kind) for name, (one, kind) in DATA.items()})
    source = SqlSource(database_url)
    source.write(memory)
    source.write({("m", "number"): points_of({A: [(T - 10, 4.5)]}, "float")})
    source.write({("m", "number"): points_of({A: [(T - 10, 4.0)]}, "float")})
    asked = [Request(Read(Stream("", "m", "number"), r, 25, 5)) for r in Reducer]
    for name in ("text", "bool"):
        stream = Stream("", "m", name)
        asked += [
            Request(Read(stream, r, 25, 5)) for r in (Reducer.FIRST, Reducer.LAST, Reducer.COUNT, Reducer.RAW)
        ]
    for value in ("ok", "ok ", "OK"):
        asked += [
            Request(Read(Stream("", "m", "text"), Reducer.COUNT, 30, 0, PointFilter(op, value)))
            for op in ("==", "!=")
        ]
    asked += [Request(Read(Stream("", "m", "bool"), Reducer.COUNT, 30, 0, PointFilter("!=", False)))]
    for truth, found in zip(memory.answer(asked, T), source.answer(asked, T), strict=True):
        if isinstance(truth, Points):
            assert isinstance(found, Points)
            assert points_as_dict(found) == points_as_dict(truth)
        else:
            assert isinstance(truth, Reduced)
            assert isinstance(found, Reduced)
            assert as_dict(found) == as_dict(truth)
    source.close()


def test_some_series_of_many(database_url: str) -> None:
    source = SqlSource(database_url)
    series: Series = {(("host", f"h{i}"),): [(T - 1, float(i))] for i in range(50)}
    source.write({("m", "f"): points_of(series, "float"), ("m", "g"): points_of(series, "float")})
    wanted = tuple((Matcher("host", "=", f"h{i}"),) for i in (3, 7))
    few = Request(Read(Stream("", "m", "f"), Reducer.LAST, 10), wanted)
    every = Request(Read(Stream("", "m", "g"), Reducer.LAST, 10))
    one, all_of_them = source.answer([few, every], T)
    assert isinstance(one, Reduced)
    assert isinstance(all_of_them, Reduced)
    assert sorted(one.values.tolist()) == [3.0, 7.0]
    assert len(all_of_them.labels) == 50
    source.write({("m", "f"): points_of({(("host", "new"),): [(T - 1, 9.0)]}, "float")})
    (again,) = source.answer([Request(few.read)], T)
    assert isinstance(again, Reduced)
    assert len(again.labels) == 51
    source.close()


def test_mysql_says_what_it_cannot_hold(mysql: DatabaseServer) -> None:
    source = SqlSource(mysql.new_database())
    with pytest.raises(DataError, match="MySQL cannot hold infinite values"):
        source.write({("m", "f"): points_of({(): [(T, math.inf)]}, "float")})
    source.close()


def test_nothing_ingested_yet(database_url: str) -> None:
    source = SqlSource(database_url)
    reduced, raw = source.answer(
        [Request(Read(Stream("", "m", "f"), r, 10)) for r in (Reducer.MAX, Reducer.RAW)], T
    )
    assert isinstance(reduced, Reduced)
    assert isinstance(raw, Points)
    assert "no time series yet" in source.check()
    assert pull(source).metrics == ()
    source.close()


def test_beside_the_alerts(tmp_path: Path) -> None:
    """One file for both: neither minds the other's tables."""
    url = f"sqlite:///{tmp_path / 'both.db'}"
    with open_store(url):
        source = SqlSource(url)
        source.write({("m", "f"): points_of(NUMBERS, "float")})
    with open_store(url):
        assert isinstance(
            source.answer([Request(Read(Stream("", "m", "f"), Reducer.LAST, 100))], T)[0], Reduced
        )
    source.close()


def test_another_layout_is_refused(tmp_path: Path) -> None:
    source = SqlSource(str(tmp_path / "x.db"))
    source.write({("m", "f"): points_of(NUMBERS, "float")})
    engine = connect(str(tmp_path / "x.db"))
    with engine.begin() as connection:
        connection.execute(sql_tables.version_table.update().values(version=99))
    engine.dispose()
    with pytest.raises(SourceError, match="layout 99"):
        source.check()
    source.close()


def test_text_has_no_maximum(tmp_path: Path) -> None:
    source = SqlSource(str(tmp_path / "x.db"))
    source.write({("m", "f"): points_of(TEXTS, "string")})
    (answer,) = source.answer([Request(Read(Stream("", "m", "f"), Reducer.MAX, 100))], T)
    assert isinstance(answer, SourceError)
    source.close()


def test_database_down(private_mysql: DatabaseServer) -> None:
    url = private_mysql.new_database()
    source = SqlSource(url)
    source.write({("m", "f"): points_of(NUMBERS, "float")})
    private_mysql.stop()
    with pytest.raises(SourceError, match="does not answer") as caught:
        source.answer([Request(Read(Stream("", "m", "f"), Reducer.LAST, 100))], T)
    assert caught.value.transient
    assert str(sa.make_url(url).password) not in str(caught.value).replace("alertdsl:***@", "").replace(
        "/alertdsl", ""
    )
    private_mysql.start()
    (answer,) = source.answer([Request(Read(Stream("", "m", "f"), Reducer.LAST, 100))], T)
    assert isinstance(answer, Reduced)
    source.close()


# ---------------------------------------------------------------- catalogs


def test_a_catalog_of_what_is_there(influx: InfluxDB, tmp_path: Path) -> None:
    bucket = influx.new_bucket()
    types = {"f": "float", "i": "integer", "u": "unsigned", "s": "string", "b": "boolean"}
    values: dict[str, Scalar] = {"string": "x", "boolean": True}
    for field, kind in types.items():
        series: Series = {(('ho"st', "a b"), ("x", "1")): [(T, values.get(kind, 1.0))]}
        influx.write_lp(list(lines_of("m 1", field, series, kind)), bucket=bucket)
    source = InfluxSource(influx.url, influx.org, influx.new_token(read=[bucket]), bucket)
    found = pull(source)
    assert {(m.measurement, m.field, m.type) for m in found.metrics} == {
        ("m 1", f, t) for f, t in types.items()
    }
    assert found.metrics[0].tags == {'ho"st': ["a b"], "x": ["1"]}
    assert "[metrics." in found.as_toml()
    with pytest.raises(SourceError, match="nope"):
        pull(source, ["nope"])
    sql = SqlSource(str(tmp_path / "x.db"))
    sql.write({("m", "f"): points_of(NUMBERS, "float")})
    assert [(m.measurement, m.field, m.type, m.tags) for m in pull(sql).metrics] == [
        ("m", "f", "number", {"host": ["a", "b "]})
    ]
    sql.close()
