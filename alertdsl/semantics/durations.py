"""Lengths of time as people write them: ``1h30m`` to nanoseconds and back."""

from __future__ import annotations

import re

_SIZES = {
    "w": 7 * 86400 * 10**9,
    "d": 86400 * 10**9,
    "h": 3600 * 10**9,
    "m": 60 * 10**9,
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "ns": 1,
}
_PART = re.compile(r"(\d+)\s*(ms|us|ns|w|d|h|m|s)\s*")

LONGEST = 100 * 366 * _SIZES["d"]
"""About a century: more is a slip of the finger, and would overflow 64-bit nanoseconds."""


def parse_duration(text: str) -> int:
    """``"1h30m"`` as nanoseconds.

    Raises:
        ValueError: not a duration of whole parts, zero, or longer than `LONGEST`.
    """
    position = total = 0
    source = text.strip()
    while position < len(source):
        part = _PART.match(source, position)
        if part is None:
            raise ValueError(f"{text!r} is not a duration such as 5m, 90s or 1h30m")
        total += int(part[1]) * _SIZES[part[2]]
        position = part.end()
    if not 0 < total <= LONGEST:
        raise ValueError(f"{text!r} is not a duration above zero and below a century")
    return total


def format_duration(ns: int) -> str:
    """Nanoseconds in the canonical spelling: ``5m``, ``1h30m``, ``2w``, ``0s``."""
    if ns < 0:
        return f"-{format_duration(-ns)}"
    if ns and ns % _SIZES["w"] == 0:
        return f"{ns // _SIZES['w']}w"
    out = []
    for unit, size in _SIZES.items():
        if unit != "w" and ns >= size:
            out.append(f"{ns // size}{unit}")
            ns %= size
    return "".join(out) or "0s"


_NAMES = {
    "d": "day",
    "h": "hour",
    "m": "minute",
    "s": "second",
    "ms": "millisecond",
    "us": "microsecond",
    "ns": "nanosecond",
}


def spell_duration(ns: int) -> str:
    """Nanoseconds for a sentence: ``5 minutes``, ``1 hour 30 minutes``."""
    out = []
    for unit, name in _NAMES.items():
        count, ns = divmod(ns, _SIZES[unit])
        if count:
            out.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(out) or "0 seconds"
