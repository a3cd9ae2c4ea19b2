"""Percentiles of a histogram: counters of what fell below each bound."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(quantile: float, increases: Sequence[tuple[float, float]]) -> float | None:
    """“The increases of its buckets are added by bound and the percentile is interpolated linearly inside its bucket, the lowest
    of which begins at zero; in the bucket of `+Inf` it is the highest other bound. Unknown without increases.” Without the bucket of
    `+Inf` nobody knows how many there were.

    `increases` are (upper bound, increase of the count of all that lies at or below it)."""
    below: dict[float, float] = {}
    for bound, increase in increases:
        below[bound] = below.get(bound, 0.0) + increase
    bounds = sorted(below)
    total = max(below.values(), default=0.0)
    if math.inf not in below or total <= 0:
        return None
    wanted = quantile * total
    lower, counted = 0.0, 0.0
    for bound in bounds:
        # Buckets read at different moments may count less than a lower one: as many lie below it all the same.
        reached = max(counted, below[bound])
        if reached >= wanted and reached > 0:
            return _inside(lower, bound, wanted - counted, reached - counted)
        lower, counted = bound, reached
    return lower


def _inside(lower: float, upper: float, wanted: float, counted: float) -> float | None:
    """So far into a bucket."""
    if math.isinf(upper):
        return lower if lower > 0 else None
    if upper <= lower:  # a lowest bucket of negative values has no beginning
        return upper
    return upper if counted == 0 else lower + (upper - lower) * wanted / counted
