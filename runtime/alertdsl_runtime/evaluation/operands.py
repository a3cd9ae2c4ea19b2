"""Operands of a shape: what its label sets are matched by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from alertdsl.plan.shape import Shaped
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, children, rebuild
from alertdsl.semantics.typed import Condition, Group, Selector, Value

Grouping = typed.Combined | typed.Quantified
"""What groups the label sets of a tree of its own."""

Node = TypeVar("Node", bound=Condition | Value)
_NO_CONDITION = typed.And(())


@dataclass(frozen=True, slots=True)
class Operand:
    """What is matched by labels: a selector (of a shape, so ``#k``) with a grouping, the groups of a tree, or the alerts of
    another rule, whose condition makes them.

    `tag` is the tag whose values are counted in each group, `buckets` the tag that holds the bounds of a histogram; with `forgotten`
    series count that are no longer known.
    """

    selector: Selector | None
    group: Group | None
    combined: Grouping | typed.Firing | None = None
    tag: str | None = None
    buckets: str | None = None
    forgotten: bool = False

    @property
    def inner(self) -> Condition | Value:
        """The tree whose label sets are grouped, or are those of the other rule."""
        assert self.combined is not None
        if isinstance(self.combined, typed.Firing):
            return _NO_CONDITION if self.combined.of is None else self.combined.of.condition
        return inside(self.combined)


def inside(node: Grouping) -> Condition | Value:
    """What is put into groups."""
    return node.operand if isinstance(node, typed.Combined) else node.condition


OVERALL = Group("by")


def operand_of(node: Leaf | Grouping | typed.Firing) -> Operand:
    """The operand that a node of a shape reads."""
    match node:
        case typed.Combined():
            return Operand(None, node.group, _unshifted(node))
        case typed.Quantified():
            return Operand(None, node.group, node, node.tag)
        case typed.Firing():
            return Operand(None, None, node)
        case typed.Distinct():
            return Operand(node.selector, node.group, tag=node.tag)
        case typed.Absent():
            return Operand(node.selector, OVERALL, forgotten=True)
        case typed.Histogram():
            return Operand(node.selector, _of_buckets(node), buckets=node.bucket_tag)
        case typed.Window() | typed.Delta() | typed.Missing() | typed.Counted() | typed.CalendarWindow():
            return Operand(node.selector, node.group)
    return Operand(node.selector, None)


def _unshifted(node: Node) -> Node:
    """The same series in the same groups are one operand, whenever they are looked at."""
    moved = rebuild(node, _unshifted)
    return cast("Node", replace(moved, shift=0)) if getattr(moved, "shift", 0) else moved


def _of_buckets(node: typed.Histogram) -> Group:
    """How buckets are grouped: what differs only in its bound is one histogram."""
    group = node.group or Group("across")
    return group if group.kind == "by" else Group("across", tuple(sorted({*group.tags, node.bucket_tag})))


def operands_of(node: Condition | Value, *, making: bool = True) -> Iterator[tuple[Operand, bool]]:
    """The operands of a tree, each with whether it makes label sets (the right side of ``unless`` makes
    none)."""
    if isinstance(node, typed.Combined | typed.Quantified | typed.Firing):
        yield operand_of(node), making
        return
    if isinstance(node, Leaf):
        yield operand_of(node), making and not isinstance(node, typed.Absent)
    for position, child in enumerate(children(node)):
        right_of_unless = isinstance(node, typed.Unless) and position == 1
        yield from operands_of(child, making=making and not right_of_unless)


def makers_of(condition: Condition | Value) -> dict[Operand, None]:
    """The operands that make the label sets of a condition. Where none does, `is absent` has one, with its pins."""
    found = list(operands_of(condition))
    making = dict.fromkeys(op for op, making in found if making)
    return making or dict.fromkeys(op for op, _ in found if op.forgotten)


def makers_first(node: Condition | Value) -> dict[Operand, bool]:
    """The operands of a tree, each with whether it makes label sets, those that do first."""
    makers = makers_of(node)
    return {op: op in makers for op in (*makers, *(op for op, _ in operands_of(node)))}


def all_operands(trees: Iterable[Condition | Value]) -> Iterator[Operand]:
    """The operands of trees, and those behind the alerts of other rules."""
    for tree in trees:
        for operand, _ in operands_of(tree):
            yield operand
            if isinstance(operand.combined, typed.Firing):
                yield from all_operands([operand.inner])


def slot_of(selector: Selector) -> int:
    """The number of a selector of a shape."""
    return int(selector.metric[1:])


def kept_pins(selector: Selector) -> Iterator[tuple[str, str]]:
    """Pins that are labels: a filter on a tag outside the series key selects points and is none; an empty one
    is absent."""
    key = selector.series_key
    return ((tag, value) for tag, value in selector.pins if value and (key is None or tag in key))


def pinned(operands: Iterable[Operand], shaped: Shaped) -> Iterator[tuple[str, str]]:
    """The tags that operands pin to a value, for one rule."""
    for operand in operands:
        if operand.combined is None:
            assert operand.selector is not None
            yield from kept_pins(shaped.selectors[slot_of(operand.selector)])
            continue
        inner = dict.fromkeys(op for op, _ in operands_of(operand.inner))
        dropped = conflicts(inner, shaped) if isinstance(operand.combined, typed.Firing) else frozenset()
        yield from (pin for pin in pinned(inner, shaped) if pin[0] not in dropped)


def conflicts(operands: Iterable[Operand], shaped: Shaped) -> frozenset[str]:
    """Tags that a rule's operands pin to different values: neither matched nor kept."""
    if len(shaped.selectors) < 2:
        return frozenset()
    values: defaultdict[str, set[str]] = defaultdict(set)
    for tag, value in pinned(operands, shaped):
        values[tag].add(value)
    return frozenset(tag for tag, found in values.items() if len(found) > 1)
