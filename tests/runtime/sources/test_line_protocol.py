"""Line protocol: read as InfluxDB reads it, and mistakes have a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from alertdsl.plan.reads import Read, Reducer, Request, Stream
from alertdsl_runtime.columns import Points
from alertdsl_runtime.ingest import format_of, ingest_file
from alertdsl_runtime.sources.dataerror import DataError
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.line_protocol import parse_line_protocol
from alertdsl_runtime.sources.sql import SqlSource
from tests.runtime.sources.data import lines_of, points_as_dict
from tests.runtime.sources.test_hostile_names import KEYS, TEXTS, VALUES
from tests.services.influxdb import InfluxDB

T = 1_700_000_000_000_000_000


@pytest.fixture(scope="module")
def bucket(influx: InfluxDB) -> str:
    return influx.new_bucket()


def parsed(text: str, **options: object) -> dict[str, object]:
    found = parse_line_protocol(text, **options)  # type: ignore[arg-type]
    return {".".join(key): points_as_dict(points) for key, points in found.items()}


def test_values() -> None:
    line = 'm,b=2,a=1 f=1.5,i=-2i,u=3u,t=T,g=false,e=1e3,h=.5,s="x, y=\\"z\\" \\\\ w" 7'
    labels = (("a", "1"), ("b", "2"))
    assert parsed(line) == {
        "m.f": {labels: [(7, 1.5)]},
        "m.i": {labels: [(7, -2.0)]},
        "m.u": {labels: [(7, 3.0)]},
        "m.t": {labels: [(7, 1.0)]},
        "m.g": {labels: [(7, 0.0)]},
        "m.e": {labels: [(7, 1000.0)]},
        "m.h": {labels: [(7, 0.5)]},
        "m.s": {labels: [(7, 'x, y="z" \\ w')]},
    }


def test_comments_blank_lines_units_and_the_last_written() -> None:
    text = '# "not a quote\n\nm f=1 2\r\nm f=3 2\nn f="two\nlines # here" 1\n'
    assert parsed(text, precision="s") == {
        "m.f": {(): [(2 * 10**9, 3.0)]},
        "n.f": {(): [(10**9, "two\nlines # here")]},
    }
    assert parsed("m f=1", now=5) == {"m.f": {(): [(5, 1.0)]}}


@given(measurement=KEYS, field=KEYS, tag=KEYS, value=VALUES, text=TEXTS)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_as_the_server_reads_it(
    influx: InfluxDB, bucket: str, measurement: str, field: str, tag: str, value: str, text: str
) -> None:
    lines = list(lines_of(measurement, field, {((tag, value),): [(T, text)]}, "string"))
    influx.write_lp(lines, bucket=bucket)
    source = InfluxSource(influx.url, influx.org, influx.token, bucket)
    request = Request(Read(Stream("", measurement, field), Reducer.RAW, 1))
    (stored,) = source.points([request], T, T + 1)
    assert isinstance(stored, Points)
    mine = parse_line_protocol("\n".join(lines))[measurement, field]
    assert points_as_dict(mine).items() <= points_as_dict(stored).items()
    source.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("m", "f.lp:1:2: no fields"),
        ("m f=1 1\n,a=1 f=1 1", "f.lp:2:1: the measurement is missing"),
        ("m,a f=1 1", "f.lp:1:3: a tag is written tag=value"),
        ("m,a= f=1 1", "f.lp:1:3: a tag is written tag=value"),
        ("m,a=1,a=2 f=1 1", "f.lp:1:7: the tag 'a' stands here twice"),
        ("m f 1", "f.lp:1:3: a field is written name=value"),
        ("m f=1a 1", "f.lp:1:5: '1a' is no value"),
        ('m f="a 1', "line 1, column 5: a text in double quotes does not end"),
        ('m f="a"b 1', "f.lp:1:5: a text in double quotes has to end with one"),
        ("m f=9223372036854775808i 1", "f.lp:1:5: 9223372036854775808i is outside"),
        ("m f=-1u 1", "f.lp:1:5: -1u is outside"),
        ("m f=1e999 1", "f.lp:1:5: the number 1e999 is too large"),
        ("m f=1", "f.lp:1:6: the time is missing"),
        ("m f=1 1.5", "f.lp:1:7: '1.5' is not a time"),
        ("m f=1 1 2", "f.lp:1:7: '1 2' is not a time"),
        ("m f=1 99999999999999999999", "f.lp:1:7: the time 99999999999999999999 is outside"),
        ("m f=1i 1\nm f=true 2", "f.lp:2:1: m.f is bool here and number on line 1"),
    ],
)
def test_mistakes_have_a_place(text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_line_protocol(text, file="f.lp")
    assert str(caught.value).startswith(says)


# ---------------------------------------------------------------- into the database


def test_ingest_is_all_or_nothing(tmp_path: Path) -> None:
    source = SqlSource(str(tmp_path / "x.db"))
    good = tmp_path / "a.lp"
    good.write_text("m f=1 1\nm f=2 2\n")
    assert ingest_file(source, good) == 2
    assert ingest_file(source, good) == 2
    bad = tmp_path / "b.txt"
    bad.write_text('n f=1 1\nm f="x" 3\n')
    with pytest.raises(DataError, match=r"m\.f holds number already"):
        ingest_file(source, bad)
    assert set(source.streams()) == {("monitors", "m", "f")}
    table = tmp_path / "c.csv"
    table.write_text("time,v\n1767268800,1\n")
    assert ingest_file(source, table, measurement="p", tags={"a": "b"}, bucket="other") == 1
    assert source.streams()["other", "p", "v"].labels == [(("a", "b"),)]
    source.close()


def test_formats(tmp_path: Path) -> None:
    assert [format_of(tmp_path / name) for name in ("a.lp", "a.csv", "a.LINE", "a.data")] == [
        "lp",
        "csv",
        "lp",
        "csv",
    ]
    (tmp_path / "x.txt").write_text("time,v\n")
    assert format_of(tmp_path / "x.txt") == "csv"
