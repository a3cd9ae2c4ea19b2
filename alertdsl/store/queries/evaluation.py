"""What the engine reads and writes: partitions and their cursors, open alerts, and the commit of an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.bulk import chunks, insert_new, upsert
from alertdsl.store.database import reads, writes
from alertdsl.store.queries.changes import LabelSets, write_changes
from alertdsl.store.records import (
    AlertRow,
    Changes,
    Cursor,
    Disarmed,
    FailedSpan,
    FiredSpan,
    Gap,
    Heartbeat,
    OpenAlert,
    PartitionSpec,
    Revision,
)
from alertdsl.store.tables import (
    alerts,
    counters,
    disarmed,
    gaps,
    heartbeats,
    partitions,
    rule_errors,
    rule_versions,
    rules,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alertdsl.store.database import Database, Transaction

_ALERT = tuple(alerts.c[name] for name in AlertRow._fields)
_OPEN = (
    *_ALERT,
    alerts.c.acknowledged_at,
    alerts.c.first_notified_at,
    alerts.c.last_notified_at,
    alerts.c.notified_state,
    alerts.c.notified_severity,
)


class Evaluation:
    """The engine's side of the store."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._label_sets = LabelSets(db)

    # --- what others changed

    @reads
    def revision(self, tx: Transaction) -> Revision:
        """Counters that grow when others change what the engine may hold in memory; cheap, to be asked every round."""
        found = dict(tx.rows(sa.select(counters.c.name, counters.c.value)))
        return Revision(found["rules"], found["attention"])

    # --- partitions

    @writes
    def ensure_partitions(self, tx: Transaction, specs: Iterable[PartitionSpec]) -> dict[str, Cursor]:
        """Make the partitions that are new, with their first instant; the cursors of all that were named."""
        wanted = sorted(specs)
        there = _cursors(tx, [spec.key for spec in wanted])
        new = [spec for spec in wanted if spec.key not in there]
        rows = [
            {
                "partition_key": spec.key,
                "source": spec.source,
                "every": spec.every,
                "next_t": spec.first_t,
                "error": "",
                "error_at": None,
                "updated_at": tx.now(),
            }
            for spec in new
        ]
        insert_new(tx, partitions, rows)
        return there | _cursors(tx, [spec.key for spec in new]) if new else there

    @reads
    def cursors(self, tx: Transaction, keys: Iterable[str] | None = None) -> dict[str, Cursor]:
        """The cursors of the partitions, of all without `keys`."""
        return _cursors(tx, None if keys is None else list(keys))

    @writes
    def drop_partitions(self, tx: Transaction, keys: Iterable[str]) -> None:
        """Forget partitions that no rule needs any more."""
        for some in chunks(list(keys)):
            tx.execute(partitions.delete().where(partitions.c.partition_key.in_(some)))

    @writes
    def partition_error(self, tx: Transaction, key: str, message: str) -> bool:
        """Record why a partition cannot be evaluated ("" when it can again); whether that was a change."""
        done = tx.execute(
            partitions.update()
            .where(partitions.c.partition_key == key, partitions.c.error != message)
            .values(error=message, error_at=tx.now() if message else None)
        )
        return done.rowcount > 0

    @reads
    def gaps(self, tx: Transaction, partition: str | None = None, limit: int = 1000) -> list[Gap]:
        """The instants that were never evaluated, newest first."""
        query = sa.select(gaps.c.partition_key, gaps.c.start_t, gaps.c.end_t, gaps.c.reason)
        if partition is not None:
            query = query.where(gaps.c.partition_key == partition)
        return [Gap(*row) for row in tx.rows(query.order_by(gaps.c.start_t.desc()).limit(limit))]

    # --- state

    @reads
    def open_alerts(self, tx: Transaction, rule_ids: Iterable[str] | None = None) -> list[OpenAlert]:
        """The alerts that have not ended, of all rules without `rule_ids`."""
        query = sa.select(*_OPEN).where(alerts.c.is_open.is_(True))
        width = len(_ALERT)
        return [
            OpenAlert(AlertRow(*row[:width]), *row[width:])
            for row in _of_rules(tx, query, alerts.c.rule_id, rule_ids)
        ]

    @reads
    def orphaned_alerts(self, tx: Transaction) -> list[OpenAlert]:
        """The open alerts of rules that were disabled or deleted: they are owed a resolution."""
        query = (
            sa.select(*_OPEN)
            .join(rules, rules.c.id == alerts.c.rule_id)
            .where(alerts.c.is_open.is_(True), rules.c.active_to.is_not(None))
        )
        width = len(_ALERT)
        return [OpenAlert(AlertRow(*row[:width]), *row[width:]) for row in tx.rows(query)]

    @reads
    def disarmed(self, tx: Transaction, rule_ids: Iterable[str] | None = None) -> set[Disarmed]:
        """The label sets of `once` rules that have fired."""
        query = sa.select(disarmed.c.rule_id, disarmed.c.labels_hash)
        return {Disarmed(*row) for row in _of_rules(tx, query, disarmed.c.rule_id, rule_ids)}

    @reads
    def fired(self, tx: Transaction, rule_ids: Iterable[str], since: int) -> list[FiredSpan]:
        """When alerts of the rules fired, those that ended before `since` left out."""
        query = sa.select(alerts.c.rule_id, alerts.c.labels_hash, alerts.c.started_at, alerts.c.resolved_at)
        # `since` is set where an episode fired; one that was only raised for want of data has none.
        query = query.where(alerts.c.since.is_not(None), alerts.c.started_at.is_not(None))
        ended = query.where(alerts.c.resolved_at > since)
        going_on = query.where(alerts.c.is_open.is_(True))
        wanted = list(rule_ids)
        return [
            FiredSpan(*row)
            for one in (going_on, ended)
            for row in _of_rules(tx, one, alerts.c.rule_id, wanted)
        ]

    @reads
    def failed(self, tx: Transaction, rule_ids: Iterable[str], since: int) -> list[FailedSpan]:
        """When the rules could not be evaluated, what was over before `since` left out."""
        query = sa.select(rule_errors.c.rule_id, rule_errors.c.t, rule_errors.c.ended_t).where(
            sa.or_(rule_errors.c.ended_t.is_(None), rule_errors.c.ended_t > since)
        )
        return [FailedSpan(*row) for row in _of_rules(tx, query, rule_errors.c.rule_id, list(rule_ids))]

    @reads
    def rule_errors(self, tx: Transaction, rule_ids: Iterable[str] | None = None) -> dict[str, str]:
        """The error under which each rule stands now."""
        query = sa.select(rule_errors.c.rule_id, rule_errors.c.message).where(rule_errors.c.ended_t.is_(None))
        return dict(_of_rules(tx, query, rule_errors.c.rule_id, rule_ids))

    @reads
    def meanings(self, tx: Transaction, rule_ids: Iterable[str]) -> dict[tuple[str, int], str]:
        """The meaning of every version of the rules, by rule id and version: what an open alert was raised under."""
        query = sa.select(rule_versions.c.rule_id, rule_versions.c.version, rule_versions.c.meaning)
        found = _of_rules(tx, query, rule_versions.c.rule_id, rule_ids)
        return {(rule, version): meaning for rule, version, meaning in found}

    def labels(self, hashes: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """The label sets under these hashes."""
        return self._label_sets.read(hashes)

    # --- commits

    def commit(self, partition: str, expected: int, next_t: int, changes: Changes) -> bool:
        """Store what the instant `expected` of a partition brought, and move its cursor to `next_t`, in one
        transaction; False, and nothing stored, if the cursor was not at `expected`: someone else did it."""
        self._label_sets.ensure(changes.labels)

        def work(tx: Transaction) -> bool:
            moved = tx.execute(
                partitions.update()
                .where(partitions.c.partition_key == partition, partitions.c.next_t == expected)
                .values(next_t=next_t, error="", error_at=None, updated_at=tx.now())
            )
            if moved.rowcount != 1:
                return False
            write_changes(tx, changes)
            return True

        return self._db.write(work)

    def commit_unbound(self, changes: Changes) -> None:
        """Store changes that belong to no partition's instant: alerts of rules that were disabled or deleted,
        notifications after a silence. Doing it twice, with the same instants and keys, is doing it once."""
        self._label_sets.ensure(changes.labels)
        self._db.write(lambda tx: write_changes(tx, changes))

    # --- signs of life

    @writes
    def beat(self, tx: Transaction, engine_id: str, started_at: int, info: Mapping[str, object]) -> None:
        """Record that an engine is alive, and what it wants shown."""
        row = {"engine_id": engine_id, "started_at": started_at, "beat_at": tx.now(), "info": dict(info)}
        upsert(tx, heartbeats, [row], ["started_at", "beat_at", "info"])
        tx.execute(heartbeats.delete().where(heartbeats.c.beat_at < tx.now() - 86_400 * 1_000_000_000))

    @reads
    def heartbeats(self, tx: Transaction) -> list[Heartbeat]:
        """The engines of the last day, the latest sign of life first."""
        query = sa.select(
            heartbeats.c.engine_id, heartbeats.c.started_at, heartbeats.c.beat_at, heartbeats.c.info
        )
        return [Heartbeat(*row) for row in tx.rows(query.order_by(heartbeats.c.beat_at.desc()))]


def _cursors(tx: Transaction, keys: list[str] | None) -> dict[str, Cursor]:
    query = sa.select(partitions.c.partition_key, partitions.c.next_t, partitions.c.error)
    if keys is None:
        return {row[0]: Cursor(*row) for row in tx.rows(query)}
    return {
        row[0]: Cursor(*row)
        for some in chunks(keys)
        for row in tx.rows(query.where(partitions.c.partition_key.in_(some)))
    }


def _of_rules(
    tx: Transaction, query: sa.Select[Any], column: sa.Column[str], rule_ids: Iterable[str] | None
) -> Sequence[Any]:
    if rule_ids is None:
        return tx.rows(query)
    return [row for some in chunks(list(rule_ids)) for row in tx.rows(query.where(column.in_(some)))]
