"""Which tables a database has, and bringing them up. Alembic is imported only when there is something to do."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alertdsl.store.errors import SchemaError, SchemaOutdated, SchemaTooNew, StoreError, StoreUnavailable
from alertdsl.store.faults import translate
from alertdsl.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION_TABLE = "alertdsl_schema"
REVISIONS = ("0001", "0002", "0003")
HEAD = REVISIONS[-1]

_LOCK_NAME = "alertdsl_schema"
_LOCK_NUMBER = 0x616C6572
_LOCK_PATIENCE_S = 60


def ensure(engine: sa.Engine, *, create: bool) -> None:
    """Set up a fresh database (with `create`); raise where its tables are of another version."""
    with _translated():
        current = revision(engine)
        if current is None and create:
            _migrate(engine, fresh=True)
            current = revision(engine)
    check(current)


def upgrade(engine: sa.Engine) -> bool:
    """Bring the tables up to this version, from nothing or from an older one; whether there was anything to do."""
    with _translated():
        current = revision(engine)
        if current == HEAD:
            return False
        if current is not None and current not in REVISIONS:
            check(current)
        _migrate(engine, fresh=False)
    return True


def revision(engine: sa.Engine) -> str | None:
    """The version of the tables, None for a database without."""
    with engine.connect() as connection, connection.begin():
        return _revision(connection)


def check(current: str | None) -> None:
    """Raise unless the tables are those of this version."""
    if current is None:
        raise SchemaOutdated(
            "the database has no tables of alertdsl; run `alertdsl store upgrade` to make them"
        )
    if current in REVISIONS[:-1]:
        raise SchemaOutdated(
            f"the database's tables are of version {current}, this program needs {HEAD}; "
            "stop the other programs that use it and run `alertdsl store upgrade`"
        )
    if current != HEAD:
        raise SchemaTooNew(
            f"the database's tables are of version {current}, newer than this program's {HEAD}; upgrade alertdsl"
        )


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return None if found is None else str(found)


def _migrate(engine: sa.Engine, *, fresh: bool) -> None:
    """Run the migrations, one process at a time; with `fresh`, only where there is still nothing."""
    with engine.connect() as connection, _locked(connection):
        current = _revision(connection)
        if current == HEAD or (fresh and current is not None):
            return
        if current is None:
            _refuse_foreign_tables(connection)
        _run_alembic(connection)
        if connection.in_transaction():
            connection.commit()


def _refuse_foreign_tables(connection: sa.Connection) -> None:
    """A table of ours without a version is a set-up that was cut short, and gone on with; any other is not ours."""
    inspector = sa.inspect(connection)
    for name in set(inspector.get_table_names()) & set(metadata.tables):
        columns = {column["name"] for column in inspector.get_columns(name)}
        if columns != set(metadata.tables[name].columns.keys()):
            raise SchemaError(
                f"the database has a table {name} that is not alertdsl's; give alertdsl a database of its own"
            )


def _run_alembic(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _locked(connection: sa.Connection) -> Iterator[None]:
    """Hold the right to change the tables: two programs may start at the same time."""
    backend = connection.dialect.name
    if backend == "sqlite":
        with connection.begin():  # BEGIN IMMEDIATE
            yield
        return
    if backend == "postgresql":
        take, give = f"SELECT pg_advisory_lock({_LOCK_NUMBER})", f"SELECT pg_advisory_unlock({_LOCK_NUMBER})"
    else:
        name = f"CONCAT('{_LOCK_NAME}.', LEFT(MD5(DATABASE()), 16))"  # its names are the whole server's
        take, give = f"SELECT GET_LOCK({name}, {_LOCK_PATIENCE_S})", f"SELECT RELEASE_LOCK({name})"
    taken = connection.scalar(sa.text(take))
    connection.commit()
    if backend != "postgresql" and taken != 1:
        raise StoreUnavailable(
            "another program has been changing the database's tables for a minute; try again"
        )
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(sa.text(give))
            connection.commit()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise translate(error) from error


def use_write_ahead_log(engine: sa.Engine) -> None:
    """Let readers and a writer of a SQLite file go on at the same time; the file remembers it."""
    for attempt in range(50):
        try:
            with engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                if raw is None:
                    raise StoreError("the database connection is closed")
                raw.execute("PRAGMA journal_mode = WAL")
                return
        except Exception as error:
            # Switching needs the file alone, and does not wait for it by itself.
            if "locked" not in str(error) or attempt == 49:
                raise StoreUnavailable(f"the database is not available: {error}") from error
            time.sleep(0.05)
