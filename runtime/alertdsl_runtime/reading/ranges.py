"""What is computed from the points of index ranges where storage has no reducer: lines, steps, crossings, baselines.

All take a table and ranges ``[low, high)`` into it (arrays of one shape) and give arrays of that shape, NaN unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertdsl_runtime.columns import Flags, Floats, Ints, Times
from alertdsl_runtime.reading.reduce import PointTable, column_chunks, flatten, segments
from alertdsl_runtime.reading.spread import spread

_SECOND = 1e9
_ROUNDING = 1e-12
"""A rise that small beside the largest value times all distances is rounding: what is level does not grow."""


def lines(table: PointTable, low: Ints, high: Ints, ends: Times) -> tuple[Floats, Floats, Floats]:
    """Least-squares lines: number of points, slope a second, and value at each range's end.

    Ordinary least squares with times relative to the end, centred, so that nanoseconds since the epoch lose nothing. The
    slope is NaN where all points have one time.
    """
    ends = np.broadcast_to(ends, low.shape)
    out = np.empty((3, *low.shape))
    for part in column_chunks(low, high):
        found = _lines(table, low[:, part], high[:, part], ends[:, part])
        out[:, :, part] = found
    return out[0], out[1], out[2]


def _lines(table: PointTable, low: Ints, high: Ints, ends: Times) -> Floats:
    indices, owner = flatten(low.ravel(), high.ravel())
    total = low.size
    count = np.bincount(owner, minlength=total).astype(np.float64)
    some = high.ravel() > low.ravel()
    # Values are taken from the first one on, so that the line of equal values is flat to the last bit.
    first = np.zeros(total)
    first[some] = table.values[low.ravel()[some]]
    first[~np.isfinite(first)] = 0.0
    x = (table.times[indices] - ends.ravel()[owner]) / _SECOND
    with np.errstate(invalid="ignore", divide="ignore"):
        y = table.values[indices] - first[owner]
        mean_x = np.bincount(owner, x, minlength=total) / count
        mean_y = np.bincount(owner, y, minlength=total) / count
        off = x - mean_x[owner]
        spread_x = np.bincount(owner, off * off, minlength=total)
        rise = np.bincount(owner, off * (y - mean_y[owner]), minlength=total)
        largest = segments(np.maximum, np.abs(table.values), low.ravel(), high.ravel())
        size = largest * np.bincount(owner, np.abs(off), minlength=total)
        rise[np.abs(rise) < _ROUNDING * size] = 0.0
        slope = rise / spread_x
        slope[spread_x == 0] = np.nan
        value = first + mean_y - slope * mean_x
    return np.stack((count, slope, value)).reshape(3, *low.shape)


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
    return spread(name, table.values, low, high, np.arange(len(low), dtype=np.int64), len(low))


def _has_before(table: PointTable, low: Ints, oldest: Times) -> Flags:
    """Whether the point before each range is there and not too old (the caller knows that it is of the same series)."""
    before = np.maximum(low - 1, 0)
    if not len(table.times):
        return np.zeros(low.shape, dtype=np.bool_)
    return (low > 0) & (table.times[before] >= oldest)
