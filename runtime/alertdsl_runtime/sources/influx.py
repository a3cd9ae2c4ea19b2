"""InfluxDB 2 as a source: many reads in few Flux queries, the reducing done in storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from alertdsl.backends.flux import FluxQuery, Yield, points_query, read_query
from alertdsl.plan.reads import PointFilter, Read, Reducer, Request, Stream
from alertdsl_runtime.columns import Answer, Points, SourceError, text_id
from alertdsl_runtime.sources import influx_answers as answers
from alertdsl_runtime.sources.annotated_csv import Block, ErrorTable, read_blocks
from alertdsl_runtime.sources.assemble import assemble
from alertdsl_runtime.sources.influx_http import InfluxApi, Refused, query_failed
from alertdsl_runtime.sources.influx_width import Widths

QUERIES_TO_ISOLATE = 200
"""At most so many queries are spent in one call on finding the requests that make others fail."""

_FIRST_CHUNK = 86_400_000_000_000
_FEW_ROWS, _MANY_ROWS = 200_000, 1_000_000

Key = tuple[str, str]
A = TypeVar("A")
Plan = Callable[[Sequence[Request]], list[FluxQuery]]
Decode = Callable[[Sequence[Request], Yield, list[Block]], list[A]]


class InfluxSource:
    """Series in the buckets of an InfluxDB 2.

    Args:
        url, org, token: as in INFLUXDB_V2_URL, _ORG and _TOKEN. A token that may only read is enough.
        bucket: of reads that name none.
        timeout: seconds for a whole answer.
        verify_ssl, ca_file: whether, and by which authorities, the server's certificate is checked.
    """

    def __init__(
        self,
        url: str,
        org: str,
        token: str,
        bucket: str = "monitors",
        *,
        timeout: float = 10.0,
        verify_ssl: bool = True,
        ca_file: str | None = None,
        name: str = "influxdb",
    ) -> None:
        self.name = name
        self.bucket = bucket
        self.api = InfluxApi(url, org, token, timeout, verify_ssl, ca_file)
        self._labels = answers.LabelCache()
        self._suspects: dict[Request, None] = {}
        self._widths = Widths(self._count, bucket)

    def answer(self, requests: Sequence[Request], instant: int) -> list[Answer | SourceError]:
        """See `Source.answer`."""

        def plan(some: Sequence[Request]) -> list[FluxQuery]:
            return read_query(some, instant, self.bucket)

        types: dict[Read, str] = {}

        def decode(some: Sequence[Request], one: Yield, blocks: list[Block]) -> list[Answer | SourceError]:
            rows = answers.collect(blocks, _only(some, one), self._labels)
            types.update((r.read, rows.datatype(r)) for r in some)
            return [rows.answer(r) for r in some]

        found = self._ask(self._widths.narrowed(requests, instant), plan, decode)
        return answers.without_old_types(requests, self._mended(requests, found, plan), types)

    def points(self, requests: Sequence[Request], start: int, stop: int) -> list[Points | SourceError]:
        """See `Source.points`. Long ranges are read in pieces, so that no answer grows too large."""
        parts: list[list[Points]] = [[] for _ in requests]
        failed: dict[int, SourceError] = {}
        length = _FIRST_CHUNK
        while start < stop:
            end = min(start + length, stop)
            going = [i for i in range(len(requests)) if i not in failed]
            asked = [requests[i] for i in going]
            plan = _range_plan(start, end, self.bucket)
            read = self._ask(asked, plan, self._points)
            found = self._mended(asked, read, plan)
            rows = 0
            for place, one in zip(going, found, strict=True):
                if isinstance(one, SourceError):
                    failed[place] = one
                else:
                    parts[place].append(one)
                    rows += len(one.times)
            start = end
            length = length * 4 if rows < _FEW_ROWS else max(length // 2, 1) if rows > _MANY_ROWS else length
        return [failed.get(i) or join_points(part) for i, part in enumerate(parts)]

    def check(self) -> str:
        """See `Source.check`: asks for the server's health, then reads nothing from the bucket with the token."""
        try:
            health = self.api.get("/health")
            self.api.query(_PROBE.format(bucket=_flux_text(self.bucket)))
        except Refused as reason:
            raise reason.error() from None
        version = health.get("version", "?") if isinstance(health, dict) else "?"
        return f"InfluxDB {version} at {self.api.shown()}, org {self.api.org}, bucket {self.bucket}"

    def close(self) -> None:
        """See `Source.close`."""
        self.api.close()

    def query(self, flux: str) -> list[Block]:
        """Run any Flux; the blocks of its answer. Raises SourceError."""
        try:
            return self._run(flux)
        except Refused as reason:
            raise reason.error() from None

    def _run(self, flux: str) -> list[Block]:
        try:
            return list(read_blocks(self.api.query(flux)))
        except ErrorTable as error:
            raise query_failed(str(error)) from None

    def _count(self, flux: str) -> list[Block]:
        """The answer to a question that only saves work: nothing where it is refused."""
        try:
            return self._run(flux)
        except Refused:
            return []

    def _ask(
        self,
        requests: Sequence[Request],
        plan: Plan,
        decode: Decode[A],
    ) -> list[A | SourceError]:
        """Ask in few queries; where one fails for what a request says, halve until that request is alone."""
        out: dict[int, A | SourceError] = {}
        apart = [i for i, r in enumerate(requests) if r in self._suspects]
        rest = [i for i, r in enumerate(requests) if r not in self._suspects]
        pending = [[i] for i in reversed(apart)] + ([rest] if rest else [])
        budget = QUERIES_TO_ISOLATE + len(pending)
        while pending:
            places = pending.pop()
            asked = [requests[i] for i in places]
            queries, unwritable = _planned(asked, plan)
            out.update({places[i]: error for i, error in unwritable.items()})
            for query in queries:
                mine = [places[i] for i in query.requests]
                try:
                    blocks = self._run(query.text)
                except Refused as reason:
                    if reason.transient:
                        raise reason.error() from None
                    if reason.splits and len(mine) > 1 and budget > 0:
                        middle = len(mine) // 2
                        pending += [mine[:middle], mine[middle:]]
                        budget -= 2
                    else:
                        out.update({i: reason.error() for i in mine})
                        self._suspects.update({requests[i]: None for i in mine if reason.splits})
                    continue
                self._forgive([requests[i] for i in mine])
                by_result: dict[str, list[Block]] = defaultdict(list)
                for block in blocks:
                    by_result[block.result].append(block)
                for one in query.yields:
                    found = decode([asked[i] for i in one.requests], one, by_result[one.name])
                    out.update(zip((places[i] for i in one.requests), found, strict=True))
        return [out[i] for i in range(len(requests))]

    def _mended(self, requests: Sequence[Request], found: list[A], plan: Plan) -> list[A]:
        """Ask again for points of text among which are empty ones.

        InfluxDB 2 reads such points wrongly: it moves the empty texts behind the others and leaves the times where they
        were (influxdb#26916 is another face of it). Empty and other texts asked for one by one are read rightly.
        """
        for place, points in enumerate(found):
            if (
                not isinstance(points, Points)
                or points.kind != "text"
                or not (points.values == text_id("")).any()
            ):
                continue
            parts = [
                replace(requests[place], read=replace(requests[place].read, reducer=Reducer.RAW, where=where))
                for where in (PointFilter("==", ""), PointFilter("!=", ""))
            ]
            halves = self._ask(parts, plan, self._points)
            errors = [half for half in halves if isinstance(half, SourceError)]
            whole = (
                errors[0] if errors else join_points([half for half in halves if isinstance(half, Points)])
            )
            found[place] = whole  # type: ignore[assignment]
        return found

    def _forgive(self, requests: Sequence[Request]) -> None:
        if self._suspects:
            for request in requests:
                self._suspects.pop(request, None)

    def _points(
        self, requests: Sequence[Request], one: Yield, blocks: list[Block]
    ) -> list[Points | SourceError]:
        rows = answers.collect(blocks, _only(requests, one), self._labels)
        return [rows.points(r) for r in requests]


_PROBE = 'from(bucket: {bucket}) |> range(start: -1ns) |> filter(fn: (r) => r._measurement == "") |> last()'


def _flux_text(text: str) -> str:
    from alertdsl.backends.flux.literals import fstr

    return fstr(text)


def _range_plan(start: int, stop: int, bucket: str) -> Plan:
    return lambda requests: points_query(requests, start, stop, bucket)


def _planned(requests: Sequence[Request], plan: Plan) -> tuple[list[FluxQuery], dict[int, SourceError]]:
    """The queries, and the requests that Flux cannot write."""
    try:
        return plan(requests), {}
    except ValueError:
        pass
    refused: dict[int, SourceError] = {}
    for place, request in enumerate(requests):
        try:
            plan([request])
        except ValueError as error:
            refused[place] = SourceError(f"InfluxDB cannot be asked this: {error}", transient=False)
    good = [i for i in range(len(requests)) if i not in refused]
    queries = plan([requests[i] for i in good])
    return [_renumbered(query, good) for query in queries], refused


def _renumbered(query: FluxQuery, places: Sequence[int]) -> FluxQuery:
    yields = tuple(Yield(y.name, tuple(places[i] for i in y.requests), y.single) for y in query.yields)
    return FluxQuery(query.text, yields)


def _only(requests: Sequence[Request], one: Yield) -> Key | None:
    """The field that all rows of a yield are of, where they do not say it themselves."""
    stream: Stream = requests[0].read.stream
    return (stream.measurement, stream.field) if one.single else None


def join_points(parts: Sequence[Points]) -> Points | SourceError:
    """Pieces of one request, in order of time, as one."""
    parts = [part for part in parts if len(part.times)]
    if len(parts) == 1:
        return parts[0]
    if len({part.kind for part in parts}) > 1:
        return SourceError("the field has more than one type in the time read", transient=False)
    numbers: dict[object, int] = {}
    owners = []
    for part in parts:
        ids = np.array([numbers.setdefault(one, len(numbers)) for one in part.labels], dtype=np.int64)
        owners.append(np.repeat(ids, np.diff(part.offsets)))
    if not parts:
        return assemble((), *_nothing(), "number")
    labels = list(numbers)
    times = np.concatenate([part.times for part in parts])
    values = np.concatenate([part.values for part in parts])
    return assemble(labels, np.concatenate(owners), times, values, parts[0].kind)  # type: ignore[arg-type]


def _nothing() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
