"""Since when: the first moment after the last one at which a condition was not true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alertdsl.plan.batch import lookback, merge
from alertdsl.plan.reads import Read, Reducer, Stream, series_matchers, stream_of
from alertdsl.plan.shape import Shaped, shape_of
from alertdsl.semantics import typed
from alertdsl.semantics.typed import Every
from alertdsl.semantics.walk import selectors
from alertdsl_runtime.columns import TRUE, Labels, Source, SourceError
from alertdsl_runtime.evaluation.cohort import Cohort
from alertdsl_runtime.evaluation.firing import Firings
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.moments import look, looks_of
from alertdsl_runtime.reading.calendar import inside
from alertdsl_runtime.reading.data import PointData, table_of
from alertdsl_runtime.reading.series import SeriesSet

_WIDEN = 6


@dataclass(frozen=True, slots=True)
class _Wanted:
    position: int
    shaped: Shaped
    labels: Labels
    instant: int


def since(
    firing: Sequence[tuple[typed.Rule, Labels, int]], source: Source, firings: Firings | None = None
) -> list[int]:
    """For each rule, label set and instant at which its pending condition is true: since when it is.

    The search goes back in growing steps, to the memory of the condition's series at most.

    Raises:
        SourceError: where the source cannot answer.
    """
    out = [instant for _, _, instant in firing]
    groups: defaultdict[object, list[_Wanted]] = defaultdict(list)
    for position, (rule, labels, instant) in enumerate(firing):
        shaped = shape_of(rule)
        # Where label sets or groups depend on what is known, each instant is a search of its own.
        cohort = Cohort([shaped], firings=firings)
        own = instant if cohort.depends_on_time or cohort.grouped else None
        groups[shaped.shape, own].append(_Wanted(position, shaped, labels, instant))
    for wanted in groups.values():
        rule = wanted[0].shaped.rule
        limit = max((selector.memory for selector in selectors(rule.pending)), default=0)
        back = max(rule.base_for, every_step(rule.every)) * 2
        while wanted:
            wanted = _search(wanted, min(back, limit), source, firings, out, last=back >= limit)
            back *= _WIDEN
    for position, (rule, _, instant) in enumerate(firing):
        if rule.during is not None:
            out[position] = _opening(rule.during, out[position], instant)
    return out


def _opening(during: typed.During, moment: int, instant: int) -> int:
    """The moment, or where the rule's hours began after it: outside them nothing counts as true."""
    minutes = np.arange(moment // typed.MINUTE, instant // typed.MINUTE + 1, dtype=np.int64) * typed.MINUTE
    outside = np.flatnonzero(~inside(during, minutes))
    return max(moment, int(minutes[outside[-1]]) + typed.MINUTE) if len(outside) else moment


def every_step(every: Every) -> int:
    """About how far apart a rule's instants are, in nanoseconds."""
    return every.interval if every.at is None else typed.DAY


def _search(
    wanted: list[_Wanted],
    back: int,
    source: Source,
    firings: Firings | None,
    out: list[int],
    *,
    last: bool,
) -> list[_Wanted]:
    """Look `back` from each instant and set `out` where the moment is found; gives those still to be
    sought."""
    shape = wanted[0].shaped.shape
    members = list({id(one.shaped.rule): one.shaped for one in wanted}.values())
    number = {id(shaped.rule): k for k, shaped in enumerate(members)}
    streams: dict[Stream, SeriesSet] = {}

    def series(stream: Stream) -> SeriesSet:
        return streams.setdefault(stream, SeriesSet(stream))

    reach = back + lookback(shape.pending)
    requests = merge(
        (Read(stream_of(selector), Reducer.RAW, reach), series_matchers(member.selectors[slot]))
        for member in members
        for slot, selector in enumerate(shape.selectors)
    )
    instants = [one.instant for one in wanted]
    builders = {}
    for request, answer in zip(
        requests, source.points(requests, min(instants) - reach, max(instants)), strict=True
    ):
        if isinstance(answer, SourceError):
            raise answer
        builders[request.read.stream] = table_of(answer, series(request.read.stream))
    data = PointData({stream: build() for stream, build in builders.items()})
    cohort = Cohort(members, settled=Cohort(members).grouped, firings=firings)
    space = cohort.space_at(data, series, instants[0])
    rows = {
        (rule, labels): row
        for row, (rule, labels) in enumerate(zip(space.rule.tolist(), space.labels, strict=True))
    }
    found = [
        (one, rows[number[id(one.shaped.rule)], one.labels])
        for one in wanted
        if (number[id(one.shaped.rule)], one.labels) in rows
    ]
    if not found:
        return []
    stop = np.array([one.instant for one, _ in found], dtype=np.int64)
    frame = Frame(space, np.array([row for _, row in found], dtype=np.int64), stop[:, None], data)
    looks = looks_of(shape.every, shape.pending, frame, stop - back - 1, stop)
    true = look(cohort.decider.truth, shape.pending, frame, looks) == TRUE
    left: list[_Wanted] = []
    for row, (one, _) in enumerate(found):
        start, end = int(looks.offsets[row]), int(looks.offsets[row + 1])
        wrong = np.flatnonzero(~true[start:end])
        first = start + int(wrong[-1]) + 1 if len(wrong) else start
        if not len(wrong) and not last:
            left.append(one)
        elif first < end:
            # A look just after a point at t is at t + 1: what began there began at t.
            out[one.position] = int(looks.times[first]) - int(looks.values[first])
    return left
