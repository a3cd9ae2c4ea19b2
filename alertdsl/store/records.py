"""What goes into the store and comes out of it, as plain values.

Times are integer nanoseconds since the Unix epoch, UTC: instants and points must be exact. Rows that travel
by the ten thousand (`AlertRow`, `TransitionRow`, `NotificationRow`) are named tuples, the others frozen dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

State: TypeAlias = Literal["ok", "pending", "firing", "resolved"]
NotificationKind: TypeAlias = Literal["firing", "resolved", "repeat", "severity", "escalation"]
NotificationStatus: TypeAlias = Literal["pending", "sent", "failed", "dropped"]
MatchOperator: TypeAlias = Literal["=", "!=", "~", "!~"]
Value: TypeAlias = float | str | bool | None

DEFAULT_OWNER = "default"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next_cursor` asks for the next one, None on the last."""

    items: tuple[T, ...]
    next_cursor: str | None = None


# --- rules


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to store: its text as written, and what the compiler made of it.

    `meaning` is a hash over what changes an alert's truth (`when`, `recover`, `every`, `during`, `on no data`).
    `declared_id` is the id that the text itself gives, if any: with one, a rename keeps rule and alerts.
    """

    name: str
    text: str
    canonical: str
    meaning: str
    title: str = ""
    severity: str = ""
    source: str = ""
    declared_id: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A stored rule as it is now.

    `origin` names the set of files it was synchronised from, "" for a rule made through the API.
    It is evaluated for instants `active_from <= T < active_to`; `version_at` is when its present text was
    stored, `inactive_reason` why it stopped (`disabled`, `deleted`). `revision` grows with every change.
    """

    id: str
    owner: str
    name: str
    title: str
    severity: str
    enabled: bool
    version: int
    text: str
    canonical: str
    meaning: str
    origin: str
    source: str
    declared_id: str
    created_at: int
    updated_at: int
    version_at: int
    active_from: int
    active_to: int | None
    deleted_at: int | None
    revision: int

    @property
    def inactive_reason(self) -> str:
        """Why no further instants are evaluated, "" while they are."""
        if self.deleted_at is not None:
            return "deleted"
        return "" if self.enabled else "disabled"


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A text that a rule has or had."""

    rule_id: str
    version: int
    name: str
    text: str
    canonical: str
    meaning: str
    author: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule that could not be stored, and why."""

    rule: NewRule
    reason: str


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What synchronising a set of rule files did."""

    added: tuple[Rule, ...] = ()
    changed: tuple[Rule, ...] = ()
    unchanged: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleError:
    """An error of a rule's evaluation, from the instant `t` until `ended_t` (None: still)."""

    rule_id: str
    t: int
    message: str
    ended_t: int | None = None


# --- alerts, engine side


class LabelSet(NamedTuple):
    """A label set under its hash; make it with `alertdsl.store.label_set`."""

    hash: str
    labels: Mapping[str, str]


class AlertRow(NamedTuple):
    """An alert episode as the engine writes it: from pending or firing until it ends.

    `opened_at` is the episode's first instant, `started_at` the first instant of the unbroken firing (None if
    it has not fired), `since` the moment from which the condition has held. A pending episode that ends without
    firing is `resolved` with `started_at` None. `memo` is the engine's own bookkeeping, opaque here.
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
    memo: str = ""


class OpenAlert(NamedTuple):
    """An alert that is pending or firing, with what people and the sender have done about it since."""

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
    """A notification that is owed. One with a `key` that was stored before is not stored again."""

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


class Disarmed(NamedTuple):
    """A label set of a `once` rule that has fired."""

    rule_id: str
    labels_hash: str


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


# --- alerts, reader side


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert episode as people and programs see it."""

    id: str
    owner: str
    rule_id: str
    rule_name: str
    rule_version: int
    labels: Mapping[str, str]
    state: State
    severity: str
    opened_at: int
    since: int | None
    started_at: int | None
    resolved_at: int | None
    reason: str
    value: Value
    no_data: bool
    error: str
    acknowledged_by: str
    acknowledged_at: int | None
    acknowledged_note: str
    last_notified_at: int | None
    notified_state: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One entry of an alert's history."""

    t: int
    alert_id: str
    from_state: State
    to_state: State
    from_severity: str
    severity: str
    value: Value
    reason: str
    rule_version: int


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification and how its delivery stands."""

    id: int
    key: str
    owner: str
    alert_id: str
    rule_id: str
    target: str
    kind: NotificationKind
    t: int
    severity: str
    payload: Mapping[str, object]
    status: NotificationStatus
    attempts: int
    next_attempt_at: int
    last_error: str
    created_at: int
    sent_at: int | None


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with its history, oldest first."""

    alert: Alert
    transitions: tuple[Transition, ...]
    notifications: tuple[Notification, ...]


class Told(NamedTuple):
    """What a target has been told of an alert: the newest notification sent, and how many."""

    alert_id: str
    target: str
    kind: NotificationKind
    severity: str
    first_sent_at: int
    last_sent_at: int
    times: int


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label test. A missing label is "". `~` and `!~` take a glob (`web*`, `db?`), never a regular expression:
    those can be made to run forever."""

    label: str
    op: MatchOperator
    value: str


@dataclass(frozen=True, slots=True)
class NewSilence:
    """A silence to add: for one rule (or every rule of the owner), where all matchers hold."""

    ends_at: int
    author: str
    starts_at: int | None = None
    rule_id: str | None = None
    matchers: tuple[Matcher, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stored silence, in force while `starts_at <= now < ends_at`."""

    id: str
    owner: str
    rule_id: str | None
    matchers: tuple[Matcher, ...]
    starts_at: int
    ends_at: int
    author: str
    comment: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life of an engine process; `info` is what it wants shown."""

    engine_id: str
    started_at: int
    beat_at: int
    info: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many notifications wait, were sent, were given up, or were dropped."""

    pending: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
