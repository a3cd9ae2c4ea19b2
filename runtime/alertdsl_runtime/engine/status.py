"""How an engine is doing, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from alertdsl.semantics.typed import SECOND
from alertdsl_runtime.notify.filters import time_text

if TYPE_CHECKING:
    from alertdsl_runtime.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot.

    Attributes:
        last_instant: the newest instant that is evaluated in every partition, None before the first.
        lag_s: how long ago, in seconds, the oldest instant that waits became due; 0 when none does.
        bad: rules and files that do not compile; `failing`: rules that could not be evaluated.
    """

    rules: int = 0
    bad: int = 0
    failing: int = 0
    partitions: int = 0
    firing: int = 0
    pending: int = 0
    no_data: int = 0
    last_instant: int | None = None
    lag_s: float = 0.0
    source_error: str = ""
    database_error: str = ""
    target_errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        wrong = self.bad or self.failing or self.source_error or self.database_error or self.target_errors
        return not wrong

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, the time in RFC 3339."""
        facts: dict[str, object] = asdict(self)
        facts["last_instant"] = None if self.last_instant is None else time_text(self.last_instant)
        return facts

    def line(self) -> str:
        """One line for a person."""
        last = "none yet" if self.last_instant is None else time_text(self.last_instant)
        parts = [
            f"{self.rules} rule{'' if self.rules == 1 else 's'}",
            f"{self.firing} firing",
            f"{self.pending} pending",
            f"last {last}",
        ]
        if self.no_data:
            parts.append(f"{self.no_data} no data")
        if self.lag_s >= 1:
            parts.append(f"lag {self.lag_s:.0f}s")
        if self.bad:
            parts.append(f"{self.bad} bad")
        if self.failing:
            parts.append(f"{self.failing} failing")
        for what, error in (("source", self.source_error), ("database", self.database_error)):
            if error:
                parts.append(f"{what}: {error}")
        parts += [f"{name}: {error}" for name, error in self.target_errors.items()]
        return " | ".join(parts)


def status_of(engine: Engine, now: int, target_errors: Mapping[str, str]) -> Status:
    """The status of an engine; `now` is the database's time at its last round."""
    runners = engine.runners.values()
    cursors = [(r.cursor, r.every) for r in runners if r.cursor is not None]
    waiting = min((cursor for cursor, _ in cursors), default=None)
    lag = 0.0 if waiting is None else max(0, now - engine.options.delay - waiting) / SECOND
    return Status(
        rules=len(engine.book.rules),
        bad=len(engine.book.errors),
        failing=sum(len(r.rule_errors) for r in runners),
        partitions=len(engine.runners),
        firing=sum(r.count("firing") for r in runners),
        pending=sum(r.count("pending") for r in runners),
        no_data=sum(r.count("no data") for r in runners),
        last_instant=min((r.last for r in runners if r.last is not None), default=None),
        lag_s=lag,
        source_error=next((r.error for r in runners if r.error), ""),
        database_error=engine.database_error,
        target_errors=dict(target_errors),
    )
