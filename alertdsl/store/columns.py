"""Column types that keep the same text and the same order on SQLite, MySQL and PostgreSQL.

Migrations use these types too: one that was released never changes, a new one gets a new name.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from alertdsl.store.records import Value

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LONGEST_VALUE = 200


def ident(length: int) -> sa.types.TypeEngine[str]:
    """ASCII text that is an identity: ids, hashes, states."""
    return (
        sa.String(length)
        .with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
        .with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")
    )


class Name(sa.types.TypeDecorator[str]):
    """Short text of people's, compared by code point; still pad-insensitive on MySQL, so identities are hashed."""

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in {"mysql", "mariadb"}:
            return mysql.VARCHAR(self.length, charset="utf8mb4", collation="utf8mb4_bin")
        if dialect.name == "postgresql":
            return postgresql.VARCHAR(self.length, collation="C")
        return sa.String(self.length)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class LongText(sa.types.TypeDecorator[str]):
    """Text of any length: rule texts, messages, comments."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in {"mysql", "mariadb"}:
            return mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_bin")
        return sa.Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Json(sa.types.TypeDecorator[Any]):
    """JSON in ASCII, in a plain text column: every database stores any text then, NUL and lone surrogates included."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in {"mysql", "mariadb"}:
            return mysql.MEDIUMTEXT(charset="ascii", collation="ascii_bin")
        return sa.Text()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class AlertValue(sa.types.TypeDecorator[Any]):
    """An alert's last value as JSON: numbers (`Infinity` too, which no DOUBLE of MySQL holds), text, booleans."""

    impl = sa.String
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(2500)

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in {"mysql", "mariadb"}:
            return mysql.VARCHAR(2500, charset="ascii", collation="ascii_bin")
        return sa.String(2500)

    def process_bind_param(self, value: Value, dialect: Dialect) -> str | None:
        if isinstance(value, str) and len(value) > _LONGEST_VALUE:
            value = value[: _LONGEST_VALUE - 1] + "…"
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value:
        return None if value is None else json.loads(value)


def nanoseconds() -> sa.BigInteger:
    """A time or a duration."""
    return sa.BigInteger()


def serial() -> sa.types.TypeEngine[int]:
    """A number that the database counts up; SQLite does so for INTEGER only."""
    return sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def storable(text: str) -> str:
    """The text with a replacement mark for what some database cannot hold (NUL, lone surrogates)."""
    return _UNSTORABLE.sub("\ufffd", text)


TABLE_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}
