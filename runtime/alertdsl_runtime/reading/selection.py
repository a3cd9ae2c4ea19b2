"""Order statistics of many overlapping ranges, without sorting each.

All ranges are narrowed down together, bit by bit of the values' ranks (a wavelet tree, of which only one level is kept at a
time): n points and q ranges take some (n + q) log n steps, however long the ranges are.
"""

from __future__ import annotations

import numpy as np

from alertdsl_runtime.columns import Floats, Ints

WORTH = 4
"""How many times longer than points and ranges together, for each bit, the ranges must be for this to pay."""


def is_worth_it(low: Ints, high: Ints) -> bool:
    """Whether the ranges hold so many points that sorting each costs more."""
    points = int(high.max(initial=0) - low.min(initial=0))
    return int((high - low).sum()) > WORTH * (points + 2 * low.size) * points.bit_length()


def smallest(values: Floats, low: Ints, high: Ints, owner: Ints, place: Ints) -> Floats:
    """The value at a place, counted from 0, among all values of each group's ranges in ascending order.

    Args:
        values: without NaN, at least one.
        low, high: ranges of `values`, members x columns.
        owner: the group of each member, ascending, no group left out.
        place: groups x columns; where it is beyond what the ranges hold, the answer means nothing.
    """
    first, last = int(low.min()), int(high.max())
    part = values[first:last]
    if not len(part):
        return np.full(place.shape, np.nan)
    order = np.argsort(part, kind="stable")
    rank = np.empty(len(part), dtype=np.int32)
    rank[order] = np.arange(len(part), dtype=np.int32)
    start, stop = low - first, high - first
    wanted, found = place.copy(), np.zeros(place.shape, dtype=np.int64)
    starts = np.searchsorted(owner, np.arange(len(place)))
    alone = len(owner) == len(place)
    for bit in reversed(range((len(part) - 1).bit_length())):
        ones = ((rank >> bit) & 1).astype(np.bool_)
        zeros = np.zeros(len(part) + 1, dtype=np.int64)
        np.cumsum(~ones, out=zeros[1:])
        start_zeros, stop_zeros = zeros[start], zeros[stop]
        each = stop_zeros - start_zeros
        inside = each if alone else np.add.reduceat(each, starts, axis=0)
        up = wanted >= inside
        wanted -= np.where(up, inside, 0)
        found |= up.astype(np.int64) << bit
        above = up if alone else up[owner]
        start = np.where(above, zeros[-1] + start - start_zeros, start_zeros)
        stop = np.where(above, zeros[-1] + stop - stop_zeros, stop_zeros)
        rank = np.concatenate((rank[~ones], rank[ones]))
    return part[order[np.minimum(found, len(part) - 1)]]


def quantiles(values: Floats, low: Ints, high: Ints, owner: Ints, count: int, q: float) -> Floats:
    """The exact quantile of each group's ranges, interpolated linearly between the two nearest values; NaN without values.

    As `reduce.quantile`, over ranges of `values` (members x columns) instead of values laid out.
    """
    groups, own = np.unique(owner, return_inverse=True)
    size = np.zeros((len(groups), low.shape[1]), dtype=np.int64)
    np.add.at(size, own, high - low)
    position = q * np.maximum(size - 1, 0)
    below = np.floor(position).astype(np.int64)
    lower = smallest(values, low, high, own, below)
    upper = smallest(values, low, high, own, np.minimum(below + 1, np.maximum(size - 1, 0)))
    out = np.full((count, low.shape[1]), np.nan)
    out[groups] = np.where(size > 0, between(lower, upper, position - below), np.nan)
    return out


def between(lower: Floats, upper: Floats, share: Floats) -> Floats:
    """So far from one value to the next; equal neighbours (infinities too) need no interpolation."""
    with np.errstate(invalid="ignore"):
        return np.where((lower == upper) | (share == 0), lower, lower + (upper - lower) * share)
