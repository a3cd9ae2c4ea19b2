"""Why a condition is unknown: because a known series lacks points, or for another reason."""

from __future__ import annotations

from functools import reduce

import numpy as np

from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, children
from alertdsl.semantics.typed import Condition, Value
from alertdsl_runtime.columns import TRUE, UNKNOWN, Flags, Floats, Times
from alertdsl_runtime.evaluation.aggregate import Members
from alertdsl_runtime.evaluation.counts import of_each_series, points_needed, points_read
from alertdsl_runtime.evaluation.decide import Decider
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.groups import grouped, known, member_columns, of_members
from alertdsl_runtime.evaluation.leaf import ask
from alertdsl_runtime.evaluation.operands import Grouping, inside, operand_of
from alertdsl_runtime.evaluation.rows import GroupRows, SeriesRows

_SHORT = (
    typed.Current, typed.Window, typed.Delta, typed.Extreme, typed.Counted, typed.Baseline, typed.Slope, typed.Line,
    typed.Steps, typed.Integral, typed.CalendarWindow, typed.Histogram,
)  # fmt: skip
"""Leaves that are unknown where a known series has too few points."""


def lacking(decider: Decider, node: Condition | Value, frame: Frame) -> Flags:
    """Where `node` is unknown because a known series lacks the points that it needs.

    Other reasons are a missing partner, a division by zero, infinities that cancel out.
    """
    match node:
        case typed.Unless(left):
            unknown: Flags = decider.truth(node, frame) == UNKNOWN
            return np.logical_and(unknown, lacking(decider, left, frame))
        case typed.And() | typed.Or():
            unknown = decider.truth(node, frame) == UNKNOWN
            return np.logical_and(unknown, _any_part(decider, node, frame))
        case (
            typed.Not()
            | typed.Compare()
            | typed.Matches()
            | typed.Arithmetic()
            | typed.Absolute()
            | typed.Function()
            | typed.Indicator()
        ):
            return _any_part(decider, node, frame)
        case typed.Otherwise():
            return np.logical_and(np.isnan(decider.value(node, frame)), _any_part(decider, node, frame))
        case typed.Combined():
            return np.isnan(decider.value(node, frame)) & _member_lacking(decider, node, frame)
        case typed.Quantified():
            unknown = decider.truth(node, frame) == UNKNOWN
            return np.logical_and(unknown, _member_lacking(decider, node, frame))
        case typed.CrossedPoints(bound=bound):
            rows, index = (
                frame.space.operands[operand_of(node)],
                frame.space.index[operand_of(node)][frame.rows],
            )
            never = np.isnan(decider.value(node, frame)) & known(rows, index, frame)
            return np.logical_and(never, ~np.isnan(decider.value(bound, frame)))
    if isinstance(node, _SHORT):
        return np.isnan(decider.value(node, frame)) & _short(node, frame)
    return np.zeros(frame.shape, dtype=np.bool_)


def _any_part(decider: Decider, node: Condition | Value, frame: Frame) -> Flags:
    return reduce(np.logical_or, (lacking(decider, child, frame) for child in children(node)))


def _member_lacking(decider: Decider, node: Grouping, frame: Frame) -> Flags:
    """Whether a value of the group is unknown for want of points."""
    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, GroupRows)

    def over_members(members: Members, times: Times) -> Floats:
        inner = of_members(members, times, frame)
        missing = np.broadcast_to(lacking(decider, inside(node), inner), inner.shape)
        if isinstance(node, typed.Quantified):
            # A value of the tag is unknown where none of its members is true.
            truth = np.broadcast_to(decider.truth(node.condition, inner), inner.shape)
            missing = members.shared(missing) & ~members.shared(truth == TRUE)
        return members.reduce(np.maximum, missing.astype(np.float64))

    return np.equal(grouped(rows, frame.space.index[operand][frame.rows], frame, over_members), 1.0)


def _short(node: Leaf, frame: Frame) -> Flags:
    """Whether a known series (of a group of deltas or buckets: one of them; of a window's: all together) has too
    few points."""
    operand = operand_of(node)
    rows, index = frame.space.operands[operand], frame.space.index[operand][frame.rows]
    counter = points_read(node, frame.data)
    if isinstance(rows, SeriesRows):
        short = ask(counter, rows, index, frame.times, 0.0) < points_needed(node)
        return np.logical_and(short, known(rows, index, frame))

    assert isinstance(rows, GroupRows)

    def over_members(members: Members, times: Times) -> Floats:
        counts = member_columns(members, times, counter, 0.0)
        if not of_each_series(node):
            return members.reduce(np.add, counts)
        inner = Frame(frame.space, members.rows, members.spread(times), frame.data)
        assert isinstance(members.base, SeriesRows)
        seen = known(members.base, members.rows, inner)
        return members.reduce(np.minimum, np.where(seen, counts, np.inf))

    short = grouped(rows, index, frame, over_members) < points_needed(node)
    return np.logical_and(short, known(rows, index, frame))
