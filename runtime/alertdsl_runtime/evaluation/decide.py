"""Deciding: from a shape's tree, its bound rows and the data to columns of values and truth.

The functions follow the tree. A `Frame` says for which rows, and at which times, a node is asked: the rows of
the shape at the instants to start with; the members of a group, or each row at moments of its own, further
down.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from alertdsl.plan.reads import held_reads, leaf_reads
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf
from alertdsl.semantics.typed import Condition, Value
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Floats, Ints, Times, Truth, text_id
from alertdsl_runtime.evaluation import constructs, functions, moments
from alertdsl_runtime.evaluation.aggregate import Members, combine
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.groups import (
    always,
    grouped,
    grouped_leaf,
    known,
    member_columns,
    of_members,
)
from alertdsl_runtime.evaluation.leaf import COMPARE, Reader, arithmetic, ask, column, counts_points, reader
from alertdsl_runtime.evaluation.operands import operand_of
from alertdsl_runtime.evaluation.patterns import matched
from alertdsl_runtime.evaluation.rows import GroupRows, SeriesRows


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
                true = np.where(COMPARE[op](a, b), TRUE, FALSE)
                return np.where(np.isnan(a) | np.isnan(b), UNKNOWN, true)
            case typed.Matches(operand, pattern):
                return matched(pattern, self.value(operand, frame))
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
            case typed.HeldFor():
                there = frame.at(frame.times, frame.data.at_moments(node))
                return moments.held_part(self.truth, self.every, node, there)
            case typed.HeldPoints():
                there = frame.at(frame.times, frame.data.at_moments(node))
                return moments.held_points(self.truth, node, there)
            case typed.Absent():
                present = constructs.any_value(node, frame)
                return np.where(present, FALSE, TRUE)
            case typed.Quantified():
                return constructs.quantified(self, node, frame)
            case typed.Firing():
                return constructs.firing(node, frame)
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
        compare = COMPARE[op]
        columns = [self._gather(leaf, frame, column(frame.data, read)) for read in within]
        if within[0].where is not None:
            violated = np.greater(columns[0], 0)
        else:
            violated = np.logical_or.reduce([~np.isnan(c) & ~compare(c, bound) for c in columns])
        ends = [
            self._gather(leaf, frame, column(frame.data, before)),
            self.value(leaf, frame),
        ]
        # A table may have no row for a label set: then nothing violates its bound, and nothing is known.
        unknown = np.logical_or.reduce([np.isnan(end) for end in ends]) | np.isnan(bound)
        violated = np.logical_or.reduce([violated, *(~np.isnan(end) & ~compare(end, bound) for end in ends)])
        violated &= ~np.isnan(bound)
        return np.where(violated, FALSE, np.where(unknown, UNKNOWN, TRUE)).astype(np.int8)

    def _missing(self, node: typed.Missing, frame: Frame) -> Truth:
        (read,) = leaf_reads(node)

        def silent(series: Ints, times: Times) -> Floats:
            counted: Floats = frame.data.column(read, series, times)[0]
            return np.equal(counted, 0).astype(np.float64)

        operand = operand_of(node)
        rows = frame.space.operands[operand]
        index = frame.space.index[operand][frame.rows]
        seen = known(rows, index, frame)
        if isinstance(rows, SeriesRows):
            values = self._gather(node, frame, silent, virtual=1.0)
        else:
            assert isinstance(rows, GroupRows)
            values = grouped(
                rows, index, frame, lambda m, t: m.reduce(np.minimum, member_columns(m, t, silent, 1.0))
            )
        out = np.where(seen & (values == 1.0), TRUE, FALSE)
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
            case typed.Function(name, arguments):
                return functions.apply(name, [self.value(argument, frame) for argument in arguments])
            case typed.Otherwise(operand, default):
                found = self.value(operand, frame)
                return np.where(np.isnan(found), self.value(default, frame), found)
            case typed.Indicator(condition):
                truth = self.truth(condition, frame)
                return np.where(truth == UNKNOWN, np.nan, truth == TRUE)
            case typed.Clock(per):
                return np.broadcast_to(frame.times / per, frame.shape)
            case typed.Lookup() | typed.CrossedPoints() | typed.Distinct() | typed.Histogram():
                return constructs.value(self, node, frame)
            case typed.Combined():
                return self._combined(node, frame)
            case typed.Window() | typed.Delta() | typed.Counted() | typed.CalendarWindow():
                if node.group is not None:
                    return grouped_leaf(node, frame)
        if isinstance(node, Leaf):
            nothing = 0.0 if counts_points(node) else np.nan
            return self._gather(node, frame, reader(node, frame.data), nothing)
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

    def _combined(self, node: typed.Combined, frame: Frame) -> Floats:
        """The values at one time of an expression, combined over the rows of each group."""
        operand = operand_of(node)
        rows = frame.space.operands[operand]
        assert isinstance(rows, GroupRows)
        index = frame.space.index[operand][frame.rows]

        def over_members(members: Members, times: Times) -> Floats:
            inner = of_members(members, times, frame)
            values = np.broadcast_to(self.value(node.operand, inner), inner.shape)
            return combine(node.function, members, values, node.quantile)

        values = grouped(rows, index, frame, over_members)
        if node.function == "count":
            exists = known(rows, index, frame) | always(rows, index)
            values = np.where(exists, np.nan_to_num(values), np.nan)
        return values
