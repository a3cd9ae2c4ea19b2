"""A cohort: the rules of one shape, bound to series and decided together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from alertdsl.plan.batch import lookback, outlives_memory, tree_reads
from alertdsl.plan.reads import Read, Stream, known_read, series_matchers, stream_of
from alertdsl.plan.shape import Shaped
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, children, leaves
from alertdsl.semantics.typed import Condition, Matcher, Selector, Value
from alertdsl_runtime.columns import FALSE, TRUE, Flags, Ints, Labels, Times, Truth
from alertdsl_runtime.evaluation.bind import Binder
from alertdsl_runtime.evaluation.decide import Decider
from alertdsl_runtime.evaluation.firing import Firings, Unaware
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.groups import exists
from alertdsl_runtime.evaluation.lacking import lacking
from alertdsl_runtime.evaluation.leaf import counts_points, is_known
from alertdsl_runtime.evaluation.operands import all_operands
from alertdsl_runtime.evaluation.outcome import Outcome, Rows
from alertdsl_runtime.evaluation.rows import JoinRows
from alertdsl_runtime.reading.calendar import inside
from alertdsl_runtime.reading.data import Data
from alertdsl_runtime.reading.series import SeriesSet

Series = Callable[[Stream], SeriesSet]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Binding:
    """Bound rows, and the same as the life of alerts sees them."""

    space: JoinRows
    rows: Rows
    failed: dict[int, str]


class Cohort:
    """The rules of one shape.

    Args:
        members: the rules, as `shape_of` gave them; all of one shape.
        settled: bind to the series known at an instant even where label sets do not depend on them (the
            members of a group do, as far as memory reaches back).
        firings: the alerts of the rules that these ask about.
    """

    def __init__(
        self, members: Sequence[Shaped], *, settled: bool = False, firings: Firings | None = None
    ) -> None:
        self._firings = firings or Unaware()
        self.members = members
        self.rules = [member.rule for member in members]
        self.shape = members[0].shape
        constants = np.array([member.constants for member in members], dtype=np.float64)
        self.decider = Decider(self.shape.every, constants)
        self.reads = list(dict.fromkeys(pair for tree in self.shape.trees for pair in tree_reads(tree)))
        self.lookback = max(lookback(tree) for tree in self.shape.trees)
        self.expected_kinds = dict(_kinds(self.shape.trees))
        operands = dict.fromkeys(all_operands(self.shape.trees))
        # With one operand a label set is there or not; with several, which series are known decides what matches what.
        self.grouped = any(op.group is not None for op in operands)
        self._joins = (
            settled
            or len(operands) > 1
            or any(op.combined is not None for op in operands)
            or (self.grouped and any(outlives_memory(tree) for tree in self.shape.trees))
            or any(selector.expect for member in members for selector in member.selectors)
        )
        self._newest = self.grouped and any(
            selector.series_key is not None for selector in self.shape.selectors
        )
        self._bound: tuple[object, Binding] | None = None

    def wanted(self) -> Iterator[tuple[Read, tuple[Matcher, ...]]]:
        """The reads of all the rules, each with the matchers of one rule's series."""
        for selector, read in self.reads:
            slot = int(selector.metric[1:])
            for member in self.members:
                yield read, series_matchers(member.selectors[slot])

    @property
    def depends_on_time(self) -> bool:
        """Whether its label sets depend on which series are known, or on their newest tags."""
        return self._joins or self._newest

    def mistyped(self, kinds: Mapping[Stream, str]) -> str:
        """What is wrong where a stream holds another kind of values than the rules compare, else nothing."""
        for stream, expected in self.expected_kinds.items():
            found = kinds.get(stream, expected)
            if found != expected:
                return f"{stream.measurement}.{stream.field} holds {found} values, the rule compares {expected} values"
        return ""

    def fail(self, reason: str, times: Times) -> Outcome:
        """No rule of the cohort could be evaluated."""
        nothing = JoinRows(np.zeros(0, dtype=np.int64), [], {}, {}, ())
        failed = dict.fromkeys(range(len(self.rules)), reason)
        return self._outcome(Binding(nothing, Rows(self.rules, nothing.rule, []), failed), times, None)

    def evaluate(self, times: Times, data: Data, series: Series) -> Outcome:
        """Decide all rules at all times."""
        signatures = self._signatures(times, data, series)
        edges = np.flatnonzero((signatures[:, 1:] != signatures[:, :-1]).any(axis=0)) + 1
        edges = np.union1d(edges, self._turns(times))
        parts = np.split(np.arange(len(times)), edges)
        outcomes = [
            self._outcome(
                self._bind(data, series, signatures[:, part[0]], int(times[part[0]])), times[part], data
            )
            for part in parts
        ]
        return outcomes[0] if len(outcomes) == 1 else join_in_time(outcomes)

    def _signatures(self, times: Times, data: Data, series: Series) -> Ints:
        """What a binding depends on beside the series ever seen: which are known, and their newest tags; per
        time."""
        out = [np.zeros((0, len(times)), dtype=np.int64)]
        if not (self._joins or self._newest):
            return out[0]
        for selector in self.shape.selectors:
            every = np.arange(len(series(stream_of(selector))), dtype=np.int64)
            if self._joins:
                out.append(is_known(selector, data, every, times[None, :]).astype(np.int64))
            if self._newest and selector.series_key is not None:
                columns = [data.newest(known_read(selector), every, int(t)) for t in times]
                out.append(np.stack(columns, axis=1))
        return np.concatenate(out)

    def _turns(self, times: Times) -> Ints:
        """The places in `times` at which other alerts fire of the rules that these ask about."""
        found = [np.zeros(0, dtype=np.int64)]
        for name in dict.fromkeys(name for member in self.members for name in member.awaited):
            edges = self._firings.timeline(name, int(times[0])).edges()
            places = np.searchsorted(times, edges)
            found.append(places[(places > 0) & (places < len(times))])
        return np.unique(np.concatenate(found))

    def _firing(self, time: int) -> tuple[frozenset[Labels], ...]:
        """The alerts that fire at a time of the rules that these ask about."""
        return tuple(
            self._firings.timeline(name, time).firing(time)
            for member in self.members
            for name in member.awaited
        )

    def _bind(self, data: Data, series: Series, signature: Ints, time: int) -> Binding:
        sets = [series(stream_of(selector)) for selector in self.shape.selectors]
        key = (*((id(one), len(one)) for one in sets), signature.tobytes(), self._firing(time))
        if self._bound is not None and self._bound[0] == key:
            return self._bound[1]
        binder = Binder(self.shape, self.members, series, firings=self._firings, time=time)
        if self._joins:
            known = {s: _known(s, data, series, time) for s in self.shape.selectors}
            binder.known = lambda selector, number: bool(known[selector][number])
        if self._newest:
            newest = {s: _newest(s, data, series, time) for s in self.shape.selectors}
            binder.newest = lambda selector, number: newest[selector][number]
        space = binder.bind()
        binding = Binding(space, Rows(self.rules, space.rule, space.labels), dict(binder.failed))
        self._bound = (key, binding)
        return binding

    def space_at(self, data: Data, series: Series, time: int) -> JoinRows:
        """The label sets at a time."""
        signatures = self._signatures(np.array([time], dtype=np.int64), data, series)
        return self._bind(data, series, signatures[:, 0], time).space

    def frame_at(self, data: Data, series: Series, time: int) -> Frame:
        """All the label sets, at a time: what `decider` can be asked about any part of the trees."""
        space = self.space_at(data, series, time)
        rows = np.arange(len(space.labels), dtype=np.int64)
        return Frame(space, rows, np.array([[time]], dtype=np.int64), data)

    def _outcome(self, binding: Binding, times: Times, data: Data | None) -> Outcome:
        space, shape = binding.space, self.shape
        size = (len(space.labels), len(times))
        if data is None or not space.labels:
            false = np.zeros(size, dtype=np.int8)
            off = np.zeros(size, dtype=np.bool_)
            rungs = tuple(false for _ in shape.rungs)
            return Outcome(
                binding.rows,
                times,
                false,
                false,
                false,
                off,
                off,
                np.zeros(size),
                rungs,
                rungs,
                binding.failed,
            )
        frame = Frame(space, np.arange(size[0], dtype=np.int64), times[None, :], data)

        def truth(tree: Condition) -> Truth:
            return np.broadcast_to(self.decider.truth(tree, frame), size)

        def in_hours(found: Truth, outside: np.int8) -> Truth:
            return found if hours is None else np.where(hours, found, outside)

        hours = None if shape.during is None else inside(shape.during, times)
        condition = in_hours(truth(shape.condition), FALSE)
        pending = condition if shape.pending == shape.condition else in_hours(truth(shape.pending), FALSE)
        recovered = TRUE - condition if shape.recover is None else in_hours(truth(shape.recover), TRUE)
        value = np.full(size, np.nan) if shape.subject is None else self.decider.value(shape.subject, frame)
        return Outcome(
            rows=binding.rows,
            times=times,
            condition=condition,
            pending=pending,
            recovered=recovered,
            exists=exists(frame),
            no_data=lacking(self.decider, shape.pending, frame) & (True if hours is None else hours),
            value=np.broadcast_to(value, size),
            rungs=tuple(truth(rung) for rung in shape.rungs),
            fallen=tuple(truth(rung) for rung in shape.fallen),
            failed=binding.failed,
            value_kind=self._value_kind(),
            outside=None if hours is None else ~hours,
        )

    def _value_kind(self) -> str:
        if isinstance(self.shape.subject, typed.Current | typed.Window | typed.CalendarWindow):
            return self.expected_kinds.get(stream_of(self.shape.subject.selector), "number")
        return "number"


def _known(selector: Selector, data: Data, series: Series, time: int) -> Flags:
    every = np.arange(len(series(stream_of(selector))), dtype=np.int64)
    at = np.array([[time]], dtype=np.int64)
    return is_known(selector, data, every, at)[:, 0]


def _newest(selector: Selector, data: Data, series: Series, time: int) -> list[Labels]:
    found = series(stream_of(selector))
    every = np.arange(len(found), dtype=np.int64)
    return [found.stored[i] if i >= 0 else () for i in data.newest(known_read(selector), every, time)]


def _kinds(trees: Sequence[Condition | Value]) -> Iterator[tuple[Stream, str]]:
    """What kind of values each stream must hold for the trees to make sense."""
    for tree in trees:
        if isinstance(tree, typed.Compare) and isinstance(tree.right, typed.Const | typed.Slot):
            kind = "number"
            if isinstance(tree.right, typed.Const):
                kind = "text" if isinstance(tree.right.value, str) else "bool"
            yield from ((stream, kind if plain else "number") for stream, plain in _numeric(tree.left))
            yield from _kinds((tree.left,))
        elif isinstance(tree, typed.Matches):
            yield from ((stream_of(leaf.selector), "text") for leaf in leaves(tree))
        else:
            if isinstance(tree, typed.Arithmetic | typed.Compare):
                yield from ((stream, "number") for stream, _ in _numeric(tree))
            yield from _kinds(children(tree))


def _numeric(tree: Condition | Value) -> Iterator[tuple[Stream, bool]]:
    """The streams whose values a tree computes with, and whether it takes them as they are."""
    plain = _is_of_series(tree)
    return ((stream_of(leaf.selector), plain) for leaf in _computed_with(tree))


def _computed_with(tree: Condition | Value) -> Iterator[Leaf]:
    """The leaves whose values, and not just their number, matter."""
    if isinstance(tree, typed.Combined) and tree.function == "count" and _is_of_series(tree.operand):
        return
    if isinstance(tree, typed.Indicator):
        return  # what its condition compares says of which kind it is
    if isinstance(tree, Leaf) and not (
        isinstance(tree, typed.Missing | typed.Absent | typed.Distinct | typed.Steps) or counts_points(tree)
    ):
        yield tree
    for child in children(tree):
        yield from _computed_with(child)


def _is_of_series(tree: Condition | Value) -> bool:
    """Whether a value is one that a series holds, be it text."""
    match tree:
        case typed.Window(function) | typed.CalendarWindow(function):
            return function in ("first", "last")
        case typed.Otherwise(operand):
            return _is_of_series(operand)
    return isinstance(tree, typed.Current)


def join_in_time(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome over all times from several that follow each other, with the rows of all; a row exists
    where it was.

    While a rule could not be evaluated its rows exist with everything unknown, which keeps the state of its
    alerts; it counts as failed only where it failed at all times.
    """
    places = sorted(
        {
            (rule, labels)
            for outcome in outcomes
            for rule, labels in zip(outcome.rows.rule.tolist(), outcome.rows.labels, strict=True)
        }
    )
    position = {place: row for row, place in enumerate(places)}
    rows = Rows(
        outcomes[0].rows.rules,
        np.array([rule for rule, _ in places], dtype=np.int64),
        [labels for _, labels in places],
    )
    index = [
        np.array([position[p] for p in zip(o.rows.rule.tolist(), o.rows.labels, strict=True)], dtype=np.int64)
        for o in outcomes
    ]
    edges = np.cumsum([0, *(len(outcome.times) for outcome in outcomes)]).tolist()

    def place(parts: Iterable[NDArray[Scalar]], blank: Scalar) -> NDArray[Scalar]:
        out = np.full((len(rows), edges[-1]), blank)
        for part, where, start, stop in zip(parts, index, edges[:-1], edges[1:], strict=True):
            out[where, start:stop] = part
        return out

    unknown = np.int8(1)
    exists = place((o.exists for o in outcomes), np.bool_(False))
    for outcome, start, stop in zip(outcomes, edges[:-1], edges[1:], strict=True):
        exists[np.isin(rows.rule, list(outcome.failed)), start:stop] = True
    return Outcome(
        rows=rows,
        times=np.concatenate([outcome.times for outcome in outcomes]),
        condition=place((o.condition for o in outcomes), unknown),
        pending=place((o.pending for o in outcomes), unknown),
        recovered=place((o.recovered for o in outcomes), unknown),
        exists=exists,
        no_data=place((o.no_data for o in outcomes), np.bool_(False)),
        value=place((o.value for o in outcomes), np.float64(np.nan)),
        rungs=tuple(place(parts, unknown) for parts in zip(*(o.rungs for o in outcomes), strict=True)),
        fallen=tuple(place(parts, unknown) for parts in zip(*(o.fallen for o in outcomes), strict=True)),
        failed={k: why for k, why in outcomes[-1].failed.items() if all(k in o.failed for o in outcomes)},
        value_kind=outcomes[0].value_kind,
        outside=None
        if all(outcome.outside is None for outcome in outcomes)
        else np.concatenate([_outside(outcome) for outcome in outcomes]),
        unevaluated=_unevaluated(outcomes),
        reasons={rule: why for outcome in outcomes for rule, why in outcome.failed.items()},
    )


def _unevaluated(outcomes: Sequence[Outcome]) -> dict[int, Flags]:
    """The times at which a rule could not be evaluated, for those where there are such."""
    rules = dict.fromkeys(rule for outcome in outcomes for rule in outcome.failed)
    return {
        rule: np.concatenate([np.full(len(o.times), rule in o.failed, dtype=np.bool_) for o in outcomes])
        for rule in rules
    }


def _outside(outcome: Outcome) -> Flags:
    """Which times of an outcome are outside the rule's hours."""
    return np.zeros(len(outcome.times), dtype=np.bool_) if outcome.outside is None else outcome.outside
