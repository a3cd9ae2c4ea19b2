"""Opening a store by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertdsl.store import schema
from alertdsl.store.connect import is_memory
from alertdsl.store.database import Database
from alertdsl.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa


def open_store(url: str | sa.URL, *, create: bool = True, clock: Callable[[], int] | None = None) -> Store:
    """The store in the database at `url`: SQLite (a file name will do), MySQL, MariaDB or PostgreSQL.

    A database without tables is set up, by whoever comes first; with `create=False` it is refused. One of another
    version raises `SchemaOutdated` or `SchemaTooNew` and is left as it is. `clock` replaces the database's clock,
    for tests and replays.
    """
    database = Database(url, clock)
    try:
        _prepare(database)
        schema.ensure(database.engine, create=create)
    except BaseException:
        database.close()
        raise
    return Store(database)


def upgrade(url: str | sa.URL) -> bool:
    """Bring the tables of the database at `url` up to this version; whether there was anything to do."""
    database = Database(url)
    try:
        _prepare(database)
        return schema.upgrade(database.engine)
    finally:
        database.close()


def _prepare(database: Database) -> None:
    if database.engine.dialect.name == "sqlite" and not is_memory(database.engine.url):
        schema.use_write_ahead_log(database.engine)
