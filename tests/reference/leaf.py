"""The value of what reads series: points of one series, or of a group's, in; a value out, or None where it is unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Nanoseconds
from tests.reference import calendar, histogram, lines, points
from tests.reference.data import Labels, Logical, Point, Scalar, newest_labels
from tests.reference.nodes import Leaf, group_of, is_overall
from tests.reference.numbers import aggregate, delta, number, percentile, stddev

DELTAS = ("rate", "increase", "change", "percent change")


def leaf_value(
    node: Leaf,
    series: Sequence[Logical],
    time: Nanoseconds,
    *,
    known_at: Nanoseconds,
    instant: Nanoseconds,
) -> Scalar | None:
    """The value at `time` of a leaf behind which these series stand; what counts is 0 where one of them is known at `known_at`,
    and their labels are those of `instant`."""
    known = any(s.known(node.selector, known_at) for s in series)
    match node:
        case typed.Current():
            return current(node.selector, series[0], time - node.shift)
        case typed.Window() | typed.Counted():
            return _points_together(node, series, time, known=known)
        case typed.Delta():
            return _added(node, series, time)
        case typed.CalendarWindow():
            if node.function in DELTAS:
                return _added(node, series, time)
            return _points_together(node, series, time, known=known)
        case typed.Extreme():
            return _extreme(node, series[0], time)
        case typed.Distinct():
            return _distinct(node, series, time, instant, known=known)
        case typed.Histogram():
            return _histogram(node, series, time)
        case typed.Baseline():
            return _baseline(node, series[0], time)
        case typed.Slope():
            return lines.slope(series[0].within(*span(node, time)), node.per)
        case typed.Integral():
            return lines.integral(series[0].within(*span(node, time)), node.per)
    raise AssertionError(node)


def lacks_points(node: Leaf, series: Sequence[Logical], time: Nanoseconds) -> bool:
    """Whether a known series has fewer points than the leaf needs: the unknown is then for want of data."""
    if not series:  # "with no series known": an `overall` that nothing stands behind
        return False
    match node:
        case typed.Current() | typed.Distinct() | typed.Extreme():
            return True
        case typed.Baseline():
            found = _before_the_value(node, series[0], time)
            return found is None or len(found) < (2 if node.statistic == "stddev" else 1)
        case typed.Delta() | typed.Histogram():
            return any(len(_from_the_start(node, s, time)) < 2 for s in series)
        case typed.CalendarWindow(function=function) if function in DELTAS:
            return any(len(_from_the_start(node, s, time)) < 2 for s in series)
    needed = 2 if _needs_two(node) else 1
    return sum(len(s.within(*span(node, time))) for s in series) < needed


def _needs_two(node: Leaf) -> bool:
    match node:
        case typed.Window(function="stddev") | typed.CalendarWindow(function="stddev"):
            return True
    return isinstance(node, typed.Slope | typed.Integral)


def span(node: Leaf, time: Nanoseconds) -> tuple[Nanoseconds, Nanoseconds]:
    """The half-open window that a leaf reads at a time."""
    of_calendar: typed.Calendar | None = getattr(node, "calendar", None)
    if of_calendar is not None:
        return calendar.window(of_calendar, time)
    assert not isinstance(node, typed.CalendarWindow)
    assert not isinstance(node, typed.Current | typed.Distinct | typed.Baseline | typed.Missing)
    return time - node.shift - node.window, time - node.shift


def newest(selector: typed.Selector, series: Logical, time: Nanoseconds) -> Point | None:
    """The point that is a series' value: “its newest point in `[t - staleness, t)`; with none there it is unknown”."""
    return series.newest(time - selector.staleness, time)


def current(selector: typed.Selector, series: Logical, time: Nanoseconds) -> Scalar | None:
    """The series' value."""
    point = newest(selector, series, time)
    return None if point is None else point.value


# ---------------------------------------------------------------- windows


def _points_together(
    node: typed.Window | typed.Counted | typed.CalendarWindow,
    series: Sequence[Logical],
    time: Nanoseconds,
    *,
    known: bool,
) -> Scalar | None:
    """“An aggregate over W with a group takes all points of all its series”; those of one time in the order of the label sets.

    “`count`, which is 0 for a known series; `overall` [it] is 0 with no series known”: before it was known (at an earlier moment
    of a `for`), the count is unknown."""
    group = group_of(node)
    counts = known or (group is not None and is_overall(group))
    inside = [p for s in sorted(series, key=_identity) for p in s.within(*span(node, time))]
    inside.sort(key=lambda point: point.time)
    if isinstance(node, typed.Counted):
        return float(points.passing(inside, node.tests)) if counts else None
    if node.function == "count" and not counts:
        return None
    assert node.function not in DELTAS
    return aggregate(node.function, [p.value for p in inside], node.quantile)  # type: ignore[arg-type]


def _identity(series: Logical) -> Labels:
    return series.identity


def _from_the_start(
    node: typed.Delta | typed.Histogram | typed.CalendarWindow, series: Logical, time: Nanoseconds
) -> list[Point]:
    """“Per series from the value at `T-W` if known (it counts as a point), else from the first point, to the last”."""
    start, stop = span(node, time)
    before = newest(node.selector, series, start)
    return ([] if before is None else [before]) + series.within(start, stop)


def _added(
    node: typed.Delta | typed.CalendarWindow, series: Sequence[Logical], time: Nanoseconds
) -> float | None:
    """“With a group, per-series changes, increases and rates are added, unknown ones left out”."""
    each = [delta(node.function, _from_the_start(node, s, time), node.per) for s in series]
    found = [one for one in each if one is not None]
    return number(sum(found)) if found else None


def _extreme(node: typed.Extreme, series: Logical, time: Nanoseconds) -> float | None:
    """“The minimum over `[T-W, T)` and just after `T-W`”; just after is one nanosecond later."""
    start, stop = span(node, time)
    before = newest(node.selector, series, start + 1)
    inside = ([] if before is None else [before]) + series.within(start, stop)
    return None if not inside else (min if node.function == "min" else max)(float(p.value) for p in inside)


def _histogram(node: typed.Histogram, series: Sequence[Logical], time: Nanoseconds) -> float | None:
    """The increases of its buckets, each counted as in any other counter."""
    increases: list[tuple[float, float]] = []
    for one in series:
        grown = delta("increase", _from_the_start(node, one, time), typed.SECOND)
        bound = _bound(dict(one.identity).get(node.bucket_tag, ""))
        if grown is not None and bound is not None:
            increases.append((bound, grown))
    return histogram.percentile(node.quantile, increases)


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # a series that is no bucket
        return None


# ---------------------------------------------------------------- values at a time


def _distinct(
    node: typed.Distinct,
    series: Sequence[Logical],
    time: Nanoseconds,
    instant: Nanoseconds,
    *,
    known: bool,
) -> float | None:
    """“How many values of a tag the group's series with a value at `T` have”; like `count` it is 0 for a known series."""
    if not known and not is_overall(node.group):
        return None
    having = [s for s in series if current(node.selector, s, time - node.shift) is not None]
    labels = [dict(newest_labels(node.selector, s, instant)) for s in having]
    return float(len({each.get(node.tag, "") for each in labels} - {""}))


def _before_the_value(node: typed.Baseline, series: Logical, time: Nanoseconds) -> list[Point] | None:
    """“The same series over `[p-D, p)`, `p` the time of the value compared”."""
    value = newest(node.selector, series, time)
    return None if value is None else series.within(value.time - node.window, value.time)


def _baseline(node: typed.Baseline, series: Logical, time: Nanoseconds) -> float | None:
    """Average, high, low or median of the past, or its spread: the mean's is `stddev`, the median's the median of the absolute
    deviations from it."""
    past = _before_the_value(node, series, time)
    if not past:
        return None
    values = [float(point.value) for point in past]
    match node.statistic:
        case "avg":
            return number(sum(values) / len(values))
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "median":
            return number(percentile(values, 0.5))
        case "stddev":
            return number(stddev(values))
        case "mad":
            middle = percentile(values, 0.5)
            away = [abs(value - middle) for value in values]
            return None if any(map(math.isnan, away)) else number(percentile(away, 0.5))
