"""Which instants to evaluate now, and how: pure arithmetic over a cursor and a clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertdsl.semantics.typed import Every
from alertdsl_runtime.columns import Times
from alertdsl_runtime.instants import instants, next_instant

LIVE_LAG = 2
"""So many due instants are still evaluated as live, one by one: a round that took long is no downtime."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A step of a partition's cursor: from `expected` to `next_t`.

    Attributes:
        instants: those to evaluate, ascending.
        gap_end: instants before this one are given up and recorded as a gap; `expected` if there are none.
        catch_up: only the final state of each alert is notified.
    """

    expected: int
    next_t: int
    instants: Times
    gap_end: int
    catch_up: bool


def due_work(every: Every, cursor: int, latest: int, catch_up: int) -> list[Work]:
    """The steps to take, in their order, for a cursor at `cursor` when instants up to `latest` may be evaluated.

    After a stop the newest `catch_up` nanoseconds of missed instants are one step; older ones are a gap, save
    the newest missed instant, which is evaluated however old it is (a daily rule would else skip a day).
    """
    due = instants(every, cursor, latest + 1)
    if not len(due):
        return []
    if len(due) <= LIVE_LAG:
        return [single(every, int(t)) for t in due]
    kept = due[due > latest - catch_up]
    if not len(kept):
        kept = due[-1:]
    return [Work(cursor, next_instant(every, int(kept[-1])), kept, int(kept[0]), catch_up=True)]


def single(every: Every, instant: int) -> Work:
    """The step of one instant, live."""
    return Work(
        instant, next_instant(every, instant), np.array([instant], dtype=np.int64), instant, catch_up=False
    )


def several(every: Every, chosen: Times) -> Work:
    """A step of several instants, each notified as live: for replays."""
    return Work(int(chosen[0]), next_instant(every, int(chosen[-1])), chosen, int(chosen[0]), catch_up=False)
