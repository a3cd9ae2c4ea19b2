"""From blocks of annotated CSV to the answers of requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from alertdsl.plan.reads import Read, Reducer, Request
from alertdsl_runtime.columns import NEVER, Answer, Floats, Ints, Labels, Points, Reduced, SourceError, Times
from alertdsl_runtime.sources.annotated_csv import KINDS, Block, Tail, parse_times, parse_values, tail_cells
from alertdsl_runtime.sources.assemble import EMPTY, assemble, take_points, take_reduced

Key = tuple[str, str]
"""Measurement and field."""

_CACHED_SERIES = 2_000_000


class LabelCache:
    """Label sets by the text in which they arrive: the same series is the same object from call to call."""

    def __init__(self) -> None:
        self._by_columns: dict[tuple[str, ...], dict[Tail, tuple[Key, Labels]]] = {}
        self._same: dict[Labels, Labels] = {}

    def of_columns(self, columns: tuple[str, ...]) -> dict[Tail, tuple[Key, Labels]]:
        """What is known of rows with these columns."""
        if len(self._same) > _CACHED_SERIES:
            self._by_columns.clear()
            self._same.clear()
        return self._by_columns.setdefault(columns, {})

    def read(self, columns: tuple[str, ...], tail: Tail) -> tuple[Key, Labels]:
        """Measurement, field and label set of a row; an empty cell is an absent tag."""
        cells = dict(zip(columns, tail_cells(tail), strict=True)) if columns else {}
        key = (cells.pop("_measurement", ""), cells.pop("_field", ""))
        labels = tuple(sorted((tag, value) for tag, value in cells.items() if value))
        return key, self._same.setdefault(labels, labels)


@dataclass
class Rows:
    """The rows of one field, in the order of their arrival."""

    labels: list[Labels]
    times: Times
    values: Floats
    datatype: str

    @property
    def kind(self) -> str:
        """What `columns` calls the values."""
        return KINDS.get(self.datatype, "number")


@dataclass
class Collected:
    """The rows of a yield by field."""

    fields: dict[Key, Rows | SourceError] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer | SourceError:
        """The answer to any read."""
        return self.points(request) if request.read.reducer is Reducer.RAW else self.reduced(request)

    def datatype(self, request: Request) -> str:
        """InfluxDB's type of the values; "" where there are none, or where they are counts."""
        rows = self.fields.get(_key(request))
        return rows.datatype if isinstance(rows, Rows) and request.read.reducer is not Reducer.COUNT else ""

    def reduced(self, request: Request) -> Reduced | SourceError:
        """The answer to a reduced read."""
        rows = self.fields.get(_key(request))
        if rows is None:
            return Reduced((), np.zeros(0), np.zeros(0, dtype=np.int64))
        if isinstance(rows, SourceError):
            return rows
        keeps_time = request.read.reducer in (Reducer.FIRST, Reducer.LAST)
        times = rows.times if keeps_time else np.full(len(rows.values), NEVER, dtype=np.int64)
        return take_reduced(request, Reduced(rows.labels, rows.values, times, rows.kind))

    def points(self, request: Request) -> Points | SourceError:
        """The answer to a raw read."""
        rows = self.fields.get(_key(request))
        if rows is None:
            return EMPTY
        if isinstance(rows, SourceError):
            return rows
        labels, owner = _numbered(rows.labels)
        return take_points(request, assemble(labels, owner, rows.times, rows.values, rows.kind))


def collect(blocks: Sequence[Block], only: Key | None, cache: LabelCache) -> Collected:
    """Sort the rows of a yield by field; `only` is the field where the rows do not name it."""
    found: dict[Key, list[Rows]] = {}
    for block in blocks:
        for key, rows in _rows_of(block, only, cache):
            found.setdefault(key, []).append(rows)
    return Collected({key: _joined(key, parts) for key, parts in found.items()})


def _rows_of(block: Block, only: Key | None, cache: LabelCache) -> list[tuple[Key, Rows]]:
    known = cache.of_columns(block.tags)
    for tail in block.tails:
        if tail not in known:
            known[tail] = cache.read(block.tags, tail)
    times = parse_times(block.times, len(block.values))
    values = parse_values(block.values, block.datatype)
    if only is not None:
        return [(only, Rows([known[tail][1] for tail in block.tails], times, values, block.datatype))]
    places: dict[Key, list[int]] = {}
    pairs = [known[tail] for tail in block.tails]
    for place, (key, _) in enumerate(pairs):
        places.setdefault(key, []).append(place)
    return [
        (key, Rows([pairs[i][1] for i in mine], times[mine], values[mine], block.datatype))
        for key, mine in places.items()
    ]


def _joined(key: Key, parts: list[Rows]) -> Rows | SourceError:
    if len(parts) == 1:
        return parts[0]
    if len({part.datatype for part in parts}) > 1:
        return _changed(key)
    labels = [one for part in parts for one in part.labels]
    times = np.concatenate([part.times for part in parts])
    return Rows(labels, times, np.concatenate([part.values for part in parts]), parts[0].datatype)


def without_old_types(
    requests: Sequence[Request], found: Sequence[Answer | SourceError], types: Mapping[Read, str]
) -> list[Answer | SourceError]:
    """The answers, but an error for each that is of another type than the newest point of its field.

    Over shards in which a field has different types InfluxDB silently reads those of one type: of the newest for `last`, of
    the oldest for everything else.
    """
    newest: dict[tuple[str, Key], tuple[int, str]] = {}
    for request in requests:
        read = request.read
        if read.reducer is Reducer.LAST and types.get(read):
            place = (read.stream.bucket, _key(request))
            newest[place] = min(newest.get(place, (read.stop, types[read])), (read.stop, types[read]))
    out: list[Answer | SourceError] = []
    for request, answer in zip(requests, found, strict=True):
        key = _key(request)
        _, wanted = newest.get((request.read.stream.bucket, key), (0, ""))
        mine = types.get(request.read, "")
        out.append(_changed(key) if mine and wanted and mine != wanted else answer)
    return out


def _changed(key: Key) -> SourceError:
    message = f"{key[0]}.{key[1]} has more than one type in the time read: what writes it has changed"
    return SourceError(message, transient=False)


def _numbered(labels: Sequence[Labels]) -> tuple[list[Labels], Ints]:
    """Distinct label sets and the number of each row's; the sets are the same objects, so identity tells them apart."""
    numbers: dict[int, int] = {}
    distinct: list[Labels] = []
    owner = np.empty(len(labels), dtype=np.int64)
    for row, one in enumerate(labels):
        number = numbers.get(id(one))
        if number is None:
            number = numbers[id(one)] = len(distinct)
            distinct.append(one)
        owner[row] = number
    return distinct, owner


def _key(request: Request) -> Key:
    stream = request.read.stream
    return stream.measurement, stream.field
