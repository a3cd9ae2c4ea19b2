"""The truth of a condition for a label set at a time, in three values."""

from __future__ import annotations

import re
from typing import assert_never

from alertdsl.semantics import typed
from alertdsl.semantics.typed import CompareOp, Nanoseconds
from tests.reference import held, lines, points
from tests.reference.data import Labels
from tests.reference.kleene import Truth, all_of, any_of, negated
from tests.reference.labels import World, all_labels, grouped_members, partner
from tests.reference.leaf import current
from tests.reference.moments import by_points, moments
from tests.reference.nodes import leaves
from tests.reference.quantity import quantified
from tests.reference.values import NO_DATA, OTHER, Unknown, Value, value

PAST: dict[str, CompareOp] = {"above": ">", "below": "<"}


def truth(world: World, node: typed.Condition, labels: Labels, time: Nanoseconds) -> Truth:
    """The truth of `node` for a label set at `time`. “`and`, `or`, `not` follow Kleene”."""

    def now(part: typed.Condition) -> Truth:
        return truth(world, part, labels, time)

    match node:
        case typed.Compare(op, left, right):
            return _compare(op, value(world, left, labels, time), value(world, right, labels, time))
        case typed.Matches(operand, pattern):
            text = value(world, operand, labels, time)
            return text if isinstance(text, Unknown) else re.search(pattern, str(text)) is not None
        case typed.And(items):
            return all_of([now(item) for item in items])
        case typed.Or(items):
            return any_of([now(item) for item in items])
        case typed.Not(operand):
            return negated(now(operand))
        case typed.Unless(left, right):
            # "`A unless B` is `A and not B` with an unknown or missing `B` taken as false"
            return all_of([now(left), now(right) is not True])
        case typed.For() | typed.HeldFor() | typed.HeldPoints():
            return _held(world, node, labels, time)
        case typed.Missing() | typed.Absent():
            return _silent(world, node, labels, time)
        case typed.Crosses():
            return _crosses(world, node, labels, time)
        case typed.Trend():
            return _trend(world, node, labels, time)
        case typed.Changes():
            return _changes(world, node, labels, time)
        case typed.Quantified():
            return _quantified(world, node, labels, time)
        case typed.Firing():
            raise AssertionError("what other rules say is in `life`")
        case _:
            assert_never(node)


def _compare(op: CompareOp, left: Value, right: Value) -> Truth:
    """“Comparisons with an unknown operand are unknown”."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown.of([each for each in (left, right) if isinstance(each, Unknown)])
    return points.compare(op, left, right)


def _silent(world: World, node: typed.Missing | typed.Absent, labels: Labels, time: Nanoseconds) -> Truth:
    """“`x is missing for D`: the series is known and has no point in `[T-D, T)`; with a group, some series of it is known and
    none has a point”. “`x is absent` is true if no matching series has a value at `T`, never seen included; it is never unknown”."""
    if isinstance(node, typed.Absent):
        everyone = world.data.logical(node.selector)
        return all(current(node.selector, series, time) is None for series in everyone)
    found = partner(world, node, world.members(node), labels)
    if found is None:  # "a missing partner is unknown"
        return OTHER
    if any(series.within(time - node.duration, time) for series in found):
        return False
    return any(series.known(node.selector, time) for series in found)


# ---------------------------------------------------------------- over time


def _held(
    world: World, node: typed.For | typed.HeldFor | typed.HeldPoints, labels: Labels, time: Nanoseconds
) -> Truth:
    def look(moment: Nanoseconds) -> Truth:
        return truth(world, node.operand, labels, moment)

    if isinstance(node, typed.HeldPoints):
        return _held_points(world, node, labels, time, look)
    start = time - node.duration
    if isinstance(node, typed.For):
        return held.all_through(look, moments(world, node.operand, labels, start, time), start, time)
    # A point a nanosecond before `T` is seen at `T`, and counts for that nanosecond.
    return held.part_of(look, moments(world, node.operand, labels, start, time + 1), start, time, node.held)


def _held_points(
    world: World, node: typed.HeldPoints, labels: Labels, time: Nanoseconds, look: held.Look
) -> Truth:
    """“`C for N points` (`C` reads one series): false if one of the newest N points fails `C`; else unknown if there are fewer or
    the newest is stale; else true”. A point is judged by a look just after it."""
    (leaf,) = set(leaves(node.operand))
    assert isinstance(leaf, typed.Current)
    series = partner(world, leaf, world.members(leaf), labels)
    if series is None:
        return OTHER
    stop = time - leaf.shift
    newest = series[0].within(stop - leaf.selector.memory, stop)[-node.points :]
    looks = [look(point.time + leaf.shift + 1) for point in newest]
    stale = current(leaf.selector, series[0], stop) is None
    enough = NO_DATA if len(newest) < node.points or stale else True
    return all_of([*looks, enough])


def _crosses(world: World, node: typed.Crosses, labels: Labels, time: Nanoseconds) -> Truth:
    """Of a metric and a bound that stays, by points; “for aggregates and moving bounds `crosses above` compares `T - every` with
    `T`, both known”."""
    op, every = PAST[node.direction], world.rule.every.interval
    if by_points(node):
        return _crosses_by_points(world, node, labels, time)

    def past(ago: Nanoseconds) -> Truth:
        then = world.looking_back(ago)
        sides = (value(then, side, labels, time - ago) for side in (node.operand, node.bound))
        return _compare(op, *sides)

    return all_of([past(0), negated(past(every))])


def _crosses_by_points(world: World, node: typed.Crosses, labels: Labels, time: Nanoseconds) -> Truth:
    metric = node.operand
    assert isinstance(metric, typed.Current)
    series = partner(world, metric, world.members(metric), labels)
    if series is None:
        return OTHER
    bound = value(world, node.bound, labels, time)
    if isinstance(bound, Unknown):
        return bound
    stop = time - metric.shift
    found = points.crosses(
        series[0],
        stop - world.rule.every.interval,
        stop,
        metric.selector.memory,
        PAST[node.direction],
        bound,
    )
    return NO_DATA if found is None else found


def _changes(world: World, node: typed.Changes, labels: Labels, time: Nanoseconds) -> Truth:
    """“Adjacent points that differ, the one before the window included”."""
    metric = typed.Current(node.selector)
    found = partner(world, metric, world.members(metric), labels)
    if found is None:
        return OTHER
    changed = points.changes(found[0], time - node.window, time, node.selector.memory)
    return NO_DATA if changed is None else points.compare(node.op, float(changed), float(node.times))


def _trend(world: World, node: typed.Trend, labels: Labels, time: Nanoseconds) -> Truth:
    """“The least-squares line over `[T-W, T)` is past `c` somewhere in `(T, T+H]`, and `x` is not already; under three points
    unknown”. A line that is past it anywhere there is so at one of the ends."""
    metric = typed.Current(node.selector)
    found = partner(world, metric, world.members(metric), labels)
    lacking = OTHER if found is None else NO_DATA
    inside = [] if found is None else found[0].within(time - node.window, time)

    def past(known: float | None, otherwise: Unknown) -> Truth:
        side = otherwise if known is None else known
        return _compare(PAST[node.direction], side, value(world, node.bound, labels, time))

    ends = [lines.line(inside, at) for at in (time, time + node.within)]
    will = any_of([past(end, OTHER if len(inside) >= 3 else lacking) for end in ends])
    now = value(world, metric, labels, time)
    already = past(None, now) if isinstance(now, Unknown) else past(float(now), OTHER)
    return all_of([will, negated(already)])


# ---------------------------------------------------------------- of many


def _quantified(world: World, node: typed.Quantified, labels: Labels, time: Nanoseconds) -> Truth:
    """“Of the label sets of `C` in the group, how many distinct values of that tag have it true.” One of several label sets of a
    value is enough."""
    sets = partner(world, node, grouped_members(world, node), labels)
    if sets is None:
        return OTHER
    within = world.within(node)
    by_value: dict[str, list[Truth]] = {}
    for own in sets:
        value_of_tag = dict(all_labels(within, node.condition, own)).get(node.tag)
        # Also where it is not counted: what cannot be matched is refused.
        found = truth(within, node.condition, own, time)
        if value_of_tag is not None:
            by_value.setdefault(value_of_tag, []).append(found)
    return quantified(node, {each: any_of(truths) for each, truths in by_value.items()})
