"""Flux literals: values spelled so that no text can become code. Each function was fuzzed against a real server."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

from alertdsl import regex

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

# InfluxDB keeps this range of times only (nanoseconds since the epoch, as in its models package).
TIME_MIN, TIME_MAX = INT64_MIN + 2, INT64_MAX - 1

_STRING_ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("$"): "\\x24"} | {
    code: f"\\x{code:02x}" for code in (*range(1, 32), 127)
}


def fstr(text: str) -> str:
    """A string literal.

    Every ``$`` is spelled in hexadecimal: whether ``${`` interpolates depends on what stands before it.

    Raises:
        ValueError: the text holds NUL or half a surrogate pair, which Flux cannot write.
    """
    if "\0" in text:
        raise ValueError("InfluxDB cannot hold the character NUL in a name or a text")
    _require_unicode(text)
    return f'"{text.translate(_STRING_ESCAPES)}"'


def fnum(value: float) -> str:
    """A float literal: digits, without an exponent. Raises ValueError for NaN and infinities."""
    if not math.isfinite(value):
        raise ValueError(f"Flux has no literal for {value}")
    digits = format(Decimal(repr(float(value))), "f")
    return digits if "." in digits else digits + ".0"


def fint(value: int) -> str:
    """An integer literal. Raises ValueError outside 64 bits."""
    if not INT64_MIN <= value <= INT64_MAX:
        raise ValueError(f"{value} does not fit into 64 bits")
    return 'int(v: "-9223372036854775808")' if value == INT64_MIN else str(value)


def fbool(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def ftime(nanoseconds: int) -> str:
    """A time literal with nine-digit fraction, moved into what InfluxDB can hold (1677 to 2262)."""
    seconds, fraction = divmod(min(max(nanoseconds, TIME_MIN), TIME_MAX), 10**9)
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)  # noqa: DTZ001 - UTC, written as Z
    return f"{moment.isoformat()}{f'.{fraction:09d}' if fraction else ''}Z"


def fduration(nanoseconds: int) -> str:
    """A duration literal in the largest unit that is exact, at most 290 years."""
    if abs(nanoseconds) > INT64_MAX:
        raise ValueError("a duration of more than 292 years")
    for unit, size in (("h", 3600 * 10**9), ("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns"


def fregex(pattern: str) -> str:
    """A regular expression literal for a pattern of the language (see `alertdsl.regex`).

    Raises:
        ValueError: the pattern is one that `alertdsl.regex.check_regex` refuses.
    """
    _require_unicode(pattern)
    return regex_literal(regex.re2_text(pattern))


def regex_literal(re2: str) -> str:
    """A regular expression literal of a pattern that is RE2 already."""
    # Flux has no empty literal (`//` starts a comment), takes any slash for the end, also inside [...], unless a backslash
    # precedes it, even an escaped one: a pattern that ends in one would swallow the rest of the script.
    shut = "(?:)" if not re2 or re2.endswith("\\") else ""
    return f"/{re2.replace('/', chr(92) + '/')}{shut}/"


def any_of_regex(values: list[str]) -> str:
    """A literal that matches exactly these texts."""
    if any("\0" in value for value in values):
        raise ValueError("InfluxDB cannot hold the character NUL in a tag")
    for value in values:
        _require_unicode(value)
    alternatives = "|".join(map(regex.escape, values))
    return regex_literal(f"^(?:{alternatives})$")


def comment(text: str) -> str:
    """Text as comment lines. Every character that some reader takes for the end of a line is one here."""
    return "\n".join(f"// {line}".rstrip() for line in text.splitlines() or [""])


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"not Unicode text: {error.reason}") from None
