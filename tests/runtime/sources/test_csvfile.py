"""CSV files: what becomes a field, a tag, a time; and where a mistake is."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from alertdsl_runtime.sources.csvfile import load_csv
from alertdsl_runtime.sources.dataerror import DataError
from tests.runtime.sources.data import points_as_dict

NOON = 1_767_268_800 * 10**9


def load(folder: Path, text: str, **options: object) -> dict[str, object]:
    """Points by field, of all measurements."""
    path = folder / "prices.csv"
    path.write_bytes(text.encode())
    source = load_csv(path, **options)  # type: ignore[arg-type]
    return {".".join(key): points_as_dict(points) for key, points in source.fields.items()}


def test_numbers_are_fields_and_texts_are_tags(tmp_path: Path) -> None:
    text = "time,symbol,close,open\n2026-01-01T12:00:00Z,BTC,1.5,2\n2026-01-01T12:00:00Z,ETH,,3\n"
    assert load(tmp_path, text, tags={"ex": "k"}) == {
        "prices.close": {(("ex", "k"), ("symbol", "BTC")): [(NOON, 1.5)]},
        "prices.open": {
            (("ex", "k"), ("symbol", "BTC")): [(NOON, 2.0)],
            (("ex", "k"), ("symbol", "ETH")): [(NOON, 3.0)],
        },
    }


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01 12:00:00", NOON),
        ("2026-01-01 12:00", NOON),
        ("2026-01-01T14:00:00+02:00", NOON),
        ("2026-01-01 14:00:00 +0200", NOON),
        ("2026-01-01T12:00:00.000000001Z", NOON + 1),
        ("2026-01-01T12:00:00.5", NOON + 5 * 10**8),
        ("2026-01-01", NOON - 12 * 3600 * 10**9),
        ("1767268800", NOON),
        ("1767268800.25", NOON + 25 * 10**7),
        ("1767268800000", NOON),
        ("1767268800000000", NOON),
        ("1767268800000000001", NOON + 1),
    ],
)
def test_times(tmp_path: Path, cell: str, time: int) -> None:
    for text in (f"time,v\n{cell},1\n", f'"time","v"\r\n"{cell}","1"\r\n'):
        assert load(tmp_path, text) == {"prices.v": {(): [(time, 1.0)]}}


def test_mixed_times(tmp_path: Path) -> None:
    text = "Timestamp;v\n2026-01-01T12:00:00Z;1\n2026-01-01T12:00:01.5Z;2\n\n"
    assert load(tmp_path, text) == {"prices.v": {(): [(NOON, 1.0), (NOON + 15 * 10**8, 2.0)]}}


def test_any_order_and_the_last_of_a_time_counts(tmp_path: Path) -> None:
    text = "\ufefftime,v\n1767268860,3\n1767268800,1\n1767268860,4\n1767268800,\n"
    assert load(tmp_path, text) == {"prices.v": {(): [(NOON, 1.0), (NOON + 60 * 10**9, 4.0)]}}


def test_measurements(tmp_path: Path) -> None:
    text = "time,measurement,v\n1767268800,a,1\n1767268800,b,2\n"
    assert set(load(tmp_path, text)) == {"a.v", "b.v"}
    assert set(load(tmp_path, text, measurement="c")) == {"c.v"}


def test_booleans_and_choices(tmp_path: Path) -> None:
    text = "time,up,id,state\n1767268800,true,7,ok\n1767268801,False,8,\n"
    found = load(tmp_path, text, tag_columns=["id"], text_columns=["state"])
    second = NOON + 10**9
    assert found == {
        "prices.up": {(("id", "7"),): [(NOON, 1.0)], (("id", "8"),): [(second, 0.0)]},
        "prices.state": {(("id", "7"),): [(NOON, "ok")]},
    }


def test_quoted_cells(tmp_path: Path) -> None:
    text = 'time,name,v\n1767268800,"a, ""b""\nc",1\n'
    assert load(tmp_path, text) == {"prices.v": {(("name", 'a, "b"\nc'),): [(NOON, 1.0)]}}


def test_infinities_are_values(tmp_path: Path) -> None:
    assert load(tmp_path, "time,v\n1767268800,inf\n1767268801,nan\n") == {
        "prices.v": {(): [(NOON, math.inf)]}
    }


def test_names_with_underscores_between_digits_are_tags(tmp_path: Path) -> None:
    assert load(tmp_path, "time,id,v\n1767268800,1_000,1\n") == {
        "prices.v": {(("id", "1_000"),): [(NOON, 1.0)]}
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "prices.csv: the file is empty"),
        ("a,b\n1,2\n", "prices.csv:1: no column is called `time`; there are a, b"),
        ("time,v,v\n", "prices.csv:1:3: there are two columns 'v'"),
        ("time,,v\n", "prices.csv:1:2: the column has no name"),
        ("time,v\n1767268800,1\nyesterday,2\n", "prices.csv:3:1: column 'time': 'yesterday' is not a time"),
        (
            "time,v\n2026-01-01T12:00:00Z,1\n2026-13-01T12:00:00Z,2\n",
            "prices.csv:3:1: column 'time': '2026-13-01",
        ),
        ("time,v\n2026-01-01T12:00:00Z,1\n,2\n", "prices.csv:3:1: column 'time': the time is empty"),
        ('time,n,v\n1,"a\nb",1\nx,c,2\n', "prices.csv:4:1: column 'time': 'x' is not a time"),
        ("time,v\n1,2\n1,2,3\n", "prices.csv:3: the row has 3 cells, the first row names 2 columns"),
        ("time;v\n1;2,5\n2;3\n", "prices.csv:2:2: column 'v': '2,5' has a decimal comma"),
        (
            "time,v\n99999999999999999999,1\n",
            "prices.csv:2:1: column 'time': '99999999999999999999' is not a time",
        ),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(says)


def test_not_text_and_not_there(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"time,v\n1,2\n\xff,3\n")
    with pytest.raises(DataError, match=r"x\.csv:3: the file is not UTF-8"):
        load_csv(path)
    with pytest.raises(DataError, match="No such file"):
        load_csv(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="there is no column 'when'"):
        load(tmp_path, "time,v\n1,2\n", time="when")


def test_rows_without_points(tmp_path: Path) -> None:
    assert load(tmp_path, "time,v\n") == {}
