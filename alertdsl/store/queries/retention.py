"""Forgetting what is old, a little at a time so that nothing waits for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alertdsl.store.bulk import chunks
from alertdsl.store.tables import alerts, gaps, outbox, rule_errors, silences, transitions

if TYPE_CHECKING:
    from alertdsl.store.database import Database, Transaction

_BATCH = 500


def prune(db: Database, before: int) -> int:
    """Delete the alerts that ended before a time, with their transitions and notifications, and gaps, errors and
    silences that were over by then. Rules, their versions and label sets stay. How many alerts were deleted."""
    deleted = 0
    while ids := db.read(lambda tx: _ended(tx, before)):
        db.write(partial(_delete, ids=ids))
        deleted += len(ids)
    db.write(lambda tx: _delete_over(tx, before))
    return deleted


def _ended(tx: Transaction, before: int) -> tuple[str, ...]:
    """Some alerts that ended, none of which has a notification on its way."""
    on_its_way = sa.select(outbox.c.id).where(
        outbox.c.alert_id == alerts.c.id, outbox.c.status.in_(("pending", "held"))
    )
    query = sa.select(alerts.c.id).where(
        alerts.c.is_open.is_(False), alerts.c.resolved_at < before, ~on_its_way.exists()
    )
    return tuple(row[0] for row in tx.rows(query.order_by(alerts.c.id).limit(_BATCH)))


def _delete(tx: Transaction, ids: tuple[str, ...]) -> None:
    for some in chunks(ids):
        for table, column in (
            (transitions, transitions.c.alert_id),
            (outbox, outbox.c.alert_id),
            (alerts, alerts.c.id),
        ):
            tx.execute(table.delete().where(column.in_(some)))


def _delete_over(tx: Transaction, before: int) -> None:
    tx.execute(gaps.delete().where(gaps.c.end_t < before))
    tx.execute(rule_errors.delete().where(rule_errors.c.ended_t < before))
    tx.execute(silences.delete().where(silences.c.ends_at < before))
