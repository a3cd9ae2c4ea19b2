"""The open alerts of a partition as the store has them, and the rows that events make of them.

The ledger mirrors the rows: what it holds in memory is what the store held at the cursor it was loaded for. An
evaluation writes into the ledger first and then commits; where the commit fails the ledger is thrown away.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping

from alertdsl.semantics import typed
from alertdsl.store import alert_id, label_set, notification_key
from alertdsl.store.records import (
    AlertRow,
    Changes,
    LabelSet,
    NotificationKind,
    NotificationRow,
    TransitionRow,
)
from alertdsl_runtime.columns import Labels
from alertdsl_runtime.engine.book import Compiled
from alertdsl_runtime.engine.entry import Entry, ladder_of, row_after, severity_at, shown_severity
from alertdsl_runtime.lifecycle import Change
from alertdsl_runtime.lives import Event, Key, Value
from alertdsl_runtime.notify.owed import NO_DATA, owed
from alertdsl_runtime.notify.payload import make_payload

Silenced = Callable[[str, str, Mapping[str, str]], bool]
"""Whether a silence is in force for an owner's rule and labels."""


class Ledger:
    """The open alerts of some rules.

    Args:
        rules: by their id in the store.
        entries: the open alerts of those rules.
        default_targets: where alerts of rules without a ``notify`` clause go.
    """

    def __init__(
        self,
        rules: Mapping[str, Compiled],
        entries: Mapping[Key, Entry],
        default_targets: tuple[typed.Notify, ...] = (),
    ) -> None:
        self._rules = rules
        self._entries = dict(entries)
        self._default_targets = default_targets
        self._repeats: list[tuple[int, Key]] = []
        self._begin()
        for key, entry in self._entries.items():
            self._schedule(key, entry)

    def _begin(self) -> None:
        """An empty page for the next commit."""
        self._labels: dict[str, LabelSet] = {}
        self._touched: dict[str, Entry] = {}
        self._transitions: list[TransitionRow] = []
        self._notifications: list[NotificationRow] = []
        self._unacknowledge: list[str] = []
        self._unsettled: dict[Key, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def count(self, state: str) -> int:
        """How many alerts are in a state."""
        return sum(entry.row.state == state for entry in self._entries.values())

    # ------------------------------------------------------------ writing

    def record(self, events: Iterable[Event]) -> None:
        """Write what happened; who has to hear of it is settled afterwards."""
        for event in events:
            self._record(event)

    def settle(self, instant: int, silenced: Silenced, *, everyone: bool = False) -> None:
        """Owe the notifications that follow from where the alerts stand at `instant`, of those that changed
        since the last settling, or (`everyone`) of all that are raised: a silence may have ended."""
        if everyone:
            self._unsettled = self._entries | self._unsettled
        for key, entry in self._unsettled.items():
            self._settle(key, entry, instant, silenced)
        self._unsettled = {}

    def next_repeat(self) -> int | None:
        """The moment at which a repeat may be due next."""
        return self._repeats[0][0] if self._repeats else None

    def repeat(self, instant: int, silenced: Silenced, value: Callable[[Key], Value]) -> None:
        """Owe the repeats that are due at `instant`; where `value` has none to show, the last one is."""
        while self._repeats and self._repeats[0][0] <= instant:
            due, key = heapq.heappop(self._repeats)
            entry = self._entries.get(key)
            if entry is None or self._repeat_at(key, entry) != due:
                continue  # ended, or told of something newer meanwhile
            compiled = self._rules[key.rule]
            if not silenced(entry.row.owner, key.rule, dict(key.labels)):
                shown = value(key)
                entry.row = entry.row if shown is None else entry.row._replace(value=shown)
                for target, (severity, episode) in entry.told.items():
                    if severity == shown_severity(entry.row):
                        self._owe(compiled, key, entry, target, "repeat", severity, episode, instant)
            entry.last_owed = instant
            self._touch(entry)
            self._schedule(key, entry)

    def restart_repeats(self, instant: int) -> None:
        """After a catch-up: repeats run from now on, those that would have been due meanwhile are not sent."""
        while self._repeats and self._repeats[0][0] <= instant:
            due, key = heapq.heappop(self._repeats)
            entry = self._entries.get(key)
            if entry is not None and self._repeat_at(key, entry) == due:
                entry.last_owed = instant
                self._touch(entry)
                self._schedule(key, entry)

    def changes(self) -> Changes:
        """All that was written since the last call, to commit."""
        made = Changes(
            labels=list(self._labels.values()),
            alerts=[entry.row._replace(memo=entry.memo()) for entry in self._touched.values()],
            transitions=self._transitions,
            notifications=self._notifications,
            unacknowledge=self._unacknowledge,
        )
        self._begin()
        return made

    # ------------------------------------------------------------ one alert

    def _record(self, event: Event) -> None:
        compiled = self._rules[event.key.rule]
        entry = self._entries.get(event.key)
        for seq, change in enumerate(event.changes):
            if change.before == "ok":
                entry = self._open(compiled, event, entry)
            assert entry is not None, f"{event.key} has no episode to change"
            self._transition(compiled, event, entry, change, seq)
        if entry is None:
            return
        if event.after.state != "ok":
            entry.row = row_after(entry.row, event, ladder_of(compiled.rule))
            entry.row = entry.row._replace(rule_version=compiled.stored.version)
        entry.meaning = compiled.stored.meaning
        self._touch(entry)
        self._unsettled[event.key] = entry
        self._schedule(event.key, entry)

    def _open(self, compiled: Compiled, event: Event, before: Entry | None) -> Entry:
        """Begin an episode; what was told of one that ended in the same commit unseen is told of this one."""
        labels = self._label_set(event.key.labels)
        row = AlertRow(
            id=alert_id(event.key.rule, labels.hash, event.instant),
            owner=compiled.stored.owner,
            rule_id=event.key.rule,
            rule_version=compiled.stored.version,
            labels_hash=labels.hash,
            state="pending",
            severity=compiled.rule.severity,
            opened_at=event.instant,
        )
        entry = Entry(row)
        ended = before or self._unsettled.get(event.key)
        if ended is not None:
            entry.told, entry.last_owed, entry.ended = dict(ended.told), ended.last_owed, ended.row
        self._entries[event.key] = entry
        return entry

    def _transition(self, compiled: Compiled, event: Event, entry: Entry, change: Change, seq: int) -> None:
        ladder = ladder_of(compiled.rule)
        before, after = (severity_at(ladder, rung) for rung in (change.rung_before, change.rung))
        self._transitions.append(
            TransitionRow(
                rule_id=event.key.rule,
                labels_hash=entry.row.labels_hash,
                t=event.instant,
                alert_id=entry.row.id,
                from_state=change.before,
                to_state=change.after,
                severity=entry.row.severity if change.after in ("resolved", "ok") else after,
                rule_version=compiled.stored.version,
                value=event.value,
                reason=change.reason,
                from_severity=before,
                seq=seq,
            )
        )
        if change.after in ("resolved", "ok"):
            entry.row = entry.row._replace(
                state=change.after,
                resolved_at=event.instant,
                reason=change.reason,
                value=event.value,
                no_data=False,
                rule_version=compiled.stored.version,
            )
            self._touch(entry)
            self._unsettled[event.key] = entry
            self._entries.pop(event.key, None)
        elif change.before == "firing" and change.rung > change.rung_before:
            # What was acknowledged was less severe.
            self._unacknowledge.append(entry.row.id)
            entry.acknowledged = False

    def _touch(self, entry: Entry) -> None:
        self._touched[entry.row.id] = entry

    def _label_set(self, labels: Labels) -> LabelSet:
        made = label_set(dict(labels))
        self._labels[made.hash] = made
        return made

    # ------------------------------------------------------------ telling

    def _settle(self, key: Key, entry: Entry, instant: int, silenced: Silenced) -> None:
        compiled = self._rules[key.rule]
        now = shown_severity(entry.row)
        told = {target: severity for target, (severity, _) in entry.told.items()}
        messages, after = owed(told, now, self._targets(compiled.rule), ladder_of(compiled.rule))
        if messages and silenced(entry.row.owner, key.rule, dict(key.labels)):
            return
        for message in messages:
            episode = entry.told.get(message.target, ("", entry.row.id))[1]
            self._owe(compiled, key, entry, message.target, message.kind, message.severity, episode, instant)
        if messages or after != told:
            entry.told = {
                target: (severity, entry.told.get(target, ("", entry.row.id))[1])
                for target, severity in after.items()
            }
            entry.last_owed = instant if messages else entry.last_owed
            self._touch(entry)
            self._schedule(key, entry)
        entry.ended = None

    def _targets(self, rule: typed.Rule) -> tuple[typed.Notify, ...]:
        return rule.notify or self._default_targets

    def _owe(
        self,
        compiled: Compiled,
        key: Key,
        entry: Entry,
        target: str,
        kind: NotificationKind,
        severity: str,
        episode: str,
        instant: int,
    ) -> None:
        row = entry.row if kind != "resolved" or entry.ended is None else entry.ended
        shown = compiled.rule.severity if severity == NO_DATA else severity
        payload = make_payload(
            compiled.rule,
            labels=dict(key.labels),
            state="resolved" if kind == "resolved" else row.state,
            severity=shown,
            reason=row.reason,
            value=row.value,
            instant=instant,
            since=row.since,
            started_at=row.started_at,
        )
        self._notifications.append(
            NotificationRow(
                key=notification_key(episode, target, kind, instant),
                owner=row.owner,
                alert_id=episode,
                rule_id=key.rule,
                target=target,
                kind=kind,
                t=instant,
                severity=shown,
                payload=dict(payload),
                due_at=0,
            )
        )

    # ------------------------------------------------------------ repeats

    def _repeat_at(self, key: Key, entry: Entry) -> int | None:
        """When an alert is told again: only one that is raised, was told of, and that nobody has taken on.

        Repeats of a firing alert pause while its data are missing and are kept so (``on no data keep``).
        """
        rule = self._rules[key.rule].rule
        row = entry.row
        if rule.repeat is None or entry.last_owed is None or entry.acknowledged or not entry.told:
            return None
        paused = row.state == "firing" and row.no_data and rule.on_no_data == "keep"
        if shown_severity(row) is None or paused:
            return None
        return entry.last_owed + rule.repeat

    def _schedule(self, key: Key, entry: Entry) -> None:
        at = self._repeat_at(key, entry)
        if at is not None:
            heapq.heappush(self._repeats, (at, key))
