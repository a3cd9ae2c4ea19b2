"""``its 1d average``: a statistic of a series over the time before its value."""

from __future__ import annotations

from functools import reduce

import numpy as np

from alertdsl.plan.reads import Read, leaf_reads
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

    def parts_of(function: str, reduced: Read) -> list[Floats]:
        ends_of = [ranges.statistic_of(function, points, low, high) for points, low, high in edges]
        return [data.column(reduced, series, times)[0], *ends_of]

    if node.statistic == "avg":
        sums, counts = parts_of("sum", between[0]), parts_of("count", between[1])
        # Without points a part adds nothing; a sum of infinities that cancel out is unknown, and so is the whole.
        added = [np.where(count > 0, total, 0.0) for total, count in zip(sums, counts, strict=True)]
        with np.errstate(invalid="ignore"):
            out = average(reduce(np.add, added), reduce(np.add, counts))
    else:
        out = reduce(np.fmax if node.statistic == "max" else np.fmin, parts_of(node.statistic, between[0]))
    return np.where(fresh, out, np.nan)
