"""An alert episode as the engine holds it: the store's row, and the bookkeeping in its memo."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from alertdsl.semantics import typed
from alertdsl.store.records import AlertRow, OpenAlert
from alertdsl_runtime.lifecycle import Life
from alertdsl_runtime.lives import Event
from alertdsl_runtime.notify.owed import NO_DATA


@dataclass(slots=True, eq=False)
class Entry:
    """An episode.

    Attributes:
        told: target -> (severity it last heard of, the episode in which it was told): an episode that begins
            where another ended unseen takes over what was told of that one.
        last_owed: the moment of the last notification or repeat, from which repeats run.
        first_owed: the moment of the first notification since when nobody has acknowledged the alert, from which
            escalation runs.
        escalated: who was told by escalation.
        held: a step of escalation waits for a silence to end.
        meaning: the rule's meaning under which the alert was last evaluated.
        ended: the row of the episode that it took over from, until that one's end has been told.
    """

    row: AlertRow
    acknowledged: bool = False
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    last_owed: int | None = None
    meaning: str = ""
    ended: AlertRow | None = None
    first_owed: int | None = None
    escalated: list[str] = field(default_factory=list)
    held: bool = False

    def memo(self) -> str:
        """What the store keeps for us beside the row."""
        kept: dict[str, object] = {"told": self.told, "last": self.last_owed, "meaning": self.meaning}
        if self.first_owed is not None:
            kept |= {"first": self.first_owed, "escalated": self.escalated, "held": self.held}
        return json.dumps(kept)

    def take_over(self, ended: Entry) -> None:
        """Go on, for those who were told, where another episode of the alert ended unseen."""
        self.told, self.last_owed, self.ended = dict(ended.told), ended.last_owed, ended.row
        self.first_owed, self.escalated = ended.first_owed, list(ended.escalated)


def entry_of(stored: OpenAlert, ladder: tuple[str, ...]) -> Entry:
    """An episode as the store has it; a severity that an edit took out of the ladder is the base again."""
    row = stored.alert
    if row.severity not in ladder:
        row = row._replace(severity=ladder[0], rung=0)
    memo = json.loads(row.memo) if row.memo else {}
    told = {target: (severity, episode) for target, (severity, episode) in memo.get("told", {}).items()}
    return Entry(
        row,
        stored.acknowledged_at is not None,
        told,
        memo.get("last"),
        memo.get("meaning", ""),
        first_owed=memo.get("first"),
        escalated=memo.get("escalated", []),
        held=memo.get("held", False),
    )


def ladder_of(rule: typed.Rule) -> tuple[str, ...]:
    """The rule's severities, the base first."""
    return (rule.severity, *(rung.severity for rung in rule.rungs))


def life_of(entry: Entry, rule: typed.Rule) -> Life:
    """Where the alert of an episode stands."""
    row = entry.row
    assert row.state in ("pending", "firing", "no data"), row.state
    rung = ladder_of(rule).index(row.severity) if row.state == "firing" else 0
    return Life(row.state, rung, row.opened_at, row.started_at, row.no_data)


def row_after(row: AlertRow, event: Event, ladder: tuple[str, ...]) -> AlertRow:
    """The row of an open alert after an event."""
    life = event.after
    assert life.state != "ok"
    assert life.opened_at is not None
    return row._replace(
        state=life.state,
        severity=severity_at(ladder, life.rung),
        rung=life.rung,
        started_at=life.started_at,
        since=event.since if event.since is not None else row.since,
        reason=event.changes[-1].reason if event.changes else row.reason,
        value=event.value if event.changes else row.value,
        no_data=life.missing,
    )


def shown_severity(row: AlertRow) -> str | None:
    """The severity that people should know of, `NO_DATA`, or None where the alert is not raised."""
    if row.state == "no data":
        return NO_DATA
    return row.severity if row.state == "firing" else None


def severity_at(ladder: tuple[str, ...], rung: int) -> str:
    """The severity of a rung; of one that an edit took away, the highest there is."""
    return ladder[min(rung, len(ladder) - 1)]
