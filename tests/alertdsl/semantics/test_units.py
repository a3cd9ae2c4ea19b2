"""Units: conversion, algebra, and how values are written for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl import check, resolve
from alertdsl.semantics import units
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.units import (
    RATIO,
    convert,
    convertible,
    divide,
    format_value,
    multiply,
    parse_unit,
    similar_units,
)

FAMILIES = [
    ["ns", "us", "ms", "s", "m", "h", "d", "w"],
    ["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "bit", "Mbit"],
    ["B/s", "MB/min", "Mbps", "GiB/h"],
    ["%", "ratio", "ppm"],
    ["°C", "°F", "K"],
    ["Wh", "kWh", "J", "MJ"],
    ["Hz", "kHz", "rpm", "1/s"],
]


@given(st.data(), st.floats(-1e12, 1e12))
def test_there_and_back(data: st.DataObject, value: float) -> None:
    family = data.draw(st.sampled_from(FAMILIES))
    source, target = (parse_unit(data.draw(st.sampled_from(family))) for _ in range(2))
    assert convertible(source, target)
    back = convert(convert(value, source, target), target, source)
    assert math.isclose(back, value, rel_tol=1e-12, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (200, "ms", "s", 0.2),
        (0.3, "s", "ms", 300),
        (5, "GB", "MB", 5000),
        (1, "GiB", "B", 2**30),
        (100, "Mbit/s", "MB/s", 12.5),
        (90, "%", "ratio", 0.9),
        (77, "°F", "°C", 25),
        (0, "°C", "K", 273.15),
        (50, "MB/min", "B/s", 50e6 / 60),
        (1, "kWh", "J", 3.6e6),
        (60, "rpm", "Hz", 1),
        (1, "requests/s", "requests/min", 60),
        (10, "megabytes", "B", 10e6),
        (30, "m/s", "km/h", 108),
        (100, "mph", "km/h", 160.9344),
        (3, "km/h", "m/s", 3000 / 3600),
        (6, "m3/h", "L/min", 100),
        (5, "usd", "USD", 5),
        (200, "msec", "s", 0.2),
    ],
)
def test_conversions(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, parse_unit(source), parse_unit(target)) == expected


@pytest.mark.parametrize(
    ("a", "b"), [("s", "B"), ("%", "B"), ("USD", "EUR"), ("requests", "errors"), ("W", "Wh")]
)
def test_what_cannot_be_converted(a: str, b: str) -> None:
    assert not convertible(parse_unit(a), parse_unit(b))


@pytest.mark.parametrize(
    ("word", "like", "expected"),
    [
        ("gb", "B", ("GB", "Gb")),
        ("mb/s", "B/s", ("MB/s", "Mb/s")),
        ("MS", "s", ("ms",)),
        ("megabites", "B", ("megabytes",)),
        ("GB", "s", ()),
        ("requests", "s", ()),
    ],
)
def test_units_that_a_word_may_be_meant_for(word: str, like: str, expected: tuple[str, ...]) -> None:
    assert similar_units(word, parse_unit(like)) == expected


def test_algebra() -> None:
    assert convertible(divide(parse_unit("MB"), parse_unit("s")), parse_unit("MB/s"))
    assert convertible(multiply(parse_unit("W"), parse_unit("h")), parse_unit("kWh"))
    assert divide(parse_unit("MB"), parse_unit("MB")) == RATIO
    assert divide(parse_unit("errors"), parse_unit("requests")).is_ratio
    assert not multiply(parse_unit("errors"), parse_unit("requests")).is_ratio


def test_a_difference_of_temperatures_has_no_offset() -> None:
    assert convert(9, parse_unit("°F"), parse_unit("°C").difference) == 5


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (70000, "USD", "70,000 USD"),
        (90, "%", "90%"),
        (5e9, "B", "5 GB"),
        (0.2, "s", "200 ms"),
        (7200, "s", "2 h"),
        (5e7, "B/s", "50 MB/s"),
        (0.05, None, "0.05"),
        (1e-9, None, "1e-09"),
        (3, "requests", "3 requests"),
        (math.inf, None, "inf"),
        (0, "s", "0 s"),
    ],
)
def test_values_for_people(value: float, unit: str | None, expected: str) -> None:
    assert format_value(value, unit) == expected


@given(st.text(max_size=20))
def test_any_word_is_a_unit(text: str) -> None:
    unit = parse_unit(text)
    assert convertible(unit, unit)
    assert units.known_unit(text) in (True, False)


COUNTED = parse_catalog(
    """
    [metrics.requests]
    field = "http.requests"
    unit = "requests"
    [metrics.errors]
    field = "http.errors"
    """
)


def test_a_bare_rate_is_one_of_what_is_counted() -> None:
    bare, named = (
        resolve(f"rate of requests over 5m > {bound}", COUNTED)[0].when
        for bound in ("300/min", "300 requests/min")
    )
    assert bare == named


def test_a_rate_of_a_word_beside_a_metric_without_unit_is_taken_and_told() -> None:
    text = "rate of errors over 5m > 5 errors/min"
    assert [one.code for one in check(text, COUNTED)] == ["W402"]
    assert resolve(text, COUNTED)[0].when == resolve("rate of errors over 5m > 5/min", COUNTED)[0].when


def test_a_rate_beside_a_level_names_the_rate() -> None:
    (found,) = check("errors > 5/min", COUNTED)
    assert found.code == "E231"
    assert "rate of errors over 5m > 5/min" in found.hint
