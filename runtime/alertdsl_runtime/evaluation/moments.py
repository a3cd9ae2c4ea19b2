"""``C for D`` where storage cannot decide it: C is looked at just after every point, where points go stale,
and at instants.

"Just after t" is the look at ``t + 1`` ns: times are whole nanoseconds and windows exclude their end. So C is
looked at ``T - D + 1``, at every look in between, and at ``T`` (semantics: Conditions over time).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from alertdsl.plan.reads import stream_of
from alertdsl.plan.shape import is_windowed
from alertdsl.semantics import typed
from alertdsl.semantics.tree import children
from alertdsl.semantics.typed import Condition, Value
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Flags, Ints, Times, Truth
from alertdsl_runtime.evaluation.aggregate import Members
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.leaf import series_of
from alertdsl_runtime.evaluation.operands import Operand, inside, operand_of
from alertdsl_runtime.evaluation.rows import GroupRows, JoinRows, SeriesRows
from alertdsl_runtime.instants import instants
from alertdsl_runtime.reading.data import PointData
from alertdsl_runtime.reading.reduce import PointTable, flatten

Decide = Callable[[Condition, Frame], Truth]
"""Decides a condition in a frame: `decide.Decider.truth`."""

_CELLS = 4_000_000
"""How many looks are decided in one array: bounds memory, changes nothing."""


def held(truth: Decide, every: typed.Every, node: typed.For, frame: Frame) -> Truth:
    """``operand for duration`` for each row and time of the frame."""
    first = truth(node.operand, frame.at(frame.times - node.duration + 1))
    last = truth(node.operand, frame)
    times = np.broadcast_to(frame.times, frame.shape)
    looks = _looks_within(every, node, frame, times)
    wrong = look(truth, node.operand, frame, looks) == FALSE
    rows = np.arange(len(frame.rows), dtype=np.int64)
    low, high = looks.window(rows, times, node.duration - 1, -1)
    total = np.concatenate(([0], np.cumsum(wrong)))
    seen_false = total[high] > total[low]
    false = seen_false | (first == FALSE) | (last == FALSE)
    unknown = (first == UNKNOWN) | (last == UNKNOWN)
    return np.where(false, FALSE, np.where(unknown, UNKNOWN, TRUE)).astype(np.int8)


def held_part(truth: Decide, every: typed.Every, node: typed.HeldFor, frame: Frame) -> Truth:
    """``operand for held of duration``: each look's truth lasts until the next look; unknown time may or may not count."""
    times = np.broadcast_to(frame.times, frame.shape)
    looks = _looks_within(every, node, frame, times)
    found = look(truth, node.operand, frame, looks)
    first = truth(node.operand, frame.at(frame.times - node.duration + 1))
    held = _lasting(looks, found == TRUE, first == TRUE, times, node.duration)
    possible = _lasting(looks, found != FALSE, first != FALSE, times, node.duration)
    return np.where(held >= node.held, TRUE, np.where(possible < node.held, FALSE, UNKNOWN)).astype(np.int8)


def _lasting(looks: PointTable, flags: Flags, first: Flags, times: Times, duration: int) -> Ints:
    """How long within ``[T - duration, T)`` a step function is set, in nanoseconds, for each row and time.

    `first` is its value just after ``T - duration``, `flags` its value from each look on.
    """
    moments = looks.times - looks.values.astype(np.int64)
    lengths = np.zeros(len(moments) + 1, dtype=np.int64)
    lengths[1:-1] = np.diff(moments) * flags[:-1]
    lengths[looks.offsets[:-1]] = 0  # nothing lasts from one row into the next
    total = np.cumsum(lengths)[:-1] if len(moments) else np.zeros(0, dtype=np.int64)
    rows = np.arange(len(looks), dtype=np.int64)
    asked = PointTable(looks.offsets, moments, looks.values)
    low, high = asked.before(rows, times - duration + 1), asked.before(rows, times)
    some = high > low
    begin = np.where(some, moments[np.minimum(low, len(moments) - 1)] if len(moments) else times, times)
    out = (begin - (times - duration)) * first
    if len(moments):
        last = np.maximum(high - 1, 0)
        inner = total[last] - total[np.minimum(low, len(moments) - 1)]
        out = out + np.where(some, inner + (times - moments[last]) * flags[last], 0)
    return out


def held_points(truth: Decide, node: typed.HeldPoints, frame: Frame) -> Truth:
    """``operand for N points``: the operand just after each of the newest points of the one series that it reads."""
    everyone = np.arange(len(frame.rows), dtype=np.int64)
    leaf, series, owner = next(_currents(node.operand, frame.space, frame.rows, everyone))
    assert isinstance(frame.data, PointData)
    table = frame.data.tables[stream_of(leaf.selector)]
    out = np.full(frame.shape, UNKNOWN, dtype=np.int8)
    if not len(series) or not len(table.times):
        return out
    times = np.broadcast_to(frame.times, frame.shape)[owner]
    low, high = table.window(series, times, leaf.shift + leaf.selector.memory, leaf.shift)
    back = np.arange(1, node.points + 1)
    index = high[:, :, None] - back
    real = index >= low[:, :, None]
    looks = np.where(real, table.times[np.maximum(index, 0)] + leaf.shift + 1, times[:, :, None])
    asked = frame.only(owner, looks.reshape(len(series), -1))
    found = np.broadcast_to(truth(node.operand, asked), (len(series), looks[0].size)).reshape(looks.shape)
    newest = table.times[np.maximum(high - 1, 0)]
    stale = (high == low) | (newest < times - leaf.shift - leaf.selector.staleness)
    false = ((found == FALSE) & real).any(axis=2)
    unknown = stale | ~real.all(axis=2) | ((found == UNKNOWN) & real).any(axis=2)
    out[owner] = np.where(false, FALSE, np.where(unknown, UNKNOWN, TRUE))
    return out


def _looks_within(
    every: typed.Every, node: typed.For | typed.HeldFor, frame: Frame, times: Times
) -> PointTable:
    start = times.min(axis=1, initial=np.iinfo(np.int64).max) - node.duration
    return looks_of(every, node.operand, frame, start, times.max(axis=1, initial=0))


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
        low, high = np.searchsorted(regular, start, "right"), np.searchsorted(regular, stop)
        indices, which = flatten(low, high)
        rows.append(which)
        times.append(regular[indices])
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
        case typed.Current() | typed.Baseline():
            operand = operand_of(node)
            found = space.operands[operand]
            assert isinstance(found, SeriesRows)
            series = series_of(found, space.index[operand][rows])
            leaf = node if isinstance(node, typed.Current) else typed.Current(node.selector, node.shift)
            yield leaf, series[series >= 0], owner[series >= 0]
        case typed.Distinct() | typed.Absent():
            members = _members(operand_of(node), space, rows)
            assert isinstance(members.base, SeriesRows)
            series = members.base.series[members.rows]
            above = owner[space.index[operand_of(node)][rows] >= 0][members.owner]
            shift = node.shift if isinstance(node, typed.Distinct) else 0
            yield typed.Current(node.selector, shift), series[series >= 0], above[series >= 0]
        case typed.Combined() | typed.Quantified():
            operand = operand_of(node)
            members = _members(operand, space, rows)
            assert isinstance(members.base, JoinRows)
            above = owner[space.index[operand][rows] >= 0][members.owner]
            yield from _currents(inside(node), members.base, members.rows, above)
        case typed.For() | typed.HeldFor() | typed.HeldPoints():
            return
        case _:
            for child in children(node):
                yield from _currents(child, space, rows, owner)


def _members(operand: Operand, space: JoinRows, rows: Ints) -> Members:
    """The members of the groups that rows have."""
    groups = space.operands[operand]
    assert isinstance(groups, GroupRows)
    index = space.index[operand][rows]
    return Members.of(groups, index[index >= 0])
