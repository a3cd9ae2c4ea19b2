"""``its 1d average``: a statistic of a series over the time before its value."""

from __future__ import annotations

from functools import reduce

import numpy as np

from alertdsl.plan.reads import Read, leaf_reads
from alertdsl.semantics import typed
from alertdsl_runtime.columns import Flags, Floats, Ints, Times
from alertdsl_runtime.reading import ranges
from alertdsl_runtime.reading.data import Data
from alertdsl_runtime.reading.reduce import PointTable, average

Range = tuple[PointTable, Ints, Ints]


def baseline(node: typed.Baseline, data: Data, series: Ints, times: Times) -> Floats:
    """The statistic over ``[p - window, p)``, `p` the time of the value at each time; NaN without a value.

    A window that storage reduces comes in three parts: points at both its ends, the reduced rest between them.
    """
    fresh, edges, between = _parts(node, data, series, times)

    def parts_of(function: str, place: int) -> list[Floats]:
        reduced = [data.column(between[place], series, times)[0]] if between else []
        return reduced + [ranges.statistic_of(function, points, low, high) for points, low, high in edges]

    if not between:
        (out,) = parts_of(node.statistic, 0)
    elif node.statistic == "avg":
        sums, counts = parts_of("sum", 0), parts_of("count", 1)
        # Without points a part adds nothing; a sum of infinities that cancel out is unknown, and so is the whole.
        added = [np.where(count > 0, total, 0.0) for total, count in zip(sums, counts, strict=True)]
        with np.errstate(invalid="ignore"):
            out = average(reduce(np.add, added), reduce(np.add, counts))
    else:
        out = reduce(np.fmax if node.statistic == "max" else np.fmin, parts_of(node.statistic, 0))
    return np.where(fresh, out, np.nan)


def points_before(node: typed.Baseline, data: Data, series: Ints, times: Times) -> Floats:
    """How many points the window has (those that storage reduces may be told as one); none where there is no value."""
    fresh, edges, between = _parts(node, data, series, times)
    found = [(high - low).astype(np.float64) for _, low, high in edges]
    if between:
        reduced = data.column(between[-1], series, times)[0]
        found.append(reduced if node.statistic == "avg" else (~np.isnan(reduced)).astype(np.float64))
    return np.where(fresh, reduce(np.add, found), 0.0)


def _parts(
    node: typed.Baseline, data: Data, series: Ints, times: Times
) -> tuple[Flags, list[Range], list[Read]]:
    """Where there is a value, the parts of the window whose points are there, and the reads of the part that is reduced."""
    now, recent, *parts = leaf_reads(node)
    values, chosen = data.column(now, series, times)
    fresh = ~np.isnan(values) & (chosen >= times - node.shift - node.selector.staleness)
    ends = np.where(fresh, chosen, times - node.shift)
    table = data.table(recent)
    stop = table.before(series, ends)
    if not parts:
        return fresh, [(table, table.before(series, ends - node.window), stop)], []
    old, *between = parts
    older = data.table(old)
    first = (older, older.before(series, ends - node.window), older.before(series, times - old.stop))
    return fresh, [first, (table, table.before(series, times - recent.start), stop)], between
