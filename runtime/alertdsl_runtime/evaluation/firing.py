"""Rules about rules: when the alerts of another rule fired, and what ``x is firing`` makes of that.

Only what was decided counts, and it is kept where alerts are kept (`Firings`): no answer depends on who evaluated
the other rule, or when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Flags, Ints, Labels, Times, Truth

if TYPE_CHECKING:
    from alertdsl_runtime.evaluation.rows import FiringRows

FOREVER = int(np.iinfo(np.int64).max)
_NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Timeline:
    """When the alerts of a rule fired. Spans are half-open, ascending, and do not touch: ``[start, end, start, end, ...]``.

    Attributes:
        begins: the rule's first instant: nothing is known of it before.
        fired: label set -> the spans in which its alert fired.
        failed: the spans in which the rule could not be evaluated.
    """

    begins: int
    fired: Mapping[Labels, Ints] = field(default_factory=dict)
    failed: Ints = field(default_factory=lambda: _NOTHING)

    def unknown(self, times: Times) -> Flags:
        """Whether it is not known at each time how the rule's alerts stand."""
        return np.less(times, self.begins) | _within(self.failed, times)

    def fires(self, labels: Iterable[Labels], times: Times) -> Flags:
        """Whether an alert of these label sets fires at each time."""
        out = np.zeros(times.shape, dtype=np.bool_)
        for one in labels:
            if one in self.fired:
                out |= _within(self.fired[one], times)
        return out

    def firing(self, time: int) -> frozenset[Labels]:
        """The label sets whose alert fires at a time."""
        at = np.array([time], dtype=np.int64)
        return frozenset(labels for labels, spans in self.fired.items() if _within(spans, at)[0])

    def edges(self) -> Ints:
        """The moments at which another set of alerts fires than before."""
        return np.unique(np.concatenate([_NOTHING, *self.fired.values()]))


class Firings(Protocol):
    """What knows the alerts of other rules."""

    def timeline(self, rule: str, start: int) -> Timeline:
        """The timeline of a rule, by what its alerts are kept under; complete from `start` on."""
        ...


class Unaware:
    """Knows nothing of any rule."""

    def timeline(self, rule: str, start: int) -> Timeline:
        """See `Firings`."""
        return Timeline(FOREVER)


def timeline_of(
    begins: int,
    fired: Iterable[tuple[Labels, int, int | None]],
    failed: Iterable[tuple[int, int | None]] = (),
) -> Timeline:
    """A timeline of single spans, in any order; an end of None is none yet."""
    spans: dict[Labels, list[tuple[int, int | None]]] = {}
    for labels, start, end in fired:
        spans.setdefault(labels, []).append((start, end))
    return Timeline(begins, {labels: _flat(some) for labels, some in spans.items()}, _flat(failed))


def _flat(spans: Iterable[tuple[int, int | None]]) -> Ints:
    """Spans as one array, those that touch joined."""
    out: list[int] = []
    for start, end in sorted((start, FOREVER if end is None else end) for start, end in spans):
        if end <= start:
            continue
        if out and start <= out[-1]:
            out[-1] = max(out[-1], end)
        else:
            out += (start, end)
    return np.array(out, dtype=np.int64)


def _within(spans: Ints, times: Times) -> Flags:
    return np.equal(np.searchsorted(spans, times, side="right") % 2, 1)


# ---------------------------------------------------------------- deciding


def truth_of(rows: FiringRows, owner: Ints, index: Ints, times: Times) -> Truth:
    """Whether an alert fires of those behind each row, of the rule that its owner asks about: K x M.

    A row without any (its `index` is negative) is false: no alert of that rule matches.
    """
    unknown = np.zeros((len(index), times.shape[1]), dtype=np.bool_)
    for mine, timeline in _by_owner(rows, owner, times):
        unknown[mine] = timeline.unknown(times if len(times) == 1 else times[mine])
    return np.where(unknown, UNKNOWN, np.where(fires(rows, owner, index, times), TRUE, FALSE)).astype(np.int8)


def fires(rows: FiringRows, owner: Ints, index: Ints, times: Times) -> Flags:
    """The same as far as is known: an alert whose rule cannot be evaluated keeps its state."""
    out = np.zeros((len(index), times.shape[1]), dtype=np.bool_)
    for mine, timeline in _by_owner(rows, owner, times):
        for place, row in zip(mine.tolist(), index[mine].tolist(), strict=True) if timeline.fired else ():
            out[place] = timeline.fires(rows.alerts_of(row), times[0] if len(times) == 1 else times[place])
    return out


def _by_owner(rows: FiringRows, owner: Ints, times: Times) -> Iterator[tuple[Ints, Timeline]]:
    """The rows that ask about one rule, with its timeline."""
    for number in np.unique(owner).tolist() if times.size else ():
        yield np.flatnonzero(owner == number), rows.firings.timeline(rows.keys[number], int(times.min()))


def matching(own: Collection[Labels], firing: Iterable[Labels]) -> list[Labels]:
    """The label sets of a rule: those that its series make, then those of alerts that fire without."""
    known = set(own)
    return [*own, *sorted(labels for labels in firing if labels not in known)]
