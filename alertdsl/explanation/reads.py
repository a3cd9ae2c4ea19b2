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
    window = f"the last {format_duration(read.start)}"
    if read.stop:
        window = f"[T - {format_duration(read.start)}, T - {format_duration(read.stop)})"
    where = f" that are {read.where.op} {read.where.value!r}" if read.where is not None else ""
    series = "" if request.any_of else ", of every series"
    return f"{_REDUCERS.get(str(read.reducer), str(read.reducer))} of {source}{where} in {window}{series}"
