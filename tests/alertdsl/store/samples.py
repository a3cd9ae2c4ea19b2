"""Rules, alerts and changes to fill a store with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alertdsl.store import alert_id, label_set, notification_key
from alertdsl.store.records import (
    AlertRow,
    Changes,
    LabelSet,
    NewRule,
    NotificationRow,
    PartitionSpec,
    TransitionRow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alertdsl.store import Store
    from alertdsl.store.records import Rule, State

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
T0 = 1_760_000_040 * SECOND


def new_rule(name: str = "btc-high", **fields: str) -> NewRule:
    """A rule to store."""
    text = fields.pop("text", f"rule {name}\n  when BTC price > 70k for 5m")
    values = {"canonical": text, "meaning": "m1", "severity": "warning"} | fields
    return NewRule(name=name, text=text, **values)


def partition(store: Store, key: str = "p", first_t: int = T0) -> str:
    """A partition that is set up."""
    store.evaluation.ensure_partitions([PartitionSpec(key, "influx", MINUTE, first_t)])
    return key


def alert(rule: Rule, labels: Mapping[str, str], state: State = "firing", **fields: Any) -> AlertRow:
    """An alert row of a rule, opened at T0 unless said otherwise."""
    key = label_set(labels).hash
    opened = fields.pop("opened_at", T0)
    values: dict[str, Any] = {"severity": "warning", "since": opened, "started_at": opened} | fields
    return AlertRow(
        alert_id(rule.id, key, opened),
        rule.owner,
        rule.id,
        rule.version,
        key,
        state,
        opened_at=opened,
        **values,
    )


def transition(row: AlertRow, t: int, before: State, after: State, **fields: Any) -> TransitionRow:
    """A transition of an alert."""
    return TransitionRow(
        row.rule_id, row.labels_hash, t, row.id, before, after, row.severity, row.rule_version, **fields
    )


def notification(row: AlertRow, kind: Any = "firing", target: str = "slack", t: int = T0) -> NotificationRow:
    """A notification owed for an alert, due at its instant."""
    return NotificationRow(
        notification_key(row.id, target, kind, t),
        row.owner,
        row.id,
        row.rule_id,
        target,
        kind,
        t,
        row.severity,
        {"message": "hello"},
        t,
    )


def firing(rule: Rule, labels: Mapping[str, str], t: int = T0) -> Changes:
    """The changes of an instant at which an alert fires, and notifies slack."""
    row = alert(rule, labels, opened_at=t)
    return Changes(
        labels=[label_set(labels)],
        alerts=[row],
        transitions=[transition(row, t, "ok", "firing", value=71_000.5)],
        notifications=[notification(row, t=t)],
    )


def fire(store: Store, rule: Rule, labels: Mapping[str, str] | None = None, t: int = T0) -> AlertRow:
    """Let an alert fire in the store."""
    changes = firing(rule, labels if labels is not None else {"symbol": "BTC"}, t)
    store.evaluation.commit_unbound(changes)
    return changes.alerts[0]


def sets(*labels: Mapping[str, str]) -> list[LabelSet]:
    """Label sets with their hashes."""
    return [label_set(one) for one in labels]
