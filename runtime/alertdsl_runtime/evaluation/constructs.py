"""Constructs that decide by rows or groups of their own: tables, crossings, distinct values, absence, quantifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alertdsl.plan.reads import leaf_reads
from alertdsl.semantics import typed
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Flags, Floats, Times, Truth
from alertdsl_runtime.evaluation.aggregate import Members
from alertdsl_runtime.evaluation.firing import truth_of
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.groups import always, grouped, known, member_columns, of_members
from alertdsl_runtime.evaluation.leaf import COMPARE, reader, series_of
from alertdsl_runtime.evaluation.operands import operand_of
from alertdsl_runtime.evaluation.rows import NO_SERIES, FiringRows, GroupRows, SeriesRows
from alertdsl_runtime.reading import ranges
from alertdsl_runtime.reading.histograms import increases_of, percentile

if TYPE_CHECKING:
    from alertdsl_runtime.evaluation.decide import Decider


Construct = typed.Lookup | typed.CrossedPoints | typed.Distinct | typed.Histogram
"""Values that are decided here."""


def value(decider: Decider, node: Construct, frame: Frame) -> Floats:
    """The value of a construct: K x M, NaN unknown."""
    match node:
        case typed.Lookup():
            return looked_up(decider, node, frame)
        case typed.CrossedPoints():
            return crossed(decider, node, frame)
        case typed.Distinct():
            return distinct(node, frame)
        case typed.Histogram():
            return of_buckets(node, frame)


def looked_up(decider: Decider, node: typed.Lookup, frame: Frame) -> Floats:
    """The row of a table that a label set's tag names, or the default."""
    number = {key: k for k, (key, _) in enumerate(node.rows)}
    keys = [dict(frame.space.labels[row]).get(node.tag, "") for row in frame.rows.tolist()]
    place = np.array([number.get(key, len(number)) for key in keys], dtype=np.int64)
    values = [value for _, value in node.rows]
    columns = [decider.value(value, frame) for value in (*values, node.default) if value is not None]
    if node.default is None:
        columns.append(np.full((len(frame.rows), 1), np.nan))
    return np.stack([np.broadcast_to(c, (len(frame.rows), c.shape[1])) for c in columns])[
        place, np.arange(len(frame.rows))
    ]


def crossed(decider: Decider, node: typed.CrossedPoints, frame: Frame) -> Floats:
    """Whether points crossed the row's bound."""
    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, SeriesRows)
    index = frame.space.index[operand][frame.rows]
    out = np.full(frame.shape, np.nan)
    some = np.flatnonzero(series_of(rows, index) != NO_SERIES)
    if not len(some):
        return out
    reads = leaf_reads(node)
    table = frame.data.table_since(*reads)
    times = frame.times if len(frame.times) == 1 else frame.times[some]
    series = series_of(rows, index)[some]
    low, high = table.window(series, times, reads[0].start, reads[0].stop)
    bound = np.broadcast_to(decider.value(node.bound, frame)[some], low.shape).ravel()
    compare = COMPARE[">" if node.direction == "above" else "<"]
    oldest = times - node.shift - node.selector.memory
    found = ranges.crossings(table, low, high, oldest, lambda v, owner: compare(v, bound[owner]))
    decided = table.has_newest(series, high, oldest) & ~np.isnan(bound.reshape(low.shape))
    out[some] = np.where(decided, found, np.nan)
    return out


def distinct(node: typed.Distinct, frame: Frame) -> Floats:
    """How many values of a tag the series with a value have."""

    def over_members(members: Members, times: Times) -> Floats:
        values = member_columns(members, times, reader(node, frame.data))
        return members.distinct(~np.isnan(values))

    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, GroupRows)
    index = frame.space.index[operand][frame.rows]
    values = grouped(rows, index, frame, over_members)
    return np.where(known(rows, index, frame) | always(rows, index), values, np.nan)


def of_buckets(node: typed.Histogram, frame: Frame) -> Floats:
    """A percentile of what the buckets of each histogram counted."""
    increases = reader(increases_of(node), frame.data)

    def over_members(members: Members, times: Times) -> Floats:
        columns = member_columns(members, times, increases)
        return percentile(node.quantile, members.bounds, members.owner, members.count, columns)

    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, GroupRows)
    return grouped(rows, frame.space.index[operand][frame.rows], frame, over_members)


def any_value(node: typed.Absent, frame: Frame) -> Flags:
    """Whether a series of the selector has a value."""

    def over_members(members: Members, times: Times) -> Floats:
        values = member_columns(members, times, reader(node, frame.data))
        return members.reduce(np.maximum, (~np.isnan(values)).astype(np.float64), 0.0)

    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, GroupRows)
    return np.equal(grouped(rows, frame.space.index[operand][frame.rows], frame, over_members), 1.0)


def firing(node: typed.Firing, frame: Frame) -> Truth:
    """Whether an alert of another rule fires that matches."""
    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, FiringRows)
    return truth_of(rows, frame.space.rule[frame.rows], frame.space.index[operand][frame.rows], frame.times)


def quantified(decider: Decider, node: typed.Quantified, frame: Frame) -> Truth:
    """How many values of a tag have a condition true, against the count or share that is asked for."""
    operand = operand_of(node)
    rows = frame.space.operands[operand]
    assert isinstance(rows, GroupRows)

    def over_members(members: Members, times: Times) -> Floats:
        inner = of_members(members, times, frame)
        truth = np.broadcast_to(decider.truth(node.condition, inner), inner.shape)
        true = members.distinct(truth == TRUE)
        possible = members.distinct(truth != FALSE)
        total = members.distinct(np.ones_like(truth, dtype=np.bool_))
        return _quantify(node, true, possible, total).astype(np.float64)

    found = grouped(rows, frame.space.index[operand][frame.rows], frame, over_members)
    return np.where(np.isnan(found), UNKNOWN, found).astype(np.int8)


_WANTED: dict[str, tuple[typed.CompareOp, float, bool]] = {
    "all": (">=", 100.0, True),
    "any": (">=", 1.0, False),
    "no": ("<=", 0.0, False),
}
"""Comparison, count, and whether that is a share."""


def _quantify(node: typed.Quantified, true: Floats, possible: Floats, total: Floats) -> Truth:
    """Kleene's answer to how many are true, where between `true` and `possible` of `total` are."""
    op, count, share = _WANTED.get(node.op, (node.op, node.count, node.share))
    # A share is compared without dividing: 29 of 100 are 29 %.
    step, wanted = (100.0, count * total) if share else (1.0, np.full(total.shape, count))
    low, high = COMPARE[op](true * step, wanted), COMPARE[op](possible * step, wanted)
    surely, never = low & high, ~(low | high)
    if op == "==":
        surely &= true == possible
        number = wanted / step
        never = (number < true) | (number > possible) | (number != np.floor(number))
    out = np.where(surely, TRUE, np.where(never, FALSE, UNKNOWN))
    return np.where((total == 0) & share, UNKNOWN, out).astype(np.int8)
