"""Percentiles of cumulative buckets, whose upper bounds stand in a tag.

As Prometheus' ``histogram_quantile`` does it: the rank is a share of all that was counted (the bucket of ``+Inf``), and the
percentile lies in the first bucket that reaches it, interpolated linearly between the bucket's bounds.
"""

from __future__ import annotations

import math
import re

import numpy as np

from alertdsl.semantics import typed
from alertdsl_runtime.columns import Flags, Floats, Ints

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|\+?[iI]nf(inity)?")


def bound_of(text: str) -> float | None:
    """The upper bound that a bucket's tag names, None where it is no number: such series are no buckets."""
    return float(text) if _NUMBER.fullmatch(text) else None


def increases_of(node: typed.Histogram) -> typed.Delta | typed.CalendarWindow:
    """What is asked of each bucket."""
    if node.calendar is not None:
        return typed.CalendarWindow("increase", node.selector, node.calendar, shift=node.shift)
    return typed.Delta("increase", node.selector, node.window, shift=node.shift)


def percentile(quantile: float, bounds: Floats, owner: Ints, count: int, increases: Floats) -> Floats:
    """The percentile of each of `count` groups, from the upper bound, the group and the increases of each bucket.

    Buckets without an increase are left out. What a bucket holds is at least what those below it hold: series that were
    written a moment apart may contradict that. Unknown without the bucket of ``+Inf``, and where nothing was counted.
    """
    counts, some, owner, bounds = _by_bound(bounds, owner, increases)
    shape = (count, increases.shape[1])
    edges = np.searchsorted(owner, np.arange(count + 1))
    total = _total(count, counts, some, owner, bounds)
    rank = quantile * total
    below, floor = np.zeros(shape), np.full(shape, -np.inf)
    out, open_ = np.full(shape, np.nan), total > 0
    for place in range(int(np.diff(edges).max(initial=0))):
        groups = np.flatnonzero(edges[:-1] + place < edges[1:])
        rows = edges[groups] + place
        known = some[rows]
        upto = np.where(known, np.fmax(counts[rows], below[groups]), below[groups])
        bound = bounds[rows][:, None]
        reached = open_[groups] & known & (upto > 0) & (upto >= rank[groups])
        value = _inside(bound, floor[groups], rank[groups] - below[groups], upto - below[groups])
        out[groups] = np.where(reached, value, out[groups])
        open_[groups] &= ~reached
        below[groups] = upto
        floor[groups] = np.where(known, bound, floor[groups])
    return out


def _inside(bound: Floats, floor: Floats, wanted: Floats, held: Floats) -> Floats:
    """The value inside a bucket: the bucket above `floor` (``-inf``: the lowest) up to `bound`, `wanted` of the `held` in it."""
    lowest = np.isneginf(floor)
    # The lowest bucket begins at zero; one that ends at or below it tells no more than its bound.
    start = np.where(lowest, np.where(bound > 0, 0.0, bound), floor)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = start + (bound - start) * np.clip(wanted / held, 0.0, 1.0)
    # Above the highest bound nothing is known, but that it is at least that; alone, +Inf says nothing.
    return np.where(np.isposinf(bound), np.where(lowest, np.nan, floor), value)


def _by_bound(bounds: Floats, owner: Ints, increases: Floats) -> tuple[Floats, Flags, Ints, Floats]:
    """The increases of equal bounds of a group added up, in ascending order: counts, where known, groups and bounds."""
    real = np.flatnonzero(~np.isnan(bounds))
    real = real[np.lexsort((bounds[real], owner[real]))]
    owner, bounds = owner[real], bounds[real]
    first = np.ones(len(real), dtype=np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (bounds[1:] != bounds[:-1])
    starts = np.flatnonzero(first)
    known = ~np.isnan(increases[real])
    if not len(starts):
        return np.zeros((0, increases.shape[1])), known, owner, bounds
    counts = np.add.reduceat(np.where(known, increases[real], 0.0), starts, axis=0)
    return counts, np.logical_or.reduceat(known, starts, axis=0), owner[starts], bounds[starts]


def _total(count: int, counts: Floats, some: Flags, owner: Ints, bounds: Floats) -> Floats:
    """What each group counted in all; NaN without its bucket of ``+Inf``."""
    most = np.zeros((count, counts.shape[1]))
    np.maximum.at(most, owner, counts)
    whole = np.zeros(most.shape, dtype=np.bool_)
    rows = np.flatnonzero(bounds == math.inf)
    whole[owner[rows]] = some[rows]
    return np.where(whole, most, np.nan)
