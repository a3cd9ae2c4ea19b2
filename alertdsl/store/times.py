"""Nanoseconds since the Unix epoch, and RFC 3339 text.

The tables hold times as BIGINT nanoseconds: an instant is compared for equality (the cursor), and the date types of
SQLite, MySQL and PostgreSQL differ in precision, range and what they do with time zones.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", flags=re.ASCII
)


def from_ns(ns: int) -> str:
    """`2026-01-31T06:00:00Z`, with as many digits of a fraction as there are."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    digits = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{text}{digits}Z"


def to_ns(text: str) -> int:
    """Nanoseconds of an RFC 3339 time; ValueError for anything else."""
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time like 2026-01-31T06:00:00Z: {text!r}")
    date, time, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{date}T{time}{'+00:00' if zone in 'Zz' else zone}")
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * 1_000_000_000 + int((fraction or "").ljust(9, "0"))
