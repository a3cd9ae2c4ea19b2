"""How many points a leaf has, and how many its value takes: too few are why it is unknown."""

from __future__ import annotations

import numpy as np

from alertdsl.plan.reads import DELTAS, leaf_reads
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf
from alertdsl_runtime.columns import Floats, Ints, Times
from alertdsl_runtime.evaluation.baselines import points_before
from alertdsl_runtime.evaluation.leaf import Reader, changing, column, reader
from alertdsl_runtime.reading.data import Data
from alertdsl_runtime.reading.histograms import increases_of


def of_each_series(node: Leaf) -> bool:
    """Whether a leaf of a group takes points of each series by itself, and not of all together."""
    return isinstance(node, typed.Delta | typed.Histogram) or (
        isinstance(node, typed.CalendarWindow) and node.function in DELTAS
    )


def points_needed(node: Leaf) -> int:
    """How many points (of each series, where there are several) a leaf's value takes."""
    if isinstance(node, typed.Line):
        return 3
    two = of_each_series(node) or isinstance(node, typed.Slope | typed.Integral)
    spread = isinstance(node, typed.Window | typed.CalendarWindow) and node.function == "stddev"
    spread |= isinstance(node, typed.Baseline) and node.statistic == "stddev"
    return 2 if two or spread else 1


def points_read(node: Leaf, data: Data) -> Reader:
    """How many points a leaf has (more than two may be told as two)."""
    if isinstance(node, typed.Histogram):
        return points_read(increases_of(node), data)
    reads = leaf_reads(node)

    def laid_out(series: Ints, times: Times) -> Floats:
        low, high = _ranges(node, data, series, times)
        return (high - low).astype(np.float64)

    def of_change(series: Ints, times: Times) -> Floats:
        (before, _), (_, first), (last, last_at) = (data.column(read, series, times) for read in reads)
        some = 1.0 + ~np.isnan(before) + (first != last_at)
        return np.where(np.isnan(last), 0.0, some)

    match node:
        case typed.Delta(function="change" | "percent change"):
            return of_change
        case (
            typed.Window(function="avg" | "sum" | "count")
            | typed.CalendarWindow(function="avg" | "sum" | "count")
        ):
            return column(data, reads[-1])
        case (
            typed.Window(function="percentile" | "stddev")
            | typed.CalendarWindow(function="percentile" | "stddev")
        ):
            return laid_out
        case typed.Baseline():
            return lambda series, times: points_before(node, data, series, times)
        case typed.Delta() | typed.Counted() | typed.Slope() | typed.Line() | typed.Integral():
            return laid_out
        case typed.CalendarWindow() if node.function in DELTAS:
            return laid_out
    value = reader(node, data)
    return lambda series, times: (~np.isnan(value(series, times))).astype(np.float64)


def _ranges(node: Leaf, data: Data, series: Ints, times: Times) -> tuple[Ints, Ints]:
    """The points of a leaf that is computed from points laid out."""
    (read, *_) = leaf_reads(node)
    table = data.table(read)
    if isinstance(node, typed.Delta | typed.CalendarWindow) and node.function in DELTAS:
        low, start, high = changing(node, table, series, times)
        return np.where(high > start, low, high), high
    return table.range_of(read, series, times)
