"""The evaluation of one partition: read, decide, live, and one transaction that stores it all or nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from alertdsl.store import StoreError
from alertdsl.store.records import Changes, ErrorChange, Gap, OpenAlert
from alertdsl_runtime.columns import Labels, Source, SourceError
from alertdsl_runtime.engine.entry import Entry, entry_of, ladder_of, life_of
from alertdsl_runtime.engine.firings import StoredFirings
from alertdsl_runtime.engine.ledger import Ledger, Silenced
from alertdsl_runtime.engine.plan import Work
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.lives import Event, Key, Lives, Tracked

if TYPE_CHECKING:
    from alertdsl.semantics import typed
    from alertdsl.store import Store
    from alertdsl_runtime.engine.compiled import Compiled

_LOG = logging.getLogger("alertdsl.engine")
_MOST_TOLD = 20
"""How many alerts a step logs by name."""

_ONE_BY_ONE = 120
"""So many missed instants are asked for one at a time, each answered with reduced values; for more, the points
themselves are cheaper than as many queries."""


class Result(StrEnum):
    """What became of an evaluation."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    """The cursor was not at the instant: another engine, or this one before a restart, did it."""
    EARLY = "early"
    """The database's clock has not passed the instant plus the delay, or a partition that it waits for has not passed it."""
    ERROR = "error"
    """The source cannot be asked; nothing was stored but the error, and the cursor stays."""


class Runner:
    """A partition with its evaluator and what is held in memory of its alerts.

    Everything in memory is a copy of what the store holds at the cursor, made by the last commit. It is used
    only while the cursor is where that commit put it, and thrown away after anything that went wrong.

    Attributes:
        awaits: the partitions whose rules those of this one ask about: no instant is evaluated before these have passed it.
    """

    def __init__(
        self,
        key: str,
        rules: Mapping[str, Compiled],
        store: Store,
        source: Source,
        default_targets: tuple[typed.Notify, ...] = (),
        *,
        begins: int | None = None,
    ) -> None:
        self.key = key
        self.awaits: frozenset[str] = frozenset()
        self.rules = rules
        self.every = next(iter(rules.values())).rule.every
        self._store = store
        self._source = source
        self._default_targets = default_targets
        self._tracked = [
            Tracked(id_, c.rule, c.active_from if begins is None else 0) for id_, c in rules.items()
        ]
        first = {id_: other.begins for c in rules.values() for id_, other in c.awaits.items()}
        self._firings = StoredFirings(store, first if begins is None else dict.fromkeys(first, begins))
        self._ids = {id(c.rule): id_ for id_, c in rules.items()}
        self._reminding = any(c.rule.repeat or c.rule.escalations for c in rules.values())
        self._evaluator = Evaluator([c.rule for c in rules.values()], source, self._firings)
        self._lives: Lives | None = None
        self._ledger: Ledger | None = None
        self._shown: Ledger | None = None
        self._errors: dict[str, str] = {}
        self._everyone = True
        self._silence_ended: int | None = None
        self._said = ""
        self.cursor: int | None = None
        """The partition's next instant, as the last commit or look left it; None before the first."""
        self.last: int | None = None
        """The newest instant evaluated here."""
        self.error = ""
        """Why the partition cannot be evaluated, "" while it can."""

    # ------------------------------------------------------------ what others see

    @property
    def rule_errors(self) -> Mapping[str, str]:
        """Rule id -> the error under which it stands."""
        return self._errors

    def count(self, state: str) -> int:
        """How many of its alerts are in a state."""
        ledger = self._shown if self._ledger is None else self._ledger
        return 0 if ledger is None else ledger.count(state)

    def forget(self) -> None:
        """Read the state afresh before the next evaluation: others changed it."""
        # What was known stays shown meanwhile, which is long while the source is away.
        if self._ledger is not None:
            self._shown = self._ledger
        self._lives = self._ledger = None

    def look_at_everyone(self, ended: int | None = None) -> None:
        """Settle the notifications of all raised alerts at the next evaluation: silences began, or ended at a moment, which may
        be long before the next instant."""
        self._everyone = True
        self._silence_ended = ended

    # ------------------------------------------------------------ one step

    def advance(self, work: Work, silenced: Silenced) -> Result:
        """Take one step of the cursor.

        Several instants are evaluated one after the other and committed as one step; in a catch-up each alert
        owes at most one notification, for where it stands at the last of them.

        Raises:
            StoreError: the database; nothing was stored, or everything was and the answer got lost. Both are
                found out at the next attempt, by the cursor.
        """
        self._firings.forget()
        try:
            if not self._load(work.expected):
                return Result.OVERTAKEN
            assert self._lives is not None
            assert self._ledger is not None
            failed = self._live(work, self._lives, self._ledger, silenced)
            changes = self._close(work, failed)
            stored = self._store.evaluation.commit(self.key, work.expected, work.next_t, changes)
        except SourceError as error:
            self.forget()
            return self._unreachable(str(error))
        except BaseException:
            self.forget()
            self.cursor = None
            raise
        if not stored:
            self.forget()
            self.cursor = None
            return Result.OVERTAKEN
        self._after(work, failed, changes)
        return Result.DONE

    def remind(self, until: int, silenced: Silenced) -> bool:
        """Store what is to be told between two instants, up to `until`: repeats and escalations that are due, and alerts that
        a silence kept from being told, at its end; whether there was any.

        Raises:
            StoreError: the database; the next call does it again, under the same keys.
        """
        ended = self._silence_ended
        if (not self._reminding and ended is None) or self.cursor is None or not self._load(self.cursor):
            return False
        assert self._lives is not None
        assert self._ledger is not None
        until = min(until, self.cursor - 1)
        due = self._ledger.next_reminder()
        if ended is not None and ended <= until:
            self._silence_ended = None
            self._ledger.settle(ended, silenced, everyone=True)
        elif due is None or due > until:
            return False
        self._ledger.remind(until, silenced, self._lives.value)
        changes = self._ledger.changes()
        try:
            stored = self._store.evaluation.commit(self.key, self.cursor, self.cursor, changes)
        except BaseException:
            self.forget()
            raise
        if not stored:
            self.forget()
            self.cursor = None
        return stored and bool(changes.notifications)

    def _load(self, expected: int) -> bool:
        """Have in memory what the store holds at `expected`; False where the cursor is elsewhere."""
        if self._lives is not None and self.cursor == expected:
            return True
        found = self._store.evaluation.cursors([self.key]).get(self.key)
        if found is None or found.next_t != expected:
            self.cursor = None if found is None else found.next_t
            return False
        entries = self._entries(self._store.evaluation.open_alerts(self.rules.keys()))
        lives = {key: life_of(entry, self.rules[key.rule].rule) for key, entry in entries.items()}
        edited = [k for k, e in entries.items() if e.meaning != self.rules[k.rule].stored.meaning]
        self._errors = self._store.evaluation.rule_errors(self.rules.keys())
        self._lives = Lives(self._tracked, lives, edited, self._disarmed())
        self._ledger = Ledger(self.rules, entries, self._default_targets, expected)
        self._everyone = True
        self.cursor = expected
        return True

    def _disarmed(self) -> list[Key]:
        """The alerts of rules that fire once which have done so."""
        once = [id_ for id_, compiled in self.rules.items() if compiled.rule.once]
        found = self._store.evaluation.disarmed(once) if once else set()
        labels = self._store.evaluation.labels({one.labels_hash for one in found})
        return [Key(one.rule_id, tuple(sorted(labels[one.labels_hash].items()))) for one in found]

    def _entries(self, stored: list[OpenAlert]) -> dict[Key, Entry]:
        labels = self._store.evaluation.labels({item.alert.labels_hash for item in stored})
        ladders = {id_: ladder_of(compiled.rule) for id_, compiled in self.rules.items()}
        return {
            Key(item.alert.rule_id, tuple(sorted(labels[item.alert.labels_hash].items()))): entry_of(
                item, ladders[item.alert.rule_id]
            )
            for item in stored
        }

    def _live(self, work: Work, lives: Lives, ledger: Ledger, silenced: Silenced) -> dict[str, str]:
        """Evaluate and record; rule id -> the error of each rule that failed at the last instant."""
        failed: dict[str, str] = {}
        for outcomes in self._outcomes(work):
            failed = {self._ids[id(o.rows.rules[i])]: why for o in outcomes for i, why in o.failed.items()}
            events = lives.advance(outcomes, self._since)
            if work.catch_up:
                ledger.record(events)
                continue
            for instant, some in _by_instant(events):
                ledger.remind(instant - 1, silenced)
                ledger.record(some)
                ledger.settle(instant, silenced)
        last = int(work.instants[-1])
        if work.catch_up:
            ledger.settle(last, silenced, everyone=self._everyone)
            ledger.restart_reminders(last)
            return failed
        ledger.remind(last - 1, silenced)
        ledger.settle(last, silenced, everyone=self._everyone)
        ledger.remind(last, silenced, lives.value)
        return failed

    def _since(self, firing: Sequence[tuple[typed.Rule, Labels, int]]) -> list[int]:
        """Since when; where only that question has no answer, the firing itself must not wait for one."""
        try:
            return self._evaluator.since_all(firing)
        except SourceError as error:
            if error.transient:
                raise
            return [instant for _, _, instant in firing]

    def _outcomes(self, work: Work) -> Iterator[list[Outcome]]:
        instants = work.instants
        if work.catch_up and len(instants) <= _ONE_BY_ONE:
            for place in range(len(instants)):
                yield self._evaluator.evaluate(instants[place : place + 1])
        else:
            yield self._evaluator.evaluate(instants)

    def _close(self, work: Work, failed: Mapping[str, str]) -> Changes:
        assert self._ledger is not None
        last = int(work.instants[-1])
        changes = self._ledger.changes()
        errors = [ErrorChange(r, last, why) for r, why in failed.items() if self._errors.get(r) != why]
        errors += [ErrorChange(rule, last, None) for rule in self._errors if rule not in failed]
        gaps = []
        if work.gap_end > work.expected:
            gaps.append(Gap(self.key, work.expected, work.gap_end, "missed, and older than catch_up"))
        return replace(changes, errors=errors, gaps=gaps)

    def _after(self, work: Work, failed: dict[str, str], changes: Changes) -> None:
        self.cursor, self.last, self.error, self._said = work.next_t, int(work.instants[-1]), "", ""
        self._everyone, self._silence_ended = False, None
        for change in changes.errors:
            name = self.rules[change.rule_id].stored.name
            if change.message is not None:
                _LOG.warning("rule failed", extra={"rule": name, "error": change.message})
            else:
                _LOG.info("rule works again", extra={"rule": name})
        self._errors = failed
        self._tell(changes)

    def _tell(self, changes: Changes) -> None:
        """Log what people wait for; a storm of it by the first few and a count."""
        told = [t for t in changes.transitions if t.to_state in ("firing", "no data", "resolved")]
        for t in told[:_MOST_TOLD]:
            facts: dict[str, object] = {
                "rule": self.rules[t.rule_id].stored.name,
                "alert": t.alert_id,
                "severity": t.severity,
            }
            facts |= {} if t.value is None else {"value": t.value}
            _LOG.info("alert %s", t.to_state, extra=facts | ({"reason": t.reason} if t.reason else {}))
        if len(told) > _MOST_TOLD:
            _LOG.info("more alerts changed", extra={"count": len(told) - _MOST_TOLD})

    def _unreachable(self, message: str) -> Result:
        """Record once per change why the source cannot be asked."""
        if message != self._said:
            _LOG.warning("source not reachable", extra={"partition": self.key, "error": message})
            try:
                self._store.evaluation.partition_error(self.key, message)
                self._said = message
            except StoreError as error:
                _LOG.warning("database not reachable", extra={"error": str(error)})
        self.error = message
        return Result.ERROR


def _by_instant(events: list[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Events in the order of time, those of one instant together."""
    some: list[Event] = []
    for event in events:
        if some and event.instant != some[0].instant:
            yield some[0].instant, some
            some = []
        some.append(event)
    if some:
        yield some[0].instant, some
