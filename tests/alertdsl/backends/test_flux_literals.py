"""Literals: what is written comes back as it was, from a real server."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl.backends.flux import literals
from tests.alertdsl.backends.test_flux_scripts import results
from tests.services.influxdb import InfluxDB

NASTY = st.lists(
    st.sampled_from(
        [
            '"',
            "\\",
            "${",
            "}",
            "$$${now()}",
            "$",
            "\n",
            "\t",
            "\x01",
            "\x7f",
            "'",
            "ü",
            "😀",
            "x",
            "//",
            "\\x24",
            "\u2028",
        ]
    ),
    max_size=6,
).map("".join)
TEXTS = st.lists(
    NASTY | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6),
    min_size=1,
    max_size=20,
)


def echo(influx: InfluxDB, written: list[str]) -> list[str]:
    rows = ", ".join(f"{{v: {one}}}" for one in written)
    return [row["v"] for row in results(influx.query(f'import "array"\narray.from(rows: [{rows}])'))]


@given(texts=TEXTS)
@settings(max_examples=60, deadline=None)
def test_strings(influx: InfluxDB, texts: list[str]) -> None:
    # The server drops rows of empty texts.
    found = echo(influx, [literals.fstr(f"|{t}") for t in texts])
    assert [f.replace("\r\n", "\n") for f in found] == [f"|{t}" for t in texts]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_cannot_be_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"NUL|Unicode"):
        literals.fstr(text)


@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_floats(influx: InfluxDB, numbers: list[float]) -> None:
    found = echo(influx, [literals.fnum(n) for n in numbers])
    assert [float(f) for f in found] == numbers


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_float(number: float) -> None:
    with pytest.raises(ValueError, match="no literal"):
        literals.fnum(number)


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_integers(influx: InfluxDB, numbers: list[int]) -> None:
    assert [int(f) for f in echo(influx, [literals.fint(n) for n in numbers])] == numbers


@given(times=st.lists(st.integers(literals.TIME_MIN, literals.TIME_MAX), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_times(influx: InfluxDB, times: list[int]) -> None:
    found = echo(influx, [f"int(v: {literals.ftime(t)})" for t in times])
    assert [int(f) for f in found] == times


@given(spans=st.lists(st.integers(0, 2**62), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_durations(influx: InfluxDB, spans: list[int]) -> None:
    found = echo(influx, [f"int(v: {literals.fduration(s)})" for s in spans])
    assert [int(f) for f in found] == spans
