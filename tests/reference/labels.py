"""Which label sets an expression or a condition has at a time, and which series stand behind each."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TypeVar

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Group, Nanoseconds, Selector
from tests.reference.data import Data, Labels, Logical, kept_pins, known, labels_of, newest_labels
from tests.reference.nodes import (
    Grouped,
    Leaf,
    Node,
    Operand,
    absences,
    all_operands,
    conditions_of,
    distinct,
    group_of,
    inside,
    is_overall,
    operands,
    selectors_of,
    selectors_of_rule,
    series_behind,
)


class Refused(Exception):
    """A rule whose operands cannot be matched."""


@dataclass
class World:
    """What a rule is evaluated in."""

    data: Data
    rule: typed.Rule
    instant: Nanoseconds
    conflicts: frozenset[str] = frozenset()
    """Tags “that operands of the rule pin to different literal values”."""

    followers: frozenset[object] = frozenset()
    """Operands that make no label sets: those right of `unless`, of `recover when` and of rungs."""

    ago: Nanoseconds = 0
    """How long before the moment at which series have to be known it is looked at values."""

    _members: dict[Node, dict[Labels, list[Logical]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pinned: dict[str, set[str]] = {}
        for selector in selectors_of_rule(self.rule):
            for tag, value in kept_pins(selector):
                pinned.setdefault(tag, set()).add(value)
        self.conflicts = frozenset(tag for tag, values in pinned.items() if len(values) > 1)
        makers = {series_behind(operand) for operand in operands(self.rule.when)}
        others = {series_behind(o) for condition in conditions_of(self.rule) for o in all_operands(condition)}
        self.followers = frozenset(others - makers)

    def within(self, node: Grouped) -> World:
        """The world of what is put into groups: label sets of its own, made by its own operands."""
        own = copy.copy(self)
        makers = {series_behind(operand) for operand in operands(inside(node))}
        own.followers = frozenset({series_behind(o) for o in all_operands(inside(node))} - makers)
        return own

    def looking_back(self, ago: Nanoseconds) -> World:
        """The world of a look at what was so long ago: “`X D ago` reads what `X` would have read”, of the series known now."""
        own = copy.copy(self)
        own.ago = self.ago + ago
        return own

    def members(self, leaf: Leaf) -> dict[Labels, list[Logical]]:
        """The label sets of a leaf at the instant, and the series behind each.

        Which series stand behind a label set is settled at the instant, also for the earlier moments of a `for`.
        """
        if leaf not in self._members:
            self._members[leaf] = _members(self, leaf)
        return self._members[leaf]


def label_sets(world: World, node: Node) -> set[Labels]:
    """The label sets of a node at the instant: “the tags of the series that the condition ranges over”.

    “Operands match on equal values of the tags that both have. A missing partner is unknown, so the other operand still makes
    a label set; the right of `unless` make[s] none. An operand without tags matches all.”
    """
    sets: list[Labels] | None = None
    for operand in distinct(operands(node)):
        rows = grouped_members(world, operand) if isinstance(operand, Grouped) else world.members(operand)
        sets = list(rows) if sets is None else _join(sets, list(rows))
        if len(set(sets)) < len(sets):
            raise Refused("several series give the same label set")
    if sets is None:
        # It ranges over nothing: "those of `is absent` and tagless conditions always exist", and a literal filter keeps its tag.
        pins = {pin for absent in absences(node) for pin in kept_pins(absent.selector)}
        return {without(tuple(sorted(pins)), world.conflicts)}
    return set(sets)


def _join(left: list[Labels], right: list[Labels]) -> list[Labels]:
    partners = {one: [other for other in right if _match(one, other)] for one in left}
    for one in left:
        for other in right:
            if one and other and not _tags(one) & _tags(other) and len(left) > 1 and len(right) > 1:
                raise Refused("operands share no tag, with several series on both sides")
    for found in partners.values():
        if len(found) > 1 and any(sum(other in each for each in partners.values()) > 1 for other in found):
            raise Refused("several series on both sides match")
    joined = [labels_of(dict(one) | dict(other)) for one, found in partners.items() for other in found]
    alone = [one for one, found in partners.items() if not found]
    unmatched = [other for other in right if not any(other in found for found in partners.values())]
    return joined + alone + unmatched


def _match(one: Labels, other: Labels) -> bool:
    """Whether two label sets agree in the tags that both have."""
    both = dict(other)
    return all(both.get(tag, value) == value for tag, value in one)


def _tags(labels: Labels) -> set[str]:
    return {tag for tag, _ in labels}


Row = TypeVar("Row")


def partner(world: World, operand: Operand, rows: dict[Labels, Row], labels: Labels) -> Row | None:
    """The row of an operand that belongs to a label set.

    Where the operand made the label set, it is the row whose tags the label set has, with these values. One that “makes none”
    may have other tags besides, as long as there is only one such row to match.
    """
    own = [each for each in rows if set(each) <= set(labels)]
    if own:
        return rows[max(own, key=lambda each: (len(each), each))]
    found = (
        [each for each in rows if _match(each, labels)] if series_behind(operand) in world.followers else []
    )
    if len(found) > 1:
        raise Refused("several series of an operand that makes no label sets match one alert")
    return rows[found[0]] if found else None


# ---------------------------------------------------------------- leaves and groups


def _members(world: World, leaf: Leaf) -> dict[Labels, list[Logical]]:
    selector = leaf.selector
    group = group_of(leaf)
    members: dict[Labels, list[Logical]] = {}
    if group is not None and is_overall(group):
        members[_group_labels(world, group, (), (), [selector])] = []
    for series in known(world.data, selector, world.instant):
        _refuse_unpinned(world, selector, series)
        if group is None:
            labels = without(series.identity, world.conflicts)
        else:
            full = newest_labels(selector, series, world.instant)
            labels = _group_labels(world, group, series.identity, full, [selector])
        members.setdefault(labels, []).append(series)
    return members


def grouped_members(world: World, node: Grouped) -> dict[Labels, list[Labels]]:
    """The groups of an expression or a condition, and its own label sets in each."""
    operand = inside(node)
    within = world.within(node)
    selectors = list(selectors_of(operand))
    members: dict[Labels, list[Labels]] = {}
    if is_overall(node.group):
        members[_group_labels(world, node.group, (), (), selectors)] = []
    for labels in label_sets(within, operand):
        newest = all_labels(within, operand, labels)
        members.setdefault(_group_labels(world, node.group, labels, newest, selectors), []).append(labels)
    return members


def all_labels(world: World, node: Node, labels: Labels) -> Labels:
    """The label set with the labels that the newest points of its series have besides."""
    found = dict(labels)
    for leaf in operands(node):
        if isinstance(leaf, Leaf) and group_of(leaf) is None:
            for series in partner(world, leaf, world.members(leaf), labels) or ():
                found = dict(newest_labels(leaf.selector, series, world.instant)) | found
    return labels_of(found)


def _group_labels(
    world: World, group: Group, own: Labels, newest: Labels, selectors: list[Selector]
) -> Labels:
    """“`by tags`: one group per combination of those tags; `across tags`: by all the others; `overall`: one group”; “`by` [on a
    tag outside the key] uses the newest label”; “a literal tag filter keeps its tag in the label set, also under `by` and
    `overall`”."""
    if group.kind == "by":
        chosen = {tag: value for tag, value in newest if tag in group.tags}
    else:
        chosen = {tag: value for tag, value in own if tag not in group.tags}
    pins = {tag: value for selector in selectors for tag, value in kept_pins(selector)}
    return without(labels_of(chosen | pins), world.conflicts)


def without(labels: Labels, tags: frozenset[str]) -> Labels:
    """“Except a tag that operands of the rule pin to different literal values, which is neither matched nor kept”."""
    return tuple((tag, value) for tag, value in labels if tag not in tags)


def _refuse_unpinned(world: World, selector: Selector, series: Logical) -> None:
    """“An operand that has that tag unpinned is then refused, naming `by`”."""
    pinned = {tag for tag, _ in selector.pins}
    if any(tag in world.conflicts and tag not in pinned for tag, _ in series.identity):
        raise Refused("an operand has a tag unpinned that others pin to different values")
