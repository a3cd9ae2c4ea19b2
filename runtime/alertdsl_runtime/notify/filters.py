"""Filters that message templates have: numbers, sizes, money and times for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from alertdsl.semantics.typed import DAY, HOUR, MINUTE, SECOND

_DURATIONS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"))
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def number(value: object, digits: int | None = None) -> str:
    """``1234567.891`` as ``1,234,567.89``: digits grouped, as many decimals as matter, or `digits`."""
    if not _is_number(value):
        return _text(value)
    value = float(value)  # type: ignore[arg-type]
    if not math.isfinite(value):
        return str(value)
    if digits is not None:
        return f"{value:,.{max(0, min(int(digits), 15))}f}"
    if value and not 1e-4 <= abs(value) < 1e15:
        return f"{value:.4g}"
    decimals = 2 if abs(value) >= 100 else 4
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: object, currency: str = "USD") -> str:
    """``120345.6`` as ``$120,345.60``; an unknown currency's name goes behind the amount."""
    if not _is_number(value):
        return _text(value)
    amount = float(value)  # type: ignore[arg-type]
    sign = "-" if amount < 0 else ""
    text = f"{abs(amount):,.2f}"
    mark = _SIGNS.get(str(currency).upper())
    return f"{sign}{mark}{text}" if mark else f"{sign}{text} {currency}"


def percent(value: object, digits: int = 1) -> str:
    """A fraction as a percentage: ``0.934`` is ``93.4%``."""
    if not _is_number(value):
        return _text(value)
    return number(float(value) * 100, digits) + "%"  # type: ignore[arg-type]


def size(value: object) -> str:
    """Bytes in decimal units: ``1500000`` is ``1.5 MB``."""
    if not _is_number(value):
        return _text(value)
    amount, unit = float(value), 0  # type: ignore[arg-type]
    while abs(amount) >= 999.95 and unit < len(_SIZES) - 1 and math.isfinite(amount):
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.4g} {_SIZES[unit]}" if unit == 0 else f"{amount:.1f} {_SIZES[unit]}"


def duration(value: object) -> str:
    """Seconds as the two largest units that matter: ``5400`` is ``1h30m``."""
    if not _is_number(value) or not math.isfinite(float(value)):  # type: ignore[arg-type]
        return _text(value)
    nanoseconds = round(float(value) * SECOND)  # type: ignore[arg-type]
    return ("-" if nanoseconds < 0 else "") + _units(abs(nanoseconds))


def ago(value: object, now: datetime) -> str:
    """A time as ``12m ago``, seen from `now`."""
    if not isinstance(value, datetime):
        return _text(value)
    passed = round((now - value).total_seconds())
    return f"in {_units(-passed * SECOND)}" if passed < 0 else f"{_units(passed * SECOND)} ago"


def time_text(nanoseconds: int) -> str:
    """A moment in RFC 3339, UTC: ``2025-07-14T03:47:00Z``, with as much of a fraction as it has."""
    seconds, rest = divmod(nanoseconds, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{rest:09d}".rstrip("0") if rest else "") + "Z"


class Moment(datetime):
    """A time as templates see it: prints as RFC 3339 and has the attributes of a `datetime`."""

    @classmethod
    def of(cls, nanoseconds: int) -> Moment:
        """The moment, to the microsecond."""
        seconds, rest = divmod(nanoseconds, SECOND)
        return cls.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)

    def __str__(self) -> str:
        return self.strftime("%Y-%m-%dT%H:%M:%SZ")


def joined(values: Iterable[object], separator: str = ", ") -> str:
    """Items of a list with something between them; not letters of a text, which could be made to explode."""
    if isinstance(values, str) or len(separator) > 100:
        raise ValueError("join takes a list and a short separator")
    return separator.join(_text(value) for value in values)


def _units(nanoseconds: int) -> str:
    parts = []
    for length, unit in _DURATIONS:
        count, nanoseconds = divmod(nanoseconds, length)
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break  # 1d and 5 seconds is a day
        if len(parts) == 2:
            break
    return "".join(parts) or "0s"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    """What a filter makes of a value that is not its kind: unknown is said, not hidden."""
    return "unknown" if value is None else str(value)
