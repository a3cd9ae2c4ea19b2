"""Local days and weeks, as arrays: where calendar windows begin, and when a rule's hours are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from alertdsl.plan.reads import Request
from alertdsl.semantics.typed import HOUR, SECOND, Calendar, During
from alertdsl_runtime.columns import Flags, Ints, Times

_THURSDAY = 3
"""The weekday of the first of January 1970."""

_BACK = 32
"""How many days before the first time a window may begin, at least."""


def dated(request: Request, instant: int) -> Request | None:
    """A request with the window that it has at an instant; None where that is empty (today's at midnight, what is remembered
    of a window that is as long as memory): InfluxDB refuses those."""
    read = request.read
    if read.calendar is None:
        return request if read.start > read.stop else None
    moment = np.array([instant - read.stop], dtype=np.int64)
    start, stop = (int(edge[0]) for edge in window_of(read.calendar, moment))
    start -= read.back
    window = replace(read, start=instant - start, stop=instant - stop, calendar=None, back=0)
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
    """Whether each time falls into a rule's hours: ``start <= t < end`` by what clocks show.

    A range over midnight belongs to the day on which it starts.
    """
    days, minutes = _shown(during.zone, times)
    dates = np.array([_day_number(date.fromisoformat(each)) for each in during.dates], dtype=np.int64)

    def counts(day: Ints) -> Flags:
        return np.isin((day + _THURSDAY) % 7, during.days) & ~np.isin(day, dates)

    out = np.zeros(len(times), dtype=np.bool_)
    for start, end in during.ranges:
        if start < end:
            out |= counts(days) & (start <= minutes) & (minutes < end)
        else:
            out |= (counts(days) & (start <= minutes)) | (counts(days - 1) & (minutes < end))
    for start, end in during.excepted:
        late, early = start <= minutes, minutes < end
        out &= ~(late & early if start < end else late | early)
    return out


def _shown(zone: str, times: Times) -> tuple[Ints, Ints]:
    """What clocks show at each time: the day, as its number since 1970, and the minute of the day."""
    hours, place = np.unique(times // HOUR, return_inverse=True)
    first = np.array([_offset(zone, int(hour) * HOUR) for hour in hours], dtype=np.int64)
    last = np.array([_offset(zone, (int(hour) + 1) * HOUR - 1) for hour in hours], dtype=np.int64)
    offsets = first[place]
    # Within an hour in which clocks are changed, time by time.
    for at in np.flatnonzero((first != last)[place]):
        offsets[at] = _offset(zone, int(times[at]))
    seconds = times // SECOND + offsets
    return seconds // 86_400, seconds % 86_400 // 60


@lru_cache(maxsize=100_000)
def _offset(zone: str, moment: int) -> int:
    """How many seconds clocks are ahead of UTC."""
    found = datetime.fromtimestamp(moment // SECOND, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if found is None else round(found.total_seconds())


def _day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _midnights(zone: str, times: Times) -> tuple[list[date], Times]:
    """The local days that the times, and windows back from them, touch, with the moment at which each begins."""
    if not len(times):
        return [], np.zeros(0, dtype=np.int64)
    first = _local_day(zone, int(times.min())) - timedelta(days=_BACK)
    count = (_local_day(zone, int(times.max())) - first).days + 2
    days = [first + timedelta(days=k) for k in range(count)]
    return days, np.array([_midnight(zone, day) for day in days], dtype=np.int64)


def _local_day(zone: str, moment: int) -> date:
    return datetime.fromtimestamp(moment // SECOND, UTC).astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=100_000)
def _midnight(zone: str, day: date) -> int:
    """The moment at which a local day begins, in nanoseconds."""
    return round(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * SECOND
