"""Aggregates of an expression of one series: ``max of (100 - x) over 5m`` is ``100 - min of x over 5m``.

Exact for what moves with the points (mean, extremes, percentiles, first and last), so that a catalog metric defined by such
an expression can be used like any other.
"""

from __future__ import annotations

from dataclasses import replace

from alertdsl.semantics import typed
from alertdsl.semantics.operands import arithmetic
from alertdsl.semantics.walk import Leaf, leaves, map_leaves

_MOVES_ALONG = frozenset({"avg", "min", "max", "percentile", "first", "last"})
_MIRROR: dict[str, typed.WindowFunction] = {"min": "max", "max": "min"}


def line_of(value: typed.Value) -> tuple[float, float, typed.Current] | None:
    """``(a, b, x)`` where the value is ``a + b * x`` of one series, else None."""
    found = list(leaves(value))
    if len(found) != 1 or not isinstance(found[0], typed.Current):
        return None
    factors = _line(value)
    return None if factors is None else (*factors, found[0])


def _line(value: typed.Value) -> tuple[float, float] | None:
    match value:
        case typed.Const(number) if not isinstance(number, str):
            return float(number), 0.0
        case typed.Current():
            return 0.0, 1.0
        case typed.Arithmetic(op, left, right):
            first, second = _line(left), _line(right)
            return None if first is None or second is None else _line_of_two(op, first, second)
        case _:
            return None


def _line_of_two(
    op: typed.ArithmeticOp, left: tuple[float, float], right: tuple[float, float]
) -> tuple[float, float] | None:
    (a, b), (c, d) = left, right
    match op:
        case "+":
            return a + c, b + d
        case "-":
            return a - c, b - d
        case "*" if b == 0:
            return a * c, a * d
        case "*" if d == 0:
            return a * c, b * c
        case "/" if d == 0 and c != 0:
            return a / c, b / c
        case _:
            return None


def baseline_of(value: typed.Value, statistic: str, window: int) -> typed.Value | None:
    """A statistic of the past of ``a + b * x``, by that of the one series `x`; None where the value is no such line.

    High and low change places where `b` is negative; a spread takes its size and no offset.
    """
    line = line_of(value)
    if line is None or line[2].shift:
        return None
    offset, factor, current = line
    if statistic in ("max", "min") and factor < 0:
        statistic = _MIRROR[statistic]
    if statistic in ("stddev", "mad"):
        offset, factor = 0.0, abs(factor)
    base: typed.Value = typed.Baseline(statistic, current.selector, window)  # type: ignore[arg-type]
    if factor != 1:
        base = typed.Arithmetic("*", base, typed.Const(factor))
    return typed.Arithmetic("+", base, typed.Const(offset)) if offset else base


def window_of(value: typed.Value, window: typed.Window) -> typed.Value | None:
    """The aggregate `window` (whose selector does not matter yet) of the value over its points; None where it has no such form."""
    if isinstance(value, typed.Current):
        return replace(window, selector=value.selector, shift=value.shift)
    line = line_of(value)
    if line is None:
        return None
    a, b, leaf = line
    inner = replace(window, selector=leaf.selector, shift=leaf.shift)
    if window.function == "count":
        return inner
    if window.function in _MOVES_ALONG:
        return _substitute(value, _mirrored(inner) if b < 0 else inner)
    if window.function == "stddev":
        return arithmetic("*", inner, typed.Const(abs(b)))
    counted = replace(inner, function="count")
    return typed.Arithmetic(
        "+", typed.Arithmetic("*", typed.Const(a), counted), arithmetic("*", inner, typed.Const(b))
    )


def _mirrored(window: typed.Window) -> typed.Window:
    """Where the value falls as the series rises, its highest is the series' lowest."""
    quantile = None if window.quantile is None else 1 - window.quantile
    return replace(window, function=_MIRROR.get(window.function, window.function), quantile=quantile)


def delta_of(value: typed.Value, delta: typed.Delta) -> typed.Value | None:
    """A change or rate of the value; None where it has no such form (a counter turned upside down has no resets)."""
    if isinstance(value, typed.Current):
        return replace(delta, selector=value.selector, shift=value.shift)
    line = line_of(value)
    if line is None:
        return None
    a, b, leaf = line
    inner = replace(delta, selector=leaf.selector, shift=leaf.shift)
    if delta.function == "change":
        return arithmetic("*", inner, typed.Const(b))
    if a != 0 or b <= 0:
        return None
    return inner if delta.function == "percent change" else arithmetic("*", inner, typed.Const(b))


def extreme_of(value: typed.Value, extreme: typed.Extreme) -> typed.Value | None:
    """The lowest or highest of the value over a window; None where it has no such form."""
    if isinstance(value, typed.Current):
        return replace(extreme, selector=value.selector, shift=value.shift)
    line = line_of(value)
    if line is None:
        return None
    _, b, leaf = line
    function = extreme.function if b >= 0 else ("max" if extreme.function == "min" else "min")
    inner = typed.Extreme(function, leaf.selector, extreme.window, leaf.shift)
    return _substitute(value, inner)


def _substitute(value: typed.Value, leaf: Leaf) -> typed.Value:
    return map_leaves(value, lambda _: leaf)
