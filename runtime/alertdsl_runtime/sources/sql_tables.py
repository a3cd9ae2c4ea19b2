"""The tables of the embedded time series: in the database of the alerts, or in any other.

Text is kept as JSON in ASCII, so that every database compares it byte by byte and holds any character. A point is found by
series and time alone, which is the primary key and, where the database can, the table itself.
"""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from alertdsl.store.columns import TABLE_OPTIONS, Json, ident, nanoseconds, serial
from alertdsl_runtime.columns import Labels, SourceError

VERSION = 1

metadata = sa.MetaData()

version_table = sa.Table(
    "ts_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    **TABLE_OPTIONS,
)

streams = sa.Table(
    "ts_streams",
    metadata,
    sa.Column("id", serial(), primary_key=True),
    sa.Column("hash", ident(64), nullable=False, unique=True, comment="of bucket, measurement and field"),
    sa.Column("bucket", Json, nullable=False),
    sa.Column("measurement", Json, nullable=False),
    sa.Column("field", Json, nullable=False),
    sa.Column("kind", ident(8), nullable=False, comment="number, text or bool"),
    **TABLE_OPTIONS,
)

series = sa.Table(
    "ts_series",
    metadata,
    sa.Column("id", serial(), primary_key=True),
    sa.Column("stream_id", sa.BigInteger, sa.ForeignKey(streams.c.id), nullable=False, index=True),
    sa.Column("hash", ident(64), nullable=False, unique=True, comment="of stream and tags"),
    sa.Column("tags", Json, nullable=False, comment="[[tag, value], ...] sorted by tag"),
    **TABLE_OPTIONS,
)

points = sa.Table(
    "ts_points",
    metadata,
    sa.Column("series_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", nanoseconds(), primary_key=True, autoincrement=False, comment="ns since 1970"),
    sa.Column("number", sa.Double, comment="numbers; booleans as 0 and 1"),
    sa.Column("text", Json),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)


def stream_hash(bucket: str, measurement: str, field: str) -> str:
    """What identifies a stream."""
    return _hash([bucket, measurement, field])


def series_hash(stream: str, labels: Labels) -> str:
    """What identifies a series of the stream with that hash."""
    return _hash([stream, labels])


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def exist(connection: sa.Connection) -> bool:
    """Whether the tables are there, in this version. Raises SourceError for another version."""
    if not sa.inspect(connection).has_table(version_table.name):
        return False
    found = connection.scalar(sa.select(sa.func.max(version_table.c.version)))
    if found is None:
        return False
    if found != VERSION:
        raise SourceError(
            f"the time series in the database have layout {found}, this version of alertdsl reads {VERSION}",
            transient=False,
        )
    return True


def create(connection: sa.Connection) -> None:
    """Make the tables where they are absent."""
    if exist(connection):
        return
    metadata.create_all(connection)
    connection.execute(version_table.insert().values(version=VERSION))
