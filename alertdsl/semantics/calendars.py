"""Resolves what knows a time zone: calendar windows (``today``) and the hours of a rule (``during``)."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import replace
from datetime import date
from typing import cast

from alertdsl.diagnostics import Span, error
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.semantics.walk import Leaf, map_leaves
from alertdsl.syntax import ast
from alertdsl.syntax.words import DAY_NAMES

DAYS = tuple(name[:3] for name in DAY_NAMES)
_GROUPS = {"weekdays": (0, 1, 2, 3, 4), "weekends": (5, 6)}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET = re.compile(r"(?:GMT|UTC)?[+-]\d", re.IGNORECASE)
_OF_A_DAY = 24 * 60


def check_zone(zone: str, span: Span) -> None:
    """Refuses a time zone that does not exist (E215)."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        # Without a time zone database nothing can be told; the engine brings its own.
        if zone == "UTC" or not known:
            return
        if _OFFSET.match(zone):
            # `Etc/GMT+2` is two hours west of Greenwich, the opposite of what people mean.
            hint = "an offset knows no summer time: name a city, such as Europe/Berlin"
            raise error("E215", f'"{zone}" is no time zone', span, hint) from None
        near = sorted(name for name in known if name.casefold().endswith(f"/{zone.casefold()}"))
        hint, fixes = did_you_mean(zone, near or nearest(zone, known), span)
        hint = hint or "zones have IANA names such as Europe/London or UTC"
        raise error("E215", f'unknown time zone "{zone}"', span, hint, fixes) from None


def rule_zone(node: ast.Rule) -> str:
    """The time zone in which a rule speaks of days: that of its hours, or of its time of day, else UTC."""
    for clause in (node.during, node.every):
        if clause is not None and clause.zone is not None:
            return clause.zone
    return "UTC"


# ---------------------------------------------------------------- calendar windows


def calendar_of(node: ast.CalendarAggregate, zone: str) -> typed.Calendar:
    """The window that the words name."""
    return typed.Calendar(cast("typed.CalendarKind", node.window), zone)


def in_calendar(value: typed.Value, calendar: typed.Calendar, span: Span) -> typed.Value:
    """The value with each window in it put into the calendar; the windows' lengths are void."""

    def change(leaf: Leaf) -> typed.Value:
        if leaf.shift:
            raise error("E260", f"`{calendar.kind}` has no `ago`", span, "write yesterday for the day before")
        if isinstance(leaf, typed.AnyWindow):
            return replace(leaf, window=0, calendar=calendar)
        assert isinstance(leaf, typed.Window | typed.Delta)
        quantile = leaf.quantile if isinstance(leaf, typed.Window) else None
        per = leaf.per if isinstance(leaf, typed.Delta) else typed.SECOND
        return typed.CalendarWindow(leaf.function, leaf.selector, calendar, leaf.group, quantile, per)

    return map_leaves(value, change)


# ---------------------------------------------------------------- the hours of a rule


def resolve_during(node: ast.During | None, catalog: Catalog) -> typed.During | None:
    """The hours in which a rule counts.

    Raises:
        AlertDslError: E215 for zones, dates, days and calendars that do not exist, E216 where no day is left.
    """
    if node is None:
        return None
    zone = node.zone or "UTC"
    check_zone(zone, node.span)
    days = set(range(7)) if not node.days else {day for text in node.days for day in _days(text, node.span)}
    times: set[tuple[int, int]] = set()
    dates: set[str] = set()
    for text in node.excepted:
        if _DATE.fullmatch(text):
            dates.add(_date(text, node.span))
        elif ":" in text:
            times.add(_range(text, node.span))
        elif text in _GROUPS or text.partition("-")[0] in DAYS:
            days -= set(_days(text, node.span))
        else:
            dates.update(_calendar(text, catalog, node.span))
    if not days:
        raise error("E216", "no day is left on which this rule counts", node.span, "except fewer days")
    ranges = tuple(sorted({_range(text, node.span) for text in node.ranges}))
    return typed.During(ranges, tuple(sorted(days)), zone, tuple(sorted(times)), tuple(sorted(dates)))


def _range(text: str, span: Span) -> tuple[int, int]:
    start, _, end = text.partition("-")
    first, last = _minutes(start), _minutes(end)
    if first == _OF_A_DAY:
        raise error("E215", "hours begin before 24:00", span, "write 00:00, and the day on which they begin")
    return first, last


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _days(text: str, span: Span) -> tuple[int, ...]:
    if text in _GROUPS:
        return _GROUPS[text]
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise error("E215", f'"{text}" is no day', span, f"days are {', '.join(DAYS)}, weekdays and weekends")
    start = DAYS.index(first)
    count = (DAYS.index(last) - start) % 7 if dash else 0
    return tuple((start + step) % 7 for step in range(count + 1))


def _calendar(name: str, catalog: Catalog, span: Span) -> tuple[str, ...]:
    """The days of a calendar of the catalog: ``except holidays``."""
    known = {calendar.name: calendar.dates for calendar in catalog.calendars}
    if name not in known:
        hint, fixes = did_you_mean(name, nearest(name, (*known, *DAYS, *_GROUPS)), span)
        hint = hint or f'the catalog names days: [calendars.{name}] dates = ["2026-12-25"]'
        raise error("E215", f'no calendar is called "{name}"', span, hint, fixes)
    return known[name]


def _date(text: str, span: Span) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise error("E215", f"{text} is no day of the calendar", span, "dates are year-month-day") from None
