"""Times in data files: RFC 3339, and counts since the Unix epoch.

* text: ``2026-01-31T06:00:00Z``, with any offset, a space for the T, up to nine digits of a fraction, or a date alone; without
  a zone it is UTC;
* numbers: seconds, milliseconds, microseconds or nanoseconds since 1970. The largest number of the column tells which: below 1e11
  they are seconds (until the year 5138), below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import numpy as np

from alertdsl_runtime.columns import Times

_TEXT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)? ?([Zz]|UTC|[+-]\d\d:?\d\d)?", re.ASCII
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - beside other zones
_UNITS = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3))
_LIMIT = 2**63 - 2


class BadTime(ValueError):
    """A cell is no time; `row` is its place in the column."""

    def __init__(self, row: int, cell: str) -> None:
        shown = cell if len(cell) <= 40 else cell[:40] + "..."
        super().__init__(
            f"{shown!r} is not a time; write 2026-01-31T06:00:00Z or seconds since 1970"
            if cell
            else "the time is empty"
        )
        self.row = row


def parse_time_cells(cells: Sequence[str]) -> Times:
    """A column of times as nanoseconds since the epoch. Raises BadTime for the first cell that is none."""
    if not cells:
        return np.zeros(0, dtype=np.int64)
    if _NUMBER.fullmatch(cells[0].strip()):
        return _numbers(cells)
    fast = _plain_utc(cells)
    return fast if fast is not None else np.array([_text(i, c) for i, c in enumerate(cells)], dtype=np.int64)


def _plain_utc(cells: Sequence[str]) -> Times | None:
    """numpy reads a column of UTC times at once, but also words such as `now`: so only where all cells look alike."""
    first = _TEXT.fullmatch(cells[0])
    if first is None or first[2] is None or first[4] not in {"Z", None} or len(first[2]) < 8:
        return None
    length, cut = len(cells[0]), len(cells[0]) - (first[4] == "Z")
    if set(map(len, cells)) != {length}:
        return None
    column = np.array(cells)
    codes = column.view(np.uint32).reshape(len(cells), length)
    pattern = codes[0]
    digits = (pattern >= ord("0")) & (pattern <= ord("9"))
    alike = ((codes[:, digits] >= ord("0")) & (codes[:, digits] <= ord("9"))).all()
    if not alike or not (codes[:, ~digits] == pattern[~digits]).all():
        return None
    try:
        return np.ascontiguousarray(column.astype(f"U{cut}")).astype("datetime64[ns]").view(np.int64)
    except ValueError:
        return None


def _text(row: int, cell: str) -> int:
    match = _TEXT.fullmatch(cell.strip())
    if match is None:
        raise BadTime(row, cell)
    date, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in {None, "Z", "z", "UTC"} else zone
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00:00'}{offset}")
    except ValueError:
        raise BadTime(row, cell) from None
    nanoseconds = (moment - _EPOCH) // timedelta(seconds=1) * 10**9 + int((fraction or "").ljust(9, "0"))
    if abs(nanoseconds) > _LIMIT:
        raise BadTime(row, cell)
    return nanoseconds


def _numbers(cells: Sequence[str]) -> Times:
    for row, cell in enumerate(cells):
        if not _NUMBER.fullmatch(cell.strip()):
            raise BadTime(row, cell)
    largest = max(abs(float(cell)) for cell in cells)
    scale = next((factor for limit, factor in _UNITS if largest < limit), 1)
    out = np.empty(len(cells), dtype=np.int64)
    for row, cell in enumerate(cells):
        whole, _, fraction = cell.strip().partition(".")
        nanoseconds = int(whole) * scale
        if fraction:
            part = int(fraction[:9].ljust(9, "0")) * scale // 10**9
            nanoseconds += -part if whole.startswith("-") else part
        if abs(nanoseconds) > _LIMIT:
            raise BadTime(row, cell)
        out[row] = nanoseconds
    return out
