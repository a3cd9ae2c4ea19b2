"""The plan of a rule in words: what is asked of the source at every instant, what the source reduces itself, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.plan.batch import rule_reads
from alertdsl.plan.reads import Read, Reducer, Request
from alertdsl.plan.shape import step_of
from alertdsl.semantics import typed
from alertdsl.semantics.durations import format_duration, spell_duration

_REDUCERS = {
    "last": "newest point",
    "first": "first point",
    "min": "lowest",
    "max": "highest",
    "sum": "sum",
    "count": "number of points",
    "raw": "all points",
}


def plan_lines(rule: typed.Rule) -> Iterator[str]:
    """One line a read, and what they come to for one series and one look."""
    requests = rule_reads(rule)
    for request in requests:
        yield f"{read_words(request)}{'' if _raw(request) else ', reduced by the source'}"
    if not requests:
        yield "nothing"
        return
    reduced = sum(not _raw(request) for request in requests)
    parts = [f"{reduced} value{'s' if reduced != 1 else ''}"] if reduced else []
    raw = [request.read for request in requests if _raw(request)]
    parts += [f"all points of {spell_duration(read.start - read.stop)}" for read in raw]
    yield f"cost: for each series {' and '.join(parts)}, every {_every(rule)}"
    step = step_of(rule.every)
    times = round(max(((read.start - read.stop) / step for read in raw), default=0))
    if times > 1:
        yield f"each point is read about {times:,} times: a longer `every` reads less"


def _raw(request: Request) -> bool:
    return request.read.reducer is Reducer.RAW


def _every(rule: typed.Rule) -> str:
    return "day" if rule.every.at is not None else spell_duration(rule.every.interval).removeprefix("1 ")


def read_words(request: Request) -> str:
    """``newest point of crypto.close in the last 1d`` (``of every series`` where no tag selects)."""
    read = request.read
    stream = read.stream
    source = f"{stream.measurement}.{stream.field}" + (f" in bucket {stream.bucket}" if stream.bucket else "")
    window = (
        f"in {_window(read)}" if read.calendar is None else f"{read.calendar.kind} ({read.calendar.zone})"
    )
    where = f" that are {read.where.op} {read.where.value!r}" if read.where is not None else ""
    series = "" if request.any_of else ", of every series"
    return f"{_REDUCERS.get(str(read.reducer), str(read.reducer))} of {source}{where} {window}{series}"


def _window(read: Read) -> str:
    start, stop = _length(read.start), _length(read.stop)
    return f"[T - {start}, T - {stop})" if read.stop else f"the last {start}"


def _length(ns: int) -> str:
    """A length without the nanosecond that "just after" takes off."""
    return format_duration(ns + 1 if ns % 1_000_000 == 999_999 else ns)
