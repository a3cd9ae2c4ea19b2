"""What rules would have done: the evaluator and the life of alerts, over every instant of recorded points.

The same code as live, without a store. A backtest knows each point at its own time: points that arrived late
are not late here, and an evaluation that had not seen one yet may have decided otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from alertdsl.semantics import typed
from alertdsl.semantics.dependencies import circle_words, circles, in_order, rules_awaited
from alertdsl_runtime.columns import Labels, Source, Times
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.evaluation.firing import FOREVER, Firings, Timeline, Unaware, timeline_of
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.instants import instants, next_instant
from alertdsl_runtime.lifecycle import Change
from alertdsl_runtime.linking import Link, levels, linked
from alertdsl_runtime.lives import Event, Key, Lives, Tracked, Value
from alertdsl_runtime.notify.filters import time_text

if TYPE_CHECKING:
    from alertdsl_runtime.sources.memory import MemorySource

CHUNK = 2_000_000
"""Cells (rows times instants) decided at a time; bounds the memory of a long backtest."""

FIRST_CHUNK = 10_000
"""Instants of the first chunk, which tells how many rows there are."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A firing of an alert, or a spell without data that ``on no data alert`` raised.

    Times are instants in nanoseconds: `since` is the first moment after the last one where the condition
    (without its ``for``) was not true, `resolved_at` None where it still fires at the end. `severity` is the
    highest that it reached, `value` what it had when it fired, `reason` why it ended ("" recovered).
    """

    rule: str
    labels: dict[str, str]
    severity: str
    fired_at: int
    resolved_at: int | None
    since: int | None
    value: Value
    reason: str = ""
    state: str = "firing"

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, times in RFC 3339, UTC."""
        facts: dict[str, object] = asdict(self)
        for name in ("fired_at", "resolved_at", "since"):
            moment = facts[name]
            facts[name] = time_text(moment) if isinstance(moment, int) else None
        return facts


@dataclass(frozen=True, slots=True)
class Backtest:
    """The episodes in the order of their firing, how many instants were evaluated, and rule -> why it failed: at all
    instants, or (`partly`) at some, and at how many.

    `firings` knows when the rules fired, for others that ask about them.
    """

    episodes: tuple[Episode, ...]
    instants: int
    failed: dict[str, str]
    partly: dict[str, str] = field(default_factory=dict)
    firings: Firings = field(default_factory=Unaware)

    def __iter__(self) -> Iterator[Episode]:
        return iter(self.episodes)

    def __len__(self) -> int:
        return len(self.episodes)


def backtest(
    rules: Sequence[typed.Rule], source: Source, start: int | None = None, stop: int | None = None
) -> Backtest:
    """Evaluate the rules at every instant in ``[start, stop)``, nanoseconds; by default all instants that the
    points of a memory source have a part in: from its first point on, until what followed its last has gone stale.

    Raises:
        SourceError: the source cannot be read.
        ValueError: no start or stop, and the source does not know the times of its points.
    """
    total = 0
    episodes: list[Episode] = []
    good, failed = linked_all(rules)
    partly: dict[str, str] = {}
    diary = _Diary()
    for some in _in_turn(good):
        first, last = _bounds(some, source, start, stop)
        due = instants(some[0].every, first, last)
        diary.begin(some, due)
        found, wrong = _run(some, source, due, diary)
        episodes += found
        for name, (times, why) in wrong.items():
            if times == len(due):
                failed[name] = why
            else:
                partly[name] = f"at {times:,} of {len(due):,} instants: {why}"
        total += len(due)
    order = {rule.name: place for place, rule in enumerate(rules)}
    episodes.sort(key=lambda e: (e.fired_at, order[e.rule], sorted(e.labels.items())))
    return Backtest(tuple(episodes), total, failed, partly, diary)


def linked_all(rules: Sequence[typed.Rule]) -> tuple[list[typed.Rule], dict[str, str]]:
    """The rules with the conditions of those that they mention, and why others cannot be run: name -> reason."""
    awaited = {rule.name: rules_awaited(rule) for rule in rules}
    failed = {name: circle_words(circle) for circle in circles(awaited) for name in circle}
    links: dict[str, Link] = {}
    good: list[typed.Rule] = []
    for rule in in_order(rules):
        missing = sorted(awaited[rule.name] - links.keys())
        if rule.name not in failed and missing:
            failed[rule.name] = (
                f"it asks whether {missing[0]} is firing, which is not among the rules of this backtest"
            )
        if rule.name not in failed:
            good.append(linked(rule, links))
            links[rule.name] = Link(rule.name, good[-1].when)
    return good, failed


def _in_turn(rules: Sequence[typed.Rule]) -> Iterator[list[typed.Rule]]:
    """Rules of the same instants together, each after those that it asks about."""
    depth = levels({rule.name: rules_awaited(rule) for rule in rules})
    for level in sorted(set(depth.values())):
        yield from _by_every(rule for rule in rules if depth[rule.name] == level).values()


def _by_every(rules: Iterable[typed.Rule]) -> dict[typed.Every, list[typed.Rule]]:
    found: dict[typed.Every, list[typed.Rule]] = {}
    for rule in rules:
        found.setdefault(rule.every, []).append(rule)
    return found


def _bounds(
    rules: Sequence[typed.Rule], source: Source, start: int | None, stop: int | None
) -> tuple[int, int]:
    if start is not None and stop is not None:
        return start, stop
    span = _span(source)
    # Up to the first instant at which the last value has gone stale.
    every = rules[0].every.interval
    after = max((s.staleness for rule in rules for s in _selectors(rule)), default=0) + every
    return (span[0] if start is None else start), (span[1] + after if stop is None else stop)


def _span(source: Source) -> tuple[int, int]:
    memory: MemorySource | None = source if hasattr(source, "span") else None  # type: ignore[assignment]
    if memory is None:
        raise ValueError(f"say from when to when: {source.name} does not tell the times of its points")
    return memory.span() or (0, 0)


def _selectors(rule: typed.Rule) -> tuple[typed.Selector, ...]:
    from alertdsl.plan.shape import shape_of

    return shape_of(rule).selectors


def _run(
    rules: Sequence[typed.Rule], source: Source, due: Times, diary: _Diary
) -> tuple[list[Episode], dict[str, tuple[int, str]]]:
    """Evaluate in chunks of time, with one set of lives throughout: episodes, and at how many instants rules failed, and
    why at the last."""
    evaluator = Evaluator(rules, source, diary)
    lives = Lives((Tracked(rule.name, rule) for rule in rules), with_pending=False)
    scribe = _Scribe(rules)
    failed: dict[str, tuple[int, str]] = {}
    place, size = 0, FIRST_CHUNK
    while place < len(due):
        outcomes = evaluator.evaluate(due[place : place + size])
        events = lives.advance(outcomes, evaluator.since_all)
        scribe.take(events)
        diary.take(outcomes, events)
        for outcome in outcomes:
            for number, why in {**outcome.reasons, **outcome.failed}.items():
                wrong = outcome.unevaluated.get(number)
                times = len(outcome.times) if wrong is None else int(wrong.sum())
                name = outcome.rows.rules[number].name
                failed[name] = (failed.get(name, (0, ""))[0] + times, why)
        place += size
        rows = sum(len(outcome.rows) for outcome in outcomes)
        size = max(1, CHUNK // max(1, rows))
    return scribe.finish(), failed


class _Diary:
    """When the alerts of the rules of a backtest fired, for the rules that ask about them."""

    def __init__(self) -> None:
        self._begins: dict[str, int] = {}
        self._fired: dict[str, list[tuple[Labels, int, int | None]]] = {}
        self._under_way: dict[Key, int] = {}
        self._failed: dict[str, list[tuple[int, int | None]]] = {}
        self._timelines: dict[str, Timeline] = {}

    def begin(self, rules: Iterable[typed.Rule], due: Times) -> None:
        """These rules are evaluated at these instants."""
        self._begins |= {rule.name: int(due[0]) if len(due) else FOREVER for rule in rules}

    def take(self, outcomes: Iterable[Outcome], events: Iterable[Event]) -> None:
        """What a chunk of time brought."""
        for event in events:
            for change in event.changes:
                if change.after == "firing" and change.before != "firing":
                    self._under_way[event.key] = event.instant
                elif change.before == "firing" and change.after != "firing":
                    span = (event.key.labels, self._under_way.pop(event.key), event.instant)
                    self._fired.setdefault(event.key.rule, []).append(span)
        for outcome in outcomes:
            whole = {i: np.ones(len(outcome.times), dtype=np.bool_) for i in outcome.failed}
            for number, wrong in {**outcome.unevaluated, **whole}.items():
                rule = outcome.rows.rules[number]
                # A state lasts until the next instant, and so does not knowing it.
                spans = [(int(t), next_instant(rule.every, int(t))) for t in outcome.times[wrong]]
                self._failed.setdefault(rule.name, []).extend(spans)

    def timeline(self, rule: str, start: int) -> Timeline:
        """See `Firings`; asked only when the rule's own instants are over."""
        found = self._timelines.get(rule)
        if found is None:
            going_on = ((key.labels, at, None) for key, at in self._under_way.items() if key.rule == rule)
            found = self._timelines[rule] = timeline_of(
                self._begins[rule], [*self._fired.get(rule, ()), *going_on], self._failed.get(rule, ())
            )
        return found


class _Scribe:
    """Makes episodes of events."""

    def __init__(self, rules: Iterable[typed.Rule]) -> None:
        self._ladders = {r.name: (r.severity, *(rung.severity for rung in r.rungs)) for r in rules}
        self._under_way: dict[Key, tuple[Event, str, int]] = {}
        self._done: list[Episode] = []

    def take(self, events: Iterable[Event]) -> None:
        """The events of a chunk, in the order of time."""
        for event in events:
            for change in event.changes:
                self._take(event, change)

    def finish(self) -> list[Episode]:
        """All episodes, those still under way included."""
        for key in list(self._under_way):
            self._close(key, None, "")
        return self._done

    def _take(self, event: Event, change: Change) -> None:
        if change.after in ("firing", "no data"):
            if change.before != change.after:
                if change.before == "no data":
                    self._close(event.key, event.instant, "data is back")
                self._under_way[event.key] = (event, change.after, change.rung)
            else:
                first, state, rung = self._under_way[event.key]
                self._under_way[event.key] = (first, state, max(rung, change.rung))
        elif change.after == "resolved":
            self._close(event.key, event.instant, change.reason)

    def _close(self, key: Key, resolved_at: int | None, reason: str) -> None:
        event, state, rung = self._under_way.pop(key)
        episode = Episode(
            rule=key.rule,
            labels=dict(key.labels),
            severity=self._ladders[key.rule][rung],
            fired_at=event.instant,
            resolved_at=resolved_at,
            since=event.since,
            value=event.value,
            reason=reason,
            state=state,
        )
        self._done.append(episode)
