"""The truth of a condition for a label set at a time, in three values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alertdsl.semantics import typed
from alertdsl.semantics.typed import SECOND, CompareOp, Nanoseconds
from tests.reference.data import Labels, Logical, Scalar
from tests.reference.labels import Node, World, children, combined_members, partner
from tests.reference.values import OTHER, Unknown, value

Truth = bool | Unknown


def truth(world: World, node: typed.Condition, labels: Labels, time: Nanoseconds) -> Truth:
    """The truth of `node` for a label set at `time`. “Comparisons with an unknown operand are unknown; `and`, `or`, `not`
    follow Kleene”."""
    match node:
        case typed.Compare(op, left, right):
            return _compare(op, value(world, left, labels, time), value(world, right, labels, time))
        case typed.And(items):
            return _all([truth(world, item, labels, time) for item in items])
        case typed.Or(items):
            return _not(_all([_not(truth(world, item, labels, time)) for item in items]))
        case typed.Not(operand):
            return _not(truth(world, operand, labels, time))
        case typed.Unless(left, right):
            # "`A unless B` is `A and not B` with an unknown or missing `B` taken as false"
            excluded = truth(world, right, labels, time)
            return _all([truth(world, left, labels, time), excluded is not True])
        case typed.For(operand, duration):
            return _for(world, operand, duration, labels, time)
        case typed.Missing():
            return _missing(world, node, labels, time)
    raise NotImplementedError(f"{type(node).__name__} is not generated, and not in the reference")


def _compare(op: CompareOp, left: Scalar | Unknown, right: Scalar | Unknown) -> Truth:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown.of([each for each in (left, right) if isinstance(each, Unknown)])
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    assert not isinstance(left, str)
    assert not isinstance(right, str)
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op]


def _all(truths: Sequence[Truth]) -> Truth:
    """Kleene's and."""
    if any(each is False for each in truths):
        return False
    unknown = [each for each in truths if isinstance(each, Unknown)]
    return Unknown.of(unknown) if unknown else True


def _not(one: Truth) -> Truth:
    return one if isinstance(one, Unknown) else not one


def _missing(world: World, node: typed.Missing, labels: Labels, time: Nanoseconds) -> Truth:
    """“`x is missing for D`: the series is known and has no point in `[T-D, T)`; with a group, some series of it is known and
    none has a point”."""
    series = partner(world, node, world.members(node), labels)
    if series is None:  # “a missing partner is unknown”
        return OTHER
    silent = not any(s.within(time - node.duration, time) for s in series)
    return silent and any(s.known(node.selector, time) for s in series)


# ---------------------------------------------------------------- for


def _for(
    world: World, operand: typed.Condition, duration: Nanoseconds, labels: Labels, time: Nanoseconds
) -> Truth:
    """“Look at `C` just after `T - D`, at every moment in `(T-D, T)`, and at `T`: false when false at any of them; else unknown
    when unknown just after `T - D` or at `T`; else true”."""
    first = truth(world, operand, labels, time - duration + 1)
    last = truth(world, operand, labels, time)
    if first is False or last is False:
        return False
    for moment in moments(world, operand, labels, time - duration, time):
        if truth(world, operand, labels, moment) is False:
            return False
    unknown = [each for each in (first, last) if isinstance(each, Unknown)]
    return Unknown.of(unknown) if unknown else True


def moments(
    world: World, node: Node, labels: Labels, start: Nanoseconds, stop: Nanoseconds
) -> list[Nanoseconds]:
    """“Moments: just after each point read (shifted points moved by their shift), just after point + staleness, and every
    instant of the rule for [what is] windowed”, in ``(start, stop)``. The points are those of the current values that stand
    behind the label set: windowed operands, a nested `for` among them, are looked at at the instants."""
    found: set[Nanoseconds] = set()
    for leaf, series in _currents(world, node, labels):
        after = {point.time + leaf.shift + 1 for point in series.points}
        found |= after | {moment + leaf.selector.staleness for moment in after}
    if is_windowed(node):
        found |= set(instants_between(world.rule.every, start, stop))
    return sorted(moment for moment in found if start < moment < stop)


def _currents(world: World, node: Node, labels: Labels) -> Iterator[tuple[typed.Current, Logical]]:
    """The current values that a label set depends on, each with a series that stands behind it."""
    match node:
        case typed.Current():
            for series in partner(world, node, world.members(node), labels) or ():
                yield node, series
        case typed.Combined():
            for own in partner(world, node, combined_members(world, node), labels) or ():
                yield from _currents(world, node.operand, own)
        case typed.For():
            return
        case _:
            for child in children(node):
                yield from _currents(world, child, labels)


def is_windowed(node: Node) -> bool:
    """“Windows ..., `is missing` ... and nested `for` (these are what *windowed* means)”."""
    if isinstance(node, typed.Window | typed.Delta | typed.Extreme | typed.Missing | typed.For):
        return True
    return any(is_windowed(child) for child in children(node))


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
