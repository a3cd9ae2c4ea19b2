"""What is computed from the points of index ranges where storage has no reducer: lines, steps, crossings, baselines.

All take a table and ranges ``[low, high)`` into it (arrays of one shape) and give arrays of that shape, NaN unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertdsl_runtime.columns import Flags, Floats, Ints, Times
from alertdsl_runtime.reduce import PointTable, column_chunks, flatten, quantile, segments, stddev

_SECOND = 1e9


def by_chunks(low: Ints, high: Ints, compute: Callable[[Ints, Ints], Floats]) -> Floats:
    """Compute column by column so that the points laid out at once stay bounded."""
    out = np.full(low.shape, np.nan)
    for part in column_chunks(low, high):
        out[:, part] = compute(low[:, part], high[:, part])
    return out


def lines(table: PointTable, low: Ints, high: Ints, ends: Times) -> tuple[Floats, Floats, Floats]:
    """Least-squares lines: number of points, slope a second, and value at each range's end.

    Ordinary least squares with times relative to the end, centred, so that nanoseconds since the epoch lose nothing. The
    slope is NaN where all points have one time.
    """
    indices, owner = flatten(low.ravel(), high.ravel())
    total = low.size
    count = np.bincount(owner, minlength=total).astype(np.float64)
    x = (table.times[indices] - np.broadcast_to(ends, low.shape).ravel()[owner]) / _SECOND
    y = table.values[indices]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x = np.bincount(owner, x, minlength=total) / count
        mean_y = np.bincount(owner, y, minlength=total) / count
        off = x - mean_x[owner]
        spread = np.bincount(owner, off * off, minlength=total)
        slope = np.bincount(owner, off * (y - mean_y[owner]), minlength=total) / spread
        slope[spread == 0] = np.nan
        value = mean_y - slope * mean_x
    return count.reshape(low.shape), slope.reshape(low.shape), value.reshape(low.shape)


def integral(table: PointTable, low: Ints, high: Ints) -> Floats:
    """Trapezoids between neighbouring points of each range, value times seconds; NaN below two points."""
    areas = np.zeros(len(table.values))
    if len(areas) > 1:
        with np.errstate(invalid="ignore"):
            areas[1:] = (table.values[1:] + table.values[:-1]) / 2 * (np.diff(table.times) / _SECOND)
    out = segments(np.add, areas, low + 1, high)
    out[high - low < 2] = np.nan
    return out


def steps(table: PointTable, low: Ints, high: Ints, oldest: Times) -> Floats:
    """How many points differ from the point before them (not older than `oldest`); NaN without points."""
    differs = np.zeros(len(table.values) + 1, dtype=np.int64)
    differs[1:-1] = table.values[1:] != table.values[:-1]
    differs[table.offsets[:-1]] = 0  # the first point of a series has none before it
    total = np.concatenate(([0], np.cumsum(differs[:-1])))
    out = (total[high] - total[low]).astype(np.float64)
    out -= differs[low] * ~_has_before(table, low, oldest) * (high > low)
    out[high == low] = np.nan
    return out


def crossings(
    table: PointTable, low: Ints, high: Ints, oldest: Times, past: Callable[[Floats, Ints], Flags]
) -> Floats:
    """1 where a point of the range is past the bound and the point before it is not, else 0.

    Args:
        oldest: how old the point before the range may be.
        past: which values are past the bound of the range (numbered row by row) that they belong to.
    """
    indices, owner = flatten(low.ravel(), high.ravel())
    before = np.maximum(indices - 1, 0)
    first = np.zeros(len(table.values) + 1, dtype=np.bool_)
    first[table.offsets[:-1]] = True
    near = table.times[before] >= np.broadcast_to(oldest, low.shape).ravel()[owner]
    crossed = past(table.values[indices], owner) & ~past(table.values[before], owner) & ~first[indices] & near
    return np.bincount(owner[crossed], minlength=low.size).reshape(low.shape).clip(0, 1).astype(np.float64)


def statistic_of(name: str, table: PointTable, low: Ints, high: Ints) -> Floats:
    """A statistic of the values of each range: count, sum, avg, min, max, median, stddev, mad."""
    match name:
        case "count":
            return (high - low).astype(np.float64)
        case "sum" | "avg":
            total = segments(np.add, table.values, low, high)
            return total / (high - low).clip(1) if name == "avg" else total
        case "min" | "max":
            return segments(np.minimum if name == "min" else np.maximum, table.values, low, high)
    return by_chunks(low, high, lambda a, b: _spread(name, table, a, b))


def _spread(name: str, table: PointTable, low: Ints, high: Ints) -> Floats:
    indices, owner = flatten(low.ravel(), high.ravel())
    values = table.values[indices]
    match name:
        case "stddev":
            return stddev(values, owner, low.size).reshape(low.shape)
        case "mad":
            middle = quantile(values, owner, low.size, 0.5)
            return quantile(np.abs(values - middle[owner]), owner, low.size, 0.5).reshape(low.shape)
    return quantile(values, owner, low.size, 0.5).reshape(low.shape)


def _has_before(table: PointTable, low: Ints, oldest: Times) -> Flags:
    """Whether the point before each range is there and not too old (the caller knows that it is of the same series)."""
    before = np.maximum(low - 1, 0)
    if not len(table.times):
        return np.zeros(low.shape, dtype=np.bool_)
    return (low > 0) & (table.times[before] >= oldest)
