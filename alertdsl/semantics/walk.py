"""Going through typed trees: their leaves, how far they look back, and rebuilding them with other leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from alertdsl.semantics import typed

Leaf: TypeAlias = typed.Current | typed.Window | typed.Delta | typed.Extreme
"""The values that read a series."""


def leaves(value: typed.Value) -> Iterator[Leaf]:
    """The reading leaves of a value, from left to right."""
    match value:
        case typed.Const() | typed.Slot():
            return
        case typed.Arithmetic(_, left, right):
            yield from leaves(left)
            yield from leaves(right)
        case typed.Combined() | typed.Absolute():
            yield from leaves(value.operand)
        case _:
            yield value


def values(condition: typed.Condition) -> Iterator[typed.Value]:
    """Both sides of every comparison of a condition, from left to right."""
    for comparison in comparisons(condition):
        yield comparison.left
        yield comparison.right


def comparisons(condition: typed.Condition) -> Iterator[typed.Compare]:
    """Every comparison of a condition, from left to right."""
    if isinstance(condition, typed.Compare):
        yield condition
    for child in children(condition):
        yield from comparisons(child)


def missings(condition: typed.Condition) -> Iterator[typed.Missing]:
    """Every ``is missing`` of a condition."""
    if isinstance(condition, typed.Missing):
        yield condition
    for child in children(condition):
        yield from missings(child)


def children(condition: typed.Condition) -> tuple[typed.Condition, ...]:
    """The conditions directly below a condition."""
    match condition:
        case typed.And(items) | typed.Or(items):
            return items
        case typed.Not(operand) | typed.For(operand, _):
            return (operand,)
        case typed.Unless(left, right):
            return (left, right)
        case _:
            return ()


def selectors(condition: typed.Condition) -> Iterator[typed.Selector]:
    """Every selector of a condition, from left to right, repeats included."""
    if isinstance(condition, typed.Missing):
        yield condition.selector
    elif isinstance(condition, typed.Compare):
        for value in (condition.left, condition.right):
            for leaf in leaves(value):
                yield leaf.selector
    for child in children(condition):
        yield from selectors(child)


def conditions(rule: typed.Rule) -> Iterator[typed.Condition]:
    """All conditions of a rule: when, recover, and those of its rungs."""
    yield rule.when
    if rule.recover is not None:
        yield rule.recover
    for rung in rule.rungs:
        yield rung.when
        if rung.recover is not None:
            yield rung.recover


def reach(leaf: Leaf) -> int:
    """How far before its instant a leaf looks, in nanoseconds."""
    window = leaf.selector.staleness if isinstance(leaf, typed.Current) else leaf.window
    return leaf.shift + window


def longest(condition: typed.Condition) -> int:
    """How far before its instant a condition looks, every ``for`` around its leaves included, in nanoseconds."""
    match condition:
        case typed.Compare(left=left, right=right):
            return max((reach(leaf) for leaf in (*leaves(left), *leaves(right))), default=0)
        case typed.Missing():
            return condition.duration
        case typed.For(operand, duration):
            return duration + longest(operand)
        case _:
            return max(longest(child) for child in children(condition))


def map_leaves(value: typed.Value, change: Callable[[Leaf], typed.Value]) -> typed.Value:
    """The same value with every reading leaf put through `change`."""
    match value:
        case typed.Const() | typed.Slot():
            return value
        case typed.Arithmetic(op, left, right):
            return typed.Arithmetic(op, map_leaves(left, change), map_leaves(right, change))
        case typed.Combined() | typed.Absolute():
            return replace(value, operand=map_leaves(value.operand, change))
        case _:
            return change(value)


def map_condition(
    condition: typed.Condition, change: Callable[[typed.Compare | typed.Missing], typed.Condition]
) -> typed.Condition:
    """The same condition with every comparison and ``is missing`` put through `change`."""
    match condition:
        case typed.Compare() | typed.Missing():
            return change(condition)
        case typed.And(items):
            return typed.And(tuple(map_condition(item, change) for item in items))
        case typed.Or(items):
            return typed.Or(tuple(map_condition(item, change) for item in items))
        case typed.Not(operand):
            return typed.Not(map_condition(operand, change))
        case typed.Unless(left, right):
            return typed.Unless(map_condition(left, change), map_condition(right, change))
        case typed.For(operand, duration):
            return typed.For(map_condition(operand, change), duration)


def map_selectors(
    condition: typed.Condition, change: Callable[[typed.Selector], typed.Selector]
) -> typed.Condition:
    """The same condition with every selector put through `change`."""

    def in_value(value: typed.Value) -> typed.Value:
        return map_leaves(value, lambda leaf: replace(leaf, selector=change(leaf.selector)))

    def in_condition(node: typed.Compare | typed.Missing) -> typed.Condition:
        if isinstance(node, typed.Missing):
            return replace(node, selector=change(node.selector))
        return typed.Compare(node.op, in_value(node.left), in_value(node.right))

    return map_condition(condition, in_condition)


def without_for(condition: typed.Condition) -> typed.Condition:
    """The condition with every ``for`` removed, ``and`` and ``or`` flat again."""
    match condition:
        case typed.For(operand, _):
            return without_for(operand)
        case typed.And(items):
            return all_of(tuple(without_for(item) for item in items))
        case typed.Or(items):
            return any_of(tuple(without_for(item) for item in items))
        case typed.Not(operand):
            return negate(without_for(operand))
        case typed.Unless(left, right):
            return typed.Unless(without_for(left), without_for(right))
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
