"""Asking groups of series: each member's column, and what is made of them; and which series are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertdsl.plan.reads import DELTAS, leaf_reads
from alertdsl.semantics import typed
from alertdsl_runtime.columns import Flags, Floats, Ints, Times
from alertdsl_runtime.evaluation.aggregate import Members, combine
from alertdsl_runtime.evaluation.firing import fires
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.leaf import (
    Reader,
    ask,
    column,
    counted,
    counts_points,
    is_known,
    reader,
)
from alertdsl_runtime.evaluation.operands import operand_of
from alertdsl_runtime.evaluation.rows import (
    NO_SERIES,
    FiringRows,
    GroupRows,
    JoinRows,
    OperandRows,
    SeriesRows,
)
from alertdsl_runtime.reading.data import Data
from alertdsl_runtime.reading.reduce import average
from alertdsl_runtime.reading.spread import spread

GroupedLeaf = typed.Window | typed.Delta | typed.Counted | typed.CalendarWindow


def grouped(
    rows: GroupRows,
    index: Ints,
    frame: Frame,
    over_members: Callable[[Members, Times], Floats],
) -> Floats:
    """Ask for each group that a row needs, once where the times are shared, and give each row its group's
    value."""
    out = np.full((len(index), frame.times.shape[1]), np.nan)
    some = np.flatnonzero(index >= 0)
    shared = len(frame.times) == 1
    if shared:
        groups, position = np.unique(index[some], return_inverse=True)
    else:
        groups, position = index[some], np.arange(len(some))
    if len(groups):
        members = Members.of(rows, groups)
        out[some] = over_members(members, frame.times if shared else frame.times[some])[position]
    return out


def of_members(members: Members, times: Times, frame: Frame) -> Frame:
    """The label sets inside what is grouped, each at the times of its group."""
    assert isinstance(members.base, JoinRows)
    return Frame(members.base, members.rows, members.spread(times), frame.data)


def grouped_leaf(node: GroupedLeaf, frame: Frame) -> Floats:
    """An aggregate over the points of all series of a group."""
    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, GroupRows)
    index = frame.space.index[operand][frame.rows]
    data = frame.data

    def over_members(members: Members, times: Times) -> Floats:
        return _of_group(node, members, times, data)

    values = grouped(rows, index, frame, over_members)
    if counts_points(node):
        values = np.where(known(rows, index, frame) | always(rows, index), values, np.nan)
    return values


def _of_group(node: GroupedLeaf, members: Members, times: Times, data: Data) -> Floats:
    """All points of all series of a group, or the sum of what each series changed."""
    if counts_points(node):
        each = member_columns(members, times, lambda series, asked: counted(node, data, series, asked))
        return members.reduce(np.add, np.nan_to_num(each))
    assert not isinstance(node, typed.Counted)
    if isinstance(node, typed.Delta) or node.function in DELTAS:
        return combine("sum", members, member_columns(members, times, reader(node, data)))
    if node.function in ("percentile", "stddev"):
        return _pooled(node, members, times, data)
    if node.function in ("first", "last"):
        return _chosen(node, members, times, data)
    columns = [member_columns(members, times, column(data, read)) for read in leaf_reads(node)]
    if node.function in ("avg", "sum"):
        counts = np.nan_to_num(columns[1])
        # A sum of infinities that cancel out is unknown, and makes that of the group unknown.
        total = members.reduce(np.add, np.where(counts > 0, columns[0], 0.0))
        count = members.reduce(np.add, counts)
        return average(total, count) if node.function == "avg" else np.where(count > 0, total, np.nan)
    return combine(node.function, members, columns[0])


def member_columns(
    members: Members,
    times: Times,
    read: Reader,
    virtual: float = np.nan,
) -> Floats:
    """A column for each member of each group."""
    assert isinstance(members.base, SeriesRows)
    return ask(read, members.base, members.rows, members.spread(times), virtual)


def _pooled(node: typed.Window | typed.CalendarWindow, members: Members, times: Times, data: Data) -> Floats:
    (read,) = leaf_reads(node)
    table = data.table(read)
    assert isinstance(members.base, SeriesRows)
    series = members.base.series[members.rows]
    real = series != NO_SERIES
    asked = members.spread(times)
    low, high = table.range_of(read, series[real], asked if len(asked) == 1 else asked[real])
    return spread(node.function, table.values, low, high, members.owner[real], members.count, node.quantile)


def _chosen(node: typed.Window | typed.CalendarWindow, members: Members, times: Times, data: Data) -> Floats:
    (read,) = leaf_reads(node)
    values = member_columns(members, times, column(data, read))

    def when_chosen(series: Ints, asked: Times) -> Floats:
        # Relative to the time asked for: nanoseconds since the epoch do not fit a float exactly.
        return (data.column(read, series, asked)[1] - asked).astype(np.float64)

    when = np.where(np.isnan(values), np.nan, member_columns(members, times, when_chosen))
    return members.pick(values, when, newest=node.function == "last")


def known(rows: OperandRows | JoinRows, index: Ints, frame: Frame) -> Flags:
    """Whether a series stands behind each row at each time; a group needs one known member, a join one
    operand."""
    out = np.zeros((len(index), frame.times.shape[1]), dtype=np.bool_)
    if isinstance(rows, GroupRows):

        def over_members(members: Members, times: Times) -> Floats:
            inner = Frame(frame.space, members.rows, members.spread(times), frame.data)
            found = known(members.base, members.rows, inner)
            return members.reduce(np.maximum, found.astype(np.float64))

        return np.equal(grouped(rows, index, frame, over_members), 1.0)
    if isinstance(rows, JoinRows):
        for operand in rows.makers:
            out |= known(rows.operands[operand], rows.index[operand][index], frame)
        return out
    if isinstance(rows, FiringRows):
        return _has_alerts(rows, index, frame)

    def seen(series: Ints, times: Times) -> Floats:
        return is_known(rows.selector, frame.data, series, times).astype(np.float64)

    return np.equal(ask(seen, rows, index, frame.times, 1.0), 1.0)


def _has_alerts(rows: FiringRows, index: Ints, frame: Frame) -> Flags:
    """Whether the series of another rule make the label set of each row, or an alert of it fires all the same."""
    out = np.zeros((len(index), frame.times.shape[1]), dtype=np.bool_)
    some = np.flatnonzero(index >= 0)
    if not len(some):
        return out
    shared = len(frame.times) == 1
    row = index[some]
    out[some] = fires(rows, rows.rule[row], row, frame.times if shared else frame.times[some])
    made = rows.origin[row] >= 0
    times = frame.times if shared else frame.times[some[made]]
    out[some[made]] |= exists(Frame(rows.base, rows.origin[row[made]], times, frame.data))
    return out


def exists(frame: Frame) -> Flags:
    """Whether each label set exists: one of the operands that make it has a known series, or has no tags
    to range over."""
    out = np.zeros(frame.shape, dtype=np.bool_)
    for operand in frame.space.makers:
        rows, index = frame.space.operands[operand], frame.space.index[operand][frame.rows]
        out |= known(rows, index, frame) | always(rows, index)
    return out


def always(rows: OperandRows, index: Ints) -> Flags:
    """Groups that exist with no series known (``overall``)."""
    out = np.zeros((len(index), 1), dtype=np.bool_)
    if isinstance(rows, GroupRows) and len(rows.always):
        out[index >= 0, 0] = rows.always[index[index >= 0]] == 1
    return out
