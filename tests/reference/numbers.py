"""Aggregates of points: plain numbers in, a number out, or None where it is unknown."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from alertdsl.semantics.typed import Nanoseconds, WindowFunction
from tests.reference.data import Point, Scalar


def aggregate(function: WindowFunction, values: Sequence[Scalar], quantile: float | None) -> Scalar | None:
    """“Aggregates over a window without points are unknown, except `count`”. `values` are in time order."""
    if function == "count":
        return float(len(values))
    if not values:
        return None
    if function == "first":
        return values[0]
    if function == "last":
        return values[-1]
    numbers = [float(value) for value in values]
    return number(_numeric(function, numbers, quantile))


def _numeric(function: WindowFunction, numbers: list[float], quantile: float | None) -> float | None:
    match function:
        case "avg":
            return sum(numbers) / len(numbers)
        case "sum":
            return sum(numbers)
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "percentile":
            assert quantile is not None
            return percentile(numbers, quantile)
        case "stddev":
            return stddev(numbers)
    raise AssertionError(function)


def percentile(numbers: Sequence[float], quantile: float) -> float:
    """“Percentiles are exact, interpolated linearly between the two nearest points”."""
    ranked = sorted(numbers)
    position = quantile * (len(ranked) - 1)
    below = math.floor(position)
    lower, upper = ranked[below], ranked[min(below + 1, len(ranked) - 1)]
    share = position - below
    if lower == upper or share == 0:
        return lower
    return lower + (upper - lower) * share


def stddev(numbers: Sequence[float]) -> float | None:
    """“The sample standard deviation, unknown below two points, from one pass with the mean over the same points; differences
    below 1e-9 of the mean count as zero”."""
    if len(numbers) < 2:
        return None
    mean = sum(numbers) / len(numbers)
    squares = 0.0
    for each in numbers:
        difference = each - mean
        if abs(difference) < 1e-9 * abs(mean):
            difference = 0.0
        squares += difference * difference
    return math.sqrt(squares / (len(numbers) - 1))


def increase(numbers: Sequence[float]) -> float:
    """“`increase` adds the steps up, a drop being a reset (counted from zero)”."""
    total = 0.0
    for before, after in itertools.pairwise(numbers):
        total += after if after < before else after - before
    return total


def delta(function: str, points: Sequence[Point], per: Nanoseconds) -> float | None:
    """“`change`, `percent change`, `increase`, `rate` run ... from [the first] to the last; fewer than two points is unknown”."""
    if len(points) < 2:
        return None
    numbers = [float(point.value) for point in points]
    change = numbers[-1] - numbers[0]
    match function:
        case "change":
            return number(change)
        case "percent change":  # "the change over `abs(first)`, unknown at zero"
            return None if numbers[0] == 0 else number(100 * change / abs(numbers[0]))
        case "increase":
            return number(increase(numbers))
        case "rate":  # "the increase divided by the time between those two points"
            elapsed = points[-1].time - points[0].time
            return None if elapsed == 0 else number(increase(numbers) / (elapsed / per))
    raise AssertionError(function)


def number(value: float | None) -> float | None:
    """A result that is no number (Inf - Inf) is unknown."""
    return None if value is None or math.isnan(value) else value
