"""InfluxDB's annotated CSV as columns of text.

An answer holds blocks, one per table schema, each with ``#datatype`` and ``#default`` rows and a header; an error that comes
after the first rows was sent is one more block, although the status says 200. Columns are taken by place: tags may be
called ``result``, ``table`` or ``error`` too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from alertdsl_runtime.columns import NEVER, Floats, Times, text_id

KINDS = {
    "double": "number",
    "long": "number",
    "unsignedLong": "number",
    "string": "text",
    "boolean": "bool",
}
"""What `columns` calls the values of a datatype."""

Tail = str | tuple[str, ...]


class ErrorTable(Exception):
    """The query failed after it had begun to answer."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one result with one schema.

    Attributes:
        result: the name of the yield.
        datatype: InfluxDB's type of the values.
        tags: names of the columns beside time and value.
        tails: for each row its cells in those columns, as one text or a tuple: equal for equal tags.
    """

    result: str
    datatype: str
    tags: tuple[str, ...]
    times: Sequence[str] | None
    values: Sequence[str]
    tails: Sequence[Tail]


def read_blocks(body: str) -> Iterator[Block]:
    """The blocks of an answer that was asked with the annotations ``datatype`` and ``default``.

    Raises:
        ErrorTable: with the server's words.
    """
    if '"' in body:
        yield from _quoted_blocks(body)
        return
    for text in body.split("\r\n\r\n"):
        lines = text.strip("\r\n").split("\r\n")
        if len(lines) > 3:
            yield from _block([line.split(",") for line in lines[:3]], lines[3:])


def _quoted_blocks(body: str) -> Iterator[Block]:
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(body, newline="")):
        if row:
            rows.append(row)
        elif rows:
            yield from _block(rows[:3], rows[3:])
            rows = []
    if rows:
        yield from _block(rows[:3], rows[3:])


def _block(head: Sequence[Sequence[str]], rows: Sequence[str] | Sequence[list[str]]) -> Iterator[Block]:
    types, defaults, names = head
    if names[1] == "error":
        first = rows[0] if isinstance(rows[0], list) else rows[0].split(",")
        raise ErrorTable(first[1])
    if not rows:
        return
    value = names.index("_value", 3)
    time = names.index("_time", 3) if "_time" in names[3:] else None
    tags = tuple(names[i] for i in range(3, len(names)) if i not in (value, time))
    leading = (time, value) in ((3, 4), (None, 3))
    if leading and isinstance(rows[0], str):
        cells = _split(rows, value)  # type: ignore[arg-type]
        tails: Sequence[Tail] = cells[value + 1] if tags else [""] * len(rows)
        values: Sequence[str] = cells[value]
        times: Sequence[str] | None = None if time is None else cells[time]
    else:
        table = [row.split(",") if isinstance(row, str) else row for row in rows]
        others = [i for i in range(3, len(names)) if i not in (value, time)]
        tails = [tuple([row[i].replace("\r\n", "\n") for i in others]) for row in table]
        values = [row[value] for row in table]
        times = None if time is None else [row[time] for row in table]
    yield Block(defaults[1] or _cell(rows[0], 1), types[value], tags, times, values, tails)


def _split(rows: Sequence[str], value: int) -> list[tuple[str, ...]]:
    """The first columns one by one, what follows the value in one piece."""
    return list(zip(*[row.split(",", value + 1) for row in rows], strict=True))


def _cell(row: str | list[str], place: int) -> str:
    return row[place] if isinstance(row, list) else row.split(",")[place]


def tail_cells(tail: Tail) -> Sequence[str]:
    """The cells of a tail."""
    return tail.split(",") if isinstance(tail, str) else tail


def parse_times(texts: Sequence[str] | None, count: int) -> Times:
    """RFC 3339 in UTC as nanoseconds, exactly; `NEVER` without times."""
    if texts is None:
        return np.full(count, NEVER, dtype=np.int64)
    # numpy warns about the Z, and reads the rest exactly
    return np.array([text[:-1] for text in texts], dtype="datetime64[ns]").view(np.int64)


def parse_values(texts: Sequence[str], datatype: str) -> Floats:
    """Cells as a value column; an empty cell of a number is null: NaN."""
    match KINDS.get(datatype):
        case "text":
            return np.fromiter((text_id(t.replace("\r\n", "\n")) for t in texts), np.float64, len(texts))
        case "bool":
            return np.fromiter((_BOOLEANS[t] for t in texts), np.float64, len(texts))
    try:
        return np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        return np.fromiter((float(t) if t else np.nan for t in texts), np.float64, len(texts))


_BOOLEANS = {"true": 1.0, "false": 0.0, "": np.nan}
