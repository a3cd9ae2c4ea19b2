"""Which errors of which driver mean "not now": the database is away, restarting, busy, or chose us in a deadlock."""

from __future__ import annotations

import sqlalchemy as sa

from alertdsl.store.errors import StoreError, StoreUnavailable

_DEADLOCK = "deadlock"
_AWAY = "away"

# Deadlock; record changed since last read (MariaDB).
_MYSQL_DEADLOCKS = {1213, 1020}
# Too many connections, access, shutdown, network, lock timeout, read-only, killed, gone away.
_MYSQL_AWAY = {1040, 1044, 1045, 1053, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1205, 1226, 1290}
_MYSQL_AWAY |= {1317, 1836, 1927, 2002, 2003, 2005, 2006, 2013, 2014, 2027, 2055, 3024, 4031}
# Locked, busy, out of memory, read-only, interrupted, I/O, full, cannot open, protocol.
_SQLITE_AWAY = {5, 6, 7, 8, 9, 10, 13, 14, 15}
_POSTGRES_DEADLOCKS = {"40001", "40P01"}
_POSTGRES_AWAY = ("08", "53", "57", "58", "28", "55P03", "25006", "25P03", "3D000")


def translate(error: sa.exc.SQLAlchemyError) -> StoreError:
    """The store's error for a driver's. It tells what the driver said, without statement, values or URL."""
    said = _message(error)
    if isinstance(error, sa.exc.TimeoutError):
        return StoreUnavailable("no free database connection within the time allowed")
    if isinstance(error, sa.exc.DBAPIError) and (error.connection_invalidated or _kind(error) is not None):
        return StoreUnavailable(f"the database is not available: {said}")
    return StoreError(f"the database refused: {said}")


def is_deadlock(error: sa.exc.DBAPIError) -> bool:
    """Whether the transaction was rolled back for another's sake, and may be tried again at once."""
    return _kind(error) == _DEADLOCK


def _kind(error: sa.exc.DBAPIError) -> str | None:
    cause = error.orig
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate is not None:
        if sqlstate in _POSTGRES_DEADLOCKS:
            return _DEADLOCK
        return _AWAY if str(sqlstate).startswith(_POSTGRES_AWAY) else None
    sqlite_code = getattr(cause, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return _AWAY if sqlite_code & 0xFF in _SQLITE_AWAY else None
    code = cause.args[0] if cause is not None and cause.args else None
    if isinstance(code, int):
        if code in _MYSQL_DEADLOCKS:
            return _DEADLOCK
        # pymysql says (0, "") for a connection that it has closed itself.
        return _AWAY if code in _MYSQL_AWAY or code == 0 else None
    # psycopg has no code for what happens before the server answers.
    return _AWAY if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) else None


def _message(error: sa.exc.SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
    args = cause.args
    said = args[1] if len(args) > 1 and isinstance(args[0], int) else cause
    return " ".join(str(said).split())[:300] or type(cause).__name__
