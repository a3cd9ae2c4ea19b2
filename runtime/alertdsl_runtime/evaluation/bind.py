"""Binding: finding the rows of every operand, and joining them to the label sets of a shape's alerts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from alertdsl.plan.reads import Stream, series_matchers, stream_of
from alertdsl.plan.shape import Shape, Shaped
from alertdsl.semantics import typed
from alertdsl.semantics.typed import Selector
from alertdsl_runtime.columns import Floats, Ints, Labels
from alertdsl_runtime.evaluation.firing import Firings, Unaware, matching
from alertdsl_runtime.evaluation.join import MISSING, Joined, MatchError, join_all, partners_of, without
from alertdsl_runtime.evaluation.operands import (
    Operand,
    conflicts,
    kept_pins,
    makers_first,
    makers_of,
    operands_of,
    pinned,
    slot_of,
)
from alertdsl_runtime.evaluation.rows import (
    NO_SERIES,
    FiringRows,
    GroupRows,
    JoinRows,
    OperandRows,
    SeriesRows,
    is_always,
    series_behind,
)
from alertdsl_runtime.reading.histograms import bound_of
from alertdsl_runtime.reading.series import SeriesSet, fits


@dataclass
class Binder:
    """Binds the rules of one shape to the series known now.

    Args:
        shape, rules: the shape and its rules.
        series: gives the series set of a stream.
        known: whether a series counts (by stream and number); None: all that were ever seen.
        newest: the tags of a logical series' newest point, for grouping by tags outside its key.
        firings: the alerts of other rules, and `time` when to look at them.
    """

    shape: Shape
    rules: Sequence[Shaped]
    series: Callable[[Stream], SeriesSet]
    known: Callable[[Selector, int], bool] | None = None
    newest: Callable[[Selector, int], Labels] | None = None
    firings: Firings = field(default_factory=Unaware)
    time: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    _strict: frozenset[Operand] = frozenset()

    def bind(self) -> JoinRows:
        """All label sets of all rules; rules that cannot be matched are in `failed` and have no rows."""
        operands = makers_first(self.shape.condition)
        for tree in self.shape.trees:
            for operand, _ in operands_of(tree):
                operands.setdefault(operand, False)
        # Without its `for`, and with constants of its own, what makes label sets is another operand: it is matched as strictly.
        self._strict = frozenset(makers_of(self.shape.pending)) - makers_of(self.shape.condition).keys()
        return self._join(operands, [conflicts(operands, shaped) for shaped in self.rules])

    def _join(self, wanted: dict[Operand, bool], dropped: Sequence[frozenset[str]]) -> JoinRows:
        # Alerts of other rules that make no label sets: any that match those of the others.
        beside = [op for op, making in wanted.items() if not making and isinstance(op.combined, typed.Firing)]
        operands = {op: making for op, making in wanted.items() if op not in beside}
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
        joined_rows = JoinRows(
            rule=np.array(rule, dtype=np.int64),
            labels=labels,
            operands=rows,
            index={op: table[:, k] for k, op in enumerate(operands)},
            makers=tuple(op for op, making in operands.items() if making),
        )
        return self._with_beside(joined_rows, beside, dropped) if beside else joined_rows

    def _with_beside(
        self, space: JoinRows, beside: Sequence[Operand], dropped: Sequence[frozenset[str]]
    ) -> JoinRows:
        """The label sets with, for each, all the alerts of other rules that match it; rules where they cannot be told have
        none."""
        places = _rows_by_rule(space.rule, len(self.rules))
        found: dict[Operand, FiringRows] = {}
        for operand in beside:
            rows = self._firing_rows(operand, dropped)
            own = _rows_by_rule(rows.rule, len(self.rules))
            alerts: list[Labels] = []
            starts = [0]
            for number, (left, right) in enumerate(zip(places, own, strict=True)):
                try:
                    partners = partners_of([space.labels[r] for r in left], [rows.labels[r] for r in right])
                except MatchError as error:
                    self.failed[number], partners = str(error), {}
                for row in range(len(left)):
                    alerts += (alert for one in partners.get(row, ()) for alert in rows.alerts_of(right[one]))
                    starts.append(len(alerts))
            nowhere = np.full(len(space.labels), -1, dtype=np.int64)
            found[operand] = replace(
                rows,
                rule=space.rule,
                labels=space.labels,
                starts=np.array(starts, dtype=np.int64),
                alerts=alerts,
                origin=nowhere,
            )
        kept = np.array([number not in self.failed for number in space.rule.tolist()], dtype=np.bool_)
        everyone = np.arange(len(space.labels), dtype=np.int64)
        index = space.index | dict.fromkeys(beside, everyone)
        return JoinRows(
            space.rule[kept],
            [labels for labels, keep in zip(space.labels, kept.tolist(), strict=True) if keep],
            space.operands | found,
            {op: rows[kept] for op, rows in index.items()},
            space.makers,
        )

    def _join_rule(
        self,
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
            [
                # What is absent speaks of all its series, whatever the alert is about.
                [() if op.forgotten and not making else rows[op].labels[row] for row in own]
                for (op, making), own in zip(operands.items(), mine, strict=True)
            ],
            list(operands.values()),
            [op in self._strict for op in operands],
        )
        return [
            Joined(
                j.labels,
                tuple(MISSING if r == MISSING else own[r] for r, own in zip(j.rows, mine, strict=True)),
            )
            for j in joined
        ]

    def _rows(self, operand: Operand, dropped: Sequence[frozenset[str]]) -> OperandRows:
        if isinstance(operand.combined, typed.Firing):
            return self._firing_rows(operand, dropped)
        if operand.combined is not None:
            inner = makers_first(operand.inner)
            base: SeriesRows | JoinRows = self._join(inner, dropped)
            pins = [tuple(sorted(set(pinned(inner, shaped)))) for shaped in self.rules]
        else:
            assert operand.selector is not None
            base = self._series_rows(operand.selector, operand, dropped)
            pins = [tuple(sorted(set(pinned((operand,), shaped)))) for shaped in self.rules]
            if operand.group is None:
                return base
        assert operand.group is not None
        return self._group_rows(base, operand, pins, dropped)

    def _firing_rows(self, operand: Operand, dropped: Sequence[frozenset[str]]) -> FiringRows:
        """A row per alert that another rule has or might have: its label sets at this time, and those that fire without."""
        assert isinstance(operand.combined, typed.Firing)
        wanted = makers_first(operand.inner)
        # What is wrong with the other rule is no error of this one, whose alerts keep their state.
        other = replace(self, failed={})
        base = other._join(
            wanted,
            [conflicts([op for op, making in wanted.items() if making], shaped) for shaped in self.rules],
        )
        own = _rows_by_rule(base.rule, len(self.rules))
        slot = int(operand.combined.rule.removeprefix("#"))
        keys = [shaped.awaited[slot] for shaped in self.rules]
        rule: list[int] = []
        labels: list[Labels] = []
        alerts: list[Labels] = []
        origin: list[int] = []
        for number, key in enumerate(keys):
            series = [base.labels[row] for row in own[number]]
            found = matching(series, self.firings.timeline(key, self.time).firing(self.time))
            fixed = {tag for tag, _ in pinned((operand,), self.rules[number])}
            open_tags = sorted({tag for one in found for tag, _ in one} & (dropped[number] - fixed))
            if open_tags:
                self.failed[number] = (
                    f"other operands fix {open_tags[0]} to different values, and the rule asked about has alerts of many; "
                    f"filter {open_tags[0]} there too"
                )
                continue
            rule += [number] * len(found)
            labels += (without(one, dropped[number]) for one in found)
            alerts += found
            origin += (own[number][k] if k < len(series) else -1 for k in range(len(found)))
        return FiringRows(
            np.array(rule, dtype=np.int64),
            labels,
            np.arange(len(alerts) + 1, dtype=np.int64),
            alerts,
            base,
            np.array(origin, dtype=np.int64),
            keys,
            self.firings,
        )

    def _series_rows(
        self, selector: Selector, operand: Operand, dropped: Sequence[frozenset[str]]
    ) -> SeriesRows:
        found = self.series(stream_of(selector))
        rule: list[int] = []
        series: list[int] = []
        labels: list[Labels] = []
        slot = slot_of(selector)
        for number, shaped in enumerate(self.rules):
            own = shaped.selectors[slot]
            matching = found.matching(series_matchers(own))
            if self.known is not None and not operand.forgotten:
                matching = [one for one in matching if self.known(selector, one)]
            drop = dropped[number]
            if operand.buckets is not None:
                matching = [one for one in matching if _bound(found.labels[one], operand.buckets) is not None]
                drop -= {operand.buckets}
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
            always=np.array(
                [overall or any(is_always(base, row) for row in members) for _, members in ordered],
                dtype=np.int64,
            ),
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
        """A row's labels, with the other tags of its newest points where its series have a key; where those of several operands
        contradict each other, the first one's."""
        labels = base.labels[row]
        if self.newest is None:
            return labels
        found: dict[str, str] = {}
        for rows, number in series_behind(base, row):
            series = int(rows.series[number])
            if rows.selector.series_key is not None and series != NO_SERIES:
                found = dict(self.newest(rows.selector, series)) | found
        return tuple({**found, **dict(labels)}.items())

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


def _expected(own: Selector, found: SeriesSet, matching: Sequence[int]) -> Iterator[Labels]:
    """Label sets of the expected series that no series stands for yet."""
    pins = dict(kept_pins(own))
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


def _rows_by_rule(rule: Ints, count: int) -> list[range]:
    """Rows are appended rule by rule: each rule's rows are a range."""
    edges = np.searchsorted(rule, np.arange(count + 1))
    return [range(int(a), int(b)) for a, b in itertools.pairwise(edges)]
