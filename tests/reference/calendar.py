"""Local days and hours: the windows of the calendar, and `during`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, SECOND, Nanoseconds

MINUTES_OF_A_DAY = 24 * 60


def local(time: Nanoseconds, zone: str) -> datetime:
    """What clocks show in a zone; the part of a second is left out."""
    return datetime.fromtimestamp(time // SECOND, UTC).astimezone(ZoneInfo(zone))


def midnight(day: date, zone: str) -> Nanoseconds:
    """When a local day starts: where clocks go over midnight, as soon as they show that day; where they show it twice, the first
    time."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(start.timestamp()) * SECOND


def window(calendar: typed.Calendar, time: Nanoseconds) -> tuple[Nanoseconds, Nanoseconds]:
    """`today` is from the start of the local day to `T`, `this week` from that of its Monday; `yesterday` the whole day before."""
    today = local(time, calendar.zone).date()
    start = midnight(today, calendar.zone)
    match calendar.kind:
        case "today":
            return start, time
        case "yesterday":
            return midnight(today - timedelta(days=1), calendar.zone), start
        case "this week":
            return midnight(today - timedelta(days=today.weekday()), calendar.zone), time
        case "this month":
            return midnight(today.replace(day=1), calendar.zone), time


def is_inside(during: typed.During, time: Nanoseconds) -> bool:
    """“`T` is inside when `start <= T < end` in local time; a window over midnight belongs to the day on which it starts”."""
    here = local(time, during.zone)
    minute = here.hour * 60 + here.minute
    # Hours to be left out are left out whatever the day.
    for start, end in during.excepted:
        if start <= minute < end or (end <= start and (minute >= start or minute < end)):
            return False
    yesterday = here.date() - timedelta(days=1)
    for start, end in during.ranges:
        over_midnight = end <= start
        if _counts(during, here.date()) and start <= minute < (MINUTES_OF_A_DAY if over_midnight else end):
            return True
        if _counts(during, yesterday) and over_midnight and minute < end:
            return True
    return False


def opening(during: typed.During, inside: Nanoseconds, earliest: Nanoseconds) -> Nanoseconds:
    """When the hours began that a time lies in; only those after `earliest` are sought."""
    minute = inside - inside % MINUTE
    while minute > earliest and is_inside(during, minute - 1):
        minute -= MINUTE
    return minute


def _counts(during: typed.During, day: date) -> bool:
    return day.weekday() in during.days and day.isoformat() not in during.dates
