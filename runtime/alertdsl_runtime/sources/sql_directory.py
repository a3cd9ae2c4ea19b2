"""The series that a database holds, kept in memory: matching tags is done here, SQL sees only numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import sqlalchemy as sa

from alertdsl.plan.reads import Request, Stream
from alertdsl_runtime.columns import Ints, Labels
from alertdsl_runtime.reading.series import SeriesSet
from alertdsl_runtime.sources import sql_tables as tables

StreamKey = tuple[str, str, str]
"""Bucket, measurement and field."""


@dataclass
class KnownStream:
    """A stream and its series; series `i` has the number ``ids[i]`` in the database."""

    id: int
    kind: str
    names: SeriesSet
    ids: list[int] = field(default_factory=list)

    @property
    def labels(self) -> list[Labels]:
        """Label sets, in the order of `ids`."""
        return self.names.stored


class Directory:
    """All streams and series of a database; `refresh` notices new ones."""

    def __init__(self) -> None:
        self.streams: dict[StreamKey, KnownStream] = {}
        self._seen = (0, 0)
        self.stream_of = np.zeros(1, dtype=np.int64)
        """By series number: the stream's number."""
        self.place_of = np.zeros(1, dtype=np.int64)
        """By series number: its place in the stream."""
        self._chosen: dict[Request, list[int] | None] = {}

    def refresh(self, connection: sa.Connection) -> None:
        """Read the series again if there are other ones than before."""
        now = connection.execute(
            sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(tables.series.c.id), 0)).select_from(
                tables.series
            )
        ).one()
        if tuple(now) != self._seen:
            self._read(connection)
            self._seen = (now[0], now[1])

    def get(self, request: Request) -> KnownStream | None:
        """The stream of a request, if the database has it."""
        stream = request.read.stream
        return self.streams.get((stream.bucket, stream.measurement, stream.field))

    def wanted(self, request: Request) -> list[int] | None:
        """Numbers of the series that a request asks for, or None: (about) all of the stream."""
        if not request.any_of:
            return None
        if request not in self._chosen:
            if len(self._chosen) > 10_000:
                self._chosen.clear()
            self._chosen[request] = self._match(request)
        return self._chosen[request]

    def _match(self, request: Request) -> list[int] | None:
        known = self.get(request)
        if known is None:
            return []
        enough = len(known.ids) // 2
        found: set[int] = set()
        for matchers in request.any_of:
            found.update(known.names.matching(matchers))
            if len(found) > enough:
                return None
        return [known.ids[i] for i in sorted(found)]

    def _read(self, connection: sa.Connection) -> None:
        self.streams.clear()
        self._chosen.clear()
        by_id: dict[int, KnownStream] = {}
        for row in connection.execute(sa.select(tables.streams).order_by(tables.streams.c.id)):
            names = SeriesSet(Stream(row.bucket, row.measurement, row.field))
            by_id[row.id] = self.streams[row.bucket, row.measurement, row.field] = KnownStream(
                row.id, row.kind, names
            )
        columns = tables.series.c
        numbers: list[int] = []
        owners: list[int] = []
        places: list[int] = []
        query = sa.select(columns.id, columns.stream_id, columns.tags).order_by(columns.id)
        for number, stream_id, tags in connection.execute(query):
            known = by_id[stream_id]
            numbers.append(number)
            owners.append(stream_id)
            places.append(len(known.ids))
            known.ids.append(number)
            known.names.store([tuple((tag, value) for tag, value in tags)])
        self.stream_of = _indexed(numbers, owners)
        self.place_of = _indexed(numbers, places)


def _indexed(numbers: Sequence[int], values: Sequence[int]) -> Ints:
    out = np.full(max(numbers, default=0) + 1, -1, dtype=np.int64)
    out[np.array(numbers, dtype=np.int64)] = values
    return out
