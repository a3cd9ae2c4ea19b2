"""Percentiles and deviations of the points of ranges, each range by itself or all of a group together."""

from __future__ import annotations

import numpy as np

from alertdsl_runtime.columns import Floats, Ints
from alertdsl_runtime.reading.reduce import column_chunks, flatten, quantile, stddev
from alertdsl_runtime.reading.selection import is_worth_it, quantiles


def spread(
    function: str, values: Floats, low: Ints, high: Ints, owner: Ints, count: int, q: float | None = None
) -> Floats:
    """A ``percentile`` (`q`), ``median``, ``stddev`` or ``mad`` (the median of the absolute deviations from the median).

    Args:
        low, high: ranges of `values`, members x columns.
        owner: the group of each member, ascending.

    Returns:
        Groups x columns; NaN where there are too few values.
    """
    share = 0.5 if q is None else q
    if function in ("percentile", "median") and is_worth_it(low, high):
        return quantiles(values, low, high, owner, count, share)
    out = np.empty((count, low.shape[1]))
    # Column by column, so that the points laid out at once stay bounded.
    for part in column_chunks(low, high):
        width = part.stop - part.start
        indices, place = flatten(low[:, part].ravel(), high[:, part].ravel())
        # The range number is member * width + column; its owner is the member's group at that column.
        cell = owner[place // width] * width + place % width
        found = _of_cells(function, values[indices], cell, count * width, share)
        out[:, part] = found.reshape(count, width)
    return out


def _of_cells(function: str, values: Floats, cell: Ints, count: int, q: float) -> Floats:
    if function == "stddev":
        return stddev(values, cell, count)
    if function == "mad":
        middle = quantile(values, cell, count, 0.5)
        with np.errstate(invalid="ignore"):  # infinities that cancel out
            values = np.abs(values - middle[cell])
        return quantile(values, cell, count, 0.5)
    return quantile(values, cell, count, q)
