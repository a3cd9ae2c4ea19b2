"""What the resolver asks of typed trees: their leaves, how far they look back, and the normal forms of conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast, get_args

from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf as AnyLeaf
from alertdsl.semantics.tree import ValueLeaf as Leaf
from alertdsl.semantics.tree import children as parts
from alertdsl.semantics.tree import leaves as all_leaves
from alertdsl.semantics.tree import rebuild

__all__ = ["Leaf"]

_CONDITIONS = get_args(typed.Condition)
_CALENDAR_REACH: dict[typed.CalendarKind, int] = {
    "today": typed.DAY,
    "yesterday": 2 * typed.DAY,
    "this week": 7 * typed.DAY,
    "this month": 31 * typed.DAY,
}


def leaves(node: typed.Value | typed.Condition) -> Iterator[Leaf]:
    """The values of a tree that read series, from left to right."""
    return (leaf for leaf in all_leaves(node) if isinstance(leaf, Leaf))


def children(condition: typed.Condition) -> tuple[typed.Condition, ...]:
    """The conditions directly below a condition."""
    return tuple(cast("typed.Condition", part) for part in parts(condition) if isinstance(part, _CONDITIONS))


def values(condition: typed.Condition) -> Iterator[typed.Value]:
    """The values directly below the conditions of a tree, from left to right."""
    for part in parts(condition):
        if isinstance(part, _CONDITIONS):
            yield from values(cast("typed.Condition", part))
        else:
            yield cast("typed.Value", part)


def comparisons(condition: typed.Condition) -> Iterator[typed.Compare]:
    """Every comparison of a condition, from left to right; those below a quantifier are about other label sets."""
    if isinstance(condition, typed.Compare):
        yield condition
    if isinstance(condition, typed.Quantified):
        return
    for child in children(condition):
        yield from comparisons(child)


def selectors(node: typed.Condition | typed.Value) -> Iterator[typed.Selector]:
    """Every selector of a tree, from left to right, repeats included."""
    if isinstance(node, AnyLeaf | typed.Trend | typed.Changes):
        yield node.selector
    for part in parts(node):
        yield from selectors(part)


def conditions(rule: typed.Rule) -> Iterator[typed.Condition]:
    """All conditions of a rule: when, recover, and those of its rungs."""
    yield rule.when
    if rule.recover is not None:
        yield rule.recover
    for rung in rule.rungs:
        yield rung.when
        if rung.recover is not None:
            yield rung.recover


def reach(leaf: AnyLeaf | typed.Trend | typed.Changes) -> int:
    """How far before its instant a leaf looks, in nanoseconds."""
    match leaf:
        case typed.Current() | typed.Distinct():
            return leaf.shift + leaf.selector.staleness
        case typed.Absent():
            return leaf.selector.staleness
        case typed.Missing():
            return leaf.duration
        case typed.Baseline():
            return leaf.window + leaf.selector.staleness
        case typed.CalendarWindow(calendar=typed.Calendar(kind)):
            return _CALENDAR_REACH[kind]
        case _ if isinstance(leaf, typed.AnyWindow) and leaf.calendar is not None:
            return _CALENDAR_REACH[leaf.calendar.kind]
        case typed.Trend() | typed.Changes():
            return leaf.window
    return leaf.shift + leaf.window


def longest(node: typed.Condition | typed.Value) -> int:
    """How far before its instant a tree looks, every ``for`` around its leaves included, in nanoseconds."""
    own = reach(node) if isinstance(node, AnyLeaf | typed.Trend | typed.Changes) else 0
    found = max((longest(part) for part in parts(node)), default=0)
    if isinstance(node, typed.For | typed.HeldFor):
        found += node.duration
    return max(own, found)


def map_leaves(value: typed.Value, change: Callable[[Leaf], typed.Value]) -> typed.Value:
    """The same value with every reading leaf put through `change`."""
    if isinstance(value, Leaf):
        return change(value)
    return rebuild(value, lambda part: map_leaves(part, change))


def map_selectors(
    condition: typed.Condition, change: Callable[[typed.Selector], typed.Selector]
) -> typed.Condition:
    """The same condition with every selector put through `change`."""
    if isinstance(condition, AnyLeaf | typed.Trend | typed.Changes):
        condition = replace(condition, selector=change(condition.selector))
    return rebuild(condition, lambda part: map_selectors(part, change))


def without_for(condition: typed.Condition) -> typed.Condition:
    """The condition with every ``for`` (of D, of points) removed, ``and`` and ``or`` flat again."""
    match condition:
        case typed.For(operand) | typed.HeldFor(operand) | typed.HeldPoints(operand):
            return without_for(operand)
        case typed.And(items):
            return all_of(tuple(without_for(item) for item in items))
        case typed.Or(items):
            return any_of(tuple(without_for(item) for item in items))
        case typed.Not(operand):
            return negate(without_for(operand))
        case typed.Unless(left, right):
            return typed.Unless(without_for(left), without_for(right))
        case typed.Quantified():
            return replace(condition, condition=without_for(condition.condition))
        case _:
            return condition


def all_of(items: tuple[typed.Condition, ...]) -> typed.Condition:
    """`And` of the items, flat; one item is itself."""
    flat = tuple(part for item in items for part in (item.items if isinstance(item, typed.And) else (item,)))
    return flat[0] if len(flat) == 1 else typed.And(flat)


def any_of(items: tuple[typed.Condition, ...]) -> typed.Condition:
    """`Or` of the items, flat; one item is itself."""
    flat = tuple(part for item in items for part in (item.items if isinstance(item, typed.Or) else (item,)))
    return flat[0] if len(flat) == 1 else typed.Or(flat)


OPPOSITE: dict[typed.CompareOp, typed.CompareOp] = {
    "==": "!=",
    "!=": "==",
    ">": "<=",
    "<=": ">",
    "<": ">=",
    ">=": "<",
}


def negate(condition: typed.Condition) -> typed.Condition:
    """Kleene's not: of a comparison the opposite one, of a `Not` its operand."""
    match condition:
        case typed.Compare(op, left, right):
            return typed.Compare(OPPOSITE[op], left, right)
        case typed.Not(operand):
            return operand
        case _:
            return typed.Not(condition)
