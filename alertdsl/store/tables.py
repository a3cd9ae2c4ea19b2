"""The tables. The migrations make them; this is what the queries speak of, and a test holds the two equal.

Foreign keys lead to what is never deleted (rules are marked as deleted, label sets stay). The tables that the engine
fills by the ten thousand rows refer to alerts by id without a constraint: the check would cost more than the row.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, text

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

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: Any) -> Table:
    return Table(name, metadata, *items, **TABLE_OPTIONS)


def _time(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, nanoseconds(), nullable=null)


def _needed(name: str, type_: Any) -> Column[Any]:
    return Column(name, type_, nullable=False)


counters = _table(
    "alertdsl_counters",
    Column("name", ident(16), primary_key=True),
    _needed("value", sa.BigInteger()),
)

# `live_key` and `declared_key` are hashes of owner and name (or declared id), NULL once deleted: unique among the
# living, whatever the collation, and a name is free again after deletion.
rules = _table(
    "alert_rules",
    Column("id", ident(12), primary_key=True),
    _needed("owner", Name(190)),
    _needed("name", Name(190)),
    Column("live_key", ident(32), unique=True),
    _needed("declared_id", Name(190)),
    Column("declared_key", ident(32), unique=True),
    Column("request_key", ident(32), unique=True),
    Column("request_digest", ident(32)),
    _needed("title", LongText()),
    _needed("severity", Name(64)),
    _needed("enabled", sa.Boolean()),
    _needed("version", sa.Integer()),
    _needed("text", LongText()),
    _needed("canonical", LongText()),
    _needed("meaning", ident(64)),
    _needed("origin", Name(190)),
    _needed("source", LongText()),
    _time("created_at"),
    _time("updated_at"),
    _time("version_at"),
    _time("active_from"),
    _time("active_to", null=True),
    _time("deleted_at", null=True),
    _needed("revision", sa.BigInteger()),
    Index(None, "owner", "created_at", "id"),
    Index(None, "revision"),
)

rule_versions = _table(
    "alert_rule_versions",
    Column("rule_id", ident(12), ForeignKey("alert_rules.id"), nullable=False),
    _needed("version", sa.Integer()),
    _needed("name", Name(190)),
    _needed("text", LongText()),
    _needed("canonical", LongText()),
    _needed("meaning", ident(64)),
    _needed("author", Name(190)),
    _time("created_at"),
    PrimaryKeyConstraint("rule_id", "version"),
)

rule_errors = _table(
    "rule_errors",
    Column("rule_id", ident(12), ForeignKey("alert_rules.id"), nullable=False),
    _time("t"),
    _needed("message", LongText()),
    _time("ended_t", null=True),
    PrimaryKeyConstraint("rule_id", "t"),
    Index(None, "ended_t", "rule_id"),
)

# `labels` is JSON with one member a line (`identity.canonical_json`): a label is found by a plain text search.
label_sets = _table(
    "label_sets",
    Column("hash", ident(32), primary_key=True),
    _needed("labels", LongText()),
)

# One row an episode. The engine writes the columns from `owner` to `memo`, people `acknowledged_*`, the sender
# `*notified*`: no one overwrites what another wrote meanwhile.
alerts = _table(
    "alerts",
    Column("id", ident(20), primary_key=True),
    _needed("owner", Name(190)),
    Column("rule_id", ident(12), ForeignKey("alert_rules.id"), nullable=False),
    _needed("rule_version", sa.Integer()),
    Column("labels_hash", ident(32), ForeignKey("label_sets.hash"), nullable=False),
    _needed("state", ident(10)),
    _needed("is_open", sa.Boolean()),
    _needed("severity", Name(64)),
    _time("opened_at"),
    _time("since", null=True),
    _time("started_at", null=True),
    _time("resolved_at", null=True),
    _needed("reason", Name(190)),
    Column("value", AlertValue()),
    _needed("no_data", sa.Boolean()),
    _needed("rung", sa.SmallInteger()),
    _needed("memo", LongText()),
    Column("acknowledged_by", Name(190), server_default=text("''"), nullable=False),
    _time("acknowledged_at", null=True),
    Column("acknowledged_note", LongText()),
    _time("first_notified_at", null=True),
    _time("last_notified_at", null=True),
    Column("notified_state", ident(10), server_default=text("''"), nullable=False),
    Column("notified_severity", Name(64), server_default=text("''"), nullable=False),
    Index(None, "is_open", "rule_id"),
    Index(None, "owner", "id"),
    Index(None, "owner", "state", "id"),
    Index(None, "rule_id", "id"),
    Index(None, "rule_id", "resolved_at"),
    Index(None, "labels_hash"),
)

transitions = _table(
    "alert_transitions",
    Column("rule_id", ident(12), ForeignKey("alert_rules.id"), nullable=False),
    _needed("labels_hash", ident(32)),
    _time("t"),
    _needed("seq", sa.SmallInteger()),
    _needed("alert_id", ident(20)),
    _needed("from_state", ident(10)),
    _needed("to_state", ident(10)),
    _needed("from_severity", Name(64)),
    _needed("severity", Name(64)),
    Column("value", AlertValue()),
    _needed("reason", Name(190)),
    _needed("rule_version", sa.Integer()),
    PrimaryKeyConstraint("rule_id", "labels_hash", "t", "seq"),
    Index(None, "alert_id", "t"),
)

disarmed = _table(
    "alert_disarmed",
    Column("rule_id", ident(12), ForeignKey("alert_rules.id"), nullable=False),
    _needed("labels_hash", ident(32)),
    PrimaryKeyConstraint("rule_id", "labels_hash"),
)

outbox = _table(
    "notification_outbox",
    Column("id", serial(), primary_key=True, autoincrement=True),
    Column("idempotency_key", ident(64), unique=True, nullable=False),
    _needed("owner", Name(190)),
    _needed("alert_id", ident(20)),
    _needed("rule_id", ident(12)),
    _needed("target", Name(190)),
    _needed("kind", ident(16)),
    _time("t"),
    _needed("severity", Name(64)),
    _needed("payload", Json()),
    _needed("status", ident(8)),
    _needed("attempts", sa.Integer()),
    _time("next_attempt_at"),
    Column("claim_token", ident(32)),
    _time("claimed_until", null=True),
    _needed("last_error", LongText()),
    _time("created_at"),
    _time("sent_at", null=True),
    Index(None, "status", "next_attempt_at"),
    Index(None, "alert_id", "target", "id"),
    Index(None, "claim_token"),
)

silences = _table(
    "silences",
    Column("id", ident(12), primary_key=True),
    _needed("owner", Name(190)),
    Column("rule_id", ident(12), ForeignKey("alert_rules.id")),
    _needed("matchers", Json()),
    _time("starts_at"),
    _time("ends_at"),
    _needed("author", Name(190)),
    _needed("comment", LongText()),
    _time("created_at"),
    Index(None, "owner", "ends_at"),
)

partitions = _table(
    "evaluation_partitions",
    Column("partition_key", Name(190), primary_key=True),
    _needed("source", Name(190)),
    _needed("every", sa.BigInteger()),
    _time("next_t"),
    _needed("error", LongText()),
    _time("error_at", null=True),
    _time("updated_at"),
)

gaps = _table(
    "evaluation_gaps",
    _needed("partition_key", Name(190)),
    _time("start_t"),
    _time("end_t"),
    _needed("reason", LongText()),
    _time("recorded_at"),
    PrimaryKeyConstraint("partition_key", "start_t"),
)

heartbeats = _table(
    "engine_heartbeats",
    Column("engine_id", Name(190), primary_key=True),
    _time("started_at"),
    _time("beat_at"),
    _needed("info", Json()),
)

# Of a token only a digest is kept.
access_tokens = _table(
    "access_tokens",
    Column("id", ident(12), primary_key=True),
    _needed("digest", ident(64)),
    _needed("owner", Name(190)),
    _needed("scope", ident(16)),
    _needed("note", LongText()),
    _time("created_at"),
    _time("expires_at", null=True),
    _time("revoked_at", null=True),
)
