"""Alerts, notifications and silences as people and programs see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from alertdsl.store.records.common import MatchOperator, NotificationKind, NotificationStatus, State, Value


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
class OutboxCounts:
    """How many notifications wait, are held by a silence, were sent, were given up, or were dropped."""

    pending: int = 0
    held: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
