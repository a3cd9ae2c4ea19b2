"""From a URL to an engine that behaves the same on SQLite, MySQL and PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alertdsl.store.errors import StoreError

_DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
_PATIENCE_S = 15


def connect(url: str | sa.URL) -> sa.Engine:
    """An engine for the URL. Nothing is connected yet, but a new SQLite file is made."""
    parsed = parse_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        if parsed.get_backend_name() in {"mysql", "mariadb"}:
            return _mysql(parsed)
        return _other(parsed)
    except ImportError as error:
        raise StoreError(f"the database driver is not installed: {error}") from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"not a database that can be used: {_shown(parsed)}") from error


def parse_url(url: str | sa.URL) -> sa.URL:
    """The URL with its driver filled in; `alerts.db` alone is a SQLite file."""
    try:
        if isinstance(url, str):
            url = sa.make_url(url if ":" in url or not url else f"sqlite:///{url}")
    except (sa.exc.ArgumentError, ValueError) as error:
        # The text is not repeated: it may hold a password.
        raise StoreError(
            "not a database URL; write sqlite:///alerts.db or mysql://user:password@host/name"
        ) from error
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def url_beside(url: str, folder: Path) -> str:
    """The URL of a database, a SQLite file's that is relative taken from `folder` rather than from the working folder."""
    head, name = ("sqlite:///", url.removeprefix("sqlite:///")) if ":" in url else ("", url)
    relative = (
        name
        and url == head + name
        and not name.startswith(("/", "file:", ":memory:"))
        and ":" not in name[:2]
    )
    return f"{head}{folder / name}" if relative and folder != Path() else url


def is_memory(url: sa.URL) -> bool:
    """Whether the URL means a SQLite database that lives in this process only."""
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def _shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=True)


def _sqlite(url: sa.URL) -> sa.Engine:
    options: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE_S, "check_same_thread": False}}
    if is_memory(url):
        # It lives as long as its one connection; threads take turns on it.
        options |= {"poolclass": sa.QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": 60}
    else:
        _make_private_file(url)
    engine = sa.create_engine(url, hide_parameters=True, **options)

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin late and not for every statement; ours begin when we say so.
        connection.isolation_level = None
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        # A transaction that reads first and then writes fails at once where another wrote meanwhile; IMMEDIATE waits.
        mode = connection.get_execution_options().get("alertdsl_sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _make_private_file(url: sa.URL) -> None:
    """Make the file readable by its owner only: notifications may hold what others should not read."""
    database = url.database or ""
    if database.startswith("file:"):
        return
    path = Path(database)
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"cannot make the database file {path}: {error.strerror}") from error


def _mysql(url: sa.URL) -> sa.Engine:
    # Without time limits a server that hangs would hang us.
    limits = {"connect_timeout": 10, "read_timeout": 60, "write_timeout": 60, "charset": "utf8mb4"}
    engine = sa.create_engine(
        url,
        connect_args={name: value for name, value in limits.items() if name not in url.query},
        # The cursor's condition is the protection, not the snapshot; fewer locks mean fewer deadlocks.
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1500,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SET SESSION time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'), "
                f"innodb_lock_wait_timeout = {_PATIENCE_S}"
            )

    return engine


def _other(url: sa.URL) -> sa.Engine:
    options: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        limits = {
            "connect_timeout": 10,
            "options": f"-c lock_timeout={_PATIENCE_S}s -c statement_timeout=60s",
        }
        options["connect_args"] = {name: value for name, value in limits.items() if name not in url.query}
        options["isolation_level"] = "READ COMMITTED"
    return sa.create_engine(url, pool_pre_ping=True, pool_recycle=1500, hide_parameters=True, **options)
