"""Where windows begin and end, as Flux: lengths before the instant, and days, weeks and months of a time zone."""

from __future__ import annotations

from alertdsl.backends.flux.literals import fduration, fstr
from alertdsl.semantics.typed import Calendar

HELPERS = {
    "midnight": "(t, zone) => date.truncate(t: t, unit: 1d, location: timezone.location(name: zone))",
    "monday": (
        "(zone) => midnight(t: date.sub(d: duration(v: 86400000000000 * ((date.weekDay(t: at, location: "
        "timezone.location(name: zone)) + 6) % 7) - 43200000000000), from: midnight(t: at, zone: zone)), zone: zone)"
    ),
    "month": "(zone) => date.truncate(t: at, unit: 1mo, location: timezone.location(name: zone))",
}
"""Functions that a script defines where it uses them; each may use those before it. Days before a Monday are counted to its
noon, which a change of the clocks leaves on that day; Flux's own weeks begin on Thursdays."""


def ago(nanoseconds: int) -> str:
    """The time so long before the instant; the script defines `at` and `ago`."""
    return f"ago(d: {fduration(nanoseconds)})" if nanoseconds else "at"


def calendar_edges(calendar: Calendar) -> tuple[str, str]:
    """Start and stop of a window of the calendar."""
    zone = fstr(calendar.zone)
    today = f"midnight(t: at, zone: {zone})"
    match calendar.kind:
        case "today":
            return today, "at"
        case "yesterday":
            return f"midnight(t: date.sub(d: 1ns, from: {today}), zone: {zone})", today
        case "this week":
            return f"monday(zone: {zone})", "at"
        case "this month":
            return f"month(zone: {zone})", "at"


def helpers(body: str) -> list[str]:
    """The definitions that a script's body needs."""
    wanted: list[str] = []
    for name, text in reversed(HELPERS.items()):
        if any(f"{name}(" in part for part in (body, *wanted)):
            wanted.insert(0, f"{name} = {text}")
    return wanted
