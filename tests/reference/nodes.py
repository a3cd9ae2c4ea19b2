"""Going through a rule's tree: what lies below a node, what reads series, and what is matched by labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Group, Selector

Windowed = (
    typed.Window
    | typed.Delta
    | typed.Extreme
    | typed.Counted
    | typed.Histogram
    | typed.Slope
    | typed.Integral
)
"""What reads the points of ``[T - shift - window, T - shift)``."""

Leaf = Windowed | typed.CalendarWindow | typed.Current | typed.Distinct | typed.Baseline | typed.Missing
"""What reads series and is matched by labels. `is absent` reads series too, but makes no label set."""

Grouped = typed.Combined | typed.Quantified
"""What puts the label sets of something else into groups."""

Operand = Leaf | Grouped
Node = typed.Value | typed.Condition


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case (
            typed.Combined()
            | typed.Absolute()
            | typed.Not()
            | typed.For()
            | typed.HeldFor()
            | typed.HeldPoints()
            | typed.Matches()
        ):
            return (node.operand,)
        case typed.Arithmetic() | typed.Compare() | typed.Unless():
            return (node.left, node.right)
        case typed.And() | typed.Or():
            return node.items
        case typed.Otherwise():
            return (node.operand, node.default)
        case typed.Function():
            return node.arguments
        case typed.Crosses():
            return (node.operand, node.bound)
        case typed.Quantified() | typed.Indicator():
            return (node.condition,)
        case typed.Trend():
            return (typed.Current(node.selector), node.bound)
        case typed.Changes():
            return (typed.Current(node.selector),)
    return ()


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves below a node, and the node itself if it is one."""
    if isinstance(node, Leaf):
        yield node
    for child in children(node):
        yield from leaves(child)


def selectors_of(node: Node) -> Iterator[Selector]:
    """The selectors below a node."""
    if isinstance(node, Leaf | typed.Absent):
        yield node.selector
    for child in children(node):
        yield from selectors_of(child)


def absences(node: Node) -> Iterator[typed.Absent]:
    """What is said to be absent below a node."""
    if isinstance(node, typed.Absent):
        yield node
    for child in children(node):
        yield from absences(child)


def conditions_of(rule: typed.Rule) -> Iterator[typed.Condition]:
    """All conditions of a rule."""
    yield rule.when
    if rule.recover is not None:
        yield rule.recover
    for rung in rule.rungs:
        yield rung.when
        if rung.recover is not None:
            yield rung.recover


def selectors_of_rule(rule: typed.Rule) -> Iterator[Selector]:
    """The selectors of all conditions of a rule."""
    for condition in conditions_of(rule):
        yield from selectors_of(condition)


# ---------------------------------------------------------------- operands


def all_operands(node: Node) -> Iterator[Operand]:
    """What is matched by labels."""
    if isinstance(node, Operand):
        yield node
        return
    for child in children(node):
        yield from all_operands(child)


def operands(node: Node) -> Iterator[Operand]:
    """What is matched by labels, in the order written: all that makes label sets."""
    if isinstance(node, Operand):
        yield node
        return
    for child in children(node):
        if not (isinstance(node, typed.Unless) and child is node.right):
            yield from operands(child)


def inside(node: Grouped) -> typed.Value | typed.Condition:
    """That whose label sets are put into groups."""
    return node.operand if isinstance(node, typed.Combined) else node.condition


def distinct(found: Iterable[Operand]) -> list[Operand]:
    """Operands in the order written, each series of them once."""
    firsts: dict[object, Operand] = {}
    for operand in found:
        firsts.setdefault(series_behind(operand), operand)
    return list(firsts.values())


def series_behind(operand: Operand) -> object:
    """What makes two operands one: the same series in the same groups, whatever is asked of them."""
    if isinstance(operand, Grouped):
        return operand
    return operand.selector, group_of(operand)


def group_of(leaf: Leaf) -> Group | None:
    """The grouping of a leaf. The buckets of a histogram are always taken together: “label sets have no `bucket_tag`”."""
    match leaf:
        case typed.Histogram(group=group, bucket_tag=bucket):
            if group is not None and group.kind == "by":
                return group
            return Group("across", (bucket, *(group.tags if group is not None else ())))
        case (
            typed.Window()
            | typed.Delta()
            | typed.Counted()
            | typed.Distinct()
            | typed.CalendarWindow()
            | typed.Missing()
        ):
            return leaf.group
    return None


def is_overall(group: Group) -> bool:
    """Whether the group is of all series."""
    return group.kind == "by" and not group.tags
