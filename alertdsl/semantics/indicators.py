"""``count of (cpu usage > 90%) by region``: how many label sets of a group fulfil a condition at one time."""

from __future__ import annotations

from alertdsl.semantics import typed

_NOUGHT = typed.Const(0.0)


def counted(condition: typed.Condition, group: typed.Group) -> typed.Value:
    """How many label sets of the group fulfil the condition, 0 where it is known of none: the sum of ones and noughts."""
    return typed.Otherwise(typed.Combined("sum", typed.Indicator(condition), group), _NOUGHT)


def condition_counted(value: typed.Value) -> tuple[typed.Condition, typed.Group] | None:
    """The condition and the group that `counted` made a value of; None for other values."""
    match value:
        case typed.Otherwise(typed.Combined("sum", typed.Indicator(condition), group), default) if (
            default == _NOUGHT
        ):
            return condition, group
        case _:
            return None
