"""The lives of many alerts, driven by columns of truth: only what changed reaches `lifecycle.step`.

Every input of a label set at an instant is packed into one integer. Where that integer is the one of the
instant before, the state machine would change nothing (it is stable), so a comparison of two arrays finds the
few places to look at: ten thousand quiet alerts at one instant, or one alert at half a million, cost array
operations and no Python. Live evaluation, catch-up and backtests all come through `Lives.advance`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alertdsl.semantics import typed
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Flags, Ints, Labels, text_of
from alertdsl_runtime.evaluation.outcome import Outcome, Rows
from alertdsl_runtime.lifecycle import (
    EXISTS_BIT,
    MAX_RUNGS,
    NO_DATA_BIT,
    OK,
    OUTSIDE_BIT,
    RUNG_BIT,
    Change,
    Inputs,
    Life,
    Step,
    retire,
    step,
    unpack,
)

UNSEEN = -1
"""The code of an instant at which a row was not evaluated: the rule failed, or did not exist yet."""

GONE_INPUTS = Inputs(condition=0, pending=0, recovered=0, exists=False)

Value = float | str | bool | None
Since = Callable[[Sequence[tuple[typed.Rule, Labels, int]]], list[int]]
"""For alerts that begin to fire, all in one call: since when C has been true (`Evaluator.since_all`)."""


class Key(NamedTuple):
    """An alert: the rule's key (its id in the store, its name in a backtest) and the label set."""

    rule: str
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A rule as the lives need it: not evaluated before the instant `active_from`."""

    key: str
    rule: typed.Rule
    active_from: int = 0


class Event(NamedTuple):
    """What happened to one alert at one instant; without `changes` only what is shown of it changed.

    `since` is set where it begins to fire: the first moment after the last one where C was not true.
    """

    instant: int
    key: Key
    before: Life
    after: Life
    changes: tuple[Change, ...]
    value: Value = None
    since: int | None = None

    @property
    def begins(self) -> bool:
        """Whether a firing begins here."""
        return any(c.after == "firing" and c.before != "firing" for c in self.changes)


@dataclass(slots=True, eq=False)
class _Shape:
    """What is kept for the rows of one shape from one evaluation to the next."""

    rows: Rows
    tracked: list[Tracked]
    last: Ints
    open: Flags
    alerts_without_data: Flags
    active_from: Ints
    unchecked: set[int] = field(default_factory=set)
    """Rules whose open alerts have not been compared with these rows yet (rule 2, gone)."""
    values: tuple[NDArray[np.float64], str] | None = None
    _order: Ints | None = None
    _bounds: Ints | None = None

    def rows_of(self, rule: int) -> Ints:
        """The rows of a rule (an index into `rows.rules`)."""
        if self._order is None or self._bounds is None:
            self._order = np.argsort(self.rows.rule, kind="stable").astype(np.int64)
            counts = np.bincount(self.rows.rule, minlength=len(self.rows.rules))
            self._bounds = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return self._order[self._bounds[rule] : self._bounds[rule + 1]]


class Lives:
    """The alerts of a set of rules, in memory.

    Args:
        tracked: the rules; the evaluator must have been made from these very `typed.Rule` objects.
        lives: the alerts that are not ok, as the store knows them.
        edited: those of them whose rule has had its meaning changed since they were last evaluated.
        disarmed: the alerts of rules that fire ``once`` which have done so.
        with_pending: False where nobody wants to know of pending alerts: they are then ok, all else is equal.

    An instance is changed by `advance` as it goes. Where the changes could not be committed, it is thrown away.
    """

    def __init__(
        self,
        tracked: Iterable[Tracked],
        lives: Mapping[Key, Life] | None = None,
        edited: Iterable[Key] = (),
        disarmed: Iterable[Key] = (),
        *,
        with_pending: bool = True,
    ) -> None:
        self._with_pending = with_pending
        self._tracked = {id(t.rule): t for t in tracked}
        self._rules = {t.key: t.rule for t in self._tracked.values()}
        self._open: dict[str, dict[Labels, Life]] = {}
        self._edited = set(edited)
        self._disarmed = set(disarmed)
        self._shapes: dict[int, _Shape] = {}
        self._shape_of: dict[str, tuple[_Shape, int]] = {}
        for key, life in (lives or {}).items():
            self._put(key, life)

    def __getitem__(self, key: Key) -> Life:
        """Where an alert stands."""
        return self._open.get(key.rule, {}).get(key.labels, OK)

    def open(self) -> Iterator[tuple[Key, Life]]:
        """All alerts that are not ok."""
        for rule, lives in self._open.items():
            for labels, life in lives.items():
                yield Key(rule, labels), life

    def advance(self, outcomes: Sequence[Outcome], since: Since) -> list[Event]:
        """Live through the instants of the outcomes; the events come in the order of time.

        `since` is asked only for alerts that begin to fire, and may raise `SourceError`.
        """
        shapes: dict[int, _Shape] = {}
        events: list[Event] = []
        for outcome in outcomes:
            shape = self._shapes.get(id(outcome.rows)) or self._remember(outcome.rows)
            shapes[id(outcome.rows)] = shape
            events += self._gone(shape, outcome)
            events += self._live(shape, outcome)
        self._shapes = shapes
        events.sort(key=lambda event: event.instant)
        return self._dated(events, since)

    def retire(self, rule: str, reason: str, instant: int) -> list[Event]:
        """End all alerts of a rule that is evaluated no more."""
        ended = [(Key(rule, labels), life) for labels, life in self._open.get(rule, {}).items()]
        return [e for key, life in ended if (e := self._apply(key, life, retire(life, reason), instant))]

    def value(self, key: Key) -> Value:
        """The value of an alert at the last instant lived through, None where it has none."""
        where = self._shape_of.get(key.rule)
        if where is None or where[0].values is None:
            return None
        shape, rule = where
        values, kind = where[0].values
        for row in shape.rows_of(rule).tolist():
            if shape.rows.labels[row] == key.labels:
                return _value(float(values[row]), kind)
        return None

    # ------------------------------------------------------------ one shape

    def _remember(self, rows: Rows) -> _Shape:
        """Make the memory of rows that were not there at the instant before."""
        tracked = [self._tracked[id(rule)] for rule in rows.rules]
        without_data = np.array([t.rule.on_no_data == "alert" for t in tracked], dtype=np.bool_)
        start = np.array([t.active_from for t in tracked], dtype=np.int64)
        shape = _Shape(
            rows,
            tracked,
            last=np.full(len(rows), UNSEEN, dtype=np.int64),
            open=np.zeros(len(rows), dtype=np.bool_),
            alerts_without_data=without_data[rows.rule],
            active_from=start[rows.rule],
        )
        for index, item in enumerate(tracked):
            self._shape_of[item.key] = (shape, index)
            if self._open.get(item.key):
                shape.unchecked.add(index)
        return shape

    def _gone(self, shape: _Shape, outcome: Outcome) -> list[Event]:
        """End the open alerts that have no row any more, and mark the rows of the others as open."""
        events: list[Event] = []
        for index in sorted(shape.unchecked - outcome.failed.keys()):
            item = shape.tracked[index]
            instants = outcome.times[outcome.times >= item.active_from]
            if not len(instants):
                continue
            shape.unchecked.discard(index)
            opened = self._open.get(item.key, {})
            present = {shape.rows.labels[row]: row for row in shape.rows_of(index).tolist()}
            for labels, life in list(opened.items()):
                row = present.get(labels)
                if row is not None:
                    shape.open[row] = True
                    continue
                event = self._step(Key(item.key, labels), life, GONE_INPUTS, item, int(instants[0]))
                if event is not None:
                    events.append(event)
        return events

    def _live(self, shape: _Shape, outcome: Outcome) -> list[Event]:
        codes = _codes(shape, outcome, with_pending=self._with_pending)
        columns, rows = np.nonzero(_changed(shape, outcome, codes, with_pending=self._with_pending).T)
        events: list[Event] = []
        rungs = len(outcome.rungs)
        places = zip(
            rows.tolist(),
            codes[rows, columns].tolist(),
            outcome.value[rows, columns].tolist(),
            outcome.times[columns].tolist(),
            shape.rows.rule[rows].tolist(),
            strict=True,
        )
        for row, code, number, instant, owner in places:
            item = shape.tracked[owner]
            key = Key(item.key, shape.rows.labels[row])
            event = self._step(key, self[key], unpack(code, rungs), item, instant)
            if event is not None:
                events.append(event._replace(value=_value(number, outcome.value_kind)))
                shape.open[row] = event.after.state != "ok"
        shape.last = codes[:, -1].copy()
        shape.values = (outcome.value[:, -1], outcome.value_kind)
        return events

    def _dated(self, events: list[Event], since: Since) -> list[Event]:
        """Fill in since when those fire that begin to."""
        begin = [i for i, e in enumerate(events) if e.begins]
        if begin:
            asked = [
                (self._rules[e.key.rule], e.key.labels, e.instant) for e in map(events.__getitem__, begin)
            ]
            for i, moment in zip(begin, since(asked), strict=True):
                events[i] = events[i]._replace(since=moment)
        return events

    # ------------------------------------------------------------ one alert

    def _step(self, key: Key, life: Life, seen: Inputs, item: Tracked, instant: int) -> Event | None:
        edited = key in self._edited
        if edited:
            self._edited.discard(key)
            seen = seen._replace(edited=True)
        if item.rule.once and key in self._disarmed:
            seen = seen._replace(disarmed=True)
        event = self._apply(key, life, step(life, seen, item.rule.on_no_data, instant), instant)
        # An event even where nothing changes: the store has to learn the version it was evaluated under.
        return event if event is not None or not edited else Event(instant, key, life, life, ())

    def _apply(self, key: Key, life: Life, done: Step, instant: int) -> Event | None:
        after, changes = done
        if not changes and (after is life or after == life):
            return None
        self._put(key, after)
        event = Event(instant, key, life, after, changes)
        if event.begins and key.rule in self._rules and self._rules[key.rule].once:
            self._disarmed.add(key)
        return event

    def _put(self, key: Key, life: Life) -> None:
        if life.state != "ok":
            self._open.setdefault(key.rule, {})[key.labels] = life
            return
        lives = self._open.get(key.rule)
        if lives is not None:
            lives.pop(key.labels, None)
            if not lives:
                del self._open[key.rule]


def _value(number: float, kind: str) -> Value:
    if number != number:
        return None
    if kind == "text":
        return text_of(number)
    return bool(number) if kind == "bool" else number


def _codes(shape: _Shape, outcome: Outcome, *, with_pending: bool) -> Ints:
    """One integer for all that an instant says about a row; see `lifecycle.unpack`.

    What `lifecycle.step` does not tell apart gets the same code: false and unknown where only true counts, and
    everything below a clause that decides alone.
    """
    assert len(outcome.rungs) <= MAX_RUNGS, "the resolver refuses longer ladders"
    fires = outcome.condition == TRUE
    known = outcome.pending
    if not with_pending:
        known = np.where(known == TRUE, FALSE, known)
    codes = known.astype(np.int64) << 2
    codes |= (outcome.recovered == TRUE).astype(np.int64) << 5
    codes |= (outcome.no_data & (known == UNKNOWN)).astype(np.int64) << NO_DATA_BIT
    codes[fires] = int(TRUE)
    codes |= 1 << EXISTS_BIT
    if outcome.outside is not None:
        codes |= outcome.outside[np.newaxis, :].astype(np.int64) << OUTSIDE_BIT
    for i, (rung, fallen) in enumerate(zip(outcome.rungs, outcome.fallen, strict=True)):
        codes |= (rung == TRUE).astype(np.int64) << (RUNG_BIT + 4 * i + 1)
        codes |= (fallen == TRUE).astype(np.int64) << (RUNG_BIT + 4 * i + 3)
    codes[~outcome.exists] = 0
    if len(shape.active_from) and shape.active_from.max() > outcome.times[0]:
        codes[outcome.times[np.newaxis, :] < shape.active_from[:, np.newaxis]] = UNSEEN
    for rule in outcome.failed:
        codes[shape.rows_of(rule)] = UNSEEN
    return codes


def _changed(shape: _Shape, outcome: Outcome, codes: Ints, *, with_pending: bool) -> Flags:
    """Where the state machine has to look: the code is not the one before, and the row is not an ok alert that
    nothing of this batch would move."""
    changed = np.empty(codes.shape, dtype=np.bool_)
    np.not_equal(codes[:, 0], shape.last, out=changed[:, 0])
    np.not_equal(codes[:, 1:], codes[:, :-1], out=changed[:, 1:])
    changed &= codes != UNSEEN
    moves = outcome.condition == TRUE
    if with_pending:
        moves |= outcome.pending == TRUE
    if shape.alerts_without_data.any():
        moves |= outcome.no_data & shape.alerts_without_data[:, np.newaxis]
    busy = shape.open | moves.any(axis=1)
    changed &= busy[:, np.newaxis]
    return changed
