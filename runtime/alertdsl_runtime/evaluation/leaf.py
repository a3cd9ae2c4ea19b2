"""The values of a leaf, series by series."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

import numpy as np

from alertdsl.plan.reads import DELTAS, Read, known_read, leaf_reads
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf
from alertdsl.semantics.typed import SECOND, Selector
from alertdsl_runtime.columns import Flags, Floats, Ints, Times, text_id
from alertdsl_runtime.evaluation.baselines import baseline
from alertdsl_runtime.evaluation.rows import NO_SERIES, SeriesRows
from alertdsl_runtime.reading import ranges
from alertdsl_runtime.reading.calendar import window_of
from alertdsl_runtime.reading.data import Data
from alertdsl_runtime.reading.reduce import PointTable, average, increments, segments
from alertdsl_runtime.reading.spread import spread

COMPARE: dict[str, Callable[[Floats, Floats], Flags]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
"""Comparisons; with NaN they are false (``!=`` true), so the caller looks for NaN."""

Counting = typed.Counted | typed.Window | typed.CalendarWindow
"""What `counts_points` is true of."""

Reader = Callable[[Ints, Times], Floats]
"""Answers series (K) at times (K x M, or 1 x M) with values (K x M)."""


def is_known(selector: Selector, data: Data, series: Ints, times: Times) -> Flags:
    """Whether each series has a point in ``[T - memory, T)`` (the read may reach further back)."""
    newest = data.column(known_read(selector), series, times)[1]
    return np.greater_equal(newest, times - selector.memory)


def column(data: Data, read: Read) -> Reader:
    """The values of one read."""
    return lambda series, times: data.column(read, series, times)[0]


def reader(node: Leaf, data: Data) -> Reader:
    """What answers a leaf, its grouping left aside."""
    if counts_points(node):
        return lambda series, times: np.where(
            is_known(node.selector, data, series, times), counted(node, data, series, times), np.nan
        )
    match node:
        case typed.Current():
            return lambda series, times: _current(node, data, series, times)
        case typed.Window():
            return lambda series, times: _window(node, data, series, times)
        case typed.CalendarWindow():
            if node.function in DELTAS:
                return lambda series, times: _delta_of_points(node, data, series, times)
            return lambda series, times: _window(node, data, series, times)
        case typed.Delta():
            return lambda series, times: _delta(node, data, series, times)
        case typed.Extreme():
            return lambda series, times: _extreme(node, data, series, times)
        case typed.Missing():
            return column(data, leaf_reads(node)[0])
        case typed.Distinct() | typed.Absent():
            now = typed.Current(node.selector, node.shift if isinstance(node, typed.Distinct) else 0)
            return lambda series, times: _current(now, data, series, times)
        case typed.CrossedPoints() | typed.Histogram():
            raise AssertionError("what needs more than its series is decided in `constructs`")
    return lambda series, times: _of_points(node, data, series, times)


def _current(node: typed.Current, data: Data, series: Ints, times: Times) -> Floats:
    values, chosen = data.column(leaf_reads(node)[0], series, times)
    return np.where(chosen < times - node.shift - node.selector.staleness, np.nan, values)


def _window(node: typed.Window | typed.CalendarWindow, data: Data, series: Ints, times: Times) -> Floats:
    reads = leaf_reads(node)
    if node.function in ("percentile", "stddev"):
        table = data.table(reads[0])
        low, high = table.range_of(reads[0], series, times)
        everyone = np.arange(len(series), dtype=np.int64)
        return spread(node.function, table.values, low, high, everyone, len(series), node.quantile)
    columns = [data.column(read, series, times)[0] for read in reads]
    return average(columns[0], columns[1]) if node.function == "avg" else columns[0]


def _of_points(node: Leaf, data: Data, series: Ints, times: Times) -> Floats:
    """Leaves that are computed from points laid out."""
    reads = leaf_reads(node)
    match node:
        case typed.Baseline():
            return baseline(node, data, series, times)
        case typed.Steps(selector=selector, shift=shift):
            table = data.table_since(*reads)
            low, high = table.window(series, times, reads[0].start, reads[0].stop)
            return ranges.steps(table, low, high, times - shift - selector.memory)
    table = data.table(reads[0])
    low, high = table.range_of(reads[0], series, times)
    match node:
        case typed.Integral(per=per):
            return ranges.integral(table, low, high) / (per / SECOND)
        case typed.Slope(per=per) | typed.Line(ahead=per):
            count, slope, value = ranges.lines(table, low, high, times - node.shift)
            if isinstance(node, typed.Slope):
                return np.where(count >= 2, slope * (per / SECOND), np.nan)
            return np.where(count >= 3, value + slope * (per / SECOND), np.nan)
    raise AssertionError(node)


def counted(node: Counting, data: Data, series: Ints, times: Times) -> Floats:
    """How many points a leaf that counts them has, known or not."""
    (read,) = leaf_reads(node)
    if not isinstance(node, typed.Counted):
        return data.column(read, series, times)[0]
    table = data.table(read)
    low, high = table.range_of(read, series, times)
    passes = np.ones(len(table.values), dtype=np.bool_)
    for test in node.tests:
        literal = text_id(test.value) if isinstance(test.value, str) else float(test.value)
        passes &= COMPARE[test.op](table.values, np.array(literal))
    total = np.concatenate(([0], np.cumsum(passes)))
    return (total[high] - total[low]).astype(np.float64)


def changing(
    node: typed.Delta | typed.CalendarWindow, table: PointTable, series: Ints, times: Times
) -> tuple[Ints, Ints, Ints]:
    """Where the points of a change begin, those of its window among them, and where they end: from the value at the window's
    start if known, else from its first point."""
    if isinstance(node, typed.Delta):
        begin = times - node.shift - node.window
        end = times - node.shift
    else:
        begin, end = window_of(node.calendar, times - node.shift)
    start, high = table.before(series, begin), table.before(series, end)
    oldest = table.before(series, begin - node.selector.staleness)
    return np.where(oldest < start, start - 1, start), start, high


def _extreme(node: typed.Extreme, data: Data, series: Ints, times: Times) -> Floats:
    before, within = (data.column(read, series, times)[0] for read in leaf_reads(node))
    extreme: Floats = np.fmin(before, within) if node.function == "min" else np.fmax(before, within)
    return extreme


def counts_points(node: Leaf) -> TypeGuard[Counting]:
    """Whether a leaf counts points: 0 for a known series that has none."""
    return isinstance(node, typed.Counted) or (
        isinstance(node, typed.Window | typed.CalendarWindow) and node.function == "count"
    )


def series_of(rows: SeriesRows, index: Ints) -> Ints:
    """The series behind rows (negative: none), `NO_SERIES` where there is none."""
    if not len(rows.series):
        return np.full(len(index), NO_SERIES, dtype=np.int64)
    return np.where(index >= 0, rows.series[index], NO_SERIES)


def ask(read: Reader, rows: SeriesRows, index: Ints, times: Times, virtual: float) -> Floats:
    """Ask `read` for the series of the rows `index` (negative: none), at shared times or at each row's
    own."""
    out = np.full((len(index), times.shape[1]), np.nan)
    series = series_of(rows, index)
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


def _delta(node: typed.Delta, data: Data, series: Ints, times: Times) -> Floats:
    """Changes and rates of each series, from the value at the window's start if known, else from its first
    point."""
    reads = leaf_reads(node)
    if node.function in ("change", "percent change"):
        (before, _), *ends = (data.column(read, series, times) for read in reads)
        (first, first_at), (last, last_at) = ends
        # Without a value at the start, one point alone is no change.
        first = np.where(np.isnan(before), np.where(first_at == last_at, np.nan, first), before)
        return _changed(node.function, first, last)
    return _delta_of_points(node, data, series, times)


def _delta_of_points(
    node: typed.Delta | typed.CalendarWindow, data: Data, series: Ints, times: Times
) -> Floats:
    """Changes and rates of points laid out."""
    table = data.table(leaf_reads(node)[0])
    return _change_between(node, table, *changing(node, table, series, times))


def _changed(function: str, first: Floats, last: Floats) -> Floats:
    change = arithmetic("-", last, first)
    return change if function == "change" else arithmetic("/", change * 100.0, np.abs(first))


def _change_between(
    node: typed.Delta | typed.CalendarWindow, table: PointTable, low: Ints, start: Ints, high: Ints
) -> Floats:
    """What changes from point `low` to the last before `high`, one of them at least being from `start` on."""
    # A change needs two points and one of them in the window.
    some = (high - low >= 2) & (high > start)
    out = np.full(low.shape, np.nan)
    first, last = low[some], high[some] - 1
    if node.function in ("increase", "rate"):
        increase: Floats = segments(np.add, increments(table), low + 1, high)[some]
        if node.function == "rate":
            increase = arithmetic("/", increase, (table.times[last] - table.times[first]) / node.per)
        out[some] = increase
        return out
    out[some] = _changed(node.function, table.values[first], table.values[last])
    return out
