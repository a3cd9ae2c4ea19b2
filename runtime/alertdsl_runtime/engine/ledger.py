"""The open alerts of a partition as the store has them, and the rows that events make of them.

The ledger mirrors the rows: what it holds in memory is what the store held at the cursor it was loaded for. An
evaluation writes into the ledger first and then commits; where the commit fails the ledger is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from alertdsl.semantics import typed
from alertdsl.store import alert_id, label_set, notification_key
from alertdsl.store.records import (
    AlertRow,
    Changes,
    Disarmed,
    LabelSet,
    NotificationKind,
    NotificationRow,
    TransitionRow,
)
from alertdsl_runtime.columns import Labels
from alertdsl_runtime.engine.compiled import Compiled
from alertdsl_runtime.engine.entry import Entry, ladder_of, row_after, severity_at, shown_severity
from alertdsl_runtime.engine.reminders import Schedule, escalations, next_reminder, repeat_at, resume_repeats
from alertdsl_runtime.instants import floor_instant
from alertdsl_runtime.lifecycle import Change
from alertdsl_runtime.lives import Event, Key, Value
from alertdsl_runtime.notify.owed import NO_DATA, owed, repeated
from alertdsl_runtime.notify.payload import make_payload

Silenced = Callable[[str, str, Mapping[str, str]], bool]
"""Whether a silence is in force for an owner's rule and labels."""


class Ledger:
    """The open alerts of some rules.

    Args:
        rules: by their id in the store.
        entries: the open alerts of those rules.
        default_targets: where alerts of rules without a ``notify`` clause go.
        next_t: the next instant, where the entries come from the store. A repeat that was due before the instant before it was
            held up by an acknowledgement that somebody has taken back: it comes at the next instant, once.
    """

    def __init__(
        self,
        rules: Mapping[str, Compiled],
        entries: Mapping[Key, Entry],
        default_targets: tuple[typed.Notify, ...] = (),
        next_t: int | None = None,
    ) -> None:
        self._rules = rules
        self._entries = dict(entries)
        self._default_targets = default_targets
        self._reminders = Schedule()
        self._begin()
        for key, entry in self._entries.items():
            rule = rules[key.rule].rule
            due = repeat_at(rule, entry)
            if next_t is not None and due is not None and due <= floor_instant(rule.every, next_t - 1):
                resume_repeats(rule, entry, next_t)
            self._schedule(key, entry)

    def _begin(self) -> None:
        """An empty page for the next commit."""
        self._labels: dict[str, LabelSet] = {}
        self._touched: dict[str, Entry] = {}
        self._transitions: list[TransitionRow] = []
        self._notifications: list[NotificationRow] = []
        self._unacknowledge: list[str] = []
        self._disarm: list[Disarmed] = []
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
            if entry.held:
                entry.held = False
                self._escalate(key, entry, instant, silenced)
                self._touch(entry)
                self._schedule(key, entry)
        self._unsettled = {}

    def next_reminder(self) -> int | None:
        """The moment at which a repeat or an escalation may be due next."""
        return self._reminders.first()

    def remind(self, until: int, silenced: Silenced, value: Callable[[Key], Value] = lambda _: None) -> None:
        """Owe the repeats and escalations that are due up to a moment, each at its own; where `value` has none to show,
        the last one is."""
        while (due := self._reminders.take(until)) is not None:
            at, key = due
            entry = self._entries.get(key)
            if entry is None or next_reminder(self._rules[key.rule].rule, entry) != at:
                continue  # ended, or told of something newer meanwhile
            shown = value(key)
            entry.row = entry.row if shown is None else entry.row._replace(value=shown)
            self._repeat(key, entry, at, silenced)
            self._escalate(key, entry, at, silenced)
            self._touch(entry)
            self._schedule(key, entry)

    def restart_reminders(self, instant: int) -> None:
        """After a catch-up: what would have been due meanwhile is not sent, and repeats and escalations run from now on."""
        while (due := self._reminders.take(instant)) is not None:
            at, key = due
            entry = self._entries.get(key)
            rule = self._rules[key.rule].rule
            if entry is None or next_reminder(rule, entry) != at:
                continue
            if (repeat := repeat_at(rule, entry)) is not None and repeat <= instant:
                entry.last_owed = instant
            if any(moment <= instant for moment, _ in escalations(rule, entry)):
                entry.first_owed = instant
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
            disarm=self._disarm,
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
        if compiled.rule.once and event.begins:
            version = compiled.stored.version
            self._disarm.append(Disarmed(event.key.rule, entry.row.labels_hash, version))
        if event.after.state != "ok":
            if entry.row.no_data and not event.after.missing:
                resume_repeats(compiled.rule, entry, event.instant)
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
            entry.take_over(ended)
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
            if entry.acknowledged:
                entry.acknowledged, entry.escalated = False, []
                entry.first_owed = entry.last_owed = event.instant

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
        silent = bool(messages) and silenced(entry.row.owner, key.rule, dict(key.labels))
        if silent and now is not None:
            return  # how it stands when the silence ends is told then
        for message in messages:
            episode = entry.told.get(message.target, ("", entry.row.id))[1]
            self._owe(
                compiled,
                key,
                entry,
                message.target,
                message.kind,
                message.severity,
                episode,
                instant,
                held=silent,
            )
        if messages or after != told:
            entry.told = {
                target: (severity, entry.told.get(target, ("", entry.row.id))[1])
                for target, severity in after.items()
            }
            entry.last_owed = instant if messages else entry.last_owed
            self._touch(entry)
        if entry.first_owed is None and now is not None and (messages or not self._targets(compiled.rule)):
            entry.first_owed = instant
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
        *,
        held: bool = False,
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
                held=held,
            )
        )

    # ------------------------------------------------------------ reminding

    def _repeat(self, key: Key, entry: Entry, at: int, silenced: Silenced) -> None:
        """Tell those again who know how the alert stands, if that is due."""
        compiled = self._rules[key.rule]
        due = repeat_at(compiled.rule, entry)
        if due is None or due > at:
            return
        now = shown_severity(entry.row)
        if now is not None and not silenced(entry.row.owner, key.rule, dict(key.labels)):
            told = {target: severity for target, (severity, _) in entry.told.items()}
            for target in repeated(told, now, self._targets(compiled.rule), ladder_of(compiled.rule)):
                self._owe(compiled, key, entry, target, "repeat", now, entry.told[target][1], at)
        entry.last_owed = at

    def _escalate(self, key: Key, entry: Entry, at: int, silenced: Silenced) -> None:
        """Tell those to whom the alert is escalated by now; while it is silenced they wait for the end of that."""
        compiled = self._rules[key.rule]
        severity = shown_severity(entry.row)
        due = [target for moment, target in escalations(compiled.rule, entry) if moment <= at]
        if not due or severity is None:
            return
        if silenced(entry.row.owner, key.rule, dict(key.labels)):
            entry.held = True
            return
        for target in due:
            episode = entry.told.get(target, ("", entry.row.id))[1]
            self._owe(compiled, key, entry, target, "escalation", severity, episode, at)
            entry.told[target] = (severity, episode)
            entry.escalated.append(target)
        self._touch(entry)

    def _schedule(self, key: Key, entry: Entry) -> None:
        self._reminders.add(key, self._rules[key.rule].rule, entry)
