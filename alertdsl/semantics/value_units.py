"""The unit of a typed value, read back from its tree for messages."""

from __future__ import annotations

from alertdsl.semantics import typed
from alertdsl.semantics.units import divide, parse_unit
from alertdsl.semantics.walk import leaves

_TIMES = {typed.SECOND: "s", typed.MINUTE: "min", typed.HOUR: "h", typed.DAY: "d"}


def unit_of(value: typed.Value) -> str | None:
    """The unit in canonical spelling; None for plain numbers and where it cannot be told."""
    match value:
        case typed.Window(function="count") | typed.Combined(function="count"):
            return None
        case typed.Delta(function="percent change"):
            return "%"
        case typed.Delta(function="rate"):
            time = _TIMES.get(value.per)
            if not value.selector.unit or time is None:
                return None
            return divide(parse_unit(value.selector.unit), parse_unit(time)).name or None
        case typed.Current() | typed.Window() | typed.Delta() | typed.Extreme():
            return value.selector.unit
        case typed.Combined() | typed.Absolute():
            return unit_of(value.operand)
        case typed.Arithmetic():
            return _unit_of_arithmetic(value)
        case _:
            return None


def _unit_of_arithmetic(value: typed.Arithmetic) -> str | None:
    if value.op in "+-":
        found = {unit_of(side) for side in (value.left, value.right) if next(leaves(side), None) is not None}
        return found.pop() if len(found) == 1 else None
    if isinstance(value.right, typed.Const):
        return unit_of(value.left) if not isinstance(value.left, typed.Arithmetic) else None
    return unit_of(value.right) if value.op == "*" and isinstance(value.left, typed.Const) else None
