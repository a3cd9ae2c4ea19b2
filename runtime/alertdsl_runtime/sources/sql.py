"""Time series in a SQL database as a source: SQLite beside the alerts, or MySQL and PostgreSQL by URL.

Requests of one window travel in one statement: newest and oldest points are found by index, the other reducers are SQL
aggregates. Rows hold numbers of series and values only; `sql_directory` knows the labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import sqlalchemy as sa

from alertdsl.plan.reads import Reducer, Request
from alertdsl.store.connect import connect
from alertdsl_runtime.columns import NEVER, Answer, Floats, Ints, Points, Reduced, SourceError, Times, text_id
from alertdsl_runtime.sources import sql_tables as tables
from alertdsl_runtime.sources.assemble import EMPTY, assemble, take_points, take_reduced
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.sources.sql_directory import Directory, KnownStream, StreamKey
from alertdsl_runtime.sources.sql_statements import AGGREGATES, Shape, aggregate_query, edge_query, raw_query
from alertdsl_runtime.sources.sql_write import write_points

IDS_PER_STATEMENT = 5000


@dataclass
class _Asked:
    """Requests that one window answers: whole streams, and single series of others."""

    streams: set[int] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)
    texts: bool = False
    places: list[int] = field(default_factory=list)
    reducers: set[Reducer] = field(default_factory=set)

    def series(self) -> Iterator[tuple[bool, list[int]]]:
        """Portions for one statement each: (whether the numbers are of streams, the numbers)."""
        if self.streams:
            yield True, sorted(self.streams)
        ids = sorted(self.ids)
        for start in range(0, len(ids), IDS_PER_STATEMENT):
            yield False, ids[start : start + IDS_PER_STATEMENT]


@dataclass(frozen=True)
class _Rows:
    """Columns of an answer: series numbers, times, and values by reducer; sorted by series."""

    series: Ints
    times: Times
    values: dict[Reducer, Floats]


class SqlSource:
    """Series in the tables of `sql_tables`.

    Args:
        database: an address (a SQLite file's name will do), or an engine, which stays the caller's.
        bucket: of reads and writes that name none.
    """

    def __init__(
        self, database: str | sa.Engine, bucket: str = "monitors", *, name: str = "database"
    ) -> None:
        self.name = name
        self.bucket = bucket
        self._own = isinstance(database, str)
        self._engine = connect(database) if isinstance(database, str) else database
        self._directory = Directory()

    def answer(self, requests: Sequence[Request], instant: int) -> list[Answer | SourceError]:
        """See `Source.answer`."""
        windows = [(instant - r.read.start, instant - r.read.stop) for r in requests]
        return self._ask(requests, windows)

    def points(self, requests: Sequence[Request], start: int, stop: int) -> list[Points | SourceError]:
        """See `Source.points`."""
        found = self._ask(requests, [(start, stop)] * len(requests), raw=True)
        return [one for one in found if not isinstance(one, Reduced)]

    def write(self, points: MemorySource | Mapping[tuple[str, str], Points], bucket: str = "") -> int:
        """Keep points (by measurement and field), all or none, the last written counting; how many they are.

        Raises:
            DataError: a field holds another kind of value, or one that this database cannot hold.
            SourceError: the database does not answer.
        """
        fields = points.fields if isinstance(points, MemorySource) else points
        try:
            return write_points(self._engine, bucket or self.bucket, fields)
        except sa.exc.SQLAlchemyError as error:
            raise database_error(error, self._engine) from None

    def streams(self) -> dict[StreamKey, KnownStream]:
        """What the database holds, by bucket, measurement and field. Raises SourceError."""
        with self._connected() as connection:
            if tables.exist(connection):
                self._directory.refresh(connection)
        return self._directory.streams

    def check(self) -> str:
        """See `Source.check`."""
        shown = self._engine.url.render_as_string(hide_password=True)
        with self._connected() as connection:
            if not tables.exist(connection):
                return f"{shown}: no time series yet; `alertdsl ingest` puts some there"
            count = connection.scalar(sa.select(sa.func.count()).select_from(tables.series))
        return f"{shown}: {count} series"

    def close(self) -> None:
        """See `Source.close`."""
        if self._own:
            self._engine.dispose()

    def _ask(
        self, requests: Sequence[Request], windows: Sequence[tuple[int, int]], *, raw: bool = False
    ) -> list[Answer | SourceError]:
        requests = [_in_bucket(r, self.bucket) for r in requests]
        with self._connected() as connection:
            if not tables.exist(connection):
                return [EMPTY if raw or r.read.reducer is Reducer.RAW else _NOTHING for r in requests]
            self._directory.refresh(connection)
            out: dict[int, Answer | SourceError] = {}
            for shape, asked in self._grouped(requests, windows, raw).items():
                rows = self._rows(connection, shape, asked)
                for place in asked.places:
                    out[place] = self._answer(requests[place], shape, rows)
        return [out[i] for i in range(len(requests))]

    def _grouped(
        self, requests: Sequence[Request], windows: Sequence[tuple[int, int]], raw: bool
    ) -> dict[Shape, _Asked]:
        groups: dict[Shape, _Asked] = defaultdict(_Asked)
        for place, (request, (start, stop)) in enumerate(zip(requests, windows, strict=True)):
            reducer = Reducer.RAW if raw else request.read.reducer
            method = "aggregate" if reducer in AGGREGATES else str(reducer)
            where = None if raw else request.read.where
            known = self._directory.get(request)
            asked = groups[Shape(method, start, stop, where)]
            asked.places.append(place)
            asked.reducers.add(reducer)
            if known is None:
                continue
            asked.texts |= known.kind == "text"
            ids = self._directory.wanted(request)
            if ids is None:
                asked.streams.add(known.id)
            else:
                asked.ids.update(ids)
        return groups

    def _rows(self, connection: sa.Connection, shape: Shape, asked: _Asked) -> _Rows:
        reducers = sorted(asked.reducers)
        found: list[tuple[object, ...]] = []
        for whole, numbers in asked.series():
            if shape.method == "aggregate":
                query = aggregate_query(shape, whole, numbers, reducers)
            elif shape.method == "raw":
                query = raw_query(shape, whole, numbers, texts=asked.texts)
            else:
                query = edge_query(shape, whole, numbers, texts=asked.texts)
            found.extend(connection.execute(query).all())
        return _columns(found, shape, reducers, texts=asked.texts)

    def _answer(self, request: Request, shape: Shape, rows: _Rows) -> Answer | SourceError:
        known = self._directory.get(request)
        raw = shape.method == "raw"
        if known is None:
            return EMPTY if raw else _NOTHING
        error = _misfit(request, known) if not raw else None
        if error is not None:
            return error
        mine = np.flatnonzero(self._directory.stream_of[rows.series] == known.id)
        place = self._directory.place_of[rows.series[mine]]
        if raw:
            points = assemble(
                known.labels, place, rows.times[mine], rows.values[Reducer.RAW][mine], known.kind
            )
            return take_points(request, points)
        reducer = request.read.reducer
        values = rows.values[reducer][mine]
        real = ~np.isnan(values)
        labels = [known.labels[i] for i in place[real]]
        kind = "number" if reducer is Reducer.COUNT else known.kind
        return take_reduced(request, Reduced(labels, values[real], rows.times[mine][real], kind))

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                # Reading must not take the writer's lock.
                yield connection.execution_options(alertdsl_sqlite_begin="DEFERRED")
        except sa.exc.SQLAlchemyError as error:
            raise database_error(error, self._engine) from None


_NOTHING = Reduced((), np.zeros(0), np.zeros(0, dtype=np.int64))


def database_error(error: sa.exc.SQLAlchemyError, engine: sa.Engine) -> SourceError:
    """The database's refusal in people's words, without statement and parameters."""
    shown = engine.url.render_as_string(hide_password=True)
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    transient = isinstance(error, sa.exc.OperationalError | sa.exc.InternalError | sa.exc.TimeoutError)
    reason = str(cause.args[-1] if cause.args else cause).strip().splitlines() or ["no reason given"]
    return SourceError(f"the database {shown} does not answer: {reason[0]}", transient=transient)


def _in_bucket(request: Request, bucket: str) -> Request:
    stream = request.read.stream
    if stream.bucket:
        return request
    return replace(request, read=replace(request.read, stream=replace(stream, bucket=bucket)))


def _misfit(request: Request, known: KnownStream) -> SourceError | None:
    reducer = request.read.reducer
    if known.kind == "number" or reducer not in (Reducer.MIN, Reducer.MAX, Reducer.SUM):
        return None
    stream = request.read.stream
    message = f"{stream.measurement}.{stream.field} holds {known.kind}, which has no {reducer}"
    return SourceError(message, transient=False)


def _columns(
    found: list[tuple[object, ...]], shape: Shape, reducers: Sequence[Reducer], *, texts: bool
) -> _Rows:
    columns = list(zip(*found, strict=True)) or [()] * (2 + len(reducers) + texts)
    series = np.array(columns[0], dtype=np.int64)
    if shape.method == "aggregate":
        times = np.full(len(series), NEVER, dtype=np.int64)
        values = {r: _floats(columns[1 + i]) for i, r in enumerate(reducers)}
    else:
        times = np.array(columns[1], dtype=np.int64)
        numbers = _floats(columns[2])
        if texts:
            ids = [np.nan if t is None else text_id(str(t)) for t in columns[3]]
            numbers = np.where(np.isnan(numbers), np.array(ids, dtype=np.float64), numbers)
        values = {reducers[0]: numbers}
    return _Rows(series, times, values)


def _floats(column: Sequence[object]) -> Floats:
    return np.array([np.nan if v is None else v for v in column], dtype=np.float64)
