"""Operands of a shape: what its label sets are matched by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, children
from alertdsl.semantics.typed import Condition, Group, Selector, Value

Grouping = typed.Combined | typed.Quantified
"""What groups the label sets of a tree of its own."""


@dataclass(frozen=True, slots=True)
class Operand:
    """What is matched by labels: a selector (of a shape, so ``#k``) with a grouping, or the groups of a tree.

    `tag` is the tag whose values are counted in each group, `buckets` the tag that holds the bounds of a histogram.
    """

    selector: Selector | None
    group: Group | None
    combined: Grouping | None = None
    tag: str | None = None
    buckets: str | None = None

    @property
    def inner(self) -> Condition | Value:
        """The tree whose label sets are grouped."""
        assert self.combined is not None
        return self.combined.operand if isinstance(self.combined, typed.Combined) else self.combined.condition


OVERALL = Group("by")


def operand_of(node: Leaf | Grouping) -> Operand:
    """The operand that a node of a shape reads."""
    match node:
        case typed.Combined():
            return Operand(None, node.group, node)
        case typed.Quantified():
            return Operand(None, node.group, node, node.tag)
        case typed.Distinct():
            return Operand(node.selector, node.group, tag=node.tag)
        case typed.Absent():
            return Operand(node.selector, OVERALL)
        case typed.Histogram():
            return Operand(node.selector, _of_buckets(node), buckets=node.bucket_tag)
        case typed.Window() | typed.Delta() | typed.Missing() | typed.Counted() | typed.CalendarWindow():
            return Operand(node.selector, node.group)
    return Operand(node.selector, None)


def _of_buckets(node: typed.Histogram) -> Group:
    """How buckets are grouped: what differs only in its bound is one histogram."""
    group = node.group or Group("across")
    return group if group.kind == "by" else Group("across", tuple(sorted({*group.tags, node.bucket_tag})))


def operands_of(node: Condition | Value, *, making: bool = True) -> Iterator[tuple[Operand, bool]]:
    """The operands of a tree, each with whether it makes label sets (the right side of ``unless`` makes
    none)."""
    if isinstance(node, typed.Combined | typed.Quantified):
        yield operand_of(node), making
        return
    if isinstance(node, Leaf):
        yield operand_of(node), making and not isinstance(node, typed.Absent)
    for position, child in enumerate(children(node)):
        right_of_unless = isinstance(node, typed.Unless) and position == 1
        yield from operands_of(child, making=making and not right_of_unless)


def inner_selectors(operands: Iterable[Operand]) -> Iterator[Selector]:
    """The selectors behind operands, those inside combined expressions included."""
    for operand in operands:
        if operand.combined is not None:
            yield from inner_selectors(op for op, _ in operands_of(operand.inner))
        elif operand.selector is not None:
            yield operand.selector
