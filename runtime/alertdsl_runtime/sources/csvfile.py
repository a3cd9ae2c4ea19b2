"""CSV files as a source.

One column is the time; columns of numbers are fields, columns of ``true`` and ``false`` are boolean fields, columns of text are
tags. An empty cell is no point (or no tag). Rows may come in any order; of rows with the same tags and time the last counts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alertdsl_runtime.columns import Floats, Ints, Labels, Points, Times, text_id
from alertdsl_runtime.sources.assemble import assemble
from alertdsl_runtime.sources.dataerror import DataError
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.sources.timecells import BadTime, parse_time_cells

TIME_COLUMNS = ("time", "_time", "timestamp", "datetime", "date", "ts")
"""Names of the time column, in order of preference; capitals do not matter."""

MEASUREMENT_COLUMNS = ("measurement", "_measurement")

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


@dataclass(frozen=True)
class _Table:
    """The cells of a file, column by column."""

    file: str
    text: str
    delimiter: str
    names: list[str]
    columns: list[Sequence[str]]

    def error(self, message: str, row: int, name: str) -> DataError:
        """An error at a cell."""
        line = _line(self.text, self.delimiter, row + 1)
        column = self.names.index(name) + 1
        return DataError(f"column {name!r}: {message}", file=self.file, line=line, column=column)


def load_csv(
    path: str | Path,
    measurement: str | None = None,
    tags: Mapping[str, str] | None = None,
    *,
    time: str | None = None,
    tag_columns: Collection[str] = (),
    text_columns: Collection[str] = (),
) -> MemorySource:
    """Read a CSV file into memory.

    Args:
        path: UTF-8; separated by commas, semicolons or tabs; the first row names the columns.
        measurement: of all rows; else the column ``measurement``, else the file's name without its ending.
        tags: further tags of all rows.
        time: name of the time column; else the first of `TIME_COLUMNS` that is there. See `timecells` for what it may hold.
        tag_columns: columns of numbers that are tags all the same.
        text_columns: columns of text that are fields, not tags.

    Raises:
        DataError: with line and column (the number of the cell in its row).
    """
    table = _read(Path(path))
    wanted = [*([time] if time else []), *tag_columns, *text_columns]
    for name in wanted:
        if name not in table.names:
            raise DataError(
                f"there is no column {name!r}; there are {_listed(table.names)}", file=table.file, line=1
            )
    time_column = time or _time_column(table)
    times = _times(table, time_column)
    rest = [(n, c) for n, c in zip(table.names, table.columns, strict=True) if n != time_column]
    fields: dict[str, tuple[Floats, str]] = {}
    labels: dict[str, Sequence[str]] = {}
    for name, cells in rest:
        column = None if name in tag_columns else _field(table, name, cells, as_text=name in text_columns)
        if column is None:
            labels[name] = cells
        else:
            fields[name] = column
    given = measurement or None
    measured = _measurements(labels, given)
    owner, series = _series(labels, measured, given or Path(path).stem, dict(tags or {}), len(times))
    return MemorySource(_points(fields, owner, series, times), name=table.file)


def _read(path: Path) -> _Table:
    text = read_text(path)
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=first.count)
    columns = _plain_columns(text, delimiter) or _columns(text, delimiter, path.name)
    names = [column[0].strip() for column in columns]
    _check_names(names, path.name)
    return _Table(path.name, text, delimiter, names, [column[1:] for column in columns])


def _plain_columns(text: str, delimiter: str) -> list[Sequence[str]] | None:
    """The columns of a file without quotes and with rows of one width: one split of the whole text, three times as fast."""
    if '"' in text:
        return None
    body = text.replace("\r\n", "\n").strip("\n")
    width = body[: body.find("\n")].count(delimiter) + 1 if "\n" in body else 0
    if not width or "\r" in body:
        return None
    codes = np.frombuffer(body.encode(), np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    before = np.searchsorted(np.flatnonzero(codes == ord(delimiter)), ends)
    if not (before == (width - 1) * np.arange(1, len(ends) + 1)).all():
        return None
    cells = body.replace("\n", delimiter).split(delimiter)
    return [cells[i::width] for i in range(width)] if len(cells) == width * (len(ends) + 1) else None


def _columns(text: str, delimiter: str, file: str) -> list[Sequence[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise DataError(f"not a CSV file: {error}", file=file) from None
    if not rows:
        raise DataError("the file is empty; its first row has to name the columns", file=file)
    width = len(rows[0])
    for place, row in enumerate(rows):
        if len(row) != width:
            line = _line(text, delimiter, place)
            message = f"the row has {len(row)} cells, the first row names {width} columns"
            raise DataError(message, file=file, line=line)
    return list(zip(*rows, strict=True))


def _line(text: str, delimiter: str, place: int) -> int:
    """The line on which a row starts, the first row being 0; a quoted cell may hold several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 0
    for cells in reader:
        if cells and place == 0:
            break
        place -= bool(cells)
        line = reader.line_num
    return line + 1


def read_text(path: Path) -> str:
    """A file's text; a byte order mark is no part of it. Raises DataError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", file=str(path)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError("the file is not UTF-8 text", file=path.name, line=line) from None


def _check_names(names: list[str], file: str) -> None:
    for place, name in enumerate(names):
        if not name:
            raise DataError("the column has no name", file=file, line=1, column=place + 1)
        if name in names[:place]:
            raise DataError(f"there are two columns {name!r}", file=file, line=1, column=place + 1)


def _time_column(table: _Table) -> str:
    lower = [name.lower() for name in table.names]
    for known in TIME_COLUMNS:
        if known in lower:
            return table.names[lower.index(known)]
    raise DataError(
        f"no column is called `time`; there are {_listed(table.names)}. Name the one that holds the time",
        file=table.file,
        line=1,
    )


def _times(table: _Table, name: str) -> Times:
    try:
        return parse_time_cells(table.columns[table.names.index(name)])
    except BadTime as bad:
        raise table.error(str(bad), bad.row, name) from None


def _field(table: _Table, name: str, cells: Sequence[str], *, as_text: bool) -> tuple[Floats, str] | None:
    """A column as a field's values, or None: its cells are tags."""
    if as_text:
        return np.array([text_id(c) if c else np.nan for c in cells], dtype=np.float64), "text"
    if name.lower() in MEASUREMENT_COLUMNS:
        return None
    numbers = _numbers(cells)
    if numbers is not None:
        return numbers, "number"
    distinct = {cell.strip().lower() for cell in set(cells)}
    if distinct <= {"true", "false", ""}:
        meaning = {"true": 1.0, "false": 0.0, "": np.nan}
        return np.array([meaning[c.strip().lower()] for c in cells]), "bool"
    if all(_DECIMAL_COMMA.fullmatch(c) or _is_number(c) for c in distinct if c):
        row = next(i for i, c in enumerate(cells) if "," in c)
        raise table.error(f"{cells[row]!r} has a decimal comma; write a point", row, name)
    return None


def _numbers(cells: Sequence[str]) -> Floats | None:
    try:
        numbers = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        try:
            numbers = np.fromiter(
                (float(c) if c and not c.isspace() else np.nan for c in cells), np.float64, len(cells)
            )
        except ValueError:
            return None
    # Python reads 1_000 as a number; people mean a name.
    return None if "_" in "".join(cells) else numbers


def _is_number(cell: str) -> bool:
    return _numbers([cell]) is not None


def _measurements(labels: dict[str, Sequence[str]], given: str | None) -> Sequence[str] | None:
    """The measurement of each row, where a column tells; the column is no tag then, unless one is given."""
    name = next((n for n in labels if n.lower() in MEASUREMENT_COLUMNS), None)
    return None if name is None or given is not None else labels.pop(name)


def _series(
    columns: Mapping[str, Sequence[str]],
    measured: Sequence[str] | None,
    measurement: str,
    constant: Mapping[str, str],
    count: int,
) -> tuple[Ints, list[tuple[str, Labels]]]:
    """The number of each row's series, and what the series are."""
    fixed = {tag: value for tag, value in constant.items() if value}
    if not columns and measured is None:
        return np.zeros(count, dtype=np.int64), [(measurement, tuple(sorted(fixed.items())))]
    numbers: dict[tuple[str, ...], int] = {}
    keys = zip(measured if measured is not None else [measurement] * count, *columns.values(), strict=True)
    owner = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64, count)
    series = []
    for name, *values in numbers:
        found = {tag: value for tag, value in zip(columns, values, strict=True) if value} | fixed
        series.append((name or measurement, tuple(sorted(found.items()))))
    return owner, series


def _points(
    fields: Mapping[str, tuple[Floats, str]], owner: Ints, series: Sequence[tuple[str, Labels]], times: Times
) -> dict[tuple[str, str], Points]:
    out: dict[tuple[str, str], Points] = {}
    measurements = dict.fromkeys(name for name, _ in series)
    numbers: dict[tuple[str, Labels], int] = {}
    same = np.array([numbers.setdefault(one, len(numbers)) for one in series], dtype=np.int64)
    owner = same[owner] if len(series) else owner
    labels = [one for _, one in numbers]
    of = np.array([name for name, _ in numbers], dtype=object)
    for measurement in measurements:
        mine = slice(None) if len(measurements) == 1 else np.flatnonzero((of == measurement)[owner])
        for field, (values, kind) in fields.items():
            points = assemble(labels, owner[mine], times[mine], values[mine], kind)
            if len(points.times):
                out[measurement, field] = points
    return out


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
