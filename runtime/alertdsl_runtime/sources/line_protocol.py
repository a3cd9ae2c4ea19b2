"""InfluxDB's line protocol, read strictly: ``measurement,tag=value field=1.5,other=2i 1767225600000000000``.

Integers end in ``i``, unsigned ones in ``u``, text stands in double quotes, booleans are ``t f true false`` in small letters, capitals
or with a capital. Lines that begin with ``#`` and empty lines are skipped. The one parser on the package index is a C extension that
does not tell where a line is wrong; lines without escapes are cut up by `str.split` here, at some 100,000 lines a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from alertdsl_runtime.columns import Labels, Points, text_id
from alertdsl_runtime.sources.assemble import assemble
from alertdsl_runtime.sources.dataerror import DataError

PRECISIONS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
"""Nanoseconds in the units that times may be written in."""

Value = tuple[float, str]
"""A value as in a value column, and its kind."""

_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+[iu]", re.ASCII)
_BOOLEANS = {
    w: v for v, words in ((1.0, "t T true True TRUE"), (0.0, "f F false False FALSE")) for w in words.split()
}


@dataclass
class _Column:
    """The points of one field as they come."""

    kind: str
    line: int
    owner: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def parse_line_protocol(
    text: str, *, precision: str = "ns", now: int | None = None, file: str = ""
) -> dict[tuple[str, str], Points]:
    """Points by measurement and field.

    Args:
        precision: unit of the times in the text: ``ns``, ``us``, ``ms`` or ``s``.
        now: time of lines without one, in nanoseconds; without it such a line is an error.

    Raises:
        DataError: with line and column.
    """
    scale = PRECISIONS[precision]
    numbers: dict[Labels, int] = {}
    heads: dict[str, tuple[str, int]] = {}
    columns: dict[tuple[str, str], _Column] = {}
    for number, line in _lines(text):
        try:
            head, fields, stamp = _cut(line)
            if head not in heads:
                measurement, labels = _head(head)
                heads[head] = (measurement, numbers.setdefault(labels, len(numbers)))
            time = _time(stamp, scale, now, len(line) - len(stamp))
            measurement, owner = heads[head]
            for name, (value, kind) in _fields(fields, len(head) + 1):
                _add(columns, (measurement, name), kind, number, owner, time, value)
        except _Bad as bad:
            raise DataError(str(bad), file=file, line=number, column=bad.at + 1) from None
    labels_of = list(numbers)
    return {key: _points(labels_of, column) for key, column in columns.items()}


class _Bad(Exception):
    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a line break inside a quoted text belongs to it."""
    held, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        whole = f"{held}\n{line}" if held else line
        if '"' in whole and _open_quote(whole):
            held, first = whole, first or number
            continue
        stripped = whole.strip(" \r\t")
        if stripped and not stripped.startswith("#"):
            yield first or number, stripped
        held, first = "", 0
    if held:
        raise DataError("a text in double quotes does not end", line=first, column=held.find('"') + 1)


def _open_quote(line: str) -> bool:
    """Whether a quoted text is still open at the end. Quotes count in the fields only, after the first bare space."""
    if line.lstrip().startswith("#"):
        return False
    return _find_unquoted(line, "", _find(line, " ", 0)) < 0


def _find(text: str, stop: str, start: int) -> int:
    """The place of the next of these characters that no backslash precedes, or the end."""
    at = start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in stop:
            return at
        at += 1
    return len(text)


def _find_unquoted(text: str, stop: str, start: int) -> int:
    """The same, outside of quoted texts; -1 where one does not end. A quote in a field's name is no quote, as in InfluxDB."""
    at, inside, value = start, False, False
    while at < len(text):
        ch = text[at]
        if ch == "\\":
            at += 1
        elif inside:
            inside = ch != '"'
        elif ch in stop:
            return at
        elif ch == '"':
            inside = value
        elif ch in "=,":
            value = ch == "="
        at += 1
    return -1 if inside else len(text)


def _cut(line: str) -> tuple[str, str, str]:
    """Measurement with tags, fields, and time ("" without one)."""
    if "\\" not in line and '"' not in line:
        parts = line.split(" ")
        if len(parts) in (2, 3) and all(parts):
            return parts[0], parts[1], parts[2] if len(parts) == 3 else ""
    end = _find(line, " ", 0)
    if end == len(line):
        raise _Bad("no fields: write measurement,tag=value field=1.5 time", len(line))
    stop = _find_unquoted(line, " ", end + 1)
    return line[:end], line[end + 1 : stop], line[stop:].strip()


def _head(head: str) -> tuple[str, Labels]:
    end = _find(head, ",", 0)
    if not end:
        raise _Bad("the measurement is missing", 0)
    tags: dict[str, str] = {}
    at = end + 1
    while at <= len(head) and end < len(head):
        stop = _find(head, ",", at)
        equals = _find(head[:stop], "=", at)
        if equals in (at, stop) or equals + 1 >= stop:
            raise _Bad("a tag is written tag=value; spaces, commas and = in it take a backslash", at)
        name = _unescape(head[at:equals])
        if name in tags:
            raise _Bad(f"the tag {name!r} stands here twice", at)
        tags[name] = _unescape(head[equals + 1 : stop])
        at = stop + 1
    return _unescape(head[:end], ", "), tuple(sorted(tags.items()))


def _fields(text: str, start: int) -> Iterator[tuple[str, Value]]:
    at = 0
    while at <= len(text):
        stop = _find_unquoted(text, ",", at)
        equals = _find(text[:stop], "=", at)
        if equals in (at, stop):
            raise _Bad("a field is written name=value", start + at)
        yield _unescape(text[at:equals], ',= "'), _value(text[equals + 1 : stop], start + equals + 1)
        at = stop + 1


def _value(text: str, at: int) -> Value:
    if text.startswith('"'):
        if len(text) < 2 or not text.endswith('"') or _find(text, '"', 1) != len(text) - 1:
            raise _Bad('a text in double quotes has to end with one; a quote in it is written \\"', at)
        return text_id(re.sub(r'\\(["\\])', r"\1", text[1:-1])), "text"
    if _FLOAT.fullmatch(text):
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise _Bad(f"the number {text[:40]} is too large", at)
        return value, "number"
    if _INTEGER.fullmatch(text):
        return _integer(text, at), "number"
    if text in _BOOLEANS:
        return _BOOLEANS[text], "bool"
    shown = text if len(text) <= 40 else text[:40] + "..."
    raise _Bad(f'{shown!r} is no value; numbers are 1.5 or 2i, texts "in quotes", booleans true or false', at)


def _integer(text: str, at: int) -> float:
    value = int(text[:-1])
    low, high = (-(2**63), 2**63) if text.endswith("i") else (0, 2**64)
    if not low <= value < high:
        raise _Bad(f"{text} is outside of what 64 bits hold", at)
    return float(value)


def _time(text: str, scale: int, now: int | None, at: int) -> int:
    if not text:
        if now is None:
            raise _Bad("the time is missing", at)
        return now
    try:
        time = int(text) * scale if text.isascii() and "_" not in text else None
    except ValueError:
        time = None
    if time is None:
        raise _Bad(f"{text[:40]!r} is not a time: write a whole number, since 1970", at)
    if abs(time) >= 2**63 - 1:
        raise _Bad(f"the time {text[:40]} is outside of 1677 to 2262; is it in another unit?", at)
    return time


def _unescape(text: str, special: str = ",= ") -> str:
    """Backslashes before what they protect go; others stay, as InfluxDB has it."""
    return re.sub(rf"\\([{re.escape(special)}])", r"\1", text) if "\\" in text else text


def _add(
    columns: dict[tuple[str, str], _Column],
    key: tuple[str, str],
    kind: str,
    line: int,
    owner: int,
    time: int,
    value: float,
) -> None:
    column = columns.get(key)
    if column is None:
        column = columns[key] = _Column(kind, line)
    if column.kind != kind:
        raise _Bad(f"{key[0]}.{key[1]} is {kind} here and {column.kind} on line {column.line}", 0)
    column.owner.append(owner)
    column.times.append(time)
    column.values.append(value)


def _points(labels: list[Labels], column: _Column) -> Points:
    owner = np.array(column.owner, dtype=np.int64)
    times = np.array(column.times, dtype=np.int64)
    return assemble(labels, owner, times, np.array(column.values, dtype=np.float64), column.kind)
