"""The outbox: notifications that are owed, and their delivery by any number of senders."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alertdsl.store.bulk import chunks, insert_new
from alertdsl.store.database import reads, writes
from alertdsl.store.paging import page, page_size, parse_place
from alertdsl.store.queries.changes import notification_values
from alertdsl.store.records import Notification, NotificationStatus, OutboxCounts, Page, Told
from alertdsl.store.tables import alerts, outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from alertdsl.store.database import Database, Transaction
    from alertdsl.store.records import NotificationRow

COLUMNS = tuple(
    outbox.c["idempotency_key" if name == "key" else name] for name in Notification.__dataclass_fields__
)
_CLAIM_FOR = 120 * 1_000_000_000
_UNFINISHED = ("pending", "held")


class Outbox:
    """The sender's side of the store. Delivery is at least once: a sender that dies has its claim run out."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @writes
    def enqueue(self, tx: Transaction, rows: Iterable[NotificationRow]) -> None:
        """Owe notifications that belong to no evaluation (repeats, tests). A key that is there already is left alone."""
        insert_new(tx, outbox, [notification_values(row, tx.now()) for row in rows])

    def claim(
        self,
        limit: int = 50,
        *,
        now: int | None = None,
        claim_for: int = _CLAIM_FOR,
        without: Collection[str] = (),
    ) -> tuple[Notification, ...]:
        """Take notifications that are due, for `claim_for` nanoseconds; no other sender gets them meanwhile.

        Of one alert and target only the oldest that is unfinished: they are told in their order. None for the targets
        `without`: those that the sender is busy with, or lets rest.
        """
        token = secrets.token_hex(16)
        for _ in range(3):
            seen = self._due(limit, now, without)
            if not seen:
                return ()
            if self._take(seen, token, now, claim_for):
                return self._claimed(token)
            # Other senders took all of them first.
        return ()

    @writes
    def sent(self, tx: Transaction, items: Iterable[Notification], *, now: int | None = None) -> None:
        """Record deliveries, and on their alerts what has been told. Sent is sent, whoever holds the claim now."""
        at = tx.now() if now is None else now
        for item in items:
            done = tx.execute(
                outbox.update()
                .where(outbox.c.id == item.id, outbox.c.status != "sent")
                .values(
                    status="sent",
                    sent_at=at,
                    attempts=outbox.c.attempts + 1,
                    claim_token=None,
                    claimed_until=None,
                    last_error="",
                )
            )
            if done.rowcount == 1:
                _note_on_alert(tx, item, at)

    @writes
    def failed(self, tx: Transaction, item: Notification, error: str, *, retry_at: int | None) -> None:
        """Record a delivery that failed: to be tried again at `retry_at`, or given up (None)."""
        tx.execute(
            outbox.update()
            .where(outbox.c.id == item.id, outbox.c.status == "pending")
            .values(
                status="pending" if retry_at is not None else "failed",
                next_attempt_at=retry_at if retry_at is not None else item.next_attempt_at,
                attempts=outbox.c.attempts + 1,
                last_error=error[:2000],
                claim_token=None,
                claimed_until=None,
            )
        )

    @writes
    def hold(self, tx: Transaction, items: Iterable[Notification], reason: str) -> None:
        """Keep notifications from being sent until they are released: a silence is in force. They hold up no later
        ones of their alert."""
        self._set(tx, items, status="held", last_error=reason)

    @reads
    def held(self, tx: Transaction, limit: int = 10_000) -> tuple[Notification, ...]:
        """The notifications that are held, oldest first: to be looked at again when silences change or end."""
        query = sa.select(*COLUMNS).where(outbox.c.status == "held").order_by(outbox.c.id).limit(limit)
        return tuple(Notification(*row) for row in tx.rows(query))

    @writes
    def release(self, tx: Transaction, items: Iterable[Notification], *, due_at: int | None = None) -> None:
        """Give claims back untried, or end holding, to be due at once or at `due_at`."""
        due = {} if due_at is None else {"next_attempt_at": due_at}
        self._set(tx, items, status="pending", **due)

    @writes
    def drop(self, tx: Transaction, items: Iterable[Notification], reason: str) -> None:
        """Decide not to send what is owed: it was overtaken, or its target was never told of the alert."""
        self._set(tx, items, status="dropped", last_error=reason)

    @reads
    def told(self, tx: Transaction, alert_ids: Iterable[str]) -> tuple[Told, ...]:
        """What each target has been told of these alerts."""
        newest: dict[tuple[str, str], Told] = {}
        query = sa.select(
            outbox.c.alert_id, outbox.c.target, outbox.c.kind, outbox.c.severity, outbox.c.sent_at
        ).where(outbox.c.status == "sent")
        for some in chunks([*alert_ids]):
            for alert, target, kind, severity, at in tx.rows(
                query.where(outbox.c.alert_id.in_(some)).order_by(outbox.c.id)
            ):
                before = newest.get((alert, target))
                first, times = (before.first_sent_at, before.times) if before else (at, 0)
                newest[alert, target] = Told(alert, target, kind, severity, first, at, times + 1)
        return tuple(newest.values())

    @reads
    def waiting(self, tx: Transaction, alert_ids: Iterable[str]) -> tuple[Notification, ...]:
        """The unfinished notifications of these alerts, held ones too, oldest first."""
        query = sa.select(*COLUMNS).where(outbox.c.status.in_(_UNFINISHED)).order_by(outbox.c.id)
        return tuple(
            Notification(*row)
            for some in chunks([*alert_ids])
            for row in tx.rows(query.where(outbox.c.alert_id.in_(some)))
        )

    @reads
    def list(
        self,
        tx: Transaction,
        *,
        owner: str | None = None,
        status: NotificationStatus | None = None,
        target: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Notification]:
        """Notifications, newest first: this is the log, too."""
        limit = page_size(limit)
        query = sa.select(*COLUMNS)
        if owner is not None:
            query = query.where(outbox.c.owner == owner)
        if status is not None:
            query = query.where(outbox.c.status == status)
        if target is not None:
            query = query.where(outbox.c.target == target)
        if cursor is not None:
            query = query.where(outbox.c.id < parse_place(f"{cursor}.0")[0])
        found = tx.rows(query.order_by(outbox.c.id.desc()).limit(limit + 1))
        return page([Notification(*row) for row in found], limit, lambda item: str(item.id))

    @reads
    def counts(self, tx: Transaction) -> OutboxCounts:
        """How many there are of each status."""
        query = sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status)
        return OutboxCounts(**dict(tx.rows(query)))

    def _set(self, tx: Transaction, items: Iterable[Notification], **values: str | int) -> None:
        """Change notifications that are unfinished, and end the claims on them."""
        for some in chunks([item.id for item in items]):
            tx.execute(
                outbox.update()
                .where(outbox.c.id.in_(some), outbox.c.status.in_(_UNFINISHED))
                .values(claim_token=None, claimed_until=None, **values)
            )

    @reads
    def _due(self, tx: Transaction, limit: int, now: int | None, without: Collection[str]) -> tuple[int, ...]:
        earlier = outbox.alias("earlier")
        unfinished_before = (
            sa.select(earlier.c.id)
            .where(
                earlier.c.alert_id == outbox.c.alert_id,
                earlier.c.target == outbox.c.target,
                earlier.c.id < outbox.c.id,
                earlier.c.status == "pending",
            )
            .exists()
        )
        query = sa.select(outbox.c.id).where(_unclaimed(tx.now() if now is None else now), ~unfinished_before)
        if without:
            query = query.where(outbox.c.target.not_in(sorted(without)))
        found = tx.rows(query.order_by(outbox.c.next_attempt_at, outbox.c.id).limit(limit))
        return tuple(row[0] for row in found)

    @writes
    def _take(self, tx: Transaction, ids: Sequence[int], token: str, now: int | None, claim_for: int) -> int:
        """The condition is checked again by each row's update: what another sender took since is not taken."""
        at = tx.now() if now is None else now
        return sum(
            tx.execute(
                outbox.update()
                .where(outbox.c.id.in_(some), _unclaimed(at))
                .values(claim_token=token, claimed_until=at + claim_for)
            ).rowcount
            for some in chunks(sorted(ids))
        )

    @reads
    def _claimed(self, tx: Transaction, token: str) -> tuple[Notification, ...]:
        query = sa.select(*COLUMNS).where(outbox.c.claim_token == token).order_by(outbox.c.id)
        return tuple(Notification(*row) for row in tx.rows(query))


def _unclaimed(now: int) -> sa.ColumnElement[bool]:
    free = sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    return sa.and_(outbox.c.status == "pending", outbox.c.next_attempt_at <= now, free)


def _note_on_alert(tx: Transaction, item: Notification, at: int) -> None:
    tx.execute(
        alerts.update()
        .where(alerts.c.id == item.alert_id)
        .values(
            first_notified_at=sa.func.coalesce(alerts.c.first_notified_at, at),
            last_notified_at=at,
            notified_state="resolved" if item.kind == "resolved" else "firing",
            notified_severity=item.severity,
        )
    )
