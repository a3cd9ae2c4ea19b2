"""Deciding: from a shape's tree, its bound rows and the data to columns of values and truth.

The functions follow the tree. A `Frame` says for which rows, and at which times, a node is asked: the rows of
the shape at the
instants to start with; the members of a group, or each row at moments of its own, further down.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from alertdsl.plan.reads import held_reads, known_read, leaf_reads
from alertdsl.semantics import typed
from alertdsl.semantics.typed import Condition, Value
from alertdsl_runtime import moments
from alertdsl_runtime.aggregate import Members, combine
from alertdsl_runtime.bind import (
    NO_SERIES,
    GroupRows,
    JoinRows,
    Leaf,
    OperandRows,
    SeriesRows,
    operand_of,
)
from alertdsl_runtime.columns import FALSE, NEVER, TRUE, UNKNOWN, Flags, Floats, Ints, Times, Truth, text_id
from alertdsl_runtime.data import Data
from alertdsl_runtime.frame import Frame
from alertdsl_runtime.leaf import (
    Reader,
    arithmetic,
    ask,
    average,
    column,
    points_needed,
    points_read,
    reader,
    statistic,
)
from alertdsl_runtime.reduce import column_chunks, flatten

_COMPARE: dict[str, Callable[[Floats, Floats], Flags]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


class Decider:
    """Decides the rules of one shape.

    Args:
        every: the instants of the rules (windowed conditions are looked at there).
        constants: rules x slots.
    """

    def __init__(self, every: typed.Every, constants: Floats) -> None:
        self.every = every
        self.constants = constants

    # ------------------------------------------------------------ truth

    def truth(self, node: Condition, frame: Frame) -> Truth:
        """The truth of a condition: K x M."""
        match node:
            case typed.Compare(op, left, right):
                a, b = self.value(left, frame), self.value(right, frame)
                true = np.where(_COMPARE[op](a, b), TRUE, FALSE)
                return np.where(np.isnan(a) | np.isnan(b), UNKNOWN, true)
            case typed.And(items):
                return reduce(np.minimum, (self.truth(item, frame) for item in items))
            case typed.Or(items):
                return reduce(np.maximum, (self.truth(item, frame) for item in items))
            case typed.Not(operand):
                return TRUE - self.truth(operand, frame)
            case typed.Unless(left, right):
                excluded = self.truth(right, frame) == TRUE
                return np.where(excluded, FALSE, self.truth(left, frame))
            case typed.Missing():
                return self._missing(node, frame)
            case typed.For():
                return self._held(node, frame)
        raise AssertionError(node)

    def _held(self, node: typed.For, frame: Frame) -> Truth:
        """``operand for duration``."""
        reads = held_reads(node)
        if reads is None:
            return moments.held(
                self.truth, self.every, node, frame.at(frame.times, frame.data.at_moments(node))
            )
        assert isinstance(node.operand, typed.Compare)
        assert isinstance(node.operand.left, typed.Current)
        op, leaf, bound = node.operand.op, node.operand.left, self.value(node.operand.right, frame)
        before, *within = reads[:-1]
        compare = _COMPARE[op]
        columns = [self._gather(leaf, frame, column(frame.data, read)) for read in within]
        if within[0].where is not None:
            violated = np.greater(columns[0], 0)
        else:
            violated = np.logical_or.reduce([~np.isnan(c) & ~compare(c, bound) for c in columns])
        ends = [
            self._gather(leaf, frame, column(frame.data, before)),
            self.value(leaf, frame),
        ]
        unknown = np.logical_or.reduce([np.isnan(end) for end in ends])
        violated = np.logical_or.reduce([violated, *(~np.isnan(end) & ~compare(end, bound) for end in ends)])
        return np.where(violated, FALSE, np.where(unknown, UNKNOWN, TRUE)).astype(np.int8)

    def _missing(self, node: typed.Missing, frame: Frame) -> Truth:
        (read,) = leaf_reads(node)

        def silent(series: Ints, times: Times) -> Floats:
            counted: Floats = frame.data.column(read, series, times)[0]
            return np.equal(counted, 0).astype(np.float64)

        operand = operand_of(node)
        rows = frame.space.operands[operand]
        index = frame.space.index[operand][frame.rows]
        known = self.known(rows, index, frame)
        if isinstance(rows, SeriesRows):
            values = self._gather(node, frame, silent, virtual=1.0)
        else:
            values = self._grouped(
                rows, index, frame, lambda m, t: m.reduce(np.minimum, self._members(m, t, silent, 1.0))
            )
        out = np.where(known & (values == 1.0), TRUE, FALSE)
        out[index < 0] = UNKNOWN
        return out

    # ------------------------------------------------------------ values

    def value(self, node: Value, frame: Frame) -> Floats:
        """The value of an expression: K x M (or K x 1 for constants), NaN unknown."""
        found = frame.seen.get(node)
        if found is None:
            found = frame.seen[node] = self._value(node, frame)
        return found

    def _value(self, node: Value, frame: Frame) -> Floats:
        match node:
            case typed.Const(literal):
                number = text_id(literal) if isinstance(literal, str) else float(literal)
                return np.full((len(frame.rows), 1), number)
            case typed.Slot(slot):
                constants: Floats = self.constants[frame.space.rule[frame.rows], slot]
                return constants[:, None]
            case typed.Arithmetic(op, left, right):
                return arithmetic(op, self.value(left, frame), self.value(right, frame))
            case typed.Absolute(operand):
                return np.abs(self.value(operand, frame))
            case typed.Current() | typed.Extreme():
                return self._gather(node, frame, reader(node, frame.data))
            case typed.Window() | typed.Delta():
                if node.group is None:
                    nothing = 0.0 if node.function == "count" else np.nan
                    return self._gather(node, frame, reader(node, frame.data), nothing)
                return self._grouped_leaf(node, frame)
            case typed.Combined():
                return self._combined(node, frame)
        raise AssertionError(node)

    def _gather(
        self,
        node: Leaf,
        frame: Frame,
        read: Reader,
        virtual: float = np.nan,
    ) -> Floats:
        """Ask `read` for the series behind each row; rows without a partner are NaN, expected series
        `virtual`."""
        operand = operand_of(node)
        rows = frame.space.operands[operand]
        assert isinstance(rows, SeriesRows)
        index = frame.space.index[operand][frame.rows]
        return ask(read, rows, index, frame.times, virtual)

    # ------------------------------------------------------------ groups

    def _grouped_leaf(self, node: typed.Window | typed.Delta, frame: Frame) -> Floats:
        """An aggregate over the points of all series of a group."""
        operand = operand_of(node)
        rows = frame.space.operands[operand]
        assert isinstance(rows, GroupRows)
        index = frame.space.index[operand][frame.rows]
        data = frame.data

        def over_members(members: Members, times: Times) -> Floats:
            if isinstance(node, typed.Delta):
                return combine("sum", members, self._members(members, times, reader(node, data)))
            if node.function == "count":
                counts = self._members(members, times, column(data, leaf_reads(node)[0]))
                return members.reduce(np.add, np.nan_to_num(counts))
            if node.function in ("percentile", "stddev"):
                return self._pooled_members(node, members, times, data)
            if node.function in ("first", "last"):
                return self._chosen_member(node, members, times, data)
            columns = [self._members(members, times, column(data, read)) for read in leaf_reads(node)]
            if node.function in ("avg", "sum"):
                total, count = (
                    combine("sum", members, columns[0]),
                    members.reduce(np.add, np.nan_to_num(columns[1])),
                )
                return average(total, count) if node.function == "avg" else total
            return combine(node.function, members, columns[0])

        values = self._grouped(rows, index, frame, over_members)
        if node.function == "count":
            values = np.where(self.known(rows, index, frame) | _always(rows, index), values, np.nan)
        return values

    def _combined(self, node: typed.Combined, frame: Frame) -> Floats:
        """The values at one time of an expression, combined over the rows of each group."""
        operand = operand_of(node)
        rows = frame.space.operands[operand]
        assert isinstance(rows, GroupRows)
        base = rows.base
        assert isinstance(base, JoinRows)
        index = frame.space.index[operand][frame.rows]

        def over_members(members: Members, times: Times) -> Floats:
            inner = Frame(base, members.rows, members.spread(times), frame.data)
            values = np.broadcast_to(self.value(node.operand, inner), inner.shape)
            return combine(node.function, members, values, node.quantile)

        values = self._grouped(rows, index, frame, over_members)
        if node.function == "count":
            exists = self.known(rows, index, frame) | _always(rows, index)
            values = np.where(exists, np.nan_to_num(values), np.nan)
        return values

    @staticmethod
    def _grouped(
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

    @staticmethod
    def _members(
        members: Members,
        times: Times,
        read: Reader,
        virtual: float = np.nan,
    ) -> Floats:
        """A column for each member of each group."""
        assert isinstance(members.base, SeriesRows)
        return ask(read, members.base, members.rows, members.spread(times), virtual)

    @staticmethod
    def _pooled_members(node: typed.Window, members: Members, times: Times, data: Data) -> Floats:
        (read,) = leaf_reads(node)
        table = data.table(read)
        assert isinstance(members.base, SeriesRows)
        series = members.base.series[members.rows]
        real = series != NO_SERIES
        spread = members.spread(times)
        low, high = table.window(
            series[real], spread if len(spread) == 1 else spread[real], read.start, read.stop
        )
        out = np.empty((members.count, times.shape[1]))
        for part in column_chunks(low, high):
            width = part.stop - part.start
            indices, owner = flatten(low[:, part].ravel(), high[:, part].ravel())
            # The range number is member * width + column; its owner is the member's group at that column.
            cell = members.owner[real][owner // width] * width + owner % width
            found = statistic(node, table.values[indices], cell, members.count * width)
            out[:, part] = found.reshape(members.count, width)
        return out

    def _chosen_member(self, node: typed.Window, members: Members, times: Times, data: Data) -> Floats:
        (read,) = leaf_reads(node)
        values = self._members(members, times, column(data, read))

        def when_chosen(series: Ints, asked: Times) -> Floats:
            # Relative to the time asked for: nanoseconds since the epoch do not fit a float exactly.
            return (data.column(read, series, asked)[1] - asked).astype(np.float64)

        when = np.where(np.isnan(values), np.nan, self._members(members, times, when_chosen))
        return members.pick(values, when, newest=node.function == "last")

    # ------------------------------------------------------------ knowledge

    def known(self, rows: OperandRows | JoinRows, index: Ints, frame: Frame) -> Flags:
        """Whether a series stands behind each row at each time; a group needs one known member, a join one
        operand."""
        out = np.zeros((len(index), frame.times.shape[1]), dtype=np.bool_)
        if isinstance(rows, GroupRows):

            def over_members(members: Members, times: Times) -> Floats:
                inner = Frame(frame.space, members.rows, members.spread(times), frame.data)
                found = self.known(members.base, members.rows, inner)
                return members.reduce(np.maximum, found.astype(np.float64))

            return np.equal(self._grouped(rows, index, frame, over_members), 1.0)
        if isinstance(rows, JoinRows):
            for operand in rows.makers:
                out |= self.known(rows.operands[operand], rows.index[operand][index], frame)
            return out
        read = known_read(rows.selector)

        def seen(series: Ints, times: Times) -> Floats:
            return np.not_equal(frame.data.column(read, series, times)[1], NEVER).astype(np.float64)

        found = np.equal(ask(seen, rows, index, frame.times, 1.0), 1.0)
        for row, covered in rows.cover.items():
            if covered:
                for position in np.flatnonzero(index == row):
                    times = frame.times[position : position + 1] if len(frame.times) > 1 else frame.times
                    found[position] = ~np.equal(seen(np.array(covered), times), 1.0).any(axis=0)
        return found

    def exists(self, frame: Frame) -> Flags:
        """Whether each label set exists: one of the operands that make it has a known series, or has no tags
        to range over."""
        out = np.zeros(frame.shape, dtype=np.bool_)
        for operand in frame.space.makers:
            rows, index = frame.space.operands[operand], frame.space.index[operand][frame.rows]
            out |= self.known(rows, index, frame) | _always(rows, index)
        return out

    def lacking(self, node: Condition | Value, frame: Frame) -> Flags:
        """Where `node` is unknown because a known series lacks the points that it needs.

        Other reasons are a missing partner, a division by zero, infinities that cancel out.
        """
        match node:
            case typed.Const() | typed.Slot() | typed.Missing() | typed.For():
                return np.zeros(frame.shape, dtype=np.bool_)
            case typed.Not(operand):
                return self.lacking(operand, frame)
            case typed.Unless(left):
                unknown: Flags = self.truth(node, frame) == UNKNOWN
                return np.logical_and(unknown, self.lacking(left, frame))
            case typed.And(items) | typed.Or(items):
                parts = reduce(np.logical_or, (self.lacking(item, frame) for item in items))
                unknown = self.truth(node, frame) == UNKNOWN
                return np.logical_and(unknown, parts)
            case typed.Compare(_, left, right) | typed.Arithmetic(_, left, right):
                return self.lacking(left, frame) | self.lacking(right, frame)
            case typed.Absolute(operand):
                return self.lacking(operand, frame)
            case typed.Combined():
                return np.isnan(self.value(node, frame)) & self._member_lacking(node, frame)
        return np.isnan(self.value(node, frame)) & self._short(node, frame)

    def _member_lacking(self, node: typed.Combined, frame: Frame) -> Flags:
        """Whether a value of the group is unknown for want of points."""
        operand = operand_of(node)
        rows = frame.space.operands[operand]
        assert isinstance(rows, GroupRows)

        def over_members(members: Members, times: Times) -> Floats:
            assert isinstance(members.base, JoinRows)
            inner = Frame(members.base, members.rows, members.spread(times), frame.data)
            lacking = np.broadcast_to(self.lacking(node.operand, inner), inner.shape)
            return members.reduce(np.maximum, lacking.astype(np.float64))

        return np.equal(self._grouped(rows, frame.space.index[operand][frame.rows], frame, over_members), 1.0)

    def _short(self, node: Leaf, frame: Frame) -> Flags:
        """Whether a known series (of a delta's group: one of them; of a window's: all together) has too few
        points."""
        operand = operand_of(node)
        rows, index = frame.space.operands[operand], frame.space.index[operand][frame.rows]
        counter = points_read(node, frame.data)
        if isinstance(rows, SeriesRows):
            short = ask(counter, rows, index, frame.times, 0.0) < points_needed(node)
            return np.logical_and(short, self.known(rows, index, frame))

        def over_members(members: Members, times: Times) -> Floats:
            counts = self._members(members, times, counter, 0.0)
            if not isinstance(node, typed.Delta):
                return members.reduce(np.add, counts)
            inner = Frame(frame.space, members.rows, members.spread(times), frame.data)
            assert isinstance(members.base, SeriesRows)
            known = self.known(members.base, members.rows, inner)
            return members.reduce(np.minimum, np.where(known, counts, np.inf))

        short = self._grouped(rows, index, frame, over_members) < points_needed(node)
        return np.logical_and(short, self.known(rows, index, frame))


def _always(rows: OperandRows, index: Ints) -> Flags:
    """Groups that exist with no series known (``overall``)."""
    out = np.zeros((len(index), 1), dtype=np.bool_)
    if isinstance(rows, GroupRows) and len(rows.always):
        out[index >= 0, 0] = rows.always[index[index >= 0]] == 1
    return out
