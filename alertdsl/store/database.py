"""A database: its connections, its transactions, and its clock."""

from __future__ import annotations

import functools
import inspect
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa

from alertdsl.store.connect import connect
from alertdsl.store.errors import StoreError
from alertdsl.store.faults import is_deadlock, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

R = TypeVar("R")
P = ParamSpec("P")

_ATTEMPTS = 5
_MYSQL = frozenset({"mysql", "mariadb"})


class Transaction:
    """A transaction under way: runs statements, and tells the database's time (of its first asking)."""

    def __init__(self, connection: sa.Connection, clock: Callable[[sa.Connection], int]) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self._clock = clock
        self._now: int | None = None

    @property
    def is_mysql(self) -> bool:
        """Whether this is MySQL or MariaDB."""
        return self.dialect in _MYSQL

    def now(self) -> int:
        """The database's clock in nanoseconds, the same throughout the transaction."""
        if self._now is None:
            self._now = self._clock(self.connection)
        return self._now

    def execute(self, statement: sa.Executable) -> sa.CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement)

    def rows(self, statement: sa.Executable) -> Sequence[Any]:
        """Run a query and fetch all of it."""
        return self.connection.execute(statement).all()

    def row(self, statement: sa.Executable) -> Any:
        """Run a query for one row at most; None if there is none."""
        return self.connection.execute(statement).one_or_none()

    def many(self, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
        """Run one statement for many rows, in as few round trips as the driver knows to."""
        if rows:
            self.connection.execute(statement, rows)


class Database:
    """Makes transactions on one database; safe to share between threads."""

    def __init__(self, url: str | sa.URL, clock: Callable[[], int] | None = None) -> None:
        self.engine = connect(url)
        self._clock = (lambda _connection: clock()) if clock else _server_time

    def __repr__(self) -> str:
        return f"Database({self.engine.url.render_as_string(hide_password=True)!r})"

    def now(self) -> int:
        """The database's clock in nanoseconds since the epoch."""
        return self.read(lambda tx: tx.now())

    def read(self, work: Callable[[Transaction], R]) -> R:
        """Run `work` in a transaction that writes nothing, and holds up no one."""
        return self._run(work, "DEFERRED")

    def write(self, work: Callable[[Transaction], R]) -> R:
        """Run `work` in a transaction; all of it is kept, or nothing where it raises.

        After a deadlock it is run again, so it must not change anything outside the database.
        """
        return self._run(work, "IMMEDIATE")

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _run(self, work: Callable[[Transaction], R], sqlite_begin: str) -> R:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._begin(sqlite_begin) as transaction:
                    return work(transaction)
            except sa.exc.DBAPIError as error:
                if not is_deadlock(error) or attempt == _ATTEMPTS:
                    raise translate(error) from error
                time.sleep(0.01 * 2**attempt)
            except sa.exc.SQLAlchemyError as error:
                raise translate(error) from error
        raise AssertionError("unreachable")

    @contextmanager
    def _begin(self, sqlite_begin: str) -> Iterator[Transaction]:
        with self.engine.connect() as connection:
            connection = connection.execution_options(alertdsl_sqlite_begin=sqlite_begin)
            with connection.begin():
                yield Transaction(connection, self._clock)


class HasDatabase(Protocol):
    """A group of queries on a database."""

    _db: Database


Self_ = TypeVar("Self_", bound=HasDatabase)


def reads(method: Callable[Concatenate[Self_, Transaction, P], R]) -> Callable[Concatenate[Self_, P], R]:
    """Give a method its reading transaction, which the caller does not see."""

    @functools.wraps(method)
    def run(self: Self_, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._db.read(lambda tx: method(self, tx, *args, **kwargs))

    return _without_transaction(run, method)


def writes(method: Callable[Concatenate[Self_, Transaction, P], R]) -> Callable[Concatenate[Self_, P], R]:
    """Give a method its writing transaction, which the caller does not see."""

    @functools.wraps(method)
    def run(self: Self_, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._db.write(lambda tx: method(self, tx, *args, **kwargs))

    return _without_transaction(run, method)


def _without_transaction(run: Callable[P, R], method: Callable[..., Any]) -> Callable[P, R]:
    signature = inspect.signature(method)
    shown = [p for name, p in signature.parameters.items() if name != "tx"]
    run.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    return run


def _server_time(connection: sa.Connection) -> int:
    name = connection.dialect.name
    if name == "sqlite":
        return time.time_ns()  # the database is on this machine
    if name == "postgresql":
        micros = connection.scalar(
            sa.text("SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint")
        )
    else:
        # The session's time zone is UTC (see connect.py), so no hour comes twice.
        micros = connection.scalar(sa.text("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"))
    if micros is None:
        raise StoreError("the database does not tell the time")
    return int(micros) * 1000
