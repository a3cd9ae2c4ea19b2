"""An aggregate of an expression is the aggregate of its values, point by point."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl.semantics import affine, typed

X = typed.Current(typed.Selector("", "m", "f"))
NUMBERS = st.integers(-50, 50).map(float)


def over(values: st.SearchStrategy[typed.Value]) -> st.SearchStrategy[typed.Value]:
    constants = st.builds(typed.Const, NUMBERS)
    return st.one_of(
        st.builds(typed.Arithmetic, st.sampled_from(["+", "-", "*"]), values, constants),
        st.builds(typed.Arithmetic, st.sampled_from(["+", "-", "*"]), constants, values),
        st.builds(typed.Arithmetic, st.just("/"), values, constants.filter(lambda c: c.value != 0)),
    )


LINES: st.SearchStrategy[typed.Value] = st.recursive(st.just(X), over, max_leaves=4)
POINTS = st.lists(NUMBERS, min_size=2, max_size=6)
WINDOW_FUNCTIONS = ["avg", "sum", "min", "max", "count", "stddev", "first", "last", "percentile"]


def aggregate(function: str, points: Sequence[float], quantile: float | None) -> float:
    if function == "percentile":
        assert quantile is not None
        ordered, place = sorted(points), quantile * (len(points) - 1)
        low = math.floor(place)
        high = min(low + 1, len(points) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
    return float(
        {
            "avg": statistics.fmean,
            "sum": math.fsum,
            "min": min,
            "max": max,
            "count": len,
            "stddev": statistics.stdev,
            "first": lambda p: p[0],
            "last": lambda p: p[-1],
            "change": lambda p: p[-1] - p[0],
        }[function](points)  # type: ignore[operator]
    )


def compute(value: typed.Value, points: Sequence[float]) -> float:
    """The value, every leaf read from the points."""
    match value:
        case typed.Const(number):
            return float(number)
        case typed.Arithmetic(op, left, right):
            a, b = compute(left, points), compute(right, points)
            return {"+": a + b, "-": a - b, "*": a * b}[op] if op != "/" else a / b
        case typed.Window(function=function, quantile=quantile):
            return aggregate(function, points, quantile)
        case typed.Delta(function=function) | typed.Extreme(function=function):
            return aggregate(function, points, None)
        case _:
            return points[-1]


@pytest.mark.parametrize("function", WINDOW_FUNCTIONS)
@given(line=LINES, points=POINTS, quantile=st.sampled_from([0.0, 0.05, 0.5, 0.9, 1.0]))
def test_windows(
    function: typed.WindowFunction, line: typed.Value, points: list[float], quantile: float
) -> None:
    window = typed.Window(
        function, X.selector, typed.MINUTE, None, quantile if function == "percentile" else None
    )
    result = affine.window_of(line, window)
    assert result is not None
    expected = aggregate(function, [compute(line, [p]) for p in points], window.quantile)
    assert math.isclose(compute(result, points), expected, rel_tol=1e-9, abs_tol=1e-3)


@given(line=LINES, points=POINTS, function=st.sampled_from(["min", "max"]))
def test_extremes_and_changes(line: typed.Value, points: list[float], function: str) -> None:
    values = [compute(line, [p]) for p in points]
    extreme = affine.extreme_of(line, typed.Extreme(function, X.selector, typed.MINUTE))  # type: ignore[arg-type]
    change = affine.delta_of(line, typed.Delta("change", X.selector, typed.MINUTE))
    assert extreme is not None
    assert change is not None
    assert compute(extreme, points) == aggregate(
        function, values, None
    )  # exactly: thresholds are compared with it
    assert math.isclose(compute(change, points), values[-1] - values[0], rel_tol=1e-9, abs_tol=1e-3)


@pytest.mark.parametrize("op", ["*", "/", "+"])
def test_what_is_no_line(op: typed.ArithmeticOp) -> None:
    assert affine.line_of(typed.Arithmetic(op, X, X)) is None
    assert affine.line_of(typed.Arithmetic("/", typed.Const(1.0), X)) is None
    assert affine.line_of(typed.Absolute(X)) is None


def test_a_counter_turned_upside_down_has_no_rate() -> None:
    upside_down = typed.Arithmetic("-", typed.Const(100.0), X)
    for function in ("rate", "increase", "percent change"):
        assert affine.delta_of(upside_down, typed.Delta(function, X.selector, typed.MINUTE)) is None
    doubled = typed.Arithmetic("*", X, typed.Const(2.0))
    assert affine.delta_of(doubled, typed.Delta("rate", X.selector, typed.MINUTE)) is not None
