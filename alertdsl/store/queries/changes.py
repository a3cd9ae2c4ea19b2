"""Writing what an evaluation brought, in a few statements however many rows there are."""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.bulk import chunks, insert_new, upsert
from alertdsl.store.identity import canonical_json
from alertdsl.store.records import AlertRow, TransitionRow
from alertdsl.store.tables import alerts, disarmed, gaps, label_sets, outbox, rule_errors, rules, transitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alertdsl.store.database import Database, Transaction
    from alertdsl.store.records import Changes, Disarmed, ErrorChange, Gap, LabelSet, NotificationRow

_ENGINE_COLUMNS = [name for name in AlertRow._fields if name != "id"] + ["is_open"]
OPEN_STATES = frozenset({"pending", "firing", "no data"})
_REMEMBERED = 200_000


class LabelSets:
    """Label sets by hash. They never change and belong to no one, so they are stored before the transaction that
    refers to them: that one stays short, and evaluations with the same labels do not wait for each other."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stored: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def ensure(self, wanted: Sequence[LabelSet]) -> None:
        """Store those that are new."""
        with self._lock:
            new = {item.hash: item.labels for item in wanted if item.hash not in self._stored}
        if not new:
            return
        there = set(self._db.read(lambda tx: _hashes(tx, list(new))))
        rows = [{"hash": key, "labels": canonical_json(dict(new[key]))} for key in sorted(new.keys() - there)]
        if rows:
            self._db.write(lambda tx: insert_new(tx, label_sets, rows))
        with self._lock:
            self._stored.update(dict.fromkeys(new))
            while len(self._stored) > _REMEMBERED:
                self._stored.popitem(last=False)

    def read(self, hashes: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """The labels under each hash that is known."""
        return self._db.read(lambda tx: labels_of(tx, hashes))


def labels_of(tx: Transaction, hashes: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """The labels under each hash that is known."""
    query = sa.select(label_sets.c.hash, label_sets.c.labels)
    return {
        key: json.loads(labels)
        for some in chunks(list(set(hashes)))
        for key, labels in tx.rows(query.where(label_sets.c.hash.in_(some)))
    }


def _hashes(tx: Transaction, wanted: Sequence[str]) -> list[str]:
    query = sa.select(label_sets.c.hash)
    return [row[0] for some in chunks(wanted) for row in tx.rows(query.where(label_sets.c.hash.in_(some)))]


def write_changes(tx: Transaction, changes: Changes) -> None:
    """Write everything; the label sets are there already."""
    upsert(tx, alerts, [_alert(row) for row in changes.alerts], _ENGINE_COLUMNS)
    insert_new(tx, transitions, [_transition(row) for row in changes.transitions])
    insert_new(tx, outbox, [notification_values(row, tx.now()) for row in changes.notifications])
    _unacknowledge(tx, changes.unacknowledge)
    _disarm(tx, changes.disarm)
    _write_errors(tx, changes.errors)
    upsert(tx, gaps, [_gap(gap, tx.now()) for gap in changes.gaps], ["end_t", "reason"])


def _alert(row: AlertRow) -> dict[str, Any]:
    return row._asdict() | {"is_open": row.state in OPEN_STATES}


def _transition(row: TransitionRow) -> dict[str, Any]:
    return row._asdict()


def notification_values(row: NotificationRow, now: int) -> dict[str, Any]:
    """The columns of a notification that is owed from now on."""
    return {
        "idempotency_key": row.key,
        "owner": row.owner,
        "alert_id": row.alert_id,
        "rule_id": row.rule_id,
        "target": row.target,
        "kind": row.kind,
        "t": row.t,
        "severity": row.severity,
        "payload": dict(row.payload),
        "status": "held" if row.held else "pending",
        "attempts": 0,
        "next_attempt_at": row.due_at,
        "last_error": "",
        "created_at": now,
    }


def _gap(gap: Gap, now: int) -> dict[str, Any]:
    return {
        "partition_key": gap.partition,
        "start_t": gap.start_t,
        "end_t": gap.end_t,
        "reason": gap.reason,
        "recorded_at": now,
    }


def _unacknowledge(tx: Transaction, alert_ids: Sequence[str]) -> None:
    for some in chunks(alert_ids):
        tx.execute(
            alerts.update()
            .where(alerts.c.id.in_(some))
            .values(acknowledged_by="", acknowledged_at=None, acknowledged_note=None)
        )


def _disarm(tx: Transaction, rows: Sequence[Disarmed]) -> None:
    query = sa.select(rules.c.id, rules.c.version)
    version = {
        id_: version
        for some in chunks(list({row.rule_id for row in rows}))
        for id_, version in tx.rows(query.where(rules.c.id.in_(some)))
    }
    fresh = (row for row in rows if row.rule_version in (0, version.get(row.rule_id)))
    insert_new(tx, disarmed, [{"rule_id": r.rule_id, "labels_hash": r.labels_hash} for r in fresh])


def _write_errors(tx: Transaction, changes: Sequence[ErrorChange]) -> None:
    """End the errors that stood, and begin the new ones."""
    by_instant: dict[int, list[str]] = {}
    for change in changes:
        by_instant.setdefault(change.t, []).append(change.rule_id)
    for t, rule_ids in by_instant.items():
        for some in chunks(rule_ids):
            tx.execute(
                rule_errors.update()
                .where(rule_errors.c.rule_id.in_(some), rule_errors.c.ended_t.is_(None))
                .values(ended_t=t)
            )
    new = [c._asdict() | {"ended_t": None} for c in changes if c.message is not None]
    upsert(tx, rule_errors, new, ["message", "ended_t"])
