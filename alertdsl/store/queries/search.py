"""Looking for text, with regard to case and without wildcards, the same on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.columns import LongText

if TYPE_CHECKING:
    from alertdsl.store.database import Transaction


def contains(tx: Transaction, column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether the column holds the text. (LIKE would want escapes, and ignores case on SQLite.)"""
    find = sa.func.strpos if tx.dialect == "postgresql" else sa.func.instr
    return find(column, sa.literal(text, LongText()), type_=sa.Integer()) > 0
