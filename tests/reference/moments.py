"""When a condition is looked at between two times: at the moments at which its truth may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alertdsl.semantics import typed
from alertdsl.semantics.typed import SECOND, Nanoseconds
from tests.reference.data import Labels, Logical
from tests.reference.labels import World, grouped_members, partner
from tests.reference.nodes import Node, Windowed, children, inside


def moments(
    world: World, node: Node, labels: Labels, start: Nanoseconds, stop: Nanoseconds
) -> dict[Nanoseconds, Nanoseconds]:
    """The moments in ``(start, stop)``, in order, each with the time from which on it counts.

    “Just after each point read (shifted points moved by their shift), just after point + staleness, and every instant of the rule
    for [what is] windowed.”

    The points are those of the current values that stand behind the label set, those that a trend and `its average` start from
    among them. What is windowed, a nested `for` too, is looked at at the instants. What is seen just after a point holds from that
    point on.
    """
    found: dict[Nanoseconds, Nanoseconds] = {}
    if is_windowed(node):
        found |= {instant: instant for instant in instants_between(world.rule.every, start, stop)}
    for selector, shift, series in _read(world, node, labels):
        for point in series.points:
            seen = point.time + shift
            found |= {seen + 1: seen, seen + selector.staleness + 1: seen + selector.staleness}
    return {moment: found[moment] for moment in sorted(found) if start < moment < stop}


def _read(
    world: World, node: Node, labels: Labels, ago: Nanoseconds = 0
) -> Iterator[tuple[typed.Selector, Nanoseconds, Logical]]:
    """The current values that a label set depends on: how each is read, and a series that stands behind it."""
    match node:
        case typed.Current() | typed.Distinct() | typed.Baseline():
            for series in partner(world, node, world.members(node), labels) or ():
                yield node.selector, node.shift + ago, series
        case typed.Absent():
            for series in world.data.logical(node.selector):
                yield node.selector, ago, series
        case typed.Combined() | typed.Quantified():
            for own in partner(world, node, grouped_members(world, node), labels) or ():
                yield from _read(world.within(node), inside(node), own, ago)
        case typed.Crosses() if not by_points(node):
            # It reads the values at `T - every` and at `T`.
            for back in (ago, ago + world.rule.every.interval):
                for child in children(node):
                    yield from _read(world, child, labels, back)
        case typed.For() | typed.HeldFor() | typed.HeldPoints() | typed.Changes() | typed.Crosses():
            return
        case _:
            for child in children(node):
                yield from _read(world, child, labels, ago)


def by_points(node: typed.Crosses) -> bool:
    """Whether a crossing is one of points: of a metric, and of a bound that stays."""
    return isinstance(node.operand, typed.Current) and isinstance(node.bound, typed.Const | typed.Lookup)


WINDOWED = (
    Windowed | typed.CalendarWindow | typed.Clock
    | typed.Trend | typed.Changes | typed.Crosses | typed.Missing | typed.Firing
    | typed.For | typed.HeldFor | typed.HeldPoints
)  # fmt: skip
"""“Windows, `today`, trends, `crosses`, `is growing`, `is missing`, `is firing`, `age of`, `time until` and nested `for`.”"""


def is_windowed(node: Node) -> bool:
    """Whether anything in it is *windowed*."""
    return isinstance(node, WINDOWED) or any(is_windowed(child) for child in children(node))


def instants_between(every: typed.Every, start: Nanoseconds, stop: Nanoseconds) -> list[Nanoseconds]:
    """The instants of a rule in ``(start, stop)``: “`T = k * every`, aligned to the Unix epoch; `every day at 06:00 in Zone` has
    those local times as instants instead”."""
    if every.at is None:
        first = (start // every.interval + 1) * every.interval
        return list(range(first, stop, every.interval))
    hour, minute = map(int, every.at.split(":"))
    zone = ZoneInfo(every.zone or "UTC")
    day = datetime.fromtimestamp(start // SECOND, UTC).date() - timedelta(days=1)
    found: list[Nanoseconds] = []
    while True:
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        instant = int(local.timestamp()) * SECOND
        if instant >= stop:
            return found
        if instant > start:
            found.append(instant)
        day += timedelta(days=1)
