"""Reducers over points in arrays: the definition of what every backend's reads answer.

A `PointTable` holds the points of a stream, series after series. Questions are asked for pairs of a series
and a time, many at once; windows become index ranges ``[low, high)`` into the arrays, by binary search.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from alertdsl.plan.reads import PointFilter, Read, Reducer
from alertdsl_runtime.columns import NEVER, Flags, Floats, Ints, Points, Times, text_id
from alertdsl_runtime.reading.calendar import window_of
from alertdsl_runtime.reading.selection import between

_KEY_LIMIT = 2**62
_LAID_OUT = 250_000
"""How many points are laid out at once: few enough that they stay in the processor's cache."""


class PointTable:
    """Points of many series with an index for searching all of them at once.

    Args:
        offsets, times, values, kind: as in `columns.Points`.
        origin: the number of the storage series that each point came from.
    """

    def __init__(
        self, offsets: Ints, times: Times, values: Floats, kind: str = "number", origin: Ints | None = None
    ) -> None:
        self.offsets, self.times, self.values, self.kind = offsets, times, values, kind
        self.origin: Ints = np.full(len(times), -1, dtype=np.int64) if origin is None else origin
        count = len(offsets) - 1
        self._first = int(times.min()) if len(times) else 0
        self._span = int(times.max()) - self._first + 2 if len(times) else 2
        self._keys: Ints | None = None
        if count > 1 and count * self._span < _KEY_LIMIT:
            series = np.repeat(np.arange(count, dtype=np.int64), np.diff(offsets))
            self._keys = series * self._span + (times - self._first)

    @classmethod
    def of(cls, points: Points) -> PointTable:
        """The table of a source's points, as they are."""
        return cls(points.offsets, points.times, points.values, points.kind)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def before(self, series: Ints, times: Times) -> Ints:
        """For each series (K) and its times (K x M, or 1 x M for all): the index after its last point before
        that time."""
        shape = (len(series), times.shape[1])
        if self._keys is not None:
            relative = np.clip(times - self._first, 0, self._span - 1)
            wanted = series[:, None] * self._span + relative
            return np.searchsorted(self._keys, wanted.ravel()).reshape(shape)
        out = np.empty(shape, dtype=np.int64)
        for row, one in enumerate(series):
            start, stop = self.offsets[one], self.offsets[one + 1]
            out[row] = start + np.searchsorted(self.times[start:stop], times[row if len(times) > 1 else 0])
        return out

    def window(self, series: Ints, times: Times, start: int, stop: int) -> tuple[Ints, Ints]:
        """Index ranges of the points in ``[t - start, t - stop)`` for each series and time."""
        low = self.before(series, times - start)
        return low, self.before(series, times - stop)

    def range_of(self, read: Read, series: Ints, times: Times) -> tuple[Ints, Ints]:
        """Index ranges of the points in the window of a read for each series and time."""
        if read.calendar is None:
            return self.window(series, times, read.start, read.stop)
        start, stop = window_of(read.calendar, times - read.stop)
        return self.before(series, start - read.back), self.before(series, stop)

    def preceded_by(self, values: Floats, times: Times, origin: Ints) -> PointTable:
        """This table with one older point in front of each series, where it has one (`NEVER`: none)."""
        some = np.flatnonzero(times != NEVER)
        offsets = self.offsets + np.searchsorted(some, np.arange(len(self) + 1))
        at = self.offsets[some]
        return PointTable(
            offsets,
            np.insert(self.times, at, times[some]),
            np.insert(self.values, at, values[some]),
            self.kind,
            np.insert(self.origin, at, origin[some]),
        )

    def pick(self, index: Ints, some: Flags) -> tuple[Floats, Times]:
        """The values and times of the points at `index`, NaN and `NEVER` where not `some`."""
        values, chosen = np.full(index.shape, np.nan), np.full(index.shape, NEVER, dtype=np.int64)
        values[some] = self.values[index[some]]
        chosen[some] = self.times[index[some]]
        return values, chosen

    def has_newest(self, series: Ints, high: Ints, oldest: Times) -> Flags:
        """Whether the newest point of each series before the place `high` is there and not older than `oldest`."""
        some = high > self.offsets[series][:, None]
        if not len(self.times):
            return some
        return np.logical_and(some, self.times[np.maximum(high - 1, 0)] >= oldest)

    def reduce(self, read: Read, series: Ints, times: Times) -> tuple[Floats, Times]:
        """Answer a reduced read for each series and time: values and, for first and last, the times of the
        points.

        Unknown is NaN with time `NEVER`; the count of no points is 0.
        """
        low, high = self.range_of(read, series, times)
        chosen = np.full(low.shape, NEVER, dtype=np.int64)
        match read.reducer:
            case Reducer.COUNT if read.where is not None:
                total = np.concatenate(([0], np.cumsum(_satisfies(self.values, read.where))))
                return (total[high] - total[low]).astype(np.float64), chosen
            case Reducer.COUNT:
                return (high - low).astype(np.float64), chosen
            case Reducer.LAST | Reducer.FIRST:
                return self.pick(high - 1 if read.reducer is Reducer.LAST else low, high > low)
            case Reducer.MIN:
                return segments(np.minimum, self.values, low, high), chosen
            case Reducer.MAX:
                return segments(np.maximum, self.values, low, high), chosen
            case Reducer.SUM:
                return segments(np.add, self.values, low, high), chosen
        raise AssertionError(read)


def segments(ufunc: np.ufunc, values: Floats, low: Ints, high: Ints) -> Floats:
    """Reduce ``values[low:high]`` for each range; NaN for empty ranges."""
    out = np.full(low.shape, np.nan)
    some = high > low
    if some.any():
        # reduceat takes every second segment; the extra element lets a range end at the end of the array.
        edges = np.stack((low[some], high[some]), axis=1).ravel()
        with np.errstate(invalid="ignore"):  # Inf - Inf is unknown
            out[some] = ufunc.reduceat(np.append(values, 0.0), edges)[::2]
    return out


def flatten(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """All indices of many ranges, one after the other, and for each the number of its range."""
    lengths = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(low), dtype=np.int64), lengths)
    starts = np.cumsum(lengths) - lengths
    return np.arange(len(owner), dtype=np.int64) - starts[owner] + low[owner], owner


def column_chunks(low: Ints, high: Ints) -> Iterator[slice]:
    """Runs of columns whose ranges hold few enough points to be laid out at once: bounds memory, changes
    nothing."""
    points = np.cumsum(np.maximum(high - low, 0).sum(axis=0))
    start = 0
    while start < len(points):
        before = int(points[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(points, before + _LAID_OUT, side="right")))
        yield slice(start, stop)
        start = stop


def quantile(values: Floats, owner: Ints, count: int, q: float) -> Floats:
    """The exact quantile of each owner's values, interpolated linearly between the two nearest; NaN without
    values."""
    order = np.lexsort((values, owner))
    ranked = values[order]
    size = np.bincount(owner, minlength=count)
    start = np.cumsum(size) - size
    some = size > 0
    position = q * (size[some] - 1)
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, size[some] - 1)
    lower, upper = ranked[start[some] + below], ranked[start[some] + above]
    out = np.full(count, np.nan)
    out[some] = between(lower, upper, position - below)
    return out


def stddev(values: Floats, owner: Ints, count: int) -> Floats:
    """The sample standard deviation of each owner's values; NaN below two values.

    Differences from the mean below 1e-9 of the mean count as zero (rounding is not a deviation).
    """
    size = np.bincount(owner, minlength=count).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, values, minlength=count) / size
        off = values - mean[owner]
        off[np.abs(off) < 1e-9 * np.abs(mean[owner])] = 0.0
        spread = np.sqrt(np.bincount(owner, off * off, minlength=count) / (size - 1))
    spread[size < 2] = np.nan
    return spread


def increments(table: PointTable) -> Floats:
    """What each point adds to a counter since the point before it of its series: a drop is a reset, counted
    from zero.

    The first point of a series adds nothing that is known here (0).
    """
    steps = np.zeros(len(table.values))
    if len(steps) > 1:
        with np.errstate(invalid="ignore"):
            difference = np.diff(table.values)
        steps[1:] = np.where(difference < 0, table.values[1:], difference)
    steps[table.offsets[:-1][np.diff(table.offsets) > 0]] = 0.0
    return steps


def _satisfies(values: Floats, where: PointFilter) -> Flags:
    number = text_id(where.value) if isinstance(where.value, str) else float(where.value)
    return np.equal(values, number) if where.op == "==" else np.not_equal(values, number)


def reduce_at(points: Points, read: Read, instants: Times) -> tuple[Floats, Times]:
    """Answer a reduced read over all series of `points` at each instant: arrays of series x instants."""
    table = PointTable.of(points)
    return table.reduce(read, np.arange(len(table), dtype=np.int64), instants[None, :])


def average(total: Floats, count: Floats) -> Floats:
    """The mean of `count` points that add up to `total`; NaN without points."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)
