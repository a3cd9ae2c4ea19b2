"""Numbers and durations: what they are when read, and how they are written."""

from __future__ import annotations

import math
import re

from alertdsl.diagnostics import AlertDslError, Fix, Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.spelling import nearest

NANOSECONDS: dict[str, int] = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
LONGEST_NS = 36_525 * NANOSECONDS["d"]

_TIME_WORDS: dict[str, tuple[str, ...]] = {
    "ns": ("nanosecond", "nanoseconds"),
    "us": ("µs", "μs", "microsecond", "microseconds"),
    "ms": ("msec", "msecs", "millisecond", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
    "w": ("wk", "wks", "week", "weeks"),
}
TIME_UNITS: dict[str, str] = {unit: unit for unit in NANOSECONDS} | {
    word: unit for unit, words in _TIME_WORDS.items() for word in words
}
_UNIT_WORDS: dict[str, str] = TIME_UNITS | {
    "percent": "%",
    "pct": "%",
    "per cent": "%",
    "kilobyte": "kB",
    "megabyte": "MB",
    "gigabyte": "GB",
    "terabyte": "TB",
    "kilobytes": "kB",
    "megabytes": "MB",
    "gigabytes": "GB",
    "terabytes": "TB",
    "watts": "W",
    "kilowatt": "kW",
    "kilowatts": "kW",
    "celsius": "°C",
    "fahrenheit": "°F",
    "degrees celsius": "°C",
    "degrees centigrade": "°C",
    "degrees fahrenheit": "°F",
    "degrees c": "°C",
    "degrees f": "°F",
    "km per hour": "km/h",
    "kilometers per hour": "km/h",
    "kilometres per hour": "km/h",
    "miles per hour": "mi/h",
    "m per second": "m/s",
    "meters per second": "m/s",
    "metres per second": "m/s",
    "dollar": "USD",
    "dollars": "USD",
    "euro": "EUR",
    "euros": "EUR",
}
_MAGNITUDES: dict[str, float] = {
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "bn": 1e9,
    "tn": 1e12,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}
_OF_THE_METRIC = ("degree", "degrees")
"""Units that say no more than that the number is one of the metric's own."""
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_NUMBER_WORDS: dict[str, int] = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {
    "a": 1,
    "an": 1,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}

_NOT_ELAPSED = {
    **dict.fromkeys(("month", "months", "mo"), "months"),
    **dict.fromkeys(("year", "years", "y", "yr", "yrs"), "years"),
    **dict.fromkeys(("quarter", "quarters"), "quarters"),
}
_PERIODS = {"hourly": "h", "daily": "d", "weekly": "w"}
_MULTIPLES = {"twice": 2.0, "double": 2.0, "triple": 3.0}
_STRAIGHT = re.compile(r"(?<=[\s\d])(?:consecutive|straight|full)\s+", re.IGNORECASE)

_SPLIT = re.compile(r"([$€£¥]?)[ \t]*([\d.,_]+(?: \d{3})*(?:[eE][+-]?\d+)?)[ \t]*(.*)", re.DOTALL)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d\d0")
_NO_GROUPS = str.maketrans("", "", ",_ ")
_RATE = re.compile(r"(.*?)(?:/|(?:^|\s+)(?:per|an?)\s+)(\w+)", re.IGNORECASE | re.DOTALL)
_PART = re.compile(r"([\d_]+(?:\.\d+)?)[ \t]*([^\W\d_]+)")


def number(text: str, span: Span) -> ast.Number:
    """A number literal with whatever is glued to it: ``$70k``, ``90%``, ``1.5M``, ``1h30m``, ``5MB/min``."""
    match = _SPLIT.fullmatch(text)
    assert match is not None, text
    sign, digits, suffix = match.groups()
    if _THOUSANDS.fullmatch(digits):
        raise _decimals_or_thousands(text, digits, span)
    value = _finite(float(digits.translate(_NO_GROUPS)), span)
    if sign:
        if suffix and suffix not in _MAGNITUDES:
            raise error(
                codes.NUMBER_UNIT,
                f"an amount of money takes no unit {suffix!r}",
                span,
                "magnitudes are k, M, bn and tn, as in $70k",
            )
        return ast.Number(_finite(_scaled(value, suffix), span), _CURRENCIES[sign], span=span)
    if not suffix:
        return ast.Number(value, span=span)
    if suffix in _MAGNITUDES:
        return ast.Number(_finite(_scaled(value, suffix), span), span=span)
    magnitude, slash, time = suffix.partition("/")
    if slash and (not magnitude or magnitude in _MAGNITUDES):
        return ast.Number(_finite(_scaled(value, magnitude), span), canonical_unit(f"/{time}"), span=span)
    if any(ch.isdigit() for ch in suffix):
        return _compound(text, span)
    return ast.Number(value, canonical_unit(suffix), span=span)


def _decimals_or_thousands(text: str, digits: str, span: Span) -> AlertDslError:
    """`70.000`: 70 where it was written in one country, 70000 in another."""
    plain, whole = digits.rstrip("0").rstrip("."), digits.replace(".", "")
    readings = [text.replace(digits, one) for one in (whole, plain)]
    fixes = [Fix(span, one, f"write {one}") for one in readings]
    return error(
        codes.DECIMAL_COMMA,
        f"is {digits} {plain} or {whole}?",
        span,
        f"write {readings[0]} or {readings[1]}",
        fixes,
    )


def with_unit(plain: ast.Number, unit: str, span: Span) -> ast.Number:
    """A bare number with the word after it: ``50 MB``, ``5 minutes``, ``2 million``."""
    magnitude = unit.lower() if len(unit) > 2 else unit
    if magnitude in _MAGNITUDES:
        return ast.Number(_finite(_scaled(plain.value, magnitude), span), plain.unit, span=span)
    if magnitude in _OF_THE_METRIC:
        return ast.Number(plain.value, plain.unit, span=span)
    if (often := _OFTEN_WORDS.get(unit.lower())) is not None:
        raise _how_often(plain, unit, often, span)
    return ast.Number(plain.value, canonical_unit(" ".join(unit.split())), span=span)


_OFTEN_WORDS = {"twice": 2, "thrice": 3}


def _how_often(plain: ast.Number, said: str, times: int, span: Span) -> AlertDslError:
    """`> 1000 twice`: at two points, or twice in some time?"""
    text = f"{format_number(plain.value, plain.unit)} for {times} points"
    fix = Fix(span, text, f"at {times} points, one after the other")
    hint = f"write {text}; within a time: count of (queue depth > 1000) over 10m >= {times}"
    return error(
        codes.NUMBER_UNIT, f"`{said.lower()}`: in how many points, or in what time?", span, hint, [fix]
    )


def canonical_unit(unit: str) -> str:
    """The spelling that the formatter prints; units the table does not hold stay as they are. ``1/min`` is a bare rate."""
    rate = _RATE.fullmatch(unit)
    if rate is not None and unit.lower() not in _UNIT_WORDS:
        time = TIME_UNITS.get(rate[2]) or TIME_UNITS.get(rate[2].lower(), rate[2])
        return f"{canonical_unit(rate[1]) if rate[1] else '1'}/{'min' if time == 'm' else time}"
    return _UNIT_WORDS.get(unit) or _UNIT_WORDS.get(unit.lower() if len(unit) > 2 else unit) or unit


def duration(text: str, span: Span) -> ast.Duration:
    """A length of time: ``5m``, ``1h30m``, ``90 s``, ``five minutes``, ``half an hour``."""
    raw = _STRAIGHT.sub("", text.strip())
    if raw.startswith("-"):
        fix = Fix(span, raw[1:], f"write {raw[1:]}")
        raise error(
            codes.DURATION_NEGATIVE, f"a duration cannot be negative: {raw}", span, f"write {raw[1:]}", [fix]
        )
    parts = _PART.findall(raw)
    ns = sum(_part(value, unit, span) for value, unit in parts) if parts else _spelled(raw)
    if ns <= 0:
        raise error(
            codes.DURATION_ZERO, f"a duration must be longer than zero: {raw}", span, "write for example 5m"
        )
    if ns > LONGEST_NS:
        raise error(codes.DURATION_TOO_LONG, f"a duration of more than a hundred years: {_short(raw)}", span)
    return ast.Duration(ns, format_duration(ns), span=span)


def length(text: str, span: Span) -> ast.Number:
    """A length of time in words as a number: ``a day``, ``two weeks``."""
    return _compound(text, span)


def limits(text: str, span: Span) -> tuple[ast.Number, ast.Number]:
    """The two numbers of ``60k-65k``; a unit behind the second (``18-27%``) is that of both."""
    start, end = (part.strip() for part in text.split("-"))
    high = number(end, Span(span.end - len(end), span.end))
    low = number(start, Span(span.start, span.start + len(start)))
    return (low if low.unit else ast.Number(low.value, high.unit, span=low.span)), high


def multiple(text: str, span: Span) -> ast.Number:
    """How often ``twice``, ``half of``, ``five times`` or ``5x`` takes what follows."""
    first = text.lower().split()[0]
    if first == "half":
        return ast.Number(50.0, "%", span=span)
    return ast.Number(_MULTIPLES.get(first) or count(first.removesuffix("x")), span=span)


def count(text: str) -> float:
    """A number of things, in digits or in words.

    Raises:
        KeyError: for a word that is no number.
    """
    return float(text) if text[0].isdigit() else float(_NUMBER_WORDS[text.lower()])


def calendar_unit() -> str:
    """A pattern for the units that are no length of time: months and years."""
    return f"(?:{'|'.join(_NOT_ELAPSED)})"


def format_duration(ns: int) -> str:
    """The canonical spelling: the longest unit that divides it (``90s``, ``36h``), so that equal durations look equal."""
    for unit in ("w", "d", "h", "m", "s", "ms", "us"):
        if ns % NANOSECONDS[unit] == 0:
            return f"{ns // NANOSECONDS[unit]}{unit}"
    return f"{ns}ns"


def format_number(value: float, unit: str | None = None) -> str:
    """The canonical spelling of a number: ``70k``, ``1.5M`` and ``2bn`` where at most three digits and a magnitude say it
    exactly, else all digits; ``%``, time units and money are glued, other units follow a space.
    """
    sign = "-" if math.copysign(1, value) < 0 else ""
    per = unit is not None and unit.startswith("1/")
    digits = _digits(abs(value), magnitudes=unit is None or per or unit in _CURRENCY_SIGNS)
    if unit is None:
        return sign + digits
    if per:
        return f"{sign}{digits}{unit[1:]}"
    if unit in _CURRENCY_SIGNS:
        return f"{sign}{_CURRENCY_SIGNS[unit]}{digits}"
    if "e" in digits:
        return f"{sign}{digits} {unit}"
    return f"{sign}{digits}{unit}" if unit == "%" or unit in NANOSECONDS else f"{sign}{digits} {unit}"


def _digits(value: float, *, magnitudes: bool) -> str:
    if magnitudes and value >= 1000:
        for suffix, factor in (("tn", 1e12), ("bn", 1e9), ("M", 1e6), ("k", 1e3)):
            short = f"{value / factor:.4g}"
            if value >= factor and "e" not in short and _scaled(float(short), suffix) == value:
                return short + suffix
    return str(int(value)) if value.is_integer() and value < 1e15 else repr(value).replace("e+", "e")


def _scaled(value: float, magnitude: str) -> float:
    # 70.1 * 1000 is not 70100 in binary floating point; the decimal exponent is exact.
    factor = _MAGNITUDES.get(magnitude, 1.0)
    exponent = round(math.log10(factor))
    return value * factor if "e" in repr(value) else float(f"{value!r}e{exponent}")


def _finite(value: float, span: Span) -> float:
    if not math.isfinite(value):
        raise error(codes.NUMBER_TOO_LARGE, "the number is too large", span, "the largest is about 1.8e308")
    return value


def _compound(text: str, span: Span) -> ast.Number:
    if text[0].isdigit() and not re.fullmatch(r"(?:[\d_]+(?:\.\d+)?[^\W\d_]+)+", text):
        raise error(
            codes.NUMBER_UNIT, f"`{text}` is no number", span, "numbers are decimal: 90, 0.5, 70k, 1e9"
        )
    if re.fullmatch(r"0[xXoObB]\w+", text):
        raise error(
            codes.NUMBER_UNIT, f"`{text}` is no number", span, "numbers are decimal: 90, 0.5, 70k, 1e9"
        )
    length = duration(text, span)
    unit = next(u for u in ("w", "d", "h", "m", "s", "ms", "us", "ns") if length.ns % NANOSECONDS[u] == 0)
    return ast.Number(float(length.ns // NANOSECONDS[unit]), unit, span=span)


def _spelled(raw: str) -> int:
    words = raw.lower().split()
    if words[0] in _PERIODS:
        return NANOSECONDS[_PERIODS[words[0]]]
    unit = NANOSECONDS[TIME_UNITS[words[-1]]]
    if words[0] == "half":
        return unit // 2
    if "quarter" in words:
        return unit // 4
    return _NUMBER_WORDS[words[0]] * unit


def _part(value: str, unit: str, span: Span) -> int:
    known = TIME_UNITS.get(unit) or TIME_UNITS.get(unit.lower() if len(unit) > 2 else "")
    if known is None:
        raise _unknown_unit(value, unit, span)
    whole, _, fraction = value.replace("_", "").partition(".")
    if len(whole) > 20 or len(fraction) > 20:
        raise error(codes.DURATION_TOO_LONG, "the duration has too many digits", span)
    return int(whole) * NANOSECONDS[known] + int(fraction or 0) * NANOSECONDS[known] // int(
        10 ** len(fraction)
    )


def _unknown_unit(value: str, unit: str, span: Span) -> AlertDslError:
    lower = TIME_UNITS.get(unit.lower())
    if lower is not None:
        right = f"{value}{lower}"
        hint = f"units of time are lower case: {right}" + (" (M is a million)" if unit == "M" else "")
        message = f"`{unit}` is not a unit of time"
        return error(codes.DURATION_UNIT, message, span, hint, [Fix(span, right, f"write {right}")])
    if unit.lower() in _NOT_ELAPSED:
        message = f"{_NOT_ELAPSED[unit.lower()]} have different lengths"
        return error(codes.DURATION_UNIT, message, span, "say how many days: 30d, 365d")
    near = nearest(unit, [word for word in TIME_UNITS if len(word) > 3])
    if near is not None:
        right = f"{value}{TIME_UNITS[near]}"
        message = f"`{unit}` is no unit of time; did you mean `{near}`?"
        return error(
            codes.DURATION_UNIT, message, span, f"write {right}", [Fix(span, right, f"write {right}")]
        )
    hint = f"for example {value}m; units are ns, us, ms, s, m, h, d, w"
    return error(
        codes.DURATION_UNIT, f"a duration needs a unit of time after {value}, not `{unit}`", span, hint
    )


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:27] + "..."
