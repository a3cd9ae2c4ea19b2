"""``its 1d average``: a statistic of a series over the time before its value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertdsl.plan.reads import leaf_reads
from alertdsl.semantics import typed
from alertdsl_runtime import ranges
from alertdsl_runtime.columns import Floats, Ints, Times
from alertdsl_runtime.data import Data
from alertdsl_runtime.reduce import average


def baseline(node: typed.Baseline, data: Data, series: Ints, times: Times) -> Floats:
    """The statistic over ``[p - window, p)``, `p` the time of the value at each time; NaN without a value.

    A window that storage reduces comes in three parts: points at both its ends, the reduced rest between them.
    """
    now, recent, *parts = leaf_reads(node)
    values, chosen = data.column(now, series, times)
    fresh = ~np.isnan(values) & (chosen >= times - node.selector.staleness)
    ends = np.where(fresh, chosen, times)
    table = data.table(recent)
    stop = table.before(series, ends)
    if not parts:
        start = table.before(series, ends - node.window)
        return np.where(fresh, ranges.statistic_of(node.statistic, table, start, stop), np.nan)
    old, *between = parts
    older = data.table(old)
    edges = (
        (older, older.before(series, ends - node.window), older.before(series, times - old.stop)),
        (table, table.before(series, times - recent.start), stop),
    )

    def joined(function: str, found: Floats) -> Floats:
        for points, low, high in edges:
            found = _JOIN[function](found, ranges.statistic_of(function, points, low, high))
        return found

    reduced = [data.column(read, series, times)[0] for read in between]
    if node.statistic == "avg":
        out = average(joined("sum", reduced[0]), joined("count", reduced[1]))
    else:
        out = joined(node.statistic, reduced[0])
    return np.where(fresh, out, np.nan)


def _added(left: Floats, right: Floats) -> Floats:
    """The sum of what there is; NaN is nothing."""
    return np.where(np.isnan(left), 0.0, left) + np.where(np.isnan(right), 0.0, right)


_JOIN: dict[str, Callable[[Floats, Floats], Floats]] = {
    "sum": _added,
    "count": np.add,
    "max": np.fmax,
    "min": np.fmin,
}
