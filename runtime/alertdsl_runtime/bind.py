"""Binding: which series stand behind each operand of each label set, as arrays of row numbers.

An **operand** of a shape is a selector with an optional grouping, or a combined expression. Each has rows,
numbered over all
rules of the shape: a row per series, or a row per group with its member rows. The rows of the shape itself
are the label sets
of its alerts, each with a row number of every operand.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from alertdsl.plan.reads import Stream, series_matchers, stream_of
from alertdsl.plan.shape import Shape, Shaped
from alertdsl.semantics.typed import Selector
from alertdsl_runtime.columns import Floats, Ints, Labels
from alertdsl_runtime.histograms import bound_of
from alertdsl_runtime.join import MISSING, Joined, MatchError, join_all, without
from alertdsl_runtime.operands import Operand, inner_selectors, operands_of
from alertdsl_runtime.series import SeriesSet, fits

NO_SERIES = -1


@dataclass(frozen=True, slots=True)
class SeriesRows:
    """A row per series that a rule's selector matches; `series` is `NO_SERIES` for an expected one not
    seen."""

    selector: Selector
    rule: Ints
    series: Ints
    labels: Sequence[Labels]


@dataclass(frozen=True, slots=True)
class GroupRows:
    """A row per group; group `g` has the rows ``members[starts[g]:starts[g + 1]]`` of `base`."""

    base: SeriesRows | JoinRows
    rule: Ints
    labels: Sequence[Labels]
    starts: Ints
    members: Ints
    always: Ints
    """1 for the group of a rule ``overall``, which exists whether or not series are known."""
    codes: Ints
    """For each member the number of its value of the operand's `tag`, -1 without one; empty without a tag."""
    bounds: Floats
    """For each member the upper bound of its bucket, NaN for an expected series; empty where it is no histogram."""


@dataclass(frozen=True, slots=True)
class JoinRows:
    """A row per label set, with the row of each operand (`MISSING` for none)."""

    rule: Ints
    labels: Sequence[Labels]
    operands: dict[Operand, OperandRows]
    index: dict[Operand, Ints]
    makers: tuple[Operand, ...]


OperandRows = SeriesRows | GroupRows


@dataclass
class Binder:
    """Binds the rules of one shape to the series known now.

    Args:
        shape, rules: the shape and its rules.
        series: gives the series set of a stream.
        known: whether a series counts (by stream and number); None: all that were ever seen.
        newest: the tags of a logical series' newest point, for grouping by tags outside its key.
    """

    shape: Shape
    rules: Sequence[Shaped]
    series: Callable[[Stream], SeriesSet]
    known: Callable[[Selector, int], bool] | None = None
    newest: Callable[[Selector, int], Labels] | None = None
    failed: dict[int, str] = field(default_factory=dict)

    def bind(self) -> JoinRows:
        """All label sets of all rules; rules that cannot be matched are in `failed` and have no rows."""
        found = list(operands_of(self.shape.condition))
        # What makes no label sets beside others is all that there is: `is absent` alone has one, with its pins.
        makers = dict.fromkeys(op for op, making in found if making) or dict.fromkeys(op for op, _ in found)
        others = dict.fromkeys(op for tree in self.shape.trees for op, _ in operands_of(tree))
        operands = {op: op in makers for op in (*makers, *others)}
        selectors = tuple(inner_selectors(operands))
        return self._join(operands, [self._conflicts(selectors, shaped) for shaped in self.rules])

    def _join(self, operands: dict[Operand, bool], dropped: Sequence[frozenset[str]]) -> JoinRows:
        rows = {op: self._rows(op, dropped) for op in operands}
        per_rule = {op: _rows_by_rule(found.rule, len(self.rules)) for op, found in rows.items()}
        rule: list[int] = []
        labels: list[Labels] = []
        index: list[tuple[int, ...]] = []
        for number in range(len(self.rules)):
            if number in self.failed:
                continue
            try:
                joined = self._join_rule(number, operands, rows, per_rule)
            except MatchError as error:
                self.failed[number] = str(error)
                continue
            rule.extend([number] * len(joined))
            labels.extend(j.labels for j in joined)
            index.extend(j.rows for j in joined)
        table = np.array(index, dtype=np.int64).reshape(len(index), len(operands))
        return JoinRows(
            rule=np.array(rule, dtype=np.int64),
            labels=labels,
            operands=rows,
            index={op: table[:, k] for k, op in enumerate(operands)},
            makers=tuple(op for op, making in operands.items() if making),
        )

    @staticmethod
    def _join_rule(
        number: int,
        operands: dict[Operand, bool],
        rows: dict[Operand, OperandRows],
        per_rule: dict[Operand, list[range]],
    ) -> list[Joined]:
        if len(operands) == 1:
            ((op, ranges),) = per_rule.items()
            found = rows[op].labels
            return [Joined(found[row], (row,)) for row in ranges[number]]
        mine = [per_rule[op][number] for op in operands]
        joined = join_all(
            [[rows[op].labels[row] for row in own] for op, own in zip(operands, mine, strict=True)],
            list(operands.values()),
        )
        return [
            Joined(
                j.labels,
                tuple(MISSING if r == MISSING else own[r] for r, own in zip(j.rows, mine, strict=True)),
            )
            for j in joined
        ]

    def _rows(self, operand: Operand, dropped: Sequence[frozenset[str]]) -> OperandRows:
        if operand.combined is not None:
            inner = dict.fromkeys((op for op, _ in operands_of(operand.inner)), True)
            base: SeriesRows | JoinRows = self._join(inner, dropped)
            pins = [self._pins(inner_selectors(inner), shaped) for shaped in self.rules]
        else:
            assert operand.selector is not None
            base = self._series_rows(operand.selector, dropped, operand.buckets)
            pins = [self._pins((operand.selector,), shaped) for shaped in self.rules]
            if operand.group is None:
                return base
        assert operand.group is not None
        return self._group_rows(base, operand, pins, dropped)

    def _series_rows(
        self, selector: Selector, dropped: Sequence[frozenset[str]], buckets: str | None
    ) -> SeriesRows:
        found = self.series(stream_of(selector))
        rule: list[int] = []
        series: list[int] = []
        labels: list[Labels] = []
        slot = _slot(selector)
        for number, shaped in enumerate(self.rules):
            own = shaped.selectors[slot]
            matching = found.matching(series_matchers(own))
            if self.known is not None:
                matching = [one for one in matching if self.known(selector, one)]
            drop = dropped[number]
            if buckets is not None:
                matching = [one for one in matching if _bound(found.labels[one], buckets) is not None]
                drop -= {buckets}
            if drop and (unpinned := self._unpinned(own, [found.labels[one] for one in matching], drop)):
                self.failed[number] = unpinned
                continue
            for row_labels in _expected(own, found, matching):
                rule.append(number)
                series.append(NO_SERIES)
                labels.append(without(row_labels, drop))
            rule.extend([number] * len(matching))
            series.extend(matching)
            labels.extend(without(found.labels[i], drop) if drop else found.labels[i] for i in matching)
        return SeriesRows(selector, np.array(rule, dtype=np.int64), np.array(series, dtype=np.int64), labels)

    def _group_rows(
        self,
        base: SeriesRows | JoinRows,
        operand: Operand,
        pins: Sequence[Labels],
        dropped: Sequence[frozenset[str]],
    ) -> GroupRows:
        group = operand.group
        assert group is not None
        overall = group.kind == "by" and not group.tags
        groups: defaultdict[tuple[int, Labels], list[int]] = defaultdict(list)
        if overall:
            for number in range(len(self.rules)):
                groups[number, without(pins[number], dropped[number])] = []
        for row, number in enumerate(base.rule.tolist()):
            tags = self._all_tags(base, row) if group.kind == "by" else base.labels[row]
            kept = {pair for pair in tags if (pair[0] in group.tags) == (group.kind == "by")}
            merged = tuple(sorted({**dict(kept), **dict(pins[number])}.items()))
            groups[number, without(merged, dropped[number])].append(row)
        ordered = sorted(groups.items(), key=lambda item: item[0])
        sizes = [len(members) for _, members in ordered]
        return GroupRows(
            base=base,
            rule=np.array([number for (number, _), _ in ordered], dtype=np.int64),
            labels=[labels for (_, labels), _ in ordered],
            starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            members=np.array([row for _, members in ordered for row in members], dtype=np.int64),
            always=np.full(len(ordered), int(overall), dtype=np.int64),
            codes=self._codes(base, [row for _, members in ordered for row in members], operand.tag),
            bounds=_bounds(base, [row for _, members in ordered for row in members], operand.buckets),
        )

    def _codes(self, base: SeriesRows | JoinRows, rows: Sequence[int], tag: str | None) -> Ints:
        """A number for each value of a tag among rows, -1 for a row without it; nothing where no tag is counted."""
        if tag is None:
            return np.zeros(0, dtype=np.int64)
        values = [dict(self._all_tags(base, row)).get(tag) for row in rows]
        numbers = {value: k for k, value in enumerate(dict.fromkeys(v for v in values if v is not None))}
        return np.array(
            [numbers.get(value, -1) if value is not None else -1 for value in values], dtype=np.int64
        )

    def _all_tags(self, base: SeriesRows | JoinRows, row: int) -> Labels:
        """A row's labels, with the other tags of its newest points where its series have a key."""
        labels = base.labels[row]
        if self.newest is None:
            return labels
        found: dict[str, str] = {}
        for rows, number in _series_behind(base, row):
            series = int(rows.series[number])
            if rows.selector.series_key is not None and series != NO_SERIES:
                found |= dict(self.newest(rows.selector, series))
        return tuple({**found, **dict(labels)}.items())

    def _pins(self, selectors: Iterable[Selector], shaped: Shaped) -> Labels:
        own = [shaped.selectors[_slot(s)] for s in selectors]
        return tuple(sorted({pin for s in own for pin in _kept_pins(s)}))

    def _conflicts(self, selectors: Iterable[Selector], shaped: Shaped) -> frozenset[str]:
        """Tags that the rule's operands pin to different values: neither matched nor kept."""
        if len(shaped.selectors) < 2:
            return frozenset()
        values: defaultdict[str, set[str]] = defaultdict(set)
        for selector in selectors:
            for tag, value in _kept_pins(shaped.selectors[_slot(selector)]):
                values[tag].add(value)
        return frozenset(tag for tag, found in values.items() if len(found) > 1)

    @staticmethod
    def _unpinned(own: Selector, rows: Sequence[Labels], dropped: frozenset[str]) -> str:
        free = dropped - {tag for tag, _ in own.pins}
        bad = sorted({tag for labels in rows for tag, _ in labels} & free)
        if not bad:
            return ""
        return (
            f"other operands fix {bad[0]} to different values, and {own.metric or own.field} has many of it; "
            f"filter {bad[0]} there too, or group with `by` other tags"
        )


def _series_behind(base: SeriesRows | JoinRows, row: int) -> Iterator[tuple[SeriesRows, int]]:
    """The rows of series that a row is made of."""
    if isinstance(base, SeriesRows):
        yield base, row
        return
    for operand, rows in base.operands.items():
        number = int(base.index[operand][row])
        if isinstance(rows, SeriesRows) and number != MISSING:
            yield rows, number


def _kept_pins(selector: Selector) -> Iterator[tuple[str, str]]:
    """Pins that are labels: a filter on a tag outside the series key selects points and is none; an empty one
    is absent."""
    key = selector.series_key
    return ((tag, value) for tag, value in selector.pins if value and (key is None or tag in key))


def _expected(own: Selector, found: SeriesSet, matching: Sequence[int]) -> Iterator[Labels]:
    """Label sets of the expected series that no series stands for yet."""
    pins = dict(_kept_pins(own))
    mine = set(matching)
    for tag, values in own.expect:
        for value in values:
            tags = {**pins, tag: value}
            labels = tuple(sorted(tags.items()))
            allowed = all(fits(m, labels) for m in series_matchers(own) if m.tag in tags)
            if allowed and mine.isdisjoint(found.having(tag, value)):
                yield labels


def _bound(labels: Labels, tag: str) -> float | None:
    return bound_of(dict(labels).get(tag, ""))


def _bounds(base: SeriesRows | JoinRows, rows: Sequence[int], tag: str | None) -> Floats:
    if tag is None:
        return np.zeros(0)
    return np.array([_bound(base.labels[row], tag) for row in rows], dtype=np.float64)


def _slot(selector: Selector) -> int:
    return int(selector.metric[1:])


def _rows_by_rule(rule: Ints, count: int) -> list[range]:
    """Rows are appended rule by rule: each rule's rows are a range."""
    edges = np.searchsorted(rule, np.arange(count + 1))
    return [range(int(a), int(b)) for a, b in itertools.pairwise(edges)]
