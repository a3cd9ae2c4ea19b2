"""The reads of a rule in words: what is asked of the source at every instant."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.plan.batch import rule_reads
from alertdsl.plan.reads import Request
from alertdsl.semantics import typed
from alertdsl.semantics.durations import format_duration

_REDUCERS = {
    "last": "newest point",
    "first": "first point",
    "min": "lowest",
    "max": "highest",
    "sum": "sum",
    "count": "number of points",
    "raw": "all points",
}


def read_lines(rule: typed.Rule) -> Iterator[str]:
    """One line a read."""
    for request in rule_reads(rule):
        yield read_words(request)


def read_words(request: Request) -> str:
    """``newest point of crypto.close in the last 1d`` (``of every series`` where no tag selects)."""
    read = request.read
    stream = read.stream
    source = f"{stream.measurement}.{stream.field}" + (f" in bucket {stream.bucket}" if stream.bucket else "")
    start, stop = _length(read.start), _length(read.stop)
    window = f"[T - {start}, T - {stop})" if read.stop else f"the last {start}"
    where = f" that are {read.where.op} {read.where.value!r}" if read.where is not None else ""
    series = "" if request.any_of else ", of every series"
    return f"{_REDUCERS.get(str(read.reducer), str(read.reducer))} of {source}{where} in {window}{series}"


def _length(ns: int) -> str:
    """A length without the nanosecond that "just after" takes off."""
    return format_duration(ns + 1 if ns % 1_000_000 == 999_999 else ns)
