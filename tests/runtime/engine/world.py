"""A small world for the engine: points in memory, a clock that stands still, rules by a line of text."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import sqlalchemy as sa

from alertdsl.diagnostics import Diagnostic
from alertdsl.plan.reads import Request
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.typed import MINUTE
from alertdsl.store import Store, open_store
from alertdsl.store.records import NewRule, Notification, Rule
from alertdsl_runtime.clock import ManualClock
from alertdsl_runtime.columns import Answer, Labels, Points, SourceError
from alertdsl_runtime.engine import CatalogCompiler, Engine, Options
from alertdsl_runtime.notify import DeliveryError, OutboxWorker
from alertdsl_runtime.notify.targets import Message
from alertdsl_runtime.sources.memory import MemorySource

START = 1_752_465_600 * 10**9
"""2025-07-14T04:00:00Z, the first instant of the tests."""

CATALOG = """
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[metrics."load"]
measurement = "load"
field = "value"
"""


@lru_cache
def _empty_store() -> str:
    path = f"{tempfile.mkdtemp(prefix='alertdsl-tests-')}/empty.db"
    atexit.register(shutil.rmtree, path.rpartition("/")[0], ignore_errors=True)
    open_store(f"sqlite:///{path}").close()
    return path


class Feed:
    """A source whose points a test adds as it goes, and which can be made to fail."""

    name = "feed"

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], dict[Labels, list[tuple[int, float]]]] = {}
        self.down = ""
        self.refuses = ""
        self.asked: list[int] = []
        self.before: Callable[[int], None] | None = None

    def add(self, host: str, value: float, at: int, key: tuple[str, str] = ("load", "value")) -> None:
        """A point."""
        self._series.setdefault(key, {}).setdefault((("host", host),), []).append((at, value))

    def _memory(self) -> MemorySource:
        fields = {}
        for key, series in self._series.items():
            offsets = np.cumsum([0, *(len(points) for points in series.values())]).astype(np.int64)
            flat = [point for points in series.values() for point in sorted(points)]
            times = np.array([t for t, _ in flat], dtype=np.int64)
            values = np.array([v for _, v in flat], dtype=np.float64)
            fields[key] = Points(list(series), offsets, times, values)
        return MemorySource(fields)

    def answer(self, requests: Sequence[Request], instant: int) -> list[Answer | SourceError]:
        self.asked.append(instant)
        if self.before is not None:
            self.before(instant)
        if self.down:
            raise SourceError(self.down, transient=True)
        if self.refuses:
            return [SourceError(self.refuses, transient=False) for _ in requests]
        return self._memory().answer(requests, instant)

    def points(self, requests: Sequence[Request], start: int, stop: int) -> list[Points | SourceError]:
        if self.down:
            raise SourceError(self.down, transient=True)
        return self._memory().points(requests, start, stop)

    def check(self) -> str:
        return "feed"

    def close(self) -> None: ...


class Inbox:
    """A target that keeps what it is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.down = False

    def send(self, message: Message) -> None:
        if self.down:
            raise DeliveryError("closed")
        self.messages.append(message)

    def check(self) -> str:
        return "inbox"


class TextCompiler(CatalogCompiler):
    """The compiler with the catalog of these tests."""

    def __init__(self) -> None:
        super().__init__(parse_catalog(CATALOG))

    def compile(self, text: str, file: str) -> tuple[Sequence[typed.Rule], Sequence[Diagnostic]]:
        return super().compile(text, file)


@dataclass
class World:
    """An engine and all around it."""

    url: str
    clock: ManualClock = field(default_factory=lambda: ManualClock(START - MINUTE // 2))
    feed: Feed = field(default_factory=Feed)
    inbox: Inbox = field(default_factory=Inbox)
    options: Options = field(default_factory=lambda: Options(default_targets=("inbox",)))
    paths: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.url.startswith("sqlite:///"):
            # A copy of an empty store is made faster than a new one.
            shutil.copyfile(_empty_store(), self.url.removeprefix("sqlite:///"))
        self.store: Store = open_store(self.url, clock=self.clock)
        self.compiler = TextCompiler()
        self.worker = OutboxWorker(self.store, {"inbox": self.inbox, "other": self.inbox})
        self.engine = self.new_engine()

    def new_engine(self) -> Engine:
        """Another engine on the same database, as after a restart or on another machine."""
        return Engine(self.store, self.feed, self.compiler, paths=self.paths, options=self.options)

    def restart(self) -> None:
        self.engine = self.new_engine()

    def close(self) -> None:
        self.store.close()

    def rule(self, text: str, name: str = "high", **clauses: str) -> Rule:
        return self.store.rules.add(self.new_rule(text, name))

    def new_rule(self, text: str, name: str = "high") -> NewRule:
        whole = f"rule {name}\n  {text}\n"
        rules, wrong = self.compiler.compile(whole, "test")
        meaning = self.compiler.meaning(rules[0]) if rules else hashlib.sha256(whole.encode()).hexdigest()
        assert rules or wrong
        return NewRule(name, whole, whole, meaning)

    def edit(self, rule: Rule, text: str) -> Rule:
        return self.store.rules.update(rule.id, self.new_rule(text, rule.name))

    # ------------------------------------------------------------ time

    def at(self, minute: float) -> int:
        return START + round(minute * MINUTE)

    def minute(self, number: int, **values: float) -> None:
        """Let minute `number` come: the points of the half minute before it, then its evaluation."""
        for host, value in values.items():
            self.feed.add(host, value, self.at(number) - MINUTE // 2)
        self.clock.set(self.at(number) + self.options.delay)
        self.engine.tick()
        self.worker.drain()

    # ------------------------------------------------------------ what came of it

    def told(self) -> list[tuple[int, str, str]]:
        """(minute, kind, host or rule) of what the inbox has."""
        return [
            (self._minute(m.facts["instant"]), m.kind, m.facts["labels"].get("host", m.facts["rule"]))
            for m in self.inbox.messages
        ]

    def history(self) -> list[tuple[float, str, str, str]]:
        """(minute, from, to, reason) of all transitions, by time."""
        from alertdsl.store.tables import transitions as t

        columns = [t.c.t, t.c.from_state, t.c.to_state, t.c.reason]
        query = sa.select(*columns).order_by(t.c.t, t.c.labels_hash, t.c.rule_id, t.c.seq)
        rows = self.store.database.read(lambda tx: tx.rows(query))
        return [((at - START) / MINUTE, before, after, reason) for at, before, after, reason in rows]

    def owed(self) -> list[Notification]:
        return list(reversed(self.store.outbox.list(limit=500).items))

    @staticmethod
    def _minute(text: str) -> int:
        from datetime import datetime

        return round((datetime.fromisoformat(text).timestamp() * 10**9 - START) / MINUTE)
