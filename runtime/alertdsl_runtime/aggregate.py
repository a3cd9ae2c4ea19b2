"""Combining the columns of a group's members into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertdsl_runtime.bind import GroupRows, JoinRows, SeriesRows
from alertdsl_runtime.columns import Floats, Ints, Times
from alertdsl_runtime.reduce import flatten, quantile, stddev


@dataclass(frozen=True)
class Members:
    """The members of `count` groups, group after group: rows of `base`, and for each the number of its
    group."""

    base: SeriesRows | JoinRows
    rows: Ints
    owner: Ints
    count: int

    @classmethod
    def of(cls, groups: GroupRows, wanted: Ints) -> Members:
        """The members of some groups."""
        indices, owner = flatten(groups.starts[wanted], groups.starts[wanted + 1])
        return cls(groups.base, groups.members[indices], owner, len(wanted))

    def spread(self, times: Times) -> Times:
        """Each member's times: those of its group, or the shared ones."""
        return times if len(times) == 1 else times[self.owner]

    def reduce(self, ufunc: np.ufunc, columns: Floats, empty: float = np.nan) -> Floats:
        """Reduce the members' columns group by group; groups without members are `empty` (0 for sums)."""
        out = np.full((self.count, columns.shape[1]), 0.0 if ufunc is np.add else empty)
        sizes = np.bincount(self.owner, minlength=self.count)
        some = np.flatnonzero(sizes)
        if len(some):
            starts = (np.cumsum(sizes) - sizes)[some]
            out[some] = ufunc.reduceat(columns, starts, axis=0)
        return out

    def pick(self, values: Floats, rank: Floats) -> Floats:
        """The value of the member with the highest rank (NaN: none), the last of equals."""
        best = self.reduce(np.fmax, rank)
        position = np.arange(len(values), dtype=np.float64)[:, None]
        chosen = self.reduce(np.maximum, np.where(rank == best[self.owner], position, -1.0), -1.0).astype(
            np.int64
        )
        out = np.full(chosen.shape, np.nan)
        row, column = np.nonzero(chosen >= 0)
        out[row, column] = values[chosen[row, column], column]
        return out


def combine(function: str, members: Members, columns: Floats, q: float | None = None) -> Floats:
    """Combine the members' values, skipping those that have none; unknown where none has, but ``count`` is
    then 0."""
    some = ~np.isnan(columns)
    count = members.reduce(np.add, some.astype(np.float64))
    if function == "count":
        return count
    if function in ("percentile", "stddev"):
        return _pooled(function, members, columns, q)
    if function in ("min", "max"):
        return members.reduce(np.fmin if function == "min" else np.fmax, columns)
    total = members.reduce(np.add, np.where(some, columns, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count if function == "avg" else total, np.nan)


def _pooled(function: str, members: Members, columns: Floats, q: float | None) -> Floats:
    width = columns.shape[1]
    row, column = np.nonzero(~np.isnan(columns))
    cell = members.owner[row] * width + column
    values, size = columns[row, column], members.count * width
    if function == "stddev":
        return stddev(values, cell, size).reshape(members.count, width)
    assert q is not None
    return quantile(values, cell, size, q).reshape(members.count, width)
