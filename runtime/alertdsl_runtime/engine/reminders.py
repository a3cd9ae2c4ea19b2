"""When people are told again of an alert that goes on: repeats, and escalation to others where nobody takes it on.

Each has a moment of its own, which need not be an instant of the rule: a repeat runs from the notification before it,
an escalation from the first. The moment is also the time of the notification and a part of its key, so whoever
sends it, once or twice, sends the same.
"""

from __future__ import annotations

import heapq

from alertdsl.semantics import typed
from alertdsl_runtime.engine.entry import Entry, shown_severity
from alertdsl_runtime.lives import Key


class Schedule:
    """The moments at which reminders of alerts are due. A moment that has become wrong is found out when it comes."""

    def __init__(self) -> None:
        self._due: list[tuple[int, Key]] = []

    def add(self, key: Key, rule: typed.Rule, entry: Entry) -> None:
        """Remember the next reminder of an alert, if it has one."""
        at = next_reminder(rule, entry)
        if at is not None:
            heapq.heappush(self._due, (at, key))

    def first(self) -> int | None:
        """The first moment at which a reminder may be due."""
        return self._due[0][0] if self._due else None

    def take(self, until: int) -> tuple[int, Key] | None:
        """The first moment up to `until`, with its alert; taken out."""
        return heapq.heappop(self._due) if self._due and self._due[0][0] <= until else None


def next_reminder(rule: typed.Rule, entry: Entry) -> int | None:
    """When an alert is told of again, by a repeat or an escalation."""
    times = (repeat_at(rule, entry), *(at for at, _ in escalations(rule, entry)[:1]))
    return min((at for at in times if at is not None), default=None)


def repeat_at(rule: typed.Rule, entry: Entry) -> int | None:
    """When an alert is repeated: only one that is raised, was told of, and that nobody has taken on.

    Repeats of a firing alert pause while its data are missing and are kept so (``on no data keep``).
    """
    row = entry.row
    if rule.repeat is None or entry.last_owed is None or entry.acknowledged or not entry.told:
        return None
    paused = row.state == "firing" and row.no_data and rule.on_no_data == "keep"
    if shown_severity(row) is None or paused:
        return None
    return entry.last_owed + rule.repeat


def resume_repeats(rule: typed.Rule, entry: Entry, instant: int) -> None:
    """After a pause: a repeat that would have come meanwhile comes at this instant, once, and the others run from there."""
    if rule.repeat is not None and entry.last_owed is not None:
        entry.last_owed = max(entry.last_owed, instant - rule.repeat)


def escalations(rule: typed.Rule, entry: Entry) -> list[tuple[int, str]]:
    """The steps of an alert's escalation that are still to come: when, and who is told, the soonest first.

    None for an alert that is not raised, that nobody was told of yet, or that someone has acknowledged; none while they
    wait for a silence to end.
    """
    if not rule.escalations or entry.first_owed is None or entry.acknowledged or entry.held:
        return []
    if shown_severity(entry.row) is None:
        return []
    left = (step for step in rule.escalations if step.target not in entry.escalated)
    return [(entry.first_owed + step.after, step.target) for step in left]
