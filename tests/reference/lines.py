"""Straight lines through points, and what lies under them. Sums are exact, so that no order of them matters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

from alertdsl.semantics.typed import Nanoseconds
from tests.reference.data import Point
from tests.reference.numbers import number


def slope(points: Sequence[Point], per: Nanoseconds) -> float | None:
    """“The least-squares slope”, of two points at least, per `per` nanoseconds."""
    line = _line(points)
    return None if line is None else float(line[0] * per)


def line(points: Sequence[Point], time: Nanoseconds) -> float | None:
    """“The least-squares line” of three points at least, at `time`."""
    found = _line(points) if len(points) >= 3 else None
    return None if found is None else float(found[0] * time + found[1])


def _line(points: Sequence[Point]) -> tuple[Fraction, Fraction] | None:
    """Slope per nanosecond, and value at the epoch. No line goes through an infinity, or through points of one time."""
    values = [float(point.value) for point in points]
    if len(points) < 2 or not all(math.isfinite(value) for value in values):
        return None
    count = len(points)
    middle = Fraction(sum(point.time for point in points), count)
    mean = sum(map(Fraction, values), Fraction(0)) / count
    spread = sum((point.time - middle) ** 2 for point in points)
    if spread == 0:
        return None
    away = [(p.time - middle, Fraction(v)) for p, v in zip(points, values, strict=True)]
    rise = sum((off * (v - mean) for off, v in away), Fraction(0))
    # "A rise below 1e-12 of the largest value times the distances of all points from the middle of the window counts as none."
    distances = sum((abs(off) for off, _ in away), Fraction(0))
    if abs(rise) < Fraction(1, 10**12) * max(abs(v) for _, v in away) * distances:
        rise = Fraction(0)
    steep = rise / spread
    return steep, mean - steep * middle


def integral(points: Sequence[Point], per: Nanoseconds) -> float | None:
    """“Trapezoids between the points of the window, in unit times time”."""
    if len(points) < 2:
        return None
    total = 0.0
    for one, other in itertools.pairwise(points):
        total += (float(one.value) + float(other.value)) / 2 * ((other.time - one.time) / per)
    return number(total)
