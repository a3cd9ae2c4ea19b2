"""Numbers without a unit beside values that have one: taken, worth a warning, or asked about."""

from __future__ import annotations

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Severity, Span
from alertdsl.semantics import units
from alertdsl.semantics.units import Unit

# Sizes of which people write now the one and now the other.
_SIZES: dict[units.Dimensions, tuple[str, ...]] = {
    (("time", 1),): ("ms", "s"),
    (("data", 1),): ("MB", "GB"),
    (("power", 1),): ("W", "kW"),
    (("power", 1), ("time", 1)): ("Wh", "kWh"),
}


def check_bare(
    numbers: tuple[float, ...], span: Span, unit: Unit | None, name: str, *, is_rate: bool
) -> list[Diagnostic]:
    """Warnings that a number without a unit is worth. Zero needs none.

    Raises:
        AlertDslError: E233 where the unit comes in sizes that are easily confused: which one is meant?
    """
    told = next((number for number in numbers if number != 0), None)
    if unit is None or told is None:
        return []
    number = units.format_number(told).replace(",", "")
    if unit is units.PERCENT and abs(told) < 1 and not is_rate:
        percent = units.format_number(units.convert(told, units.RATIO, units.PERCENT))
        message = f"{number} is read as {number}%, because {name} is in percent"
        return [Diagnostic("W404", message, span, f"write {percent}% or {number}%", Severity.WARNING)]
    numerator, slash, rest = unit.name.partition("/")
    sizes = _SIZES.get(units.parse_unit(numerator).dimensions)
    if sizes is not None:
        raise AlertDslError(_which(number, span, numerator, slash + rest, sizes, name))
    if not unit.has_scales:
        return []
    message = f"{number} is read as {number} {unit.name}, the unit of {name}"
    return [Diagnostic("W401", message, span, f"write {number} {unit.name}", Severity.WARNING)]


def _which(number: str, span: Span, own: str, rest: str, sizes: tuple[str, ...], name: str) -> Diagnostic:
    offered = [f"{number} {size}{rest}" for size in dict.fromkeys((own, *sizes))]
    choice = f"{', '.join(offered[:-1])} or {offered[-1]}"
    fixes = tuple(Fix(span, text, f"write {text}") for text in offered)
    return Diagnostic(
        "E233", f"{number} what? {name} is in {own}{rest}", span, f"write {choice}", fixes=fixes
    )
