"""Points in arrays as a source: CSV files, tests, and the definition of what a read answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alertdsl.plan.reads import Read, Reducer, Request
from alertdsl_runtime.columns import Answer, Points, Reduced, SourceError
from alertdsl_runtime.reading.reduce import reduce_at
from alertdsl_runtime.sources.assemble import EMPTY, take_points

Key = tuple[str, str]
"""Measurement and field."""


@dataclass(frozen=True)
class MemorySource:
    """Points by measurement and field, whatever bucket a read names."""

    fields: Mapping[Key, Points]
    name: str = "memory"

    def answer(self, requests: Sequence[Request], instant: int) -> list[Answer | SourceError]:
        """See `Source.answer`."""
        return [_answer(self._points(r), r.read, instant) for r in requests]

    def points(self, requests: Sequence[Request], start: int, stop: int) -> list[Points | SourceError]:
        """See `Source.points`."""
        return [between(self._points(r), start, stop) for r in requests]

    def check(self) -> str:
        """See `Source.check`."""
        count = sum(len(points.times) for points in self.fields.values())
        return f"{self.name}: {count} points of {len(self.fields)} fields"

    def close(self) -> None:
        """See `Source.close`."""

    def span(self) -> tuple[int, int] | None:
        """Times of the first and the last point, or None without points."""
        times = [points.times for points in self.fields.values() if len(points.times)]
        return (min(int(t.min()) for t in times), max(int(t.max()) for t in times)) if times else None

    def _points(self, request: Request) -> Points:
        stream = request.read.stream
        points = self.fields.get((stream.measurement, stream.field))
        return EMPTY if points is None else take_points(request, points)


def _answer(points: Points, read: Read, instant: int) -> Answer:
    if read.reducer is Reducer.RAW:
        return between(points, instant - read.start, instant - read.stop)
    values, times = reduce_at(points, read, np.array([instant], dtype=np.int64))
    some = values[:, 0] != 0 if read.reducer is Reducer.COUNT else ~np.isnan(values[:, 0])
    labels = [one for one, take in zip(points.labels, some, strict=True) if take]
    kind = "number" if read.reducer is Reducer.COUNT else points.kind
    return Reduced(labels, values[some, 0], times[some, 0], kind)


def between(points: Points, start: int, stop: int) -> Points:
    """The points with ``start <= time < stop``; series without any are left out."""
    inside = (points.times >= start) & (points.times < stop)
    if inside.all():
        return points
    total = np.concatenate(([0], np.cumsum(inside)))
    sizes = total[points.offsets[1:]] - total[points.offsets[:-1]]
    some = sizes > 0
    labels = [one for one, take in zip(points.labels, some, strict=True) if take]
    offsets = np.concatenate(([0], np.cumsum(sizes[some]))).astype(np.int64)
    return Points(labels, offsets, points.times[inside], points.values[inside], points.kind)
