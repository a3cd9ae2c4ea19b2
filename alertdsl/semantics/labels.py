"""What can be told about label sets without looking at data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from alertdsl.diagnostics import Span, error
from alertdsl.semantics import typed
from alertdsl.semantics.operands import Operand
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.tree import children as parts
from alertdsl.semantics.walk import Leaf, children, comparisons
from alertdsl.syntax import ast

Operand_ = Leaf | typed.Combined | typed.Missing | typed.Trend | typed.Changes | typed.Quantified


def group_tags(value: typed.Value) -> frozenset[str] | None:
    """The tags that a value's label set surely is limited to (those of a ``by``, and pinned ones); None where not known."""
    match value:
        case typed.Const() | typed.Slot() | typed.Clock() | typed.Lookup():
            return frozenset()
        case (
            typed.Window()
            | typed.Delta()
            | typed.Counted()
            | typed.Distinct()
            | typed.Histogram()
            | typed.CalendarWindow()
        ) if value.group is not None and value.group.kind == "by":
            return frozenset(value.group.tags) | {tag for tag, _ in value.selector.pins}
        case typed.Combined() if value.group.kind == "by":
            inner = group_tags(value.operand)
            pins = {tag for part in operands(value.operand) for tag, _ in _pins(part)}
            return frozenset(value.group.tags) | (pins if inner is None else pins & inner)
        case typed.Absolute() | typed.Arithmetic() | typed.Function() | typed.Otherwise():
            found = [group_tags(cast("typed.Value", part)) for part in parts(value)]
            known = [tags for tags in found if tags is not None]
            return frozenset().union(*known) if len(known) == len(found) else None
        case _:
            return None


def check_group(grouping: ast.Grouping, tags: tuple[str, ...], operand: Operand) -> None:
    """Refuses a grouping by tags that an inner grouping took away (E205)."""
    known = group_tags(operand.value)
    if known is None or grouping.kind != "by":
        return
    for tag in tags:
        if tag not in known:
            kept = ", ".join(sorted(known)) or "none"
            message = f'the values grouped here have no tag "{tag}" any more (only {kept})'
            raise error("E205", message, grouping.span, "group the inner aggregate by it too")


def operands(value: typed.Value) -> Iterator[Leaf | typed.Combined]:
    """The parts of a value that have label sets of their own."""
    if isinstance(value, Leaf | typed.Combined):
        yield value
        return
    for part in parts(value):
        yield from operands(cast("typed.Value", part))


def rule_operands(condition: typed.Condition) -> Iterator[Operand_]:
    """The operands of a condition that make its label sets: the right side of ``unless`` makes none, and what stands below a
    quantifier makes only those that it counts."""
    match condition:
        case typed.Compare(_, left, right):
            yield from operands(left)
            yield from operands(right)
        case typed.Matches(operand):
            yield from operands(operand)
        case typed.Missing() | typed.Trend() | typed.Changes() | typed.Quantified():
            yield condition
        case typed.Unless(left, _):
            yield from rule_operands(left)
        case _:
            for child in children(condition):
                yield from rule_operands(child)


def check_matching(condition: typed.Condition, span: Span, scope: Scope) -> None:
    """Refuses operands that surely cannot be matched.

    Raises:
        AlertDslError: E243 where a tag is pinned to different values and open in a third operand, or where two groups
            share no tag.
    """
    parts = list(dict.fromkeys(rule_operands(condition)))
    for part in parts:
        if isinstance(part, typed.Quantified):
            check_matching(part.condition, span, scope)
    pinned: dict[str, set[str]] = {}
    for part in parts:
        for tag, value in _pins(part):
            pinned.setdefault(tag, set()).add(value)
    for tag, values in pinned.items():
        if len(values) > 1:
            for part in parts:
                _check_pinned(part, tag, sorted(values), span, scope)
    _check_disjoint(parts, {tag for tag, values in pinned.items() if len(values) > 1}, span)
    if scope.used:
        _check_tables(condition, span, scope)


def _check_tables(condition: typed.Condition, span: Span, scope: Scope) -> None:
    """Refuses a comparison with a table by a tag that the other side surely has not (E243)."""
    for comparison in comparisons(condition):
        sides = (comparison.left, comparison.right)
        tags = {found.tag for side in sides for found in _tables(side)}
        known = [_surely(part, scope) for side in sides for part in operands(side)]
        if not known or any(found is None for found in known):
            continue
        kept = frozenset().union(*(found for found in known if found is not None))
        for tag in sorted(tags - kept):
            listed = ", ".join(sorted(kept)) or "none"
            message = f"the table is by {tag}, but what is compared with it has no such tag (only {listed})"
            raise error("E243", message, span, f"take it by {tag}, or make the table by another tag")


def _tables(value: typed.Value) -> Iterator[typed.Lookup]:
    if isinstance(value, typed.Lookup):
        yield value
    for part in parts(value):
        yield from _tables(cast("typed.Value", part))


def _surely(part: Leaf | typed.Combined, scope: Scope) -> frozenset[str] | None:
    """The only tags that an operand's label set can have, None where not known."""
    if isinstance(part, typed.Combined) or getattr(part, "group", None) is not None:
        return group_tags(part)
    metric = scope.metric_of(part.selector)
    keys = metric.series_key or metric.labels if metric is not None else None
    return None if keys is None else frozenset(keys) | {tag for tag, _ in part.selector.pins}


def _pins(part: Operand_) -> tuple[tuple[str, str], ...]:
    if isinstance(part, typed.Combined | typed.Quantified):
        inside = operands(part.operand) if isinstance(part, typed.Combined) else rule_operands(part.condition)
        found = [set(_pins(inner)) for inner in inside]
        return tuple(sorted(set.intersection(*found))) if found else ()
    return part.selector.pins


def _check_pinned(part: Operand_, tag: str, values: list[str], span: Span, scope: Scope) -> None:
    if isinstance(part, typed.Combined | typed.Quantified) or tag in dict(_pins(part)):
        return
    group = getattr(part, "group", None)
    if group is not None and (tag in group.tags) != (group.kind == "by"):
        return
    metric = scope.metric_of(part.selector)
    keys = (metric.labels or metric.series_key) if metric is not None else None
    if keys is None or tag not in keys:
        return
    listed = " and ".join(f'"{v}"' for v in values)
    message = f"{tag} is {listed} in other parts of the rule, but {part.selector.metric} has it open"
    raise error("E243", message, span, f"filter it too, or take an aggregate of it by tags other than {tag}")


def _check_disjoint(parts: list[Operand_], dropped: set[str], span: Span) -> None:
    groups = (group_tags(part) for part in parts if isinstance(part, Leaf | typed.Combined))
    known = list(dict.fromkeys(tags - dropped for tags in groups if tags))
    for i, first in enumerate(known):
        for second in known[i + 1 :]:
            if first and second and not first & second:
                a, b = ", ".join(sorted(first)), ", ".join(sorted(second))
                message = f"values by {a} cannot be matched with values by {b}: they share no tag"
                raise error("E243", message, span, "group both by the same tags, or take one of them overall")
