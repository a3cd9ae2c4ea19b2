"""``count of (cpu usage > 90%) by region``: how many series of a group fulfil a condition at one time.

It is the sum of ones and noughts, so it needs no node of its own: ``x > y`` is ``ceil(min(max(x - y, 0), 1))``, which is one where ``x``
is above and nought elsewhere, and unknown where either is. `condition_of` reads such a value back, for those who explain it.
"""

from __future__ import annotations

from alertdsl.semantics import typed
from alertdsl.semantics.walk import all_of, any_of, negate

_NOUGHT, _ONE = typed.Const(0.0), typed.Const(1.0)


def indicator(condition: typed.Condition) -> typed.Value | None:
    """One where the condition is true, nought or unknown elsewhere; None for what is no arithmetic of numbers."""
    match condition:
        case typed.Compare(op, left, right) if not any(_is_text(side) for side in (left, right)):
            above, below = _positive(left, right), _positive(right, left)
            apart = typed.Arithmetic("+", above, below)
            found = {
                ">": above,
                "<": below,
                "<=": _opposite(above),
                ">=": _opposite(below),
                "!=": apart,
                "==": _opposite(apart),
            }
            return found[op]
        case typed.And(items):
            parts = _all(items)
            return typed.Function("min", parts) if parts else None
        case typed.Or(items):
            parts = _all(items)
            known = tuple(typed.Otherwise(part, _NOUGHT) for part in parts or ())
            return typed.Function("max", known) if parts else None
        case typed.Not(typed.And(items)):
            return indicator(any_of(tuple(negate(item) for item in items)))
        case typed.Not(typed.Or(items)):
            return indicator(all_of(tuple(negate(item) for item in items)))
        case _:
            return None


def counted(condition: typed.Condition, group: typed.Group) -> typed.Value | None:
    """How many label sets of the group fulfil the condition, 0 where it is known of none; None as `indicator`."""
    value = indicator(condition)
    return None if value is None else typed.Otherwise(typed.Combined("sum", value, group), _NOUGHT)


def condition_counted(value: typed.Value) -> tuple[typed.Condition, typed.Group] | None:
    """The condition and the group that `counted` made a value of; None for other values."""
    match value:
        case typed.Otherwise(typed.Combined("sum", operand, group), default) if default == _NOUGHT:
            condition = condition_of(operand)
            return None if condition is None else (condition, group)
        case _:
            return None


def condition_of(value: typed.Value) -> typed.Condition | None:
    """The condition that `indicator` made a value of; None for other values."""
    match value:
        case typed.Function(
            "ceil", (typed.Function("min", (typed.Function("max", (difference, low)), high)),)
        ):
            if (low, high) != (_NOUGHT, _ONE) or not isinstance(difference, typed.Arithmetic):
                return None
            left, right = difference.left, difference.right
            turned = isinstance(left, typed.Const | typed.Lookup)
            return typed.Compare("<", right, left) if turned else typed.Compare(">", left, right)
        case typed.Arithmetic("+", first, second):
            above, below = condition_of(first), condition_of(second)
            if not isinstance(above, typed.Compare) or not isinstance(below, typed.Compare):
                return None
            return typed.Compare("!=", above.left, above.right)
        case typed.Arithmetic("-", one, part) if one == _ONE:
            other = condition_of(part)
            return None if other is None else negate(other)
        case typed.Function("min" | "max", arguments):
            bare = (one.operand if isinstance(one, typed.Otherwise) else one for one in arguments)
            parts = tuple(found for one in bare if (found := condition_of(one)) is not None)
            if len(parts) != len(arguments):
                return None
            return all_of(parts) if value.name == "min" else any_of(parts)
        case _:
            return None


def _all(items: tuple[typed.Condition, ...]) -> tuple[typed.Value, ...] | None:
    parts = tuple(part for item in items if (part := indicator(item)) is not None)
    return parts if len(parts) == len(items) else None


def _positive(left: typed.Value, right: typed.Value) -> typed.Value:
    """One where `left` is above `right`, else nought."""
    above = typed.Function("max", (typed.Arithmetic("-", left, right), _NOUGHT))
    return typed.Function("ceil", (typed.Function("min", (above, _ONE)),))


def _opposite(value: typed.Value) -> typed.Value:
    return typed.Arithmetic("-", _ONE, value)


def _is_text(value: typed.Value) -> bool:
    if isinstance(value, typed.Const):
        return not isinstance(value.value, float)
    return getattr(getattr(value, "selector", None), "field_type", "number") in ("string", "boolean")
