"""Reads: all that a rule asks of a source, and the only thing a backend has to answer.

A read names a stream of series, a half-open window relative to the instant, and a reducer. The decision over
the values is the same code for every backend, so backends agree by construction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf
from alertdsl.semantics.typed import CompareOp, Matcher, Nanoseconds, Selector


class Reducer(StrEnum):
    """What becomes of the points of a window, series by series. ``RAW`` is the points themselves."""

    LAST = "last"
    FIRST = "first"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Stream:
    """The series of one field, before any rule's own tag conditions.

    `points` are conditions on tags that do not identify a series (those outside `series_key`): they select
    points, and so make another stream. Without a `series_key` there are none.
    """

    bucket: str
    measurement: str
    field: str
    series_key: tuple[str, ...] | None = None
    points: tuple[Matcher, ...] = ()


@dataclass(frozen=True, slots=True)
class PointFilter:
    """A condition on the points that a read counts: those with ``value op literal`` (text and booleans
    only)."""

    op: CompareOp
    value: str | bool


@dataclass(frozen=True, slots=True)
class Read:
    """One question, asked at an instant ``T``: reduce the points of ``[T - start, T - stop)`` of each series
    of the stream.

    With a `calendar` the window is the calendar's at ``T - stop``, begun so much earlier (`back`), and never before
    ``T - start``; the evaluator tells sources where it is.
    """

    stream: Stream
    reducer: Reducer
    start: Nanoseconds
    stop: Nanoseconds = 0
    where: PointFilter | None = None
    calendar: typed.Calendar | None = None
    back: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A read with the series that are wanted: those that satisfy all matchers of one of `any_of`; all series
    if empty.

    `any_of` only saves work: the evaluator matches labels again, so a source may answer with more series than
    asked for.
    """

    read: Read
    any_of: tuple[tuple[Matcher, ...], ...] = ()


def stream_of(selector: Selector) -> Stream:
    """The stream that a selector reads."""
    key = selector.series_key
    points = () if key is None else tuple(m for m in selector.matchers if m.tag not in key)
    return Stream(selector.bucket, selector.measurement, selector.field, key, points)


def series_matchers(selector: Selector) -> tuple[Matcher, ...]:
    """The selector's conditions that choose among the series of its stream."""
    key = selector.series_key
    return tuple(m for m in selector.matchers if key is None or m.tag in key)


def known_read(selector: Selector) -> Read:
    """The newest point within the selector's memory: tells which series are known, and the current value
    besides."""
    return Read(stream_of(selector), Reducer.LAST, max(selector.memory, selector.staleness))


def leaf_reads(node: Leaf) -> tuple[Read, ...]:
    """The reads whose answers decide a leaf, in the order in which the evaluator takes them.

    `known_read` is not among them, save for current values.
    """
    selector = node.selector
    stream = stream_of(selector)

    def read(reducer: Reducer, start: int, stop: int) -> Read:
        return Read(stream, reducer, start, stop)

    match node:
        case typed.Current(shift=0):
            return (known_read(selector),)
        case typed.Current(shift=shift):
            return (read(Reducer.LAST, shift + selector.staleness, shift),)
        case typed.Window(window=window, shift=shift):
            return tuple(read(r, shift + window, shift) for r in _WINDOW_REDUCERS[node.function])
        case typed.Delta(function="change" | "percent change", window=window, shift=shift):
            before = read(Reducer.LAST, shift + window + selector.staleness, shift + window)
            return (
                before,
                read(Reducer.FIRST, shift + window, shift),
                read(Reducer.LAST, shift + window, shift),
            )
        case typed.Histogram() if node.calendar is not None:
            return _calendar_reads(node, node.calendar, "increase")
        case typed.Delta(window=window, shift=shift) | typed.Histogram(window=window, shift=shift):
            return (read(Reducer.RAW, shift + window + selector.staleness, shift),)
        case typed.Extreme(function=function, window=window, shift=shift):
            reducer = Reducer.MIN if function == "min" else Reducer.MAX
            just_after = shift + window - 1
            return (
                read(Reducer.LAST, just_after + selector.staleness, just_after),
                read(reducer, shift + window, shift),
            )
        case typed.Missing(duration=duration):
            return (read(Reducer.COUNT, duration, 0),)
    return _point_reads(node, read)


def _point_reads(node: Leaf, read: Callable[[Reducer, int, int], Read]) -> tuple[Read, ...]:
    """The reads of leaves that storage cannot reduce."""
    selector = node.selector
    match node:
        case typed.Absent() | typed.Distinct(shift=0):
            return (known_read(selector),)
        case typed.Distinct(shift=shift):
            return (read(Reducer.LAST, shift + selector.staleness, shift),)
        case typed.Baseline():
            return _baseline_reads(node, read)
        case typed.CalendarWindow(function=function, calendar=calendar):
            return _calendar_reads(node, calendar, function)
        case typed.Counted() | typed.Integral() | typed.Slope() if node.calendar is not None:
            return _calendar_reads(node, node.calendar, "points")
        case typed.Steps(window=window, shift=shift) | typed.CrossedPoints(window=window, shift=shift):
            raw = read(Reducer.RAW, shift + window, shift)
            return (raw, read(Reducer.LAST, shift + max(selector.memory, window), shift + window))
        case typed.Counted(window=window, shift=shift) | typed.Integral(window=window, shift=shift):
            return (read(Reducer.RAW, shift + window, shift),)
        case typed.Slope(window=window, shift=shift) | typed.Line(window=window, shift=shift):
            return (read(Reducer.RAW, shift + window, shift),)
    raise AssertionError(node)


def _calendar_reads(
    node: typed.CalendarWindow | typed.AnyWindow, calendar: typed.Calendar, function: str
) -> tuple[Read, ...]:
    # A change counts from the value at the window's start.
    back = node.selector.staleness if function in DELTAS else 0
    reach = node.shift + calendar_reach(calendar) + back
    reducers = _WINDOW_REDUCERS.get(function, (Reducer.RAW,))
    stream = stream_of(node.selector)
    return tuple(Read(stream, r, reach, node.shift, calendar=calendar, back=back) for r in reducers)


def _baseline_reads(node: typed.Baseline, read: Callable[[Reducer, int, int], Read]) -> tuple[Read, ...]:
    """The newest value, and the points before it. The window ends at that value, which may be as old as the staleness: its
    two ends are read as points, and what lies between is reduced by the source where that can be done."""
    ends, window, shift = node.selector.staleness, node.window, node.shift
    (now,) = leaf_reads(typed.Current(node.selector, shift))
    reducers = _BASELINE_REDUCERS.get(node.statistic)
    if reducers is None or window <= ends:
        return (now, read(Reducer.RAW, shift + ends + window, shift))
    between = (read(reducer, shift + window, shift + ends) for reducer in reducers)
    old = read(Reducer.RAW, shift + window + ends, shift + window)
    return (now, read(Reducer.RAW, shift + ends, shift), old, *between)


_BASELINE_REDUCERS: dict[str, tuple[Reducer, ...]] = {
    "avg": (Reducer.SUM, Reducer.COUNT),
    "max": (Reducer.MAX,),
    "min": (Reducer.MIN,),
}


DELTAS = frozenset({"rate", "increase", "change", "percent change"})
"""Functions of what a series changed by."""


def calendar_reach(calendar: typed.Calendar) -> int:
    """How far before an instant a calendar window can begin, in nanoseconds."""
    days = {"today": 1, "yesterday": 2, "this week": 7, "this month": 31}[calendar.kind]
    return days * typed.DAY + typed.HOUR


_WINDOW_REDUCERS: dict[str, tuple[Reducer, ...]] = {
    "avg": (Reducer.SUM, Reducer.COUNT),
    "sum": (Reducer.SUM, Reducer.COUNT),
    "min": (Reducer.MIN,),
    "max": (Reducer.MAX,),
    "count": (Reducer.COUNT,),
    "first": (Reducer.FIRST,),
    "last": (Reducer.LAST,),
    "percentile": (Reducer.RAW,),
    "stddev": (Reducer.RAW,),
}


def held_reads(node: typed.For) -> tuple[Read, ...] | None:
    """The reads by which storage itself decides ``x op c for D``, or None where the points are needed.

    They are: the value just after ``T - D``, what tells whether a point of ``(T - D, T)`` violates the
        comparison (its extreme,
    both extremes for ``==``, the count of violating points for text and booleans), and the value at ``T``.
    """
    match node.operand:
        case typed.Compare(op, typed.Current(selector, 0), typed.Const(value)):
            pass
        case typed.Compare(op, typed.Current(selector, 0), typed.Slot() | typed.Lookup() as bound) if (
            _is_number(bound)
        ):
            value = 0.0  # any number: reads do not depend on it
        case _:
            return None
    stream = stream_of(selector)
    just_after = node.duration - 1
    before = Read(stream, Reducer.LAST, just_after + selector.staleness, just_after)
    now = known_read(selector)
    if isinstance(value, str | bool):
        violating = Read(stream, Reducer.COUNT, just_after, 0, PointFilter(_OPPOSITE[op], value))
        return (before, violating, now)
    if op == "!=":
        return None  # a pushed comparison of an unsigned field matches nothing, silently
    within = tuple(Read(stream, r, just_after, 0) for r in _VIOLATION_REDUCERS[op])
    return (before, *within, now)


def _is_number(bound: typed.Value | None) -> bool:
    """Whether a bound is a number that stays the same, for each label set."""
    if isinstance(bound, typed.Lookup):
        return all(map(_is_number, (value for _, value in bound.rows))) and (
            bound.default is None or _is_number(bound.default)
        )
    return isinstance(bound, typed.Slot) or (
        isinstance(bound, typed.Const) and isinstance(bound.value, float)
    )


_OPPOSITE: dict[CompareOp, CompareOp] = {"==": "!=", "!=": "==", ">": "<=", "<=": ">", "<": ">=", ">=": "<"}
_VIOLATION_REDUCERS: dict[CompareOp, tuple[Reducer, ...]] = {
    ">": (Reducer.MIN,),
    ">=": (Reducer.MIN,),
    "<": (Reducer.MAX,),
    "<=": (Reducer.MAX,),
    "==": (Reducer.MIN, Reducer.MAX),
}
