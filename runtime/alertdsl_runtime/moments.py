"""``C for D`` where storage cannot decide it: C is looked at just after every point, where points go stale,
and at instants.

"Just after t" is the look at ``t + 1`` ns: times are whole nanoseconds and windows exclude their end. So C is
looked at
``T - D + 1``, at every look in between, and at ``T`` (semantics: Conditions over time).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from alertdsl.plan.reads import stream_of
from alertdsl.plan.shape import is_windowed
from alertdsl.semantics import typed
from alertdsl.semantics.typed import Condition, Value
from alertdsl_runtime.aggregate import Members
from alertdsl_runtime.bind import NO_SERIES, GroupRows, JoinRows, SeriesRows, operand_of
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Ints, Times, Truth
from alertdsl_runtime.data import PointData
from alertdsl_runtime.frame import Frame
from alertdsl_runtime.instants import instants
from alertdsl_runtime.reduce import PointTable, flatten

Decide = Callable[[Condition, Frame], Truth]
"""Decides a condition in a frame: `decide.Decider.truth`."""

_CELLS = 4_000_000
"""How many looks are decided in one array: bounds memory, changes nothing."""


def held(truth: Decide, every: typed.Every, node: typed.For, frame: Frame) -> Truth:
    """``operand for duration`` for each row and time of the frame."""
    first = truth(node.operand, frame.at(frame.times - node.duration + 1))
    last = truth(node.operand, frame)
    times = np.broadcast_to(frame.times, frame.shape)
    start = times.min(axis=1, initial=np.iinfo(np.int64).max) - node.duration
    looks = looks_of(every, node.operand, frame, start, times.max(axis=1, initial=0))
    wrong = look(truth, node.operand, frame, looks) == FALSE
    rows = np.arange(len(frame.rows), dtype=np.int64)
    low, high = looks.window(rows, times, node.duration - 1, -1)
    total = np.concatenate(([0], np.cumsum(wrong)))
    seen_false = total[high] > total[low]
    false = seen_false | (first == FALSE) | (last == FALSE)
    unknown = (first == UNKNOWN) | (last == UNKNOWN)
    return np.where(false, FALSE, np.where(unknown, UNKNOWN, TRUE)).astype(np.int8)


def looks_of(every: typed.Every, node: Condition, frame: Frame, start: Times, stop: Times) -> PointTable:
    """When `node` is looked at in ``(start, stop]``, row by row; the values are 1 for looks just after a
    point's moment."""
    rows: list[Ints] = [np.zeros(0, dtype=np.int64)]
    times: list[Times] = [np.zeros(0, dtype=np.int64)]
    everyone = np.arange(len(frame.rows), dtype=np.int64)
    assert isinstance(frame.data, PointData)
    for leaf, series, owner in _currents(node, frame.space, frame.rows, everyone):
        table = frame.data.tables[stream_of(leaf.selector)]
        back, shift = leaf.selector.staleness, leaf.shift
        low = table.before(series, (start - back - shift)[owner][:, None])
        high = table.before(series, (stop - shift)[owner][:, None])
        indices, which = flatten(low.ravel(), high.ravel())
        moved = table.times[indices] + shift + 1
        rows += [owner[which], owner[which]]
        times += [moved, moved + back]
    after_points = sum(len(part) for part in times)
    if is_windowed(node) and len(frame.rows):
        regular = instants(every, int(start.min()) + 1, int(stop.max()))
        rows.append(np.repeat(everyone, len(regular)))
        times.append(np.tile(regular, len(everyone)))
    owner, when = np.concatenate(rows), np.concatenate(times)
    kind = (np.arange(len(when)) < after_points).astype(np.float64)
    inside = (when > start[owner]) & (when <= stop[owner])
    owner, when, kind = owner[inside], when[inside], kind[inside]
    order = np.lexsort((kind, when, owner))
    owner, when, kind = owner[order], when[order], kind[order]
    # Of looks at one time keep the last, so that one just after a point is known as such.
    distinct = np.ones(len(when), dtype=np.bool_)
    distinct[:-1] = (owner[1:] != owner[:-1]) | (when[1:] != when[:-1])
    owner, when, kind = owner[distinct], when[distinct], kind[distinct]
    offsets = np.searchsorted(owner, np.arange(len(frame.rows) + 1)).astype(np.int64)
    return PointTable(offsets, when, kind)


def look(truth: Decide, node: Condition, frame: Frame, looks: PointTable) -> Truth:
    """The truth of `node` at each look."""
    out = np.full(len(looks.times), UNKNOWN, dtype=np.int8)
    sizes = np.diff(looks.offsets)
    for rows in _chunks(sizes):
        width = int(sizes[rows].max())
        column = np.arange(width)
        inside = column < sizes[rows][:, None]
        index = looks.offsets[rows][:, None] + np.minimum(column, sizes[rows][:, None] - 1)
        found = truth(node, frame.only(rows, looks.times[index]))
        out[index[inside]] = np.broadcast_to(found, index.shape)[inside]
    return out


def _chunks(sizes: Ints) -> Iterator[Ints]:
    """Rows that have looks, in lots of like size that stay within `_CELLS`."""
    order = np.argsort(sizes, kind="stable")
    order = order[sizes[order] > 0][::-1]
    while len(order):
        take = max(1, _CELLS // int(sizes[order[0]]))
        yield np.sort(order[:take])
        order = order[take:]


def _currents(
    node: Condition | Value, space: JoinRows, rows: Ints, owner: Ints
) -> Iterator[tuple[typed.Current, Ints, Ints]]:
    """The series read as current values below `node`, with the row whose looks their points make.

    Windows, and a ``for`` inside, change at the rule's instants only.
    """
    match node:
        case typed.Current():
            operand = operand_of(node)
            found = space.operands[operand]
            assert isinstance(found, SeriesRows)
            index = space.index[operand][rows]
            series = np.where(index >= 0, found.series[index] if len(found.series) else NO_SERIES, NO_SERIES)
            yield node, series[series >= 0], owner[series >= 0]
        case typed.Combined():
            operand = operand_of(node)
            groups = space.operands[operand]
            assert isinstance(groups, GroupRows)
            assert isinstance(groups.base, JoinRows)
            index = space.index[operand][rows]
            members = Members.of(groups, index[index >= 0])
            yield from _currents(node.operand, groups.base, members.rows, owner[index >= 0][members.owner])
        case typed.Compare(_, left, right) | typed.Arithmetic(_, left, right) | typed.Unless(left, right):
            yield from _currents(left, space, rows, owner)
            yield from _currents(right, space, rows, owner)
        case typed.And(items) | typed.Or(items):
            for item in items:
                yield from _currents(item, space, rows, owner)
        case typed.Not(operand) | typed.Absolute(operand):
            yield from _currents(operand, space, rows, owner)
