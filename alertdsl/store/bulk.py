"""Inserts of many rows that may be there already, in each database's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alertdsl.store.database import Transaction

T = TypeVar("T")


def insert_new(tx: Transaction, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, leaving alone those whose key is there."""
    if not rows:
        return
    if tx.is_mysql:
        # INSERT IGNORE would also cut what is too long.
        insert = mysql.insert(table)
        key = next(iter(table.primary_key.columns))
        tx.many(insert.on_duplicate_key_update({key.name: key}), rows)
    else:
        tx.many(_insert(tx, table).on_conflict_do_nothing(), rows)


def upsert(tx: Transaction, table: sa.Table, rows: Sequence[dict[str, Any]], changed: Sequence[str]) -> None:
    """Insert the rows; where the primary key is there, set the columns `changed` and no others."""
    if not rows:
        return
    if tx.is_mysql:
        insert = mysql.insert(table)
        tx.many(insert.on_duplicate_key_update({name: insert.inserted[name] for name in changed}), rows)
    else:
        other = _insert(tx, table)
        values = {name: other.excluded[name] for name in changed}
        tx.many(
            other.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values), rows
        )


def _insert(tx: Transaction, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if tx.dialect == "sqlite" else postgresql.insert(table)


def chunks(items: Sequence[T], size: int = 1000) -> Iterator[Sequence[T]]:
    """The items in pieces that an IN list can hold."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
