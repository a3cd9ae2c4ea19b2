"""Points in any order made into `Points`: sorted, without duplicates, without NaN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alertdsl.plan.reads import Request
from alertdsl_runtime.columns import Flags, Floats, Ints, Labels, Points, Reduced, Times
from alertdsl_runtime.reading.series import fits

EMPTY = Points((), np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
"""No points of no series."""


def assemble(labels: Sequence[Labels], owner: Ints, times: Times, values: Floats, kind: str) -> Points:
    """Points of series: ``owner[i]`` is the place in `labels` of the series of point `i`.

    Of points of one series and time the last in the arrays is kept; NaN is no point and replaces none. Series without
    points are left out.
    """
    real = ~np.isnan(values)
    if not real.all():
        owner, times, values = owner[real], times[real], values[real]
    if not _strictly_ascending(owner, times):
        order = np.lexsort((times, owner))  # stable: of equals the last stays last
        owner, times, values = owner[order], times[order], values[order]
        last = np.append((owner[1:] != owner[:-1]) | (times[1:] != times[:-1]), True)
        owner, times, values = owner[last], times[last], values[last]
    if not len(owner):
        return EMPTY
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    offsets = np.append(starts, len(owner)).astype(np.int64)
    return Points([labels[i] for i in owner[starts]], offsets, times, values, kind)


def _strictly_ascending(owner: Ints, times: Times) -> bool:
    if len(owner) < 2:
        return True
    step = owner[1:] - owner[:-1]
    return bool(((step > 0) | ((step == 0) & (times[1:] > times[:-1]))).all())


def chosen(request: Request, labels: Sequence[Labels]) -> Flags | None:
    """Which series the request's stream takes by its conditions on points, or None: all."""
    points = request.read.stream.points
    if not points:
        return None
    return np.array([all(fits(m, one) for m in points) for one in labels], dtype=np.bool_)


def take_reduced(request: Request, answer: Reduced) -> Reduced:
    """The rows of the request's stream."""
    some = chosen(request, answer.labels)
    if some is None or some.all():
        return answer
    labels = [one for one, take in zip(answer.labels, some, strict=True) if take]
    return Reduced(labels, answer.values[some], answer.times[some], answer.kind)


def take_points(request: Request, points: Points) -> Points:
    """The series of the request's stream."""
    some = chosen(request, points.labels)
    if some is None or some.all():
        return points
    labels = [one for one, take in zip(points.labels, some, strict=True) if take]
    sizes = np.diff(points.offsets)
    inside = np.repeat(some, sizes)
    offsets = np.concatenate(([0], np.cumsum(sizes[some]))).astype(np.int64)
    return Points(labels, offsets, points.times[inside], points.values[inside], points.kind)
