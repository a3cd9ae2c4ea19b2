"""What the engine reads and writes: rows of one instant, cursors, signs of life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alertdsl.store.records.common import NotificationKind, State, Value


class LabelSet(NamedTuple):
    """A label set under its hash; make it with `alertdsl.store.label_set`."""

    hash: str
    labels: Mapping[str, str]


class AlertRow(NamedTuple):
    """An alert episode as the engine writes it: from pending or firing until it ends.

    `opened_at` is the episode's first instant, `started_at` the first instant of the unbroken firing (None if
    it has not fired), `since` the moment from which the condition has held. `pending`, `firing` and `no data` are open;
    an episode ends `resolved`, or `ok` where it was never more than pending. `rung` counts from the base severity, 0.
    `memo` is the engine's own bookkeeping, opaque here.
    """

    id: str
    owner: str
    rule_id: str
    rule_version: int
    labels_hash: str
    state: State
    severity: str
    opened_at: int
    since: int | None = None
    started_at: int | None = None
    resolved_at: int | None = None
    reason: str = ""
    value: Value = None
    no_data: bool = False
    rung: int = 0
    memo: str = ""


class OpenAlert(NamedTuple):
    """An alert that has not ended, with what people and the sender have done about it since."""

    alert: AlertRow
    acknowledged_at: int | None
    first_notified_at: int | None
    last_notified_at: int | None
    notified_state: str
    notified_severity: str


class TransitionRow(NamedTuple):
    """A change of state (or severity) of a rule's label set at the instant `t`; (rule, labels, t, seq) is unique."""

    rule_id: str
    labels_hash: str
    t: int
    alert_id: str
    from_state: State
    to_state: State
    severity: str
    rule_version: int
    value: Value = None
    reason: str = ""
    from_severity: str = ""
    seq: int = 0


class NotificationRow(NamedTuple):
    """A notification that is owed. One with a `key` that was stored before is not stored again; one that is `held` is
    not sent before it is released (`Outbox.release`), which the end of a silence does."""

    key: str
    owner: str
    alert_id: str
    rule_id: str
    target: str
    kind: NotificationKind
    t: int
    severity: str
    payload: Mapping[str, object]
    due_at: int
    held: bool = False


class ErrorChange(NamedTuple):
    """A rule's error began or changed (`message`), or is over (None), at the instant `t`."""

    rule_id: str
    t: int
    message: str | None


class Gap(NamedTuple):
    """Instants `[start_t, end_t)` of a partition that were never evaluated."""

    partition: str
    start_t: int
    end_t: int
    reason: str


class FiredSpan(NamedTuple):
    """An alert of a rule that fired from the instant `start` on, until `end` (None: it still does)."""

    rule_id: str
    labels_hash: str
    start: int
    end: int | None


class FailedSpan(NamedTuple):
    """A rule that could not be evaluated from `start` on, until `end` (None: still)."""

    rule_id: str
    start: int
    end: int | None


class Disarmed(NamedTuple):
    """A label set of a `once` rule that has fired. To be stored it says under which version of the rule (0: any): an edit
    meanwhile has armed it again."""

    rule_id: str
    labels_hash: str
    rule_version: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that one evaluation writes, beside the cursor."""

    labels: Sequence[LabelSet] = ()
    alerts: Sequence[AlertRow] = ()
    transitions: Sequence[TransitionRow] = ()
    notifications: Sequence[NotificationRow] = ()
    unacknowledge: Sequence[str] = ()
    disarm: Sequence[Disarmed] = ()
    errors: Sequence[ErrorChange] = ()
    gaps: Sequence[Gap] = ()


class PartitionSpec(NamedTuple):
    """A partition to evaluate; `first_t` is its cursor if it is new. `every` is 0 for calendar instants."""

    key: str
    source: str
    every: int
    first_t: int


class Cursor(NamedTuple):
    """A partition's next instant, and the error that keeps it from being evaluated, if any."""

    key: str
    next_t: int
    error: str = ""


class Revision(NamedTuple):
    """Counters of what others than the engine changed: rules; acknowledgements, re-arming and silences."""

    rules: int
    attention: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life of an engine process; `info` is what it wants shown."""

    engine_id: str
    started_at: int
    beat_at: int
    info: Mapping[str, object] = field(default_factory=dict)
