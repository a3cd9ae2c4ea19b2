"""Reads at an instant as Flux: one script for many requests, everything but the naming done in storage.

Each yield is a `from` of its own: a stream used twice is read point by point. What follows the reducer puts all
series into one table; a table a series costs more than the reading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from alertdsl.backends.flux.literals import fbool, fstr, ftime
from alertdsl.backends.flux.predicates import all_of, any_of, matcher_predicate, stream_predicate
from alertdsl.plan.reads import PointFilter, Read, Reducer, Request

YIELDS_PER_QUERY = 100
TERMS_PER_YIELD = 1000


@dataclass(frozen=True, slots=True)
class Yield:
    """One named result: the rows of the requests at these places in the list that was asked.

    `single` tells that all requests are of one measurement and field; the rows then do not repeat them.
    """

    name: str
    requests: tuple[int, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class FluxQuery:
    """A script and what its yields answer."""

    text: str
    yields: tuple[Yield, ...]

    @property
    def requests(self) -> tuple[int, ...]:
        """Places of all requests that the script answers."""
        return tuple(i for y in self.yields for i in y.requests)


def read_query(requests: Sequence[Request], instant: int, default_bucket: str = "") -> list[FluxQuery]:
    """The queries that answer `requests` at `instant` (nanoseconds since the epoch): few, and none over the limits.

    Requests of the same bucket, window and reducer share a yield, the yields of a bucket share a query. A raw read
    answers with rows ``_time, _value, tags...`` in one table, reduced reads alike (``_time`` only for ``first``,
    ``last``, ``min``, ``max``); with several fields in a yield, ``_field`` and ``_measurement`` are among the tags.

    Raises:
        ValueError: a name holds what Flux cannot write (NUL, half a surrogate pair).
    """
    return window_query(
        [(r, instant - r.read.start, instant - r.read.stop) for r in requests], default_bucket
    )


def points_query(
    requests: Sequence[Request], start: int, stop: int, default_bucket: str = ""
) -> list[FluxQuery]:
    """As `read_query`, for all points of ``[start, stop)`` whatever the requests' own windows and reducers.

    The condition on points of a raw read holds, that of a count does not.
    """
    raw = [Request(_points_read(r.read), r.any_of) for r in requests]
    return window_query([(r, start, stop) for r in raw], default_bucket)


def _points_read(read: Read) -> Read:
    return Read(read.stream, Reducer.RAW, 0, 0, read.where if read.reducer is Reducer.RAW else None)


def window_query(asked: Sequence[tuple[Request, int, int]], default_bucket: str) -> list[FluxQuery]:
    """The queries for requests, each with its own ``[start, stop)``."""
    groups: dict[tuple[str, int, int, Reducer, PointFilter | None], list[int]] = defaultdict(list)
    for place, (request, start, stop) in enumerate(asked):
        read = request.read
        bucket = read.stream.bucket or default_bucket
        groups[(bucket, start, stop, read.reducer, read.where)].append(place)
    scripts: dict[str, list[tuple[str, Yield]]] = defaultdict(list)
    for (bucket, start, stop, reducer, where), places in groups.items():
        for part in (places[i : i + TERMS_PER_YIELD] for i in range(0, len(places), TERMS_PER_YIELD)):
            pipe, single = _pipe([asked[i][0] for i in part], bucket, start, stop, reducer, where)
            name = str(len(scripts[bucket]) % YIELDS_PER_QUERY)
            scripts[bucket].append(
                (f"{pipe}\n  |> yield(name: {fstr(name)})\n", Yield(name, tuple(part), single))
            )
    return [
        FluxQuery("\n".join(t for t, _ in chunk), tuple(y for _, y in chunk))
        for items in scripts.values()
        for chunk in (items[i : i + YIELDS_PER_QUERY] for i in range(0, len(items), YIELDS_PER_QUERY))
    ]


def _pipe(
    requests: list[Request], bucket: str, start: int, stop: int, reducer: Reducer, where: PointFilter | None
) -> tuple[str, bool]:
    fields = {(r.read.stream.measurement, r.read.stream.field) for r in requests}
    single = len(fields) == 1
    steps = [
        f"from(bucket: {fstr(bucket)})",
        f"range(start: {ftime(start)}, stop: {ftime(stop)})",
        f"filter(fn: (r) => {_series(requests, single=single)})",
    ]
    steps += [f"filter(fn: (r) => {value_predicate(where)})"] if where else []
    steps += [] if reducer is Reducer.RAW else [f"{reducer}()"]
    if single:
        steps += ["group()", 'drop(columns: ["_start", "_stop", "_measurement", "_field"])']
    else:
        steps += ['group(columns: ["_measurement", "_field"])', 'drop(columns: ["_start", "_stop"])']
    return "\n  |> ".join(steps), single


def _series(requests: list[Request], *, single: bool) -> str:
    terms = list(dict.fromkeys(_term(r, named=not single) for r in requests))
    if not single:
        return _or(terms)
    stream = requests[0].read.stream
    named = stream_predicate(stream.measurement, stream.field)
    return named if "" in terms else all_of([named, _or(terms)])


def _term(request: Request, *, named: bool) -> str:
    stream = request.read.stream
    terms = [stream_predicate(stream.measurement, stream.field)] if named else []
    points = (matcher_predicate(m) for m in stream.points)
    return all_of([t for t in (*terms, any_of(request.any_of), *points) if t])


def _or(terms: list[str]) -> str:
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return f"({_or(terms[:middle])} or {_or(terms[middle:])})"


def value_predicate(where: PointFilter) -> str:
    """A condition on the value of a point: text and booleans only, which storage compares rightly."""
    if isinstance(where.value, bool):
        return f"r._value {where.op} {fbool(where.value)}"
    return f"r._value {where.op} {fstr(where.value)}"
