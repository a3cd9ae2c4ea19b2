"""What goes into the store and comes out of it, as plain values.

Times are integer nanoseconds since the Unix epoch, UTC: instants and points must be exact. Rows that travel
by the ten thousand (`AlertRow`, `TransitionRow`, `NotificationRow`) are named tuples, the others frozen dataclasses.
"""

from __future__ import annotations

from alertdsl.store.records.alerts import (
    Alert,
    AlertDetail,
    Matcher,
    NewSilence,
    Notification,
    OutboxCounts,
    Silence,
    Told,
    Transition,
)
from alertdsl.store.records.common import (
    DEFAULT_OWNER,
    MatchOperator,
    NotificationKind,
    NotificationStatus,
    Page,
    State,
    Value,
)
from alertdsl.store.records.evaluation import (
    AlertRow,
    Changes,
    Cursor,
    Disarmed,
    ErrorChange,
    FailedSpan,
    FiredSpan,
    Gap,
    Heartbeat,
    LabelSet,
    NotificationRow,
    OpenAlert,
    PartitionSpec,
    Revision,
    TransitionRow,
)
from alertdsl.store.records.rules import NewRule, Refused, Rule, RuleError, RuleVersion, SyncResult
from alertdsl.store.records.tokens import AccessToken, TokenScope

__all__ = [
    "DEFAULT_OWNER",
    "AccessToken",
    "Alert",
    "AlertDetail",
    "AlertRow",
    "Changes",
    "Cursor",
    "Disarmed",
    "ErrorChange",
    "FailedSpan",
    "FiredSpan",
    "Gap",
    "Heartbeat",
    "LabelSet",
    "MatchOperator",
    "Matcher",
    "NewRule",
    "NewSilence",
    "Notification",
    "NotificationKind",
    "NotificationRow",
    "NotificationStatus",
    "OpenAlert",
    "OutboxCounts",
    "Page",
    "PartitionSpec",
    "Refused",
    "Revision",
    "Rule",
    "RuleError",
    "RuleVersion",
    "Silence",
    "State",
    "SyncResult",
    "TokenScope",
    "Told",
    "Transition",
    "TransitionRow",
    "Value",
]
