"""Alerts as people see them: lists, one with its history, and what people do about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.database import reads, writes
from alertdsl.store.errors import ConflictError, NotFoundError
from alertdsl.store.identity import canonical_json, is_id, label_set
from alertdsl.store.paging import page, page_size, parse_id
from alertdsl.store.queries.changes import OPEN_STATES
from alertdsl.store.queries.outbox import COLUMNS as NOTIFICATION_COLUMNS
from alertdsl.store.queries.rule_rows import find as find_rule
from alertdsl.store.queries.rule_rows import next_revision
from alertdsl.store.queries.search import contains
from alertdsl.store.records import Alert, AlertDetail, Notification, Page, Transition
from alertdsl.store.tables import alerts, disarmed, label_sets, outbox, rule_errors, rules, transitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alertdsl.store.database import Database, Transaction
    from alertdsl.store.records import State

_FEW = 200
_ELSEWHERE = {
    "rule_name": rules.c.name,
    "labels": label_sets.c.labels,
    "error": rule_errors.c.message,
}
_COLUMNS = tuple(
    _ELSEWHERE[name] if name in _ELSEWHERE else alerts.c[name] for name in Alert.__dataclass_fields__
)
_SOURCE = (
    alerts.join(rules, rules.c.id == alerts.c.rule_id)
    .join(label_sets, label_sets.c.hash == alerts.c.labels_hash)
    .outerjoin(
        rule_errors,
        # The error under which the rule stands concerns the alerts that are still open.
        sa.and_(
            alerts.c.is_open.is_(True),
            rule_errors.c.rule_id == alerts.c.rule_id,
            rule_errors.c.ended_t.is_(None),
        ),
    )
)


class Alerts:
    """The alerts in the store. `owner=None` means any owner; another owner's alert is not found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @reads
    def list(
        self,
        tx: Transaction,
        *,
        owner: str | None = None,
        states: Iterable[State] = ("pending", "firing", "no data", "resolved"),
        rule_id: str | None = None,
        severity: str | None = None,
        labels: Mapping[str, str] | None = None,
        acknowledged: bool | None = None,
        since: int | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Alert]:
        """Alerts, the one opened last first. `since` leaves out what had ended before it; `labels` must all be there."""
        limit = page_size(limit)
        wanted = set(states)
        query = sa.select(alerts.c.id).where(
            alerts.c.state.in_(sorted(wanted)), *_conditions(tx, owner, rule_id, severity, labels or {})
        )
        if wanted <= OPEN_STATES:
            query = query.where(alerts.c.is_open.is_(True))  # the few among the many that ended
        if acknowledged is not None:
            is_null = alerts.c.acknowledged_at.is_(None)
            query = query.where(~is_null if acknowledged else is_null)
        if since is not None:
            query = query.where(sa.or_(alerts.c.resolved_at.is_(None), alerts.c.resolved_at >= since))
        if cursor is not None:
            query = query.where(alerts.c.id < parse_id(cursor))
        # First the ids, then the rest of these: joined at once, MySQL sorts all alerts there are.
        ids = [row[0] for row in tx.rows(query.order_by(alerts.c.id.desc()).limit(limit + 1))]
        whole = sa.select(*_COLUMNS).select_from(_SOURCE).where(alerts.c.id.in_(ids))
        found = [_alert(row) for row in tx.rows(whole.order_by(alerts.c.id.desc()))]
        return page(found, limit, lambda alert: alert.id)

    @reads
    def count(self, tx: Transaction, *, owner: str | None = None) -> dict[str, int]:
        """How many alerts there are in each open state."""
        query = sa.select(alerts.c.state, sa.func.count()).where(alerts.c.is_open.is_(True))
        if owner is not None:
            query = query.where(alerts.c.owner == owner)
        return dict(tx.rows(query.group_by(alerts.c.state)))

    @reads
    def get(self, tx: Transaction, alert_id: str, *, owner: str | None = None) -> AlertDetail:
        """An alert with its transitions and notifications, oldest first (the newest 1,000 of each)."""
        alert = _find(tx, alert_id, owner)
        columns = [transitions.c[name] for name in Transition.__dataclass_fields__]
        history = tx.rows(
            sa.select(*columns)
            .where(transitions.c.alert_id == alert_id)
            .order_by(transitions.c.t.desc(), transitions.c.seq.desc())
            .limit(1000)
        )
        told = tx.rows(
            sa.select(*NOTIFICATION_COLUMNS)
            .where(outbox.c.alert_id == alert_id)
            .order_by(outbox.c.id.desc())
            .limit(1000)
        )
        return AlertDetail(
            alert,
            tuple(Transition(*row) for row in reversed(history)),
            tuple(Notification(*row) for row in reversed(told)),
        )

    @reads
    def id_of(self, tx: Transaction, start: str, *, owner: str | None = None) -> str:
        """The id that begins with a text, which may be the whole of it.

        Raises:
            NotFoundError: none does. ConflictError: several do; the message names some.
        """
        wanted = start.lower()
        query = sa.select(alerts.c.id).where(alerts.c.id >= wanted, alerts.c.id < wanted + "~")
        if owner is not None:
            query = query.where(alerts.c.owner == owner)
        found = [row[0] for row in tx.rows(query.order_by(alerts.c.id).limit(4))] if is_id(start) else []
        if not found:
            raise NotFoundError(f"no alert {start!r}")
        if len(found) > 1:
            more = ", ..." if len(found) > 3 else ""
            raise ConflictError(f"several alerts begin with {start!r}: {', '.join(found[:3])}{more}")
        return str(found[0])

    @writes
    def acknowledge(
        self, tx: Transaction, alert_id: str, *, by: str, note: str = "", owner: str | None = None
    ) -> Alert:
        """Say that someone has taken the alert on; stops repeats and escalation until it ends or worsens.

        Acknowledging again replaces name and note, and keeps the time. One that has ended stays as it is.
        """
        alert = _find(tx, alert_id, owner)
        done = tx.execute(
            alerts.update()
            .where(alerts.c.id == alert_id, alerts.c.is_open.is_(True))
            .values(
                acknowledged_by=by,
                acknowledged_note=note,
                acknowledged_at=sa.func.coalesce(alerts.c.acknowledged_at, tx.now()),
            )
        )
        if done.rowcount == 0:
            return alert
        next_revision(tx, "attention")
        return _find(tx, alert_id, owner)

    @writes
    def unacknowledge(self, tx: Transaction, alert_id: str, *, owner: str | None = None) -> Alert:
        """Take an acknowledgement back."""
        _find(tx, alert_id, owner)
        tx.execute(
            alerts.update()
            .where(alerts.c.id == alert_id)
            .values(acknowledged_by="", acknowledged_note=None, acknowledged_at=None)
        )
        next_revision(tx, "attention")
        return _find(tx, alert_id, owner)

    @reads
    def disarmed(
        self, tx: Transaction, rule_id: str, *, owner: str | None = None
    ) -> tuple[Mapping[str, str], ...]:
        """The label sets for which a `once` rule has fired and fires no more, in their order."""
        find_rule(tx, rule_id, owner)
        query = sa.select(label_sets.c.labels).join(disarmed, disarmed.c.labels_hash == label_sets.c.hash)
        found = [json.loads(row[0]) for row in tx.rows(query.where(disarmed.c.rule_id == rule_id))]
        return tuple(sorted(found, key=lambda labels: sorted(labels.items())))

    @writes
    def rearm(
        self,
        tx: Transaction,
        rule_id: str,
        labels: Mapping[str, str] | None = None,
        *,
        owner: str | None = None,
    ) -> int:
        """Arm a `once` rule again, for one label set or all; how many had been disarmed."""
        find_rule(tx, rule_id, owner)
        statement = disarmed.delete().where(disarmed.c.rule_id == rule_id)
        if labels is not None:
            statement = statement.where(disarmed.c.labels_hash == label_set(labels).hash)
        count = tx.execute(statement).rowcount
        if count:
            next_revision(tx, "attention")
        return count


def _conditions(
    tx: Transaction,
    owner: str | None,
    rule_id: str | None,
    severity: str | None,
    labels: Mapping[str, str],
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if owner is not None:
        conditions.append(alerts.c.owner == owner)
    if rule_id is not None:
        conditions.append(alerts.c.rule_id == rule_id if is_id(rule_id) else sa.false())
    if severity is not None:
        conditions.append(alerts.c.severity == severity)
    if labels:
        conditions.append(_has_labels(tx, labels))
    return conditions


def _has_labels(tx: Transaction, labels: Mapping[str, str]) -> sa.ColumnElement[bool]:
    """Whether all the labels are in an alert's label set."""
    # `\n"name": "value"`: a new line is never inside the JSON text of a label (see `canonical_json`).
    members = [canonical_json({name: value})[1:-2] for name, value in labels.items()]
    having = sa.select(label_sets.c.hash).where(*(contains(tx, label_sets.c.labels, m) for m in members))
    few = [row[0] for row in tx.rows(having.limit(_FEW + 1))]
    # A handful is looked up by the index; for labels that are everywhere the newest alerts are as good as a search.
    return alerts.c.labels_hash.in_(few if len(few) <= _FEW else having)


def _find(tx: Transaction, alert_id: str, owner: str | None) -> Alert:
    query = sa.select(*_COLUMNS).select_from(_SOURCE).where(alerts.c.id == alert_id)
    if owner is not None:
        query = query.where(alerts.c.owner == owner)
    row = tx.row(query) if is_id(alert_id) else None
    if row is None:
        raise NotFoundError(f"no alert {alert_id!r}")
    return _alert(row)


def _alert(row: Any) -> Alert:
    values = dict(zip(Alert.__dataclass_fields__, row, strict=True))
    values["labels"] = json.loads(values["labels"])
    values["error"] = values["error"] or ""
    values["acknowledged_note"] = values["acknowledged_note"] or ""
    return Alert(**values)
