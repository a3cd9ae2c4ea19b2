"""Local days and weeks, as arrays: where calendar windows begin, and when a rule's hours are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from alertdsl.plan.reads import Request
from alertdsl.semantics.typed import SECOND, Calendar, During
from alertdsl_runtime.columns import Flags, Times

_BACK = 32
"""How many days before the first time a window may begin, at least."""


def dated(request: Request, instant: int) -> Request | None:
    """A request with the window that it has at an instant; None where that is empty (at midnight, for today)."""
    read = request.read
    if read.calendar is None:
        return request
    start, stop = (int(edge[0]) for edge in window_of(read.calendar, np.array([instant], dtype=np.int64)))
    window = replace(read, start=instant - start, stop=instant - stop, calendar=None)
    return replace(request, read=window) if start < stop else None


def window_of(calendar: Calendar, times: Times) -> tuple[Times, Times]:
    """Start and stop of a calendar window at each time; all but yesterday end at the time itself."""
    flat = times.ravel()
    days, midnights = _midnights(calendar.zone, flat)
    today = np.searchsorted(midnights, flat, side="right") - 1
    match calendar.kind:
        case "today":
            start, stop = midnights[today], flat
        case "yesterday":
            start, stop = midnights[today - 1], midnights[today]
        case "this week" | "this month":
            passed = [day.weekday() if calendar.kind == "this week" else day.day - 1 for day in days]
            start, stop = midnights[today - np.array(passed, dtype=np.int64)[today]], flat
    return start.reshape(times.shape), stop.reshape(times.shape)


def inside(during: During, times: Times) -> Flags:
    """Whether each time falls into a rule's hours: ``start <= t < end`` in local time.

    A range over midnight belongs to the day on which it starts.
    """
    days, _ = _midnights(during.zone, times)
    wanted = [day for day in days if day.weekday() in during.days and day.isoformat() not in during.dates]
    included = _within(during.zone, wanted, during.ranges, times)
    return included & ~_within(during.zone, days, during.excepted, times)


def _within(zone: str, days: list[date], ranges: tuple[tuple[int, int], ...], times: Times) -> Flags:
    out = np.zeros(len(times), dtype=np.bool_)
    for start, end in ranges:
        opens = np.array([_moment(zone, day, start) for day in days], dtype=np.int64)
        later = end if end > start else end + 24 * 60
        closes = np.array([_moment(zone, day, later) for day in days], dtype=np.int64)
        newest = np.searchsorted(opens, times, side="right") - 1
        out |= (newest >= 0) & (times < closes[newest]) if len(opens) else False
    return out


def _midnights(zone: str, times: Times) -> tuple[list[date], Times]:
    """The local days that the times, and windows back from them, touch, with the moment at which each begins."""
    if not len(times):
        return [], np.zeros(0, dtype=np.int64)
    first = _local_day(zone, int(times.min())) - timedelta(days=_BACK)
    count = (_local_day(zone, int(times.max())) - first).days + 2
    days = [first + timedelta(days=k) for k in range(count)]
    return days, np.array([_moment(zone, day, 0) for day in days], dtype=np.int64)


def _local_day(zone: str, moment: int) -> date:
    return datetime.fromtimestamp(moment // SECOND, UTC).astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=100_000)
def _moment(zone: str, day: date, minute: int) -> int:
    """The moment of a local time of day, in nanoseconds; minutes past 24 h are the next day's."""
    extra, minute = divmod(minute, 24 * 60)
    local = datetime.combine(day + timedelta(days=extra), time(minute // 60, minute % 60), ZoneInfo(zone))
    return round(local.timestamp()) * SECOND
