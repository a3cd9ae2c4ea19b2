"""The unit of a typed value, read back from its tree for messages."""

from __future__ import annotations

from collections.abc import Callable

from alertdsl.semantics import typed
from alertdsl.semantics.units import Unit, divide, multiply, parse_unit
from alertdsl.semantics.walk import leaves

_TIMES = {
    1: "ns",
    1_000: "us",
    1_000_000: "ms",
    typed.SECOND: "s",
    typed.MINUTE: "min",
    typed.HOUR: "h",
    typed.DAY: "d",
}


def unit_of(value: typed.Value) -> str | None:
    """The unit in canonical spelling; None for plain numbers and where it cannot be told."""
    match value:
        case typed.Counted() | typed.Distinct() | typed.Steps() | typed.CrossedPoints():
            return None
        case (
            typed.Window(function="count")
            | typed.Combined(function="count")
            | typed.CalendarWindow(function="count")
        ):
            return None
        case typed.Delta(function="percent change") | typed.CalendarWindow(function="percent change"):
            return "%"
        case typed.Delta(function="rate") | typed.CalendarWindow(function="rate") | typed.Slope():
            known = _with_time(_difference(value.selector.unit), value.per, divide)
            often = None if value.per == typed.SECOND else f"1/{_TIMES.get(value.per)}"
            return known or often
        case typed.Delta() | typed.CalendarWindow(function="change" | "increase"):
            return _difference(value.selector.unit)
        case typed.Integral():
            return _with_time(value.selector.unit, value.per, multiply)
        case typed.Combined() | typed.Absolute() | typed.Otherwise():
            return unit_of(value.operand)
        case typed.Function(name, arguments):
            return None if name in ("log", "sqrt") else next(filter(None, map(unit_of, arguments)), None)
        case typed.Arithmetic():
            return _unit_of_arithmetic(value)
        case typed.Const() | typed.Slot() | typed.Clock() | typed.Lookup() | typed.Indicator():
            return None
        case _:
            return value.selector.unit


def _difference(unit: str | None) -> str | None:
    """Of two values in a unit: seconds of two moments, else the unit itself."""
    return parse_unit(unit).difference.name if unit else unit


def _with_time(unit: str | None, per: int, join: Callable[[Unit, Unit], Unit]) -> str | None:
    time = _TIMES.get(per)
    if not unit or time is None:
        return None
    return join(parse_unit(unit), parse_unit(time)).name or None


def _unit_of_arithmetic(value: typed.Arithmetic) -> str | None:
    left, right = value.left, value.right
    if value.op in "+-":
        clock = next((side for side in (left, right) if isinstance(side, typed.Clock)), None)
        if clock is not None:
            return _TIMES.get(clock.per)
        found = {unit_of(side) for side in (left, right) if next(leaves(side), None) is not None}
        unit = found.pop() if len(found) == 1 else None
        of_two = value.op == "-" and not any(isinstance(side, typed.Const) for side in (left, right))
        return _difference(unit) if of_two else unit
    if isinstance(right, typed.Const):
        return unit_of(left) if not isinstance(left, typed.Arithmetic) else None
    if isinstance(left, typed.Const):
        return unit_of(right) if value.op == "*" else None
    first, second = unit_of(left), unit_of(right)
    if first is None or second is None:
        return None
    join = multiply if value.op == "*" else divide
    return join(parse_unit(first), parse_unit(second)).name or None
