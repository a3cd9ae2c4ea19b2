"""Functions of values and patterns of texts, by examples small enough to check by eye."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE
from alertdsl_runtime.columns import text_id
from alertdsl_runtime.evaluation.functions import apply, rounded
from alertdsl_runtime.sources.memory import MemorySource
from tests.runtime.evaluation.world import outcome, points, selector, source, truths

CPU, LOAD, STATE = selector("cpu"), selector("load"), selector("state")
INF = math.inf


def test_halves_are_rounded_away_from_zero() -> None:
    given = [0.5, 1.5, 2.5, -0.5, -2.5, 0.49999999999999994, 4503599627370497.0, 2.0**60 + 256, INF, -INF]
    expected = [1.0, 2.0, 3.0, -1.0, -3.0, 0.0, 4503599627370497.0, 2.0**60 + 256, INF, -INF]
    assert rounded(np.array(given)).tolist() == expected
    assert math.isnan(rounded(np.array([np.nan]))[0])


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("floor", -1.5, -2.0),
        ("ceil", -1.5, -1.0),
        ("floor", INF, INF),
        ("sqrt", 16.0, 4.0),
        ("sqrt", -0.0, 0.0),
        ("sqrt", -1.0, None),
        ("sqrt", INF, INF),
        ("log", math.e, 1.0),
        ("log", 0.0, None),
        ("log", -1.0, None),
        ("log", INF, INF),
    ],
)
def test_functions_of_one(name: typed.MathFunction, given: float, expected: float | None) -> None:
    (found,) = apply(name, [np.array([given])]).tolist()
    assert (None if math.isnan(found) else found) == expected


def _both(op: typed.MathFunction, bound: float) -> typed.Compare:
    arguments = typed.Current(CPU), typed.Current(LOAD), typed.Const(7.0)
    return typed.Compare("==", typed.Function(op, arguments), typed.Const(bound))


def test_the_lowest_and_highest_of_several() -> None:
    world = source(
        cpu=points({"host=a": {-1: 5.0}, "host=b": {-1: 9.0}, "host=c": {-1: 8.0}}),
        load=points({"host=a": {-1: 6.0}, "host=b": {-1: -INF}}),
    )
    assert truths(outcome(_both("min", 5), world)) == {"host=a": "T", "host=b": "F", "host=c": "U"}
    assert truths(outcome(_both("max", 9), world)) == {"host=a": "F", "host=b": "T", "host=c": "U"}


def test_why_a_function_is_unknown() -> None:
    """A series that stopped lacks points, a root that is not there does not."""
    world = source(cpu=points({"host=a": {-30: 5.0}, "host=b": {-1: -1.0}}))
    root = typed.Compare(">", typed.Function("sqrt", (typed.Current(CPU),)), typed.Const(0.0))
    found = outcome(root, world)
    assert truths(found) == {"host=a": "U", "host=b": "U"}
    assert found.no_data[:, 0].tolist() == [True, False]


# ---------------------------------------------------------------- patterns


def _states(**hosts: dict[float, str]) -> MemorySource:
    series = {f"host={h}": {m: text_id(t) for m, t in found.items()} for h, found in hosts.items()}
    return source(state=points(series, "text"))


FAILED = typed.Matches(typed.Current(STATE), "^fail(ed)?$")


def test_a_pattern_is_found_in_the_text_as_in_a_tag() -> None:
    world = _states(a={-1: "fail"}, b={-1: "failed!"}, c={-1: "ok"}, d={-1: ""}, e={-30: "fail"})
    assert truths(outcome(FAILED, world)) == {
        "host=a": "T", "host=b": "F", "host=c": "F", "host=d": "F", "host=e": "U"
    }  # fmt: skip
    anywhere = typed.Matches(typed.Current(STATE), "ai")
    assert truths(outcome(anywhere, world))["host=b"] == "T"
    assert truths(outcome(typed.Matches(typed.Current(STATE), ""), world))["host=d"] == "T"
    assert truths(outcome(typed.Not(FAILED), world)) == {
        "host=a": "F", "host=b": "T", "host=c": "T", "host=d": "T", "host=e": "U"
    }  # fmt: skip


def test_a_dollar_is_the_end_of_the_text() -> None:
    assert truths(outcome(FAILED, _states(a={-1: "failed\n"}))) == {"host=a": "F"}


def test_a_pattern_over_time() -> None:
    world = _states(
        a={-8: "fail", -4: "failed", -1: "fail"}, b={-8: "fail", -4: "ok", -3.9: "fail", -1: "fail"}
    )
    held = typed.For(FAILED, 5 * MINUTE)
    assert truths(outcome(held, world, -2, 0, 1, 3)) == {"host=a": "TTTT", "host=b": "FFFT"}
    assert truths(outcome(held, world, 0)) == {"host=a": "T", "host=b": "F"}


def test_a_pattern_needs_text() -> None:
    found = outcome(FAILED, source(state=points({"host=a": {-1: 5.0}})))
    assert list(found.failed.values()) == ["state.v holds number values, the rule compares text values"]


def test_a_text_that_stops_is_no_data() -> None:
    assert outcome(FAILED, _states(a={-30: "fail"})).no_data.tolist() == [[True]]
