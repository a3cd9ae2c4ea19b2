"""The value of an expression for a label set at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Nanoseconds
from tests.reference.data import Labels, Logical, Point, Scalar
from tests.reference.labels import Leaf, World, combined_members, is_overall, leaves, partner
from tests.reference.numbers import aggregate, delta, number


@dataclass(frozen=True)
class Unknown:
    """An unknown value or truth; `no_data` where “a known series lacks the points that it needs”."""

    no_data: bool = False

    @classmethod
    def of(cls, unknowns: Sequence[Unknown]) -> Unknown:
        """What is unknown because all of these are."""
        return Unknown(any(each.no_data for each in unknowns))


OTHER, NO_DATA = Unknown(False), Unknown(True)

Value = Scalar | Unknown


def value(world: World, node: typed.Value, labels: Labels, time: Nanoseconds) -> Value:
    """The value of `node` for a label set at `time`."""
    match node:
        case typed.Const(constant):
            return constant
        case typed.Current() | typed.Window() | typed.Delta() | typed.Extreme():
            series = partner(world, node, world.members(node), labels)
            if series is None:  # "a missing partner is unknown"
                return OTHER
            found = _leaf(node, series, time)
            if found is None:
                return NO_DATA if _lacks_points(node, series, time) else OTHER
            return found
        case typed.Combined():
            groups = combined_members(world, node)
            sets = partner(world, node, groups, labels)
            return OTHER if sets is None else _combined(world, node, sets, time)
        case typed.Arithmetic(op, left, right):
            return _arithmetic(op, value(world, left, labels, time), value(world, right, labels, time))
        case typed.Absolute(operand):
            inner = value(world, operand, labels, time)
            return inner if isinstance(inner, Unknown) else abs(float(inner))
        case typed.Slot():
            raise AssertionError("a rule has constants, only a shape has slots")
    raise NotImplementedError(f"{type(node).__name__} is not generated, and not in the reference")


def _leaf(node: Leaf, series: list[Logical], time: Nanoseconds) -> Scalar | None:
    match node:
        case typed.Current():
            return current(node, series[0], time)
        case typed.Window(function=function, window=window, quantile=quantile):
            if function == "count" and not _countable(node, series, time):
                return None
            stop = time - node.shift
            points = _in_time_order([s.within(stop - window, stop) for s in sorted(series, key=_identity)])
            return aggregate(function, [p.value for p in points], quantile)
        case typed.Delta():
            return _delta(node, series, time)
        case typed.Extreme():
            return _extreme(node, series[0], time)
    raise AssertionError(node)


def _countable(node: typed.Window, series: list[Logical], time: Nanoseconds) -> bool:
    """“`count`, which is 0 for a known series; [...] `overall` [it] is 0 with no series known”: before it was known (at an earlier
    moment of a `for`), the count is unknown."""
    overall = node.group is not None and is_overall(node.group)
    return overall or any(s.known(node.selector, time) for s in series)


def _in_time_order(series: list[list[Point]]) -> list[Point]:
    """The points of several series; those of one time in the order of the label sets of their series."""
    return sorted((point for points in series for point in points), key=lambda point: point.time)


def _identity(series: Logical) -> Labels:
    return series.identity


def current(node: typed.Current, series: Logical, time: Nanoseconds) -> Scalar | None:
    """“A series' value at t is its newest point in `[t - staleness, t)`; with none there it is unknown”."""
    at = time - node.shift
    newest = series.newest(at - node.selector.staleness, at)
    return None if newest is None else newest.value


def _points_of_delta(node: typed.Delta, series: Logical, time: Nanoseconds) -> list[Point]:
    """“Per series from the value at `T-W` if known (it counts as a point), else from the first point, to the last”."""
    stop = time - node.shift
    start = stop - node.window
    before = series.newest(start - node.selector.staleness, start)
    return ([] if before is None else [before]) + series.within(start, stop)


def _delta(node: typed.Delta, series: list[Logical], time: Nanoseconds) -> float | None:
    """“With a group, per-series changes, increases and rates are added, unknown ones left out”."""
    each = [delta(node.function, _points_of_delta(node, s, time), node.per) for s in series]
    found = [one for one in each if one is not None]
    return number(sum(found)) if found else None


def _extreme(node: typed.Extreme, series: Logical, time: Nanoseconds) -> float | None:
    """“The minimum over `[T-W, T)` and just after `T-W`”; just after is one nanosecond later."""
    stop = time - node.shift
    start = stop - node.window
    before = series.newest(start + 1 - node.selector.staleness, start + 1)
    points = ([] if before is None else [before]) + series.within(start, stop)
    return None if not points else (min if node.function == "min" else max)(float(p.value) for p in points)


def _lacks_points(node: Leaf, series: list[Logical], time: Nanoseconds) -> bool:
    """Whether a known series has fewer points than the leaf needs: the unknown is then for want of data."""
    if not series:  # "with no series known": an `overall` that nothing stands behind
        return False
    match node:
        case typed.Window(function="stddev", window=window):
            stop = time - node.shift
            return sum(len(s.within(stop - window, stop)) for s in series) < 2
        case typed.Window(window=window):
            stop = time - node.shift
            return not any(s.within(stop - window, stop) for s in series)
        case typed.Delta():
            return any(len(_points_of_delta(node, s, time)) < 2 for s in series)
    return True


def _combined(world: World, node: typed.Combined, sets: list[Labels], time: Nanoseconds) -> Value:
    """“Without `over`, `by` and `overall` combine the values at `T` and skip series that have none”."""
    known = is_overall(node.group) or any(_is_known(world, node.operand, labels, time) for labels in sets)
    if node.function == "count" and not known:
        return OTHER
    values: list[Scalar] = []
    unknowns: list[Unknown] = []
    for labels in sorted(sets):
        each = value(world, node.operand, labels, time)
        if isinstance(each, Unknown):
            unknowns.append(each)
        else:
            values.append(each)
    result = aggregate(node.function, values, node.quantile)
    if result is None:
        return Unknown.of(unknowns)
    return result


def _is_known(world: World, node: typed.Value, labels: Labels, time: Nanoseconds) -> bool:
    """Whether a known series stands behind a label set of an expression."""
    behind = [(leaf, partner(world, leaf, world.members(leaf), labels)) for leaf in leaves(node)]
    return any(s.known(leaf.selector, time) for leaf, series in behind for s in series or ())


def _arithmetic(op: typed.ArithmeticOp, left: Value, right: Value) -> Value:
    """“Arithmetic with an unknown operand, and division by zero, are unknown”."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown.of([each for each in (left, right) if isinstance(each, Unknown)])
    a, b = float(left), float(right)
    match op:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "/":
            if b == 0:
                return OTHER
            result = a / b
    found = number(result)
    return OTHER if found is None else found
