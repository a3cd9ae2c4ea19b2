"""The evaluator: rules and a source in, columns of truth out.

It holds no state that changes an answer: the same rules, data and instants give the same outcome, whatever
was asked before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from alertdsl.plan.batch import merge
from alertdsl.plan.reads import Read, Reducer, Request, Stream, stream_of
from alertdsl.plan.shape import Shaped, shape_of
from alertdsl.semantics import typed
from alertdsl_runtime.columns import Labels, Points, Reduced, Source, SourceError, Times, nothing
from alertdsl_runtime.evaluation.cohort import Cohort
from alertdsl_runtime.evaluation.firing import Firings
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.evaluation.since import since
from alertdsl_runtime.reading.calendar import dated
from alertdsl_runtime.reading.data import Data, InstantData, PointData, column_of, table_of
from alertdsl_runtime.reading.series import SeriesSet

Loaded = tuple[Data, dict[Read | Stream, str], dict[Stream, str]]
"""Data, why reads or streams could not be had, and what kind of values the streams hold."""

QUIET = np.errstate(over="ignore", invalid="ignore")
"""Numbers too large for double precision are infinite, and what infinities cancel to is unknown: neither is worth a warning."""
_FORGET = 10_000
"""How many series beyond those known may pile up in a stream before it is numbered afresh."""


class Evaluator:
    """Evaluates rules over one source; rules of one shape together, the reads of all in few queries.

    Args:
        rules: typed rules; they may differ in `every`, the caller asks for instants that all of them have.
        source: what answers their reads.
        firings: the alerts of the rules that these ask about (``x is firing``).
    """

    def __init__(self, rules: Sequence[typed.Rule], source: Source, firings: Firings | None = None) -> None:
        self.source = source
        self._firings = firings
        shapes: defaultdict[object, list[Shaped]] = defaultdict(list)
        for rule in rules:
            shaped = shape_of(rule)
            shapes[shaped.shape].append(shaped)
        self.cohorts = [Cohort(members, firings=firings) for members in shapes.values()]
        self.requests = merge(pair for cohort in self.cohorts for pair in cohort.wanted())
        self._streams: dict[Stream, SeriesSet] = {}

    @QUIET
    def evaluate(self, instants: Times) -> list[Outcome]:
        """Decide every rule at each instant (nanoseconds, ascending): an outcome for each shape, over all the
        instants.

        One instant is asked of the source in reduced form; for several their points are read once and reduced
        here.

        Raises:
            SourceError: transient; nothing was decided. What concerns single rules is in `Outcome.failed`.
        """
        if len(instants) == 0:
            return []
        ask = self._load if len(instants) > 1 else self._ask
        data, failures, kinds = ask(instants)
        outcomes = []
        for cohort in self.cohorts:
            reason = self._failure(cohort, failures) or cohort.mistyped(kinds)
            if reason:
                outcomes.append(cohort.fail(reason, instants))
            else:
                outcomes.append(cohort.evaluate(instants, data, self._series))
        return outcomes

    def look(self, instant: int) -> Iterator[tuple[Cohort, Outcome, Frame | None]]:
        """As `evaluate` at one instant, each outcome with the frame in which the parts of its rules can be asked for their
        values; None where its rules could not be evaluated.

        Raises:
            SourceError: as `evaluate`.
        """
        instants = np.array([instant], dtype=np.int64)
        data, failures, kinds = self._ask(instants)
        for cohort in self.cohorts:
            reason = self._failure(cohort, failures) or cohort.mistyped(kinds)
            if reason:
                yield cohort, cohort.fail(reason, instants), None
            else:
                outcome = cohort.evaluate(instants, data, self._series)
                yield cohort, outcome, cohort.frame_at(data, self._series, instant)

    def since(self, rule: typed.Rule, labels: Labels, instant: int) -> int:
        """The first moment after the last one at which the rule's condition, its ``for`` left aside, was not
        true.

        Args:
            instant: where the condition is true; moments up to the rule's memory before it are looked at.
        """
        return self.since_all([(rule, labels, instant)])[0]

    @QUIET
    def since_all(self, firing: Sequence[tuple[typed.Rule, Labels, int]]) -> list[int]:
        """`since` for many alerts at once, in few reads.

        Raises:
            SourceError: where the source cannot answer.
        """
        return since(firing, self.source, self._firings)

    def _series(self, stream: Stream) -> SeriesSet:
        found = self._streams.get(stream)
        if found is None:
            found = self._streams[stream] = SeriesSet(stream)
        return found

    def _failure(self, cohort: Cohort, failures: dict[Read | Stream, str]) -> str:
        for _, read in cohort.reads:
            reason = failures.get(read) or failures.get(read.stream)
            if reason:
                return reason
        return ""

    # ------------------------------------------------------------ one instant: the source reduces

    def _ask(self, instants: Times) -> Loaded:
        self._forget()
        instant = int(instants[0])
        asked = [dated(request, instant) for request in self.requests]
        answers = iter(self.source.answer([one for one in asked if one is not None], instant))
        failures: dict[Read | Stream, str] = {}
        kinds: dict[Stream, str] = {}
        columns, tables = {}, {}
        for request, one in zip(self.requests, asked, strict=True):
            read = request.read
            answer = nothing(read) if one is None else next(answers)
            match answer:
                case SourceError():
                    failures[read] = str(answer)
                case Reduced():
                    columns[read] = column_of(answer, read, self._series(read.stream))
                case Points():
                    tables[read] = table_of(answer, self._series(read.stream))
            if (
                not isinstance(answer, SourceError)
                and len(answer.values)
                and read.reducer is not Reducer.COUNT
            ):
                kinds[read.stream] = answer.kind
        reduced = {read: build() for read, build in columns.items()}
        return InstantData(reduced, {read: build() for read, build in tables.items()}), failures, kinds

    # ------------------------------------------------------------ many instants: points are reduced here

    def _load(self, instants: Times) -> Loaded:
        streams: defaultdict[Stream, dict[object, Request]] = defaultdict(dict)
        back: defaultdict[Stream, int] = defaultdict(int)
        for cohort in self.cohorts:
            for selector in cohort.shape.selectors:
                back[stream_of(selector)] = max(back[stream_of(selector)], cohort.lookback)
        for request in self.requests:
            streams[request.read.stream][request.any_of] = request
        requests = merge(
            (Read(stream, Reducer.RAW, back[stream]), matchers)
            for stream, wanted in streams.items()
            for request in wanted.values()
            for matchers in (request.any_of or ((),))
        )
        start = int(instants[0]) - max(back.values(), default=0)
        answers = self.source.points(requests, start, int(instants[-1]))
        failures: dict[Read | Stream, str] = {}
        kinds: dict[Stream, str] = {}
        builders = {}
        for request, answer in zip(requests, answers, strict=True):
            stream = request.read.stream
            if isinstance(answer, SourceError):
                failures[stream] = str(answer)
            else:
                builders[stream] = table_of(answer, self._series(stream))
                if len(answer.values):
                    kinds[stream] = answer.kind
        return PointData({stream: build() for stream, build in builders.items()}), failures, kinds

    def _forget(self) -> None:
        """Number a stream afresh once most of its series are gone, so that a fleet that comes and goes stays
        bounded."""
        for stream, series in list(self._streams.items()):
            if series.asked and len(series) > 2 * series.asked + _FORGET:
                del self._streams[stream]
