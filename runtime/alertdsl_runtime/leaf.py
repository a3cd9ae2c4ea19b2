"""The values of a leaf, series by series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertdsl.plan.reads import Read, known_read, leaf_reads
from alertdsl.semantics import typed
from alertdsl_runtime.bind import NO_SERIES, Leaf, SeriesRows
from alertdsl_runtime.columns import NEVER, Floats, Ints, Times
from alertdsl_runtime.data import Data
from alertdsl_runtime.reduce import column_chunks, flatten, increments, quantile, segments, stddev

Reader = Callable[[Ints, Times], Floats]
"""Answers series (K) at times (K x M, or 1 x M) with values (K x M)."""


def column(data: Data, read: Read) -> Reader:
    """The values of one read."""
    return lambda series, times: data.column(read, series, times)[0]


def reader(node: Leaf, data: Data) -> Reader:
    """What answers a leaf, its grouping left aside."""
    match node:
        case typed.Current():
            return lambda series, times: _current(node, data, series, times)
        case typed.Window():
            return lambda series, times: _window(node, data, series, times)
        case typed.Delta():
            return lambda series, times: _delta(node, data, series, times)
        case typed.Extreme():
            return lambda series, times: _extreme(node, data, series, times)
        case typed.Missing():
            return column(data, leaf_reads(node)[0])


def _current(node: typed.Current, data: Data, series: Ints, times: Times) -> Floats:
    values, chosen = data.column(leaf_reads(node)[0], series, times)
    return np.where(chosen < times - node.shift - node.selector.staleness, np.nan, values)


def _window(node: typed.Window, data: Data, series: Ints, times: Times) -> Floats:
    reads = leaf_reads(node)
    if node.function in ("percentile", "stddev"):
        table = data.table(reads[0])
        low, high = table.window(series, times, reads[0].start, reads[0].stop)
        out = np.empty(low.shape)
        for part in column_chunks(low, high):
            indices, owner = flatten(low[:, part].ravel(), high[:, part].ravel())
            out[:, part] = statistic(node, table.values[indices], owner, low[:, part].size).reshape(
                len(low), -1
            )
        return out
    columns = [data.column(read, series, times)[0] for read in reads]
    if node.function == "count":
        known = data.column(known_read(node.selector), series, times)[1] != NEVER
        return np.where(known, columns[0], np.nan)
    return average(columns[0], columns[1]) if node.function == "avg" else columns[0]


def _extreme(node: typed.Extreme, data: Data, series: Ints, times: Times) -> Floats:
    before, within = (data.column(read, series, times)[0] for read in leaf_reads(node))
    extreme: Floats = np.fmin(before, within) if node.function == "min" else np.fmax(before, within)
    return extreme


def points_needed(node: Leaf) -> int:
    """How many points a leaf's value takes."""
    return (
        2
        if isinstance(node, typed.Delta) or (isinstance(node, typed.Window) and node.function == "stddev")
        else 1
    )


def points_read(node: Leaf, data: Data) -> Reader:
    """How many points a leaf has (more than two may be told as two)."""
    reads = leaf_reads(node)

    def laid_out(series: Ints, times: Times) -> Floats:
        read = reads[0]
        low, high = data.table(read).window(series, times, read.start, read.stop)
        if isinstance(node, typed.Delta):
            start = data.table(read).before(series, times - node.shift - node.window)
            low = np.where(high > start, np.maximum(low, start - 1), high)
        return (high - low).astype(np.float64)

    def of_change(series: Ints, times: Times) -> Floats:
        (before, _), (_, first), (last, last_at) = (data.column(read, series, times) for read in reads)
        some = 1.0 + ~np.isnan(before) + (first != last_at)
        return np.where(np.isnan(last), 0.0, some)

    if isinstance(node, typed.Delta):
        return of_change if node.function in ("change", "percent change") else laid_out
    if isinstance(node, typed.Window) and node.function in ("percentile", "stddev"):
        return laid_out
    if isinstance(node, typed.Window) and node.function in ("avg", "sum", "count"):
        return column(data, reads[-1])
    value = reader(node, data)
    return lambda series, times: (~np.isnan(value(series, times))).astype(np.float64)


def ask(read: Reader, rows: SeriesRows, index: Ints, times: Times, virtual: float) -> Floats:
    """Ask `read` for the series of the rows `index` (negative: none), at shared times or at each row's
    own."""
    out = np.full((len(index), times.shape[1]), np.nan)
    series = np.where(index >= 0, rows.series[index] if len(rows.series) else NO_SERIES, NO_SERIES)
    some = np.flatnonzero(series >= 0)
    if len(some) == len(index) > 0:
        return read(series, times)
    out[(series == NO_SERIES) & (index >= 0)] = virtual
    if len(some):
        out[some] = read(series[some], times if len(times) == 1 else times[some])
    return out


def arithmetic(op: str, left: Floats, right: Floats) -> Floats:
    """``left op right``: NaN where one is NaN or a divisor is zero."""
    with np.errstate(all="ignore"):
        match op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return np.where(right == 0, np.nan, left / right)


def average(total: Floats, count: Floats) -> Floats:
    """The mean of `count` points that add up to `total`; NaN without points."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def statistic(node: typed.Window, values: Floats, owner: Ints, count: int) -> Floats:
    """The percentile or standard deviation of each owner's values."""
    if node.function == "stddev":
        return stddev(values, owner, count)
    assert node.quantile is not None
    return quantile(values, owner, count, node.quantile)


def _delta(node: typed.Delta, data: Data, series: Ints, times: Times) -> Floats:
    """Changes and rates of each series, from the value at the window's start if known, else from its first
    point."""
    reads = leaf_reads(node)
    if node.function in ("change", "percent change"):
        (before, _), (first, first_at), (last, last_at) = (data.column(read, series, times) for read in reads)
        # Without a value at the start, one point alone is no change.
        first = np.where(np.isnan(before), np.where(first_at == last_at, np.nan, first), before)
        change = arithmetic("-", last, first)
        if node.function == "change":
            return change
        return arithmetic("/", change * 100.0, np.abs(first))
    (read,) = reads
    table = data.table(read)
    start, high = table.window(series, times, node.shift + node.window, node.shift)
    oldest = table.before(series, times - (node.shift + node.window + node.selector.staleness))
    low = np.where(oldest < start, start - 1, start)
    increase = segments(np.add, increments(table), low + 1, high)
    # An increase needs two points and one of them in the window.
    increase[(high - low < 2) | (high <= start)] = np.nan
    if node.function == "increase":
        return increase
    some = ~np.isnan(increase)
    rate = np.full(increase.shape, np.nan)
    elapsed = table.times[high[some] - 1] - table.times[low[some]]
    rate[some] = arithmetic("/", increase[some], elapsed / node.per)
    return rate
