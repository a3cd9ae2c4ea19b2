"""Units of measurement: what a word such as ``MB/min`` means, conversion, and the algebra of arithmetic.

A table of our own rather than a library (docs/decisions: pint takes longer to start than all of lint, and reads ``m`` as meters).
Scales are exact fractions, so that ``0.3 s`` is ``300 ms`` and not ``299.99999999999994 ms``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from alertdsl.semantics.nearest import nearest

Dimensions = tuple[tuple[str, int], ...]
"""Base dimensions with their exponents, sorted: ``(("data", 1), ("time", -1))`` is a data rate."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `value` in it is ``value * scale + offset`` in base units. Only absolute temperatures have an offset."""

    name: str
    dimensions: Dimensions
    scale: Fraction
    offset: Fraction = Fraction(0)
    is_difference: bool = False
    """A difference of two temperatures: 3 °C is 3 K there, not 276.15 K."""

    @property
    def is_ratio(self) -> bool:
        """True for numbers without a dimension: ratios, percentages, and a count of things over a count of others."""
        return all(base.startswith("#") for base, _ in self.dimensions) and not sum(
            exponent for _, exponent in self.dimensions
        )

    @property
    def difference(self) -> Unit:
        """The unit of a difference of two such values: another one for temperatures, and a length of time for moments."""
        if is_time_stamp(self):
            name = next(unit for unit in ("s", "ms", "us", "ns") if _UNITS[unit].scale == self.scale)
            return Unit(name, _UNITS[name].dimensions, self.scale, is_difference=True)
        if self.dimensions != _TEMPERATURE:
            return self
        return Unit(self.name, self.dimensions, self.scale, is_difference=True)

    @property
    def has_scales(self) -> bool:
        """True where people use several sizes of the unit, so that a bare number is easily misread (s and ms, B and MB)."""
        return any(base in _SCALED for base, _ in self.dimensions)


def _table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}

    def add(dimensions: Dimensions, scale: Fraction | int, *names: str, offset: Fraction | int = 0) -> None:
        unit = Unit(names[0], dimensions, Fraction(scale), Fraction(offset))
        units.update(dict.fromkeys(names, unit))

    def add_metric(dimensions: Dimensions, base: str, prefixes: str, unit_scale: Fraction | int = 1) -> None:
        for prefix in ("", *prefixes):
            add(dimensions, Fraction(unit_scale) * _PREFIXES[prefix], prefix + base)

    time = (("time", 1),)
    add(time, Fraction(1, 10**9), "ns", "nanoseconds", "nanosecond")
    add(time, Fraction(1, 10**6), "us", "µs", "μs", "microseconds", "microsecond")
    add(time, Fraction(1, 1000), "ms", "milliseconds", "millisecond", "msec", "msecs", "millis")
    add(time, 1, "s", "sec", "secs", "seconds", "second")
    add(time, 60, "m", "min", "mins", "minutes", "minute")
    add(time, 3600, "h", "hr", "hrs", "hours", "hour")
    add(time, 86400, "d", "days", "day")
    add(time, 7 * 86400, "w", "weeks", "week")
    stamp = (("timestamp", 1),)
    add(stamp, 1, "unix", "unix_s", "epoch", "timestamp")
    add(stamp, Fraction(1, 1000), "unix_ms", "epoch_ms")
    add(stamp, Fraction(1, 10**6), "unix_us", "epoch_us")
    add(stamp, Fraction(1, 10**9), "unix_ns", "epoch_ns")
    data = (("data", 1),)
    add(data, 1, "B", "bytes", "byte")
    for power, letter in enumerate("KMGTPE", start=1):
        decimal = ("kB", "KB") if letter == "K" else (f"{letter}B",)
        add(data, 1000**power, *decimal)
        add(data, 1024**power, f"{letter}iB")
        word = _SIZE_WORDS[letter]
        units |= dict.fromkeys((f"{word}bytes", f"{word}byte"), units[decimal[0]])
        bits = ("kbit", "Kbit", "kb") if letter == "K" else (f"{letter}bit", f"{letter}b")
        add(data, Fraction(1000**power, 8), *bits)
        rate = ("kbps", "Kbps") if letter == "K" else (f"{letter}bps",)
        add((("data", 1), ("time", -1)), Fraction(1000**power, 8), *rate)
    add(data, Fraction(1, 8), "bit", "bits")
    add((("data", 1), ("time", -1)), Fraction(1, 8), "bps")
    add((), Fraction(1, 100), "%", "percent", "pct", "per cent", "percentage")
    add((), 1, "", "1", "ratio", "fraction", "count")
    add((), Fraction(1, 10**6), "ppm")
    add((), Fraction(1, 10**9), "ppb")
    add(_TEMPERATURE, 1, "°C", "C", "degC", "celsius", "Celsius", offset=Fraction(27315, 100))
    add(
        _TEMPERATURE,
        Fraction(5, 9),
        "°F",
        "F",
        "degF",
        "fahrenheit",
        "Fahrenheit",
        offset=Fraction(45967, 180),
    )
    add(_TEMPERATURE, 1, "K", "kelvin")
    add_metric((("power", 1),), "W", "mkMG")
    for word, short in {"watts": "W", "watt": "W", "kilowatts": "kW", "megawatts": "MW"}.items():
        units[word] = units[short]
    add_metric((("power", 1), ("time", 1)), "Wh", "kMG", 3600)
    add_metric((("power", 1), ("time", 1)), "J", "kMG")
    add_metric((("voltage", 1),), "V", "mk")
    add_metric((("current", 1),), "A", "mk")
    add_metric((("time", -1),), "Hz", "kMG")
    add((("time", -1),), Fraction(1, 60), "rpm")
    add_metric((("pressure", 1),), "Pa", "hkM")
    add_metric((("pressure", 1),), "bar", "m", 10**5)
    length, speed = (("length", 1),), (("length", 1), ("time", -1))
    add(length, 1, "meters", "metres", "meter", "metre")  # a lone m is a minute
    for name, scale in _LENGTHS.items():
        add(length, scale, *name.split())
    add(speed, 1, "m/s", "mps")  # no rate of minutes
    add(speed, Fraction(1000, 3600), "km/h", "kmh", "kph")
    add(speed, Fraction(1609344, 3600 * 1000), "mph")
    add(speed, Fraction(1852, 3600), "knots", "kn", "knot")
    volume = (("volume", 1),)
    add(volume, 1, "L", "l", "liters", "litres", "liter", "litre")
    add(volume, Fraction(1, 1000), "mL", "ml")
    add(volume, 1000, "m3", "m³")
    add_metric((("mass", 1),), "g", "mk")
    for symbol, code in _CURRENCY_SYMBOLS.items():
        add(((code, 1),), 1, code, symbol, code.lower())
    for code in _CURRENCIES.split():
        add(((code, 1),), 1, code, code.lower())
    return units


_LENGTHS = {
    "mm": Fraction(1, 1000),
    "cm": Fraction(1, 100),
    "km kilometers kilometres": Fraction(1000),
    "in inch inches": Fraction(254, 10000),
    "ft feet foot": Fraction(3048, 10000),
    "mi miles mile": Fraction(1609344, 1000),
}
_SIZE_WORDS = {"K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa"}
_TEMPERATURE = (("temperature", 1),)
_PREFIXES = {
    "": Fraction(1),
    "m": Fraction(1, 1000),
    "h": Fraction(100),
    "k": Fraction(1000),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
}
_SCALED = frozenset({"time", "data", "power", "voltage", "current", "pressure", "length", "mass"})
_CURRENCY_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_CURRENCIES = "AUD BRL CAD CHF CNY CZK DKK HKD HUF IDR ILS KRW MXN NOK NZD PLN SEK SGD THB TRY TWD ZAR"
_UNITS = _table()

RATIO = _UNITS[""]
PERCENT = _UNITS["%"]
SECONDS = _UNITS["s"]
KELVIN = _UNITS["K"]
HOURS = _UNITS["h"]
WATTS = _UNITS["W"]
NANOSECONDS = _UNITS["ns"]


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """The unit that `text` names: one of the table, ``A/B`` or ``A per B``, else a unit of its own kind (``requests``).

    A word that is not in the table counts things: it is the same as itself and nothing else.
    """
    name = text.strip()
    if name in _UNITS:
        return _UNITS[name]
    for separator in (" per ", "/"):
        left, found, right = name.rpartition(separator)
        if found and right.strip():
            return divide(parse_unit(left), parse_unit(right))
    return Unit(name, ((f"#{name.casefold()}", 1),), Fraction(1))


def similar_units(word: str, like: Unit) -> tuple[str, ...]:
    """The units of the table that `word` may be meant for and that convert to `like`: other letter case, or slips of a letter."""
    _, slash, rest = word.partition("/")
    names = (name for name in _UNITS if convertible(parse_unit(f"{name}{slash}{rest}"), like))
    fitting = [f"{name}{slash}{rest}" for name in names]
    same = [name for name in fitting if name.casefold() == word.casefold()]
    return tuple(same or nearest(word, [name for name in fitting if len(name) > 2])[:1])


def units_like(like: Unit) -> tuple[str, ...]:
    """The units of the table that convert to `like`, itself first: ``GB/s`` and its kin for ``MB/s``."""
    head, slash, rest = like.name.partition("/")
    kin = dict.fromkeys(unit.name for unit in _UNITS.values() if unit.name)
    names = (f"{name}{slash}{rest}" for name in kin)
    fitting = (name for name in names if convertible(parse_unit(name), like))
    return tuple(dict.fromkeys((*([like.name] if head else []), *fitting)))


def known_unit(text: str) -> bool:
    """True if every part of the unit is in the table, so that it can be converted."""
    return not any(base.startswith("#") for base, _ in parse_unit(text).dimensions)


def is_count(unit: Unit) -> bool:
    """True for a word of no table (``failures``): so many of them."""
    return len(unit.dimensions) == 1 and unit.dimensions[0][0].startswith("#") and unit.dimensions[0][1] == 1


def multiply(left: Unit, right: Unit) -> Unit:
    """The unit of a product."""
    return _combine(left, right, 1, "*")


def divide(left: Unit, right: Unit) -> Unit:
    """The unit of a quotient."""
    return _combine(left, right, -1, "/")


def _combine(left: Unit, right: Unit, sign: int, symbol: str) -> Unit:
    exponents = dict(left.dimensions)
    for base, exponent in right.dimensions:
        exponents[base] = exponents.get(base, 0) + sign * exponent
    dimensions = tuple(sorted((base, exponent) for base, exponent in exponents.items() if exponent))
    scale = left.scale * right.scale if sign > 0 else left.scale / right.scale
    if not dimensions and scale == 1:
        return RATIO
    if not right.name:
        return Unit(left.name, dimensions, scale)
    plain = _plain_name(left.name, right.name, symbol)
    if plain is not None:
        return Unit(plain, dimensions, scale)
    name = "min" if right.name == "m" else right.name  # a lone m after a stroke is read as meters by some
    return Unit(f"{left.name or '1'}{symbol}{name}", dimensions, scale)


def _plain_name(left: str, right: str, symbol: str) -> str | None:
    """How people call the result, where they do: kW times h is kWh, B/s times s is B."""
    if symbol == "*" and left.endswith(f"/{right}"):
        return left[: -len(right) - 1]
    if symbol == "/" and left == f"{right}h":
        return "h"
    joined = f"{left}{right}"
    return joined if symbol == "*" and right == "h" and joined in _UNITS else None


def root(unit: Unit) -> Unit | None:
    """The unit of a square root; None where no unit has that square."""
    if unit.is_ratio:
        return RATIO if unit.scale == 1 else None
    if any(exponent % 2 for _, exponent in unit.dimensions):
        return None
    scale = Fraction(math.isqrt(unit.scale.numerator), math.isqrt(unit.scale.denominator))
    if scale * scale != unit.scale:
        return None
    dimensions = tuple((base, exponent // 2) for base, exponent in unit.dimensions)
    return Unit(f"root of {unit.name}", dimensions, scale)


def is_time_stamp(unit: Unit) -> bool:
    """True for the units of moments: seconds since 1970 and their kin."""
    return unit.dimensions == (("timestamp", 1),)


def stamp_of(unit: Unit) -> str | None:
    """The name of the unit of moments that are counted in a unit of time; None where they are not."""
    if unit.dimensions != SECONDS.dimensions:
        return None
    names = ("unix", "unix_ms", "unix_us", "unix_ns")
    return next((name for name in names if _UNITS[name].scale == unit.scale), None)


def convertible(source: Unit, target: Unit) -> bool:
    """True if a value in `source` can be said in `target`."""
    return source.dimensions == target.dimensions or (source.is_ratio and target.is_ratio)


def convert(value: float, source: Unit, target: Unit) -> float:
    """`value` in `source` said in `target`; the two must be `convertible`. Absolute temperatures move by their offset."""
    if source == target:
        return value
    exact = Fraction(repr(value))
    moved = (
        exact * source.scale if target.is_difference else exact * source.scale + source.offset - target.offset
    )
    try:
        return float(moved / target.scale)
    except OverflowError:
        return math.copysign(math.inf, value)


def format_value(value: float, unit: str | None) -> str:
    """A value for people, in the size of the unit that they would choose: ``70,000 USD``, ``90%``, ``5 GB``, ``200 ms``."""
    if unit is None or unit in ("", "1", "ratio", "count"):
        return format_number(value)
    parsed = parse_unit(unit)
    if parsed is PERCENT:
        return f"{format_number(value)}%"
    if is_time_stamp(parsed):
        return format_number(value)
    numerator, slash, denominator = unit.partition("/")
    if numerator == "1" and slash:
        return f"{format_number(value)}/{denominator}"
    if numerator in _READABLE and value:
        best = max(
            (u for u in _READABLE[numerator] if abs(convert(value, _UNITS[numerator], _UNITS[u])) >= 1),
            key=lambda u: _UNITS[u].scale,
            default=min(_READABLE[numerator], key=lambda u: _UNITS[u].scale),
        )
        return f"{format_number(convert(value, _UNITS[numerator], _UNITS[best]))} {best}{slash}{denominator}"
    return f"{format_number(value)} {unit}"


_READABLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("B", "kB", "KB", "MB", "GB", "TB", "bytes"), ("B", "kB", "MB", "GB", "TB")),
    **dict.fromkeys(("KiB", "MiB", "GiB", "TiB"), ("B", "KiB", "MiB", "GiB", "TiB")),
    **dict.fromkeys(
        ("ns", "us", "ms", "s", "m", "h", "d", "seconds"), ("ns", "us", "ms", "s", "m", "h", "d")
    ),
    **dict.fromkeys(("W", "kW", "MW"), ("W", "kW", "MW")),
    **dict.fromkeys(("Wh", "kWh", "MWh"), ("Wh", "kWh", "MWh")),
}


def format_number(value: float) -> str:
    """A number for people: ``70,000``, ``0.5``, ``1e-09``."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1e15 or abs(value) < 1e-4:
        return f"{value:g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")
