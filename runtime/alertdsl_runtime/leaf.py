"""The values of a leaf, series by series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertdsl.plan.reads import Read, known_read, leaf_reads
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf
from alertdsl.semantics.typed import SECOND
from alertdsl_runtime import ranges
from alertdsl_runtime.baselines import baseline
from alertdsl_runtime.bind import NO_SERIES, SeriesRows
from alertdsl_runtime.columns import NEVER, Flags, Floats, Ints, Times, text_id
from alertdsl_runtime.data import Data
from alertdsl_runtime.histograms import increases_of
from alertdsl_runtime.reduce import PointTable, average, increments, segments
from alertdsl_runtime.spread import spread

COMPARE: dict[str, Callable[[Floats, Floats], Flags]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
"""Comparisons; with NaN they are false (``!=`` true), so the caller looks for NaN."""

DELTAS = frozenset({"rate", "increase", "change", "percent change"})
"""Functions of what a series changed by."""

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
        case typed.CalendarWindow():
            if node.function in DELTAS:
                return lambda series, times: _calendar_delta(node, data, series, times)
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
    if node.function == "count":
        known = data.column(known_read(node.selector), series, times)[1] != NEVER
        return np.where(known, columns[0], np.nan)
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
    low, high = table.window(series, times, reads[0].start, reads[0].stop)
    match node:
        case typed.Counted():
            known = data.column(known_read(node.selector), series, times)[1] != NEVER
            return np.where(known, _passing(node, table, low, high), np.nan)
        case typed.Integral(per=per):
            return ranges.integral(table, low, high) / (per / SECOND)
        case typed.Slope(per=per) | typed.Line(ahead=per):
            count, slope, value = ranges.lines(table, low, high, times - node.shift)
            if isinstance(node, typed.Slope):
                return np.where(count >= 2, slope * (per / SECOND), np.nan)
            return np.where(count >= 3, value + slope * (per / SECOND), np.nan)
    raise AssertionError(node)


def _passing(node: typed.Counted, table: PointTable, low: Ints, high: Ints) -> Floats:
    """How many points of each range pass all tests."""
    passes = np.ones(len(table.values), dtype=np.bool_)
    for test in node.tests:
        literal = text_id(test.value) if isinstance(test.value, str) else float(test.value)
        passes &= COMPARE[test.op](table.values, np.array(literal))
    total = np.concatenate(([0], np.cumsum(passes)))
    return (total[high] - total[low]).astype(np.float64)


def _extreme(node: typed.Extreme, data: Data, series: Ints, times: Times) -> Floats:
    before, within = (data.column(read, series, times)[0] for read in leaf_reads(node))
    extreme: Floats = np.fmin(before, within) if node.function == "min" else np.fmax(before, within)
    return extreme


def counts_points(node: Leaf) -> bool:
    """Whether a leaf counts points: 0 for a known series that has none."""
    return isinstance(node, typed.Counted) or (
        isinstance(node, typed.Window | typed.CalendarWindow) and node.function == "count"
    )


def points_needed(node: Leaf) -> int:
    """How many points (of each series, where there are several) a leaf's value takes."""
    two = isinstance(node, typed.Delta | typed.Histogram) or (
        isinstance(node, typed.Window | typed.CalendarWindow) and node.function in ("stddev", *DELTAS)
    )
    return 2 if two else 1


def points_read(node: Leaf, data: Data) -> Reader:
    """How many points a leaf has (more than two may be told as two)."""
    if isinstance(node, typed.Histogram):
        return points_read(increases_of(node), data)
    reads = leaf_reads(node)

    def laid_out(series: Ints, times: Times) -> Floats:
        read = reads[0]
        low, high = data.table(read).range_of(read, series, times)
        if isinstance(node, typed.Delta):
            start = data.table(read).before(series, times - node.shift - node.window)
            low = np.where(high > start, np.maximum(low, start - 1), high)
        return (high - low).astype(np.float64)

    def of_change(series: Ints, times: Times) -> Floats:
        *before, (_, first), (last, last_at) = (data.column(read, series, times) for read in reads)
        some = 1.0 + (first != last_at)
        for values, _ in before:
            some = some + ~np.isnan(values)
        return np.where(np.isnan(last), 0.0, some)

    if isinstance(node, typed.Window | typed.Delta | typed.CalendarWindow):
        if node.function in ("change", "percent change"):
            return of_change
        if node.function in ("percentile", "stddev", "rate", "increase"):
            return laid_out
        if node.function in ("avg", "sum", "count"):
            return column(data, reads[-1])
    value = reader(node, data)
    return lambda series, times: (~np.isnan(value(series, times))).astype(np.float64)


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
    (read,) = reads
    table = data.table(read)
    start, high = table.window(series, times, node.shift + node.window, node.shift)
    oldest = table.before(series, times - (node.shift + node.window + node.selector.staleness))
    return _change_between(node, table, np.where(oldest < start, start - 1, start), start, high)


def _calendar_delta(node: typed.CalendarWindow, data: Data, series: Ints, times: Times) -> Floats:
    """Changes and rates within a window of the calendar, from its first point on."""
    reads = leaf_reads(node)
    if node.function in ("change", "percent change"):
        (first, first_at), (last, last_at) = (data.column(read, series, times) for read in reads)
        return _changed(node.function, np.where(first_at == last_at, np.nan, first), last)
    table = data.table(reads[0])
    low, high = table.range_of(reads[0], series, times)
    return _change_between(node, table, low, low, high)


def _changed(function: str, first: Floats, last: Floats) -> Floats:
    change = arithmetic("-", last, first)
    return change if function == "change" else arithmetic("/", change * 100.0, np.abs(first))


def _change_between(
    node: typed.Delta | typed.CalendarWindow, table: PointTable, low: Ints, start: Ints, high: Ints
) -> Floats:
    """The increase or rate from point `low` to the last before `high`, one of them at least being from `start` on."""
    increase = segments(np.add, increments(table), low + 1, high)
    # An increase needs two points and one of them in the window.
    increase[(high - low < 2) | (high <= start)] = np.nan
    if node.function == "increase":
        return increase
    some = ~np.isnan(increase)
    out = np.full(increase.shape, np.nan)
    elapsed = table.times[high[some] - 1] - table.times[low[some]]
    out[some] = arithmetic("/", increase[some], elapsed / node.per)
    return out
