"""The answers of a source, ready to be asked by row numbers.

`PointData` holds points and answers at any time (backtests, catch-up, and the moments of a `for`).
`InstantData` holds what a source reduced at one instant. Both answer the same questions, so that a decision
does not know which one it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from alertdsl.plan.batch import Held, moment_reads
from alertdsl.plan.reads import Read, Reducer, Stream
from alertdsl_runtime.columns import NEVER, Floats, Ints, Points, Reduced, Times
from alertdsl_runtime.reading.reduce import PointTable
from alertdsl_runtime.reading.series import OUTSIDE, SeriesSet


class Data(Protocol):
    """What a decision asks."""

    def column(self, read: Read, series: Ints, times: Times) -> tuple[Floats, Times]:
        """A reduced read of series (K) at times (K x M, or 1 x M): values, and times of the points for first
        and last."""
        ...

    def table(self, read: Read) -> PointTable:
        """The points that a raw read asked for."""
        ...

    def table_since(self, raw: Read, before: Read) -> PointTable:
        """The points of a raw read, and the newest point before them that `before` asked for."""
        ...

    def at_moments(self, node: Held) -> PointData:
        """What answers at every moment that ``for`` looks at."""
        ...

    def newest(self, read: Read, series: Ints, time: int) -> Ints:
        """For a `known_read`: the storage series of the newest point of each series, or -1."""
        ...


@dataclass(frozen=True)
class PointData:
    """Points by stream."""

    tables: Mapping[Stream, PointTable]

    def column(self, read: Read, series: Ints, times: Times) -> tuple[Floats, Times]:
        """See `Data`."""
        return self.tables[read.stream].reduce(read, series, times)

    def table(self, read: Read) -> PointTable:
        """See `Data`."""
        return self.tables[read.stream]

    def table_since(self, raw: Read, before: Read) -> PointTable:
        """All points are there."""
        return self.tables[raw.stream]

    def at_moments(self, node: Held) -> PointData:
        """Points answer at any moment."""
        return self

    def newest(self, read: Read, series: Ints, time: int) -> Ints:
        """See `Data`."""
        table = self.tables[read.stream]
        low, high = table.window(series, np.array([[time]], dtype=np.int64), read.start, read.stop)
        out = np.full(len(series), -1, dtype=np.int64)
        some = (high > low)[:, 0]
        out[some] = table.origin[high[some, 0] - 1]
        return out


@dataclass
class InstantData:
    """Reads answered at one instant, over the logical series of their streams.

    `reduced` has values, times and storage series by logical number; `raw` has tables of points.
    """

    reduced: dict[Read, tuple[Floats, Times, Ints]] = field(default_factory=dict)
    raw: dict[Read, PointTable] = field(default_factory=dict)

    def column(self, read: Read, series: Ints, times: Times) -> tuple[Floats, Times]:
        """See `Data`; `times` is the one instant."""
        values, chosen, _ = self.reduced[read]
        return values[series, None], chosen[series, None]

    def table(self, read: Read) -> PointTable:
        """See `Data`."""
        return self.raw[read]

    def table_since(self, raw: Read, before: Read) -> PointTable:
        """See `Data`."""
        return self.raw[raw].preceded_by(*self.reduced[before])

    def at_moments(self, node: Held) -> PointData:
        """The points that were read for this ``for``; the newest older point only tells which series were
        known."""
        tables: dict[Stream, PointTable] = {}
        for reads in moment_reads(node):
            table = self.raw[reads.points]
            if reads.before is not None:
                table = self.table_since(reads.points, reads.before)
            tables[reads.points.stream] = table
        return PointData(tables)

    def newest(self, read: Read, series: Ints, time: int) -> Ints:
        """See `Data`."""
        return self.reduced[read][2][series]


def table_of(points: Points, series: SeriesSet) -> Callable[[], PointTable]:
    """Register the series of `points`; the table comes from the call returned, once all answers are
    registered."""
    stored = series.store(points.labels)

    def build() -> PointTable:
        logical = series.logical[stored] if len(stored) else np.zeros(0, dtype=np.int64)
        owner = np.repeat(logical, np.diff(points.offsets))
        origin = np.repeat(stored, np.diff(points.offsets))
        times, values = points.times, points.values
        if not _ascending(logical):
            order = np.lexsort(
                (
                    _rank(series, stored)[np.repeat(np.arange(len(stored)), np.diff(points.offsets))],
                    times,
                    owner,
                )
            )
            order = order[owner[order] != OUTSIDE]
            owner, origin, times, values = owner[order], origin[order], times[order], values[order]
        offsets = np.searchsorted(owner, np.arange(len(series) + 1)).astype(np.int64)
        return PointTable(offsets, times, values, points.kind, origin)

    return build


def column_of(answer: Reduced, read: Read, series: SeriesSet) -> Callable[[], tuple[Floats, Times, Ints]]:
    """Register the series of a reduced answer; the columns come from the call returned, once all are
    registered."""
    stored = series.store(answer.labels)

    def build() -> tuple[Floats, Times, Ints]:
        count = len(series)
        values = np.full(count, 0.0 if read.reducer is Reducer.COUNT else np.nan)
        times = np.full(count, NEVER, dtype=np.int64)
        origin = np.full(count, -1, dtype=np.int64)
        logical = series.logical[stored] if len(stored) else np.zeros(0, dtype=np.int64)
        if series.stream.series_key is None:
            values[logical], times[logical], origin[logical] = answer.values, answer.times, stored
            return values, times, origin
        inside = np.flatnonzero(logical != OUTSIDE)
        _merge(read.reducer, logical[inside], answer.values[inside], values)
        # The newest point comes last, of points at one time that of the series whose tag set sorts last; first is the mirror.
        order = inside[np.lexsort((_rank(series, stored)[inside], answer.times[inside]))]
        if read.reducer is Reducer.FIRST:
            order = order[::-1]
        if read.reducer in (Reducer.FIRST, Reducer.LAST):
            values[logical[order]], times[logical[order]] = answer.values[order], answer.times[order]
        origin[logical[order]] = stored[order]
        return values, times, origin

    return build


def _merge(reducer: Reducer, logical: Ints, values: Floats, out: Floats) -> None:
    match reducer:
        case Reducer.COUNT:
            np.add.at(out, logical, values)
        case Reducer.SUM:
            out[logical] = 0.0
            np.add.at(out, logical, values)
        case Reducer.MIN:
            np.fmin.at(out, logical, values)
        case Reducer.MAX:
            np.fmax.at(out, logical, values)


def _rank(series: SeriesSet, stored: Ints) -> Ints:
    """The place of each storage series in the order of their tag sets."""
    names: Sequence[object] = [series.stored[i] for i in stored]
    order = sorted(range(len(names)), key=names.__getitem__)  # type: ignore[arg-type]
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return rank


def _ascending(logical: Ints) -> bool:
    return bool((np.diff(logical) > 0).all()) and (len(logical) == 0 or logical[0] >= 0)
