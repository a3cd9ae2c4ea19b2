"""Combining the columns of a group's members into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertdsl_runtime.columns import Flags, Floats, Ints, Times
from alertdsl_runtime.evaluation.rows import GroupRows, JoinRows, SeriesRows
from alertdsl_runtime.reading.reduce import flatten, quantile, stddev


@dataclass(frozen=True)
class Members:
    """The members of `count` groups, group after group: rows of `base`, and for each the number of its
    group."""

    base: SeriesRows | JoinRows
    rows: Ints
    owner: Ints
    count: int
    codes: Ints
    bounds: Floats

    @classmethod
    def of(cls, groups: GroupRows, wanted: Ints) -> Members:
        """The members of some groups."""
        indices, owner = flatten(groups.starts[wanted], groups.starts[wanted + 1])
        codes = groups.codes[indices] if len(groups.codes) else groups.codes
        bounds = groups.bounds[indices] if len(groups.bounds) else groups.bounds
        return cls(groups.base, groups.members[indices], owner, len(wanted), codes, bounds)

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
            with np.errstate(invalid="ignore"):  # Inf - Inf is unknown
                out[some] = ufunc.reduceat(columns, starts, axis=0)
        return out

    def distinct(self, flags: Flags) -> Floats:
        """How many values of the counted tag have a member with the flag set, group by group."""
        tagged = np.flatnonzero(self.codes >= 0)
        pairs, place = np.unique(
            np.stack((self.owner[tagged], self.codes[tagged])), axis=1, return_inverse=True
        )
        found = np.zeros((pairs.shape[1], flags.shape[1]))
        np.maximum.at(found, place.ravel(), flags[tagged].astype(np.float64))
        out = np.zeros((self.count, flags.shape[1]))
        np.add.at(out, pairs[0], found)
        return out

    def shared(self, flags: Flags) -> Flags:
        """For each member that has the counted tag, whether one of its group with the same value has the flag set."""
        tagged = np.flatnonzero(self.codes >= 0)
        pairs = np.stack((self.owner[tagged], self.codes[tagged]))
        distinct, place = np.unique(pairs, axis=1, return_inverse=True)
        found = np.zeros((distinct.shape[1], flags.shape[1]), dtype=np.bool_)
        np.logical_or.at(found, place.ravel(), flags[tagged])
        out = np.zeros(flags.shape, dtype=np.bool_)
        out[tagged] = found[place.ravel()]
        return out

    def pick(self, values: Floats, when: Floats, *, newest: bool) -> Floats:
        """The value of the newest (else the oldest) member by `when` (NaN: none); of several at one time that
        of the
        member whose label set sorts last (first)."""
        sign = 1.0 if newest else -1.0
        best = self.reduce(np.fmax, sign * when)
        labels = [self.base.labels[row] for row in self.rows.tolist()]
        order = sorted(range(len(labels)), key=labels.__getitem__, reverse=not newest)
        rank = np.empty(len(order))
        rank[order] = np.arange(len(order))
        ranked = np.where(sign * when == best[self.owner], rank[:, None], -1.0)
        chosen = self.reduce(np.maximum, ranked, -1.0).astype(np.int64)
        out = np.full(chosen.shape, np.nan)
        group, column = np.nonzero(chosen >= 0)
        out[group, column] = values[np.array(order, dtype=np.int64)[chosen[group, column]], column]
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
