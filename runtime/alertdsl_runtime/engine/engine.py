"""The engine: whoever calls it, twice or late, alone or beside others, the stored history is the same."""

from __future__ import annotations

import gc
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from alertdsl.semantics.typed import HOUR, SECOND, Notify
from alertdsl.store import StoreError, silence_matches
from alertdsl.store.records import PartitionSpec, Silence
from alertdsl_runtime.columns import Source
from alertdsl_runtime.engine.book import Compiler, RuleBook, record_bad_rules
from alertdsl_runtime.engine.partition import awaited_partitions, family, first_active, group, same_rules
from alertdsl_runtime.engine.plan import Work, due_work, several, single
from alertdsl_runtime.engine.retire import retire_orphans
from alertdsl_runtime.engine.runner import Result, Runner
from alertdsl_runtime.engine.status import Status, status_of
from alertdsl_runtime.evaluation.firing import FOREVER
from alertdsl_runtime.instants import instants, next_instant
from alertdsl_runtime.notify.payload import as_payload

if TYPE_CHECKING:
    from alertdsl.store import Store
    from alertdsl_runtime.notify.worker import OutboxWorker

_LOG = logging.getLogger("alertdsl.engine")
_NO_RULES = "rules come from files (alertdsl run RULES, or [engine] rules in alertdsl.toml) or from `alertdsl rules add`"


@dataclass(frozen=True, slots=True)
class Options:
    """How an engine works; durations in nanoseconds.

    Attributes:
        delay: how long after its instant an evaluation runs, so that points which are a little late count.
        catch_up: how far back missed instants are evaluated after a stop.
        slots: partitions of the rules of one `every`; more than one for more than ~10,000 series, or to share
            them among engines.
        poll: how often rules, acknowledgements and silences are looked at.
        default_targets: where alerts of rules without ``notify`` go.
    """

    delay: int = 10 * SECOND
    catch_up: int = HOUR
    slots: int = 1
    poll: int = SECOND
    heartbeat: int = 10 * SECOND
    default_targets: tuple[str, ...] = ()


@dataclass(slots=True)
class Tick:
    """What a round did."""

    evaluated: int = 0
    """Instants, over all partitions."""
    results: dict[str, Result] = field(default_factory=dict)


class Engine:
    """Evaluates the rules of a store over a source, and keeps their alerts.

    Args:
        store: where rules, alerts and the outbox are.
        source: what answers the rules' reads.
        compiler: makes rules of text (`CatalogCompiler`).
        paths: rule files and folders, beside the rules that are in the store already.
        worker: delivers notifications; the engine wakes it. None: another process does.
    """

    def __init__(
        self,
        store: Store,
        source: Source,
        compiler: Compiler,
        *,
        paths: Iterable[str | Path] = (),
        options: Options | None = None,
        worker: OutboxWorker | None = None,
    ) -> None:
        self.store = store
        self.source = source
        self.options = options or Options()
        self.book = RuleBook(store, compiler, paths)
        self.runners: dict[str, Runner] = {}
        self.database_error = ""
        self.engine_id = f"{socket.gethostname()}:{os.getpid()}"
        self._compiler = compiler
        self._worker = worker
        self._default_targets = tuple(Notify(name) for name in self.options.default_targets)
        self._regroup = True
        self._grouped = False
        self._attention: int | None = None
        self._silences: tuple[Silence, ...] | None = None
        self._started_at: int | None = None
        self._beaten_at = 0
        self._now = 0
        self._waiting: set[str] = set()

    # ------------------------------------------------------------ running

    def run(self, stop: threading.Event, *, show: Callable[[Status], None] | None = None) -> None:
        """Evaluate until told to stop. Survives a database and a source that go away: says so, and goes on when
        they return."""
        wait_s = 0.0
        while not stop.wait(wait_s):
            wait_s = self._round()
            if show is not None:
                show(self.status())

    def _round(self) -> float:
        """One tick, and how many seconds to wait for the next."""
        try:
            done = self.tick()
            self._settle_memory()
            wait = self._until_next()
            self.database_error = ""
        except StoreError as error:
            if str(error) != self.database_error:
                _LOG.warning("database not reachable", extra={"error": str(error)})
            self.database_error = str(error)
            return 1.0
        except Exception:  # noqa: BLE001 - logged, with its traceback; an engine that ends tells nobody anything
            _LOG.exception("round failed")
            return 1.0
        if Result.ERROR in done.results.values():
            # A source that is down is asked again in a while, not all the time.
            return max(wait, self.options.poll / SECOND)
        return wait

    def _settle_memory(self) -> None:
        """Tell the garbage collector that the rules stay: going through ten thousand of them again and again cost
        a third of a second every other round."""
        if self._grouped:
            self._grouped = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def tick(self) -> Tick:
        """Do all that is due now.

        Raises:
            StoreError: the database; what was not stored is done again by the next tick.
        """
        self._now = self.store.now()
        self.refresh()
        self._waiting.clear()
        tick = Tick()
        reminded = False
        for runner in list(self.runners.values()):
            self._catch_up(runner, tick)
            reminded |= runner.remind(self._now - self.options.delay, self.silenced)
        if (tick.evaluated or reminded) and self._worker is not None:
            self._worker.wake()
        self._beat()
        return tick

    def evaluate(self, partition: str, instant: int) -> Result:
        """Evaluate one instant of a partition: the unit of work, safe to call by anyone, twice, or late.

        Raises:
            KeyError: there is no such partition (`runners` has them).
            StoreError: the database.
        """
        runner = self.runners[partition]
        if self.store.now() < instant + self.options.delay or instant > self._passed(runner):
            return Result.EARLY
        return runner.advance(single(runner.every, instant), self.silenced)

    def replay(self, start: int, stop: int, *, batch: int = 1440) -> int:
        """Evaluate every instant in ``[start, stop)`` as if live, notifications and all, without waiting; how
        many there were.

        The rules are taken as if they had always been there. `batch` instants at a time are read, decided and
        committed together: as transitions and notifications are made instant by instant all the same, it changes
        only how long it takes. The store must be one that has not evaluated these rules before.

        Raises:
            ValueError: the store's cursor is elsewhere.
            SourceError, StoreError: nothing of the batch under way was stored.
        """
        self.refresh(first_t=start)
        total = 0
        runners = [
            Runner(r.key, r.rules, self.store, self.source, self._default_targets, begins=start)
            for r in self.runners.values()
        ]
        for runner in runners:
            due = instants(runner.every, start, stop)
            for place in range(0, len(due), batch):
                result = runner.advance(several(runner.every, due[place : place + batch]), self.silenced)
                if result is not Result.DONE:
                    raise ValueError(
                        f"{runner.key} cannot be replayed from here: {result} {runner.error}".strip()
                    )
                if self._worker is not None:
                    self._worker.wake()
            total += len(due)
        return total

    def status(self) -> Status:
        """How things stand, for a progress line, a log, or a heartbeat."""
        return status_of(self, self._now, self._worker.errors if self._worker is not None else {})

    # ------------------------------------------------------------ one round

    def _catch_up(self, runner: Runner, tick: Tick) -> None:
        """Take the steps of one partition that are due."""
        for work in self._due(runner):
            try:
                result = runner.advance(work, self.silenced)
            except StoreError:
                raise
            except Exception:  # noqa: BLE001 - logged, with its traceback
                # One partition's bug must not stop the others' alerts.
                _LOG.exception("evaluation failed", extra={"partition": runner.key})
                runner.error, result = "evaluation failed, see the log", Result.ERROR
            tick.results[runner.key] = result
            if result is not Result.DONE:
                return
            tick.evaluated += len(work.instants)
            if work.catch_up:
                _LOG.info(
                    "caught up",
                    extra={
                        "partition": runner.key,
                        "instants": len(work.instants),
                        "gap_s": (work.gap_end - work.expected) // SECOND,
                    },
                )

    def _due(self, runner: Runner) -> list[Work]:
        if runner.cursor is None:
            found = self.store.evaluation.cursors([runner.key]).get(runner.key)
            if found is None:
                # Someone who did not know of its rules yet took it for idle.
                self._regroup = True
                return []
            runner.cursor = found.next_t
        latest, passed = self._now - self.options.delay, self._passed(runner)
        if passed < latest:
            self._waiting.add(runner.key)
        return due_work(runner.every, runner.cursor, min(latest, passed), self.options.catch_up)

    def _passed(self, runner: Runner) -> int:
        """The newest moment that the partitions which a runner waits for have passed."""
        if not runner.awaits:
            return FOREVER
        cursors = self.store.evaluation.cursors(runner.awaits)
        # One that is not there has no rules any more, or none yet: the next look at the rules tells.
        return min((cursor.next_t - 1 for cursor in cursors.values()), default=FOREVER)

    def _until_next(self) -> float:
        """Seconds until something is due, at most the polling interval."""
        now = self.store.now()
        # One that waits for another has nothing to do at a time of its own.
        cursors = [
            r.cursor for r in self.runners.values() if r.cursor is not None and r.key not in self._waiting
        ]
        due = min((cursor + self.options.delay - now for cursor in cursors), default=self.options.poll)
        return max(0, min(due, self.options.poll)) / SECOND

    # ------------------------------------------------------------ what others changed

    def refresh(self, *, first_t: int | None = None) -> None:
        """Take over rules, acknowledgements and silences as they are now. `first_t` is where new partitions
        begin; by default at their rules' first instant."""
        revision = self.store.evaluation.revision()
        silences = self.store.silences.active()
        quieter = silences != self._silences
        ended = self._ended(silences) if quieter else None
        self._silences = silences
        self._regroup |= self.book.refresh(revision.rules)
        if self._regroup:
            self._group(first_t)
            retire_orphans(self.store, self._compiler, self.silenced, self._default_targets)
            standing = self.store.evaluation.rule_errors(self.book.bad) if self.book.bad else {}
            record_bad_rules(self.store, self.book, standing, self.store.now())
            self._regroup = False
        if revision.attention != self._attention:
            for runner in self.runners.values():
                runner.forget()
            self._attention = revision.attention
        if quieter:
            self._release_held()
            for runner in self.runners.values():
                runner.look_at_everyone(ended)

    def _ended(self, now: tuple[Silence, ...]) -> int | None:
        """When the last of the silences ended that are no longer in force; None where none is."""
        gone = {silence.id for silence in self._silences or ()} - {silence.id for silence in now}
        return max((self.store.silences.get(id_).ends_at for id_ in gone), default=None)

    def _release_held(self) -> None:
        """Send what a silence held back, where none is in force any more."""
        free = [
            item
            for item in self.store.outbox.held()
            if not self.silenced(item.owner, item.rule_id, as_payload(item.payload)["labels"])
        ]
        if free:
            self.store.outbox.release(free)

    def _group(self, first_t: int | None) -> None:
        """Make the partitions of the rules; those whose rules are the same keep what they hold in memory."""
        wanted = group(self.book.rules, self.source.name, self.options.slots)
        runners: dict[str, Runner] = {}
        awaited = awaited_partitions(wanted)
        for key, rules in wanted.items():
            before = self.runners.get(key)
            if before is not None and same_rules(before.rules, rules):
                runners[key] = before
            else:
                runners[key] = Runner(key, rules, self.store, self.source, self._default_targets)
            runners[key].awaits = awaited[key]
        self._ensure_cursors(runners, first_t)
        self.runners = runners
        self._grouped = True
        _LOG.info(
            "rules",
            extra={"rules": len(self.book.rules), "bad": len(self.book.errors), "partitions": len(runners)},
        )
        if self._worker is not None:
            self._warn_of_targets(frozenset(self._worker.targets))
        if not self.book.rules:
            _LOG.warning("nothing to evaluate", extra={"hint": _NO_RULES})

    def _warn_of_targets(self, known: frozenset[str]) -> None:
        """Say at once which rules name targets that there are not, and not only in the night in which one fires."""
        for rule in self.book.rules.values():
            named = {one.target for one in rule.rule.notify} | {one.target for one in rule.rule.escalations}
            for target in sorted(named - known):
                hint = f"there are {', '.join(sorted(known))}: [notify.targets] in alertdsl.toml, or ALERTDSL_NOTIFY_NAME"
                _LOG.warning("unknown target", extra={"rule": rule.rule.name, "target": target, "hint": hint})

    def _ensure_cursors(self, runners: Mapping[str, Runner], first_t: int | None) -> None:
        there = self.store.evaluation.cursors()
        mine = {key: cursor for key, cursor in there.items() if key.startswith(f"{self.source.name}/")}
        idle = [key for key in mine if key not in runners]
        if idle:
            # A partition without rules would come back with a cursor far in the past.
            self.store.evaluation.drop_partitions(idle)
        specs = []
        for key, runner in runners.items():
            if key in there:
                continue
            first = first_t
            if first is None:
                first = next_instant(runner.every, first_active(runner.rules.values()) - 1)
                # The rules may come from partitions that are further on (the number of slots changed, or what they ask
                # about): no instant twice.
                prefix = family(self.source.name, runner.every)
                first = max([first, *(c.next_t for k, c in mine.items() if k.startswith(prefix))])
            interval = 0 if runner.every.at is not None else runner.every.interval
            specs.append(PartitionSpec(key, self.source.name, interval, first))
        if specs:
            self.store.evaluation.ensure_partitions(specs)

    def silenced(self, owner: str, rule_id: str, labels: Mapping[str, str]) -> bool:
        """Whether a silence is in force for an alert."""
        return any(silence_matches(silence, owner, rule_id, labels) for silence in self._silences or ())

    def _beat(self) -> None:
        if self._started_at is None:
            self._started_at = self._now
        if self._now - self._beaten_at >= self.options.heartbeat:
            self._beaten_at = self._now
            self.store.evaluation.beat(self.engine_id, self._started_at, self.status().as_dict())
