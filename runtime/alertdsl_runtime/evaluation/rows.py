"""Rows of operands: which series, groups and alerts stand behind each label set, as arrays of row numbers.

An **operand** of a shape is a selector with an optional grouping, or a combined expression. Each has rows, numbered over all
rules of the shape: a row per series, or a row per group with its member rows. The rows of the shape itself are the label sets
of its alerts, each with a row number of every operand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alertdsl.semantics.typed import Selector
from alertdsl_runtime.columns import Floats, Ints, Labels
from alertdsl_runtime.evaluation.firing import Firings
from alertdsl_runtime.evaluation.join import MISSING
from alertdsl_runtime.evaluation.operands import Operand

NO_SERIES = -1


@dataclass(frozen=True, slots=True)
class SeriesRows:
    """A row per series that a rule's selector matches; `series` is `NO_SERIES` for an expected one not
    seen."""

    selector: Selector
    rule: Ints
    series: Ints
    labels: Sequence[Labels]


@dataclass(frozen=True, slots=True)
class GroupRows:
    """A row per group; group `g` has the rows ``members[starts[g]:starts[g + 1]]`` of `base`."""

    base: SeriesRows | JoinRows
    rule: Ints
    labels: Sequence[Labels]
    starts: Ints
    members: Ints
    always: Ints
    """1 for the group of a rule ``overall``, which exists whether or not series are known."""
    codes: Ints
    """For each member the number of its value of the operand's `tag`, -1 without one; empty without a tag."""
    bounds: Floats
    """For each member the upper bound of its bucket, NaN for an expected series; empty where it is no histogram."""


@dataclass(frozen=True, slots=True)
class JoinRows:
    """A row per label set, with the row of each operand (`MISSING` for none)."""

    rule: Ints
    labels: Sequence[Labels]
    operands: dict[Operand, OperandRows]
    index: dict[Operand, Ints]
    makers: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class FiringRows:
    """The alerts of other rules: row `r` stands for ``alerts[starts[r]:starts[r + 1]]``, any of which may fire.

    Attributes:
        labels: what is matched: those of an alert without the tags that operands pin to different values.
        alerts: the label sets under which the other rule keeps its alerts.
        base, origin: the label sets that the series of the other rule make, and which of them each row is; -1 where an
            alert fires without, or a row stands for several.
        keys: rule number -> the rule that it asks about, known to `firings`.
    """

    rule: Ints
    labels: Sequence[Labels]
    starts: Ints
    alerts: Sequence[Labels]
    base: JoinRows
    origin: Ints
    keys: Sequence[str]
    firings: Firings

    def alerts_of(self, row: int) -> Sequence[Labels]:
        """The alerts that a row stands for; none for a row that is not there."""
        return self.alerts[self.starts[row] : self.starts[row + 1]] if row >= 0 else ()


OperandRows = SeriesRows | GroupRows | FiringRows


def series_behind(base: SeriesRows | JoinRows, row: int) -> Iterator[tuple[SeriesRows, int]]:
    """The rows of series that a row is made of."""
    if isinstance(base, SeriesRows):
        yield base, row
        return
    for operand, rows in base.operands.items():
        number = int(base.index[operand][row])
        if isinstance(rows, SeriesRows) and number != MISSING:
            yield rows, number


def is_always(base: SeriesRows | JoinRows, row: int) -> bool:
    """Whether a label set is there with no series known: that of something `overall`."""
    if isinstance(base, SeriesRows):
        return False
    groups = ((rows, int(base.index[op][row])) for op, rows in base.operands.items() if op in base.makers)
    return any(
        isinstance(rows, GroupRows) and number != MISSING and bool(rows.always[number])
        for rows, number in groups
    )
