"""What is told by single points of a series: counts of those that pass a test, changes and crossings."""

from __future__ import annotations

from collections.abc import Sequence

from alertdsl.semantics.typed import CompareOp, Nanoseconds, PointTest
from tests.reference.data import Logical, Point, Scalar


def compare(op: CompareOp, left: Scalar, right: Scalar) -> bool:
    """``left op right`` of two known values."""
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    assert not isinstance(left, str)
    assert not isinstance(right, str)
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op]


def passing(points: Sequence[Point], tests: Sequence[PointTest]) -> int:
    """`count of (C)`: “points of the window that satisfy it”."""
    return sum(all(compare(test.op, point.value, test.value) for test in tests) for point in points)


def changes(series: Logical, start: Nanoseconds, stop: Nanoseconds, memory: Nanoseconds) -> int | None:
    """“Adjacent points that differ, the one before the window included”; unknown without a point in the window."""
    steps = _steps(series, start, stop, memory)
    if not steps:
        return None
    return sum(before is not None and before.value != after.value for before, after in steps)


def crosses(
    series: Logical,
    start: Nanoseconds,
    stop: Nanoseconds,
    memory: Nanoseconds,
    op: CompareOp,
    bound: Scalar,
) -> bool | None:
    """“Some point in `[T-every, T)` is above `c` and the point before it, however old within memory, is not; no new point is
    false, none ever is unknown”. Where there is no point before it, nothing was crossed."""
    if not series.within(stop - memory, stop):
        return None
    return any(
        compare(op, after.value, bound) and before is not None and not compare(op, before.value, bound)
        for before, after in _steps(series, start, stop, memory)
    )


def _steps(
    series: Logical, start: Nanoseconds, stop: Nanoseconds, memory: Nanoseconds
) -> list[tuple[Point | None, Point]]:
    """The points of a window, each with the one before it, “however old within memory”."""
    before = series.newest(stop - memory, start)
    steps: list[tuple[Point | None, Point]] = []
    for point in series.within(start, stop):
        steps.append((before, point))
        before = point
    return steps
