"""The first tables.

MySQL commits each table by itself, so a set-up that was cut short is gone on with: what is there already is left.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from alertdsl.store.columns import (
    TABLE_OPTIONS,
    AlertValue,
    Json,
    LongText,
    Name,
    ident,
    nanoseconds,
    serial,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables and their counters."""
    _rules()
    _alerts()
    _notifications()
    _evaluation()
    _counters()


def _rules() -> None:
    _create(
        "alert_rules",
        sa.Column("id", ident(12), nullable=False),
        sa.Column("owner", Name(190), nullable=False),
        sa.Column("name", Name(190), nullable=False),
        sa.Column("live_key", ident(32), nullable=True),
        sa.Column("declared_id", Name(190), nullable=False),
        sa.Column("declared_key", ident(32), nullable=True),
        sa.Column("request_key", ident(32), nullable=True),
        sa.Column("request_digest", ident(32), nullable=True),
        sa.Column("title", LongText(), nullable=False),
        sa.Column("severity", Name(64), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", LongText(), nullable=False),
        sa.Column("canonical", LongText(), nullable=False),
        sa.Column("meaning", ident(64), nullable=False),
        sa.Column("origin", Name(190), nullable=False),
        sa.Column("source", LongText(), nullable=False),
        sa.Column("created_at", nanoseconds(), nullable=False),
        sa.Column("updated_at", nanoseconds(), nullable=False),
        sa.Column("version_at", nanoseconds(), nullable=False),
        sa.Column("active_from", nanoseconds(), nullable=False),
        sa.Column("active_to", nanoseconds(), nullable=True),
        sa.Column("deleted_at", nanoseconds(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
        sa.UniqueConstraint("declared_key", name="uq_alert_rules_declared_key"),
        sa.UniqueConstraint("live_key", name="uq_alert_rules_live_key"),
        sa.UniqueConstraint("request_key", name="uq_alert_rules_request_key"),
    )
    _index("alert_rules", "owner", "created_at", "id")
    _index("alert_rules", "revision")
    _create(
        "alert_rule_versions",
        sa.Column("rule_id", ident(12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", Name(190), nullable=False),
        sa.Column("text", LongText(), nullable=False),
        sa.Column("canonical", LongText(), nullable=False),
        sa.Column("meaning", ident(64), nullable=False),
        sa.Column("author", Name(190), nullable=False),
        sa.Column("created_at", nanoseconds(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "version", name="pk_alert_rule_versions"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alert_rule_versions_rule_id"),
    )
    _create(
        "rule_errors",
        sa.Column("rule_id", ident(12), nullable=False),
        sa.Column("t", nanoseconds(), nullable=False),
        sa.Column("message", LongText(), nullable=False),
        sa.Column("ended_t", nanoseconds(), nullable=True),
        sa.PrimaryKeyConstraint("rule_id", "t", name="pk_rule_errors"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_rule_errors_rule_id"),
    )
    _index("rule_errors", "ended_t", "rule_id")


def _alerts() -> None:
    _create(
        "label_sets",
        sa.Column("hash", ident(32), nullable=False),
        sa.Column("labels", LongText(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_label_sets"),
    )
    _create(
        "alerts",
        sa.Column("id", ident(20), nullable=False),
        sa.Column("owner", Name(190), nullable=False),
        sa.Column("rule_id", ident(12), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("labels_hash", ident(32), nullable=False),
        sa.Column("state", ident(10), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("severity", Name(64), nullable=False),
        sa.Column("opened_at", nanoseconds(), nullable=False),
        sa.Column("since", nanoseconds(), nullable=True),
        sa.Column("started_at", nanoseconds(), nullable=True),
        sa.Column("resolved_at", nanoseconds(), nullable=True),
        sa.Column("reason", Name(190), nullable=False),
        sa.Column("value", AlertValue(), nullable=True),
        sa.Column("no_data", sa.Boolean(), nullable=False),
        sa.Column("rung", sa.SmallInteger(), nullable=False),
        sa.Column("memo", LongText(), nullable=False),
        sa.Column("acknowledged_by", Name(190), server_default=sa.text("''"), nullable=False),
        sa.Column("acknowledged_at", nanoseconds(), nullable=True),
        sa.Column("acknowledged_note", LongText(), nullable=True),
        sa.Column("first_notified_at", nanoseconds(), nullable=True),
        sa.Column("last_notified_at", nanoseconds(), nullable=True),
        sa.Column("notified_state", ident(10), server_default=sa.text("''"), nullable=False),
        sa.Column("notified_severity", Name(64), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(["labels_hash"], ["label_sets.hash"], name="fk_alerts_labels_hash"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alerts_rule_id"),
    )
    _index("alerts", "is_open", "rule_id")
    _index("alerts", "labels_hash")
    _index("alerts", "owner", "id")
    _index("alerts", "owner", "state", "id")
    _index("alerts", "rule_id", "id")
    _create(
        "alert_transitions",
        sa.Column("rule_id", ident(12), nullable=False),
        sa.Column("labels_hash", ident(32), nullable=False),
        sa.Column("t", nanoseconds(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("alert_id", ident(20), nullable=False),
        sa.Column("from_state", ident(10), nullable=False),
        sa.Column("to_state", ident(10), nullable=False),
        sa.Column("from_severity", Name(64), nullable=False),
        sa.Column("severity", Name(64), nullable=False),
        sa.Column("value", AlertValue(), nullable=True),
        sa.Column("reason", Name(190), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "labels_hash", "t", "seq", name="pk_alert_transitions"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alert_transitions_rule_id"),
    )
    _index("alert_transitions", "alert_id", "t")
    _create(
        "alert_disarmed",
        sa.Column("rule_id", ident(12), nullable=False),
        sa.Column("labels_hash", ident(32), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "labels_hash", name="pk_alert_disarmed"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alert_disarmed_rule_id"),
    )


def _notifications() -> None:
    _create(
        "notification_outbox",
        sa.Column("id", serial(), autoincrement=True, nullable=False),
        sa.Column("idempotency_key", ident(64), nullable=False),
        sa.Column("owner", Name(190), nullable=False),
        sa.Column("alert_id", ident(20), nullable=False),
        sa.Column("rule_id", ident(12), nullable=False),
        sa.Column("target", Name(190), nullable=False),
        sa.Column("kind", ident(16), nullable=False),
        sa.Column("t", nanoseconds(), nullable=False),
        sa.Column("severity", Name(64), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("status", ident(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", nanoseconds(), nullable=False),
        sa.Column("claim_token", ident(32), nullable=True),
        sa.Column("claimed_until", nanoseconds(), nullable=True),
        sa.Column("last_error", LongText(), nullable=False),
        sa.Column("created_at", nanoseconds(), nullable=False),
        sa.Column("sent_at", nanoseconds(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notification_outbox"),
        sa.UniqueConstraint("idempotency_key", name="uq_notification_outbox_idempotency_key"),
    )
    _index("notification_outbox", "alert_id", "target", "id")
    _index("notification_outbox", "claim_token")
    _index("notification_outbox", "status", "next_attempt_at")
    _create(
        "silences",
        sa.Column("id", ident(12), nullable=False),
        sa.Column("owner", Name(190), nullable=False),
        sa.Column("rule_id", ident(12), nullable=True),
        sa.Column("matchers", Json(), nullable=False),
        sa.Column("starts_at", nanoseconds(), nullable=False),
        sa.Column("ends_at", nanoseconds(), nullable=False),
        sa.Column("author", Name(190), nullable=False),
        sa.Column("comment", LongText(), nullable=False),
        sa.Column("created_at", nanoseconds(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_silences_rule_id"),
    )
    _index("silences", "owner", "ends_at")


def _evaluation() -> None:
    _create(
        "evaluation_partitions",
        sa.Column("partition_key", Name(190), nullable=False),
        sa.Column("source", Name(190), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("next_t", nanoseconds(), nullable=False),
        sa.Column("error", LongText(), nullable=False),
        sa.Column("error_at", nanoseconds(), nullable=True),
        sa.Column("updated_at", nanoseconds(), nullable=False),
        sa.PrimaryKeyConstraint("partition_key", name="pk_evaluation_partitions"),
    )
    _create(
        "evaluation_gaps",
        sa.Column("partition_key", Name(190), nullable=False),
        sa.Column("start_t", nanoseconds(), nullable=False),
        sa.Column("end_t", nanoseconds(), nullable=False),
        sa.Column("reason", LongText(), nullable=False),
        sa.Column("recorded_at", nanoseconds(), nullable=False),
        sa.PrimaryKeyConstraint("partition_key", "start_t", name="pk_evaluation_gaps"),
    )
    _create(
        "engine_heartbeats",
        sa.Column("engine_id", Name(190), nullable=False),
        sa.Column("started_at", nanoseconds(), nullable=False),
        sa.Column("beat_at", nanoseconds(), nullable=False),
        sa.Column("info", Json(), nullable=False),
        sa.PrimaryKeyConstraint("engine_id", name="pk_engine_heartbeats"),
    )


def _counters() -> None:
    _create(
        "alertdsl_counters",
        sa.Column("name", ident(16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alertdsl_counters"),
    )
    counters = sa.table("alertdsl_counters", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    bind = op.get_bind()
    there = set(bind.scalars(sa.select(counters.c.name)))
    for name in sorted({"rules", "attention"} - there):
        bind.execute(counters.insert().values(name=name, value=0))


def _create(name: str, *items: Any) -> None:
    op.create_table(name, *items, if_not_exists=True, **TABLE_OPTIONS)


def _index(table: str, *columns: str) -> None:
    name = f"ix_{table}_{'_'.join(columns)}"
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, list(columns))
