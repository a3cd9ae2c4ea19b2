"""The tables that the engine, the MCP server, the command line and a dashboard share.

    store = open_store("sqlite:///alerts.db")        # or mysql://…, postgresql://…; a fresh database is set up

    store.rules       add, update, enable, disable, delete, get, list, history, sync
    store.alerts      list, get, acknowledge, unacknowledge, rearm
    store.silences    add, end, get, list, active
    store.evaluation  what the engine does: partitions, cursors, open alerts, commit
    store.outbox      enqueue, claim, sent, failed, hold, release, drop, told, list, counts
    store.tokens      create, verify, revoke, list: access tokens of the MCP server's clients
    store.prune       forget alerts that ended long ago

Every call is one short transaction. Times are integer nanoseconds UTC (`from_ns` and `to_ns` convert).
"""

from __future__ import annotations

from alertdsl.store.connect import url_beside
from alertdsl.store.errors import (
    ConflictError,
    NotFoundError,
    SchemaError,
    SchemaOutdated,
    SchemaTooNew,
    StoreError,
    StoreUnavailable,
)
from alertdsl.store.identity import alert_id, label_set, notification_key
from alertdsl.store.open import open_store, upgrade
from alertdsl.store.queries.silences import silence_matches
from alertdsl.store.store import Store
from alertdsl.store.times import from_ns, to_ns

__all__ = [
    "ConflictError",
    "NotFoundError",
    "SchemaError",
    "SchemaOutdated",
    "SchemaTooNew",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "alert_id",
    "from_ns",
    "label_set",
    "notification_key",
    "open_store",
    "silence_matches",
    "to_ns",
    "upgrade",
    "url_beside",
]
