"""Writing points into the tables of `sql_tables`; of points with one series and time the last written counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from alertdsl_runtime.columns import Labels, Points, text_of
from alertdsl_runtime.sources import sql_tables as tables
from alertdsl_runtime.sources.dataerror import DataError

ROWS_PER_STATEMENT = 10_000


def write_points(engine: sa.Engine, bucket: str, fields: Mapping[tuple[str, str], Points]) -> int:
    """Write points by measurement and field, all or none; how many they are.

    Raises:
        DataError: a field holds another kind of value already, or values that the database cannot hold.
    """
    written = 0
    with engine.begin() as connection:
        tables.create(connection)
        statement = _upsert(connection.dialect.name)
        for (measurement, field), points in fields.items():
            if connection.dialect.name in {"mysql", "mariadb"} and np.isinf(points.values).any():
                raise DataError(f"{measurement}.{field}: MySQL cannot hold infinite values")
            hashed = _stream(connection, bucket, measurement, field, points.kind)
            numbers = _series(connection, hashed, points.labels)
            for rows in _rows(numbers, points):
                connection.execute(statement, rows)
            written += len(points.times)
    return written


def _stream(
    connection: sa.Connection, bucket: str, measurement: str, field: str, kind: str
) -> tuple[int, str]:
    """The number and hash of a stream, made where it is new."""
    hashed = tables.stream_hash(bucket, measurement, field)
    found = connection.execute(
        sa.select(tables.streams.c.id, tables.streams.c.kind).where(tables.streams.c.hash == hashed)
    ).one_or_none()
    if found is None:
        values = {"hash": hashed, "bucket": bucket, "measurement": measurement, "field": field, "kind": kind}
        made = connection.execute(tables.streams.insert().values(values)).inserted_primary_key
        return (int(made[0]) if made else 0), hashed
    if found.kind != kind:
        raise DataError(f"{measurement}.{field} holds {found.kind} already, and these values are {kind}")
    return found.id, hashed


def _series(connection: sa.Connection, stream: tuple[int, str], labels: Sequence[Labels]) -> list[int]:
    """The numbers of series, made where they are new."""
    columns = tables.series.c
    query = sa.select(columns.hash, columns.id).where(columns.stream_id == stream[0])
    known = _pairs(connection, query)
    hashes = [tables.series_hash(stream[1], one) for one in labels]
    new = [
        {"stream_id": stream[0], "hash": hashed, "tags": [list(pair) for pair in one]}
        for hashed, one in zip(hashes, labels, strict=True)
        if hashed not in known
    ]
    if new:
        connection.execute(tables.series.insert(), new)
        known = _pairs(connection, query)
    return [known[hashed] for hashed in hashes]


def _pairs(connection: sa.Connection, query: sa.Select[str, int]) -> dict[str, int]:
    rows = connection.execute(query).all()
    return {hashed: number for hashed, number in rows}  # noqa: C416 - rows are tuples by behaviour, not by type


def _rows(numbers: Sequence[int], points: Points) -> Iterator[list[dict[str, Any]]]:
    owner = np.repeat(np.array(numbers, dtype=np.int64), np.diff(points.offsets))
    text = points.kind == "text"
    for start in range(0, len(owner), ROWS_PER_STATEMENT):
        part = slice(start, start + ROWS_PER_STATEMENT)
        cells = zip(
            owner[part].tolist(), points.times[part].tolist(), points.values[part].tolist(), strict=True
        )
        yield [
            {"series_id": s, "time": t, "number": None if text else v, "text": text_of(v) if text else None}
            for s, t, v in cells
        ]


def _upsert(dialect: str) -> sa.Insert:
    columns = ("number", "text")
    if dialect in {"mysql", "mariadb"}:
        insert = mysql.insert(tables.points)
        return insert.on_duplicate_key_update({name: insert.inserted[name] for name in columns})
    made = postgresql.insert(tables.points) if dialect == "postgresql" else sqlite.insert(tables.points)
    return made.on_conflict_do_update(
        index_elements=["series_id", "time"], set_={name: made.excluded[name] for name in columns}
    )
