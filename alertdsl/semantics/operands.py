"""Values on their way to a typed rule: with their unit and type, and literals that still adapt to what they stand beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from alertdsl.diagnostics import NOWHERE, AlertDslError, Diagnostic, Fix, Severity, Span, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.bare_numbers import check_bare
from alertdsl.semantics.tree import rebuild
from alertdsl.semantics.units import Unit
from alertdsl.semantics.walk import Leaf, map_leaves

ValueType = Literal["number", "string", "boolean", "unknown"]


@dataclass(frozen=True, slots=True)
class Operand:
    """A value with what is known of it.

    Attributes:
        unit: None where nobody said; for a literal, the unit written (None: a bare number, which takes any).
        literal: the value is a `Const` as written (or a `Lookup` of them), in `unit`.
        rate_of: for a rate, the unit of its metric, None where not known.
        is_rate: a rate: a literal in the metric's own unit beside it is per second.
        name: how to call it in a message.
    """

    value: typed.Value
    span: Span = NOWHERE
    type: ValueType = "number"
    unit: Unit | None = None
    literal: bool = False
    is_rate: bool = False
    rate_of: Unit | None = None
    name: str = ""

    @property
    def number(self) -> float:
        """The number of a literal.

        Raises:
            AlertDslError: E217 for a table.
        """
        if isinstance(self.value, typed.Lookup):
            message = f"{self.name or 'this'} is a table, and a number is wanted here"
            raise error("E217", message, self.span, "compare a value with it: cpu usage > limit")
        assert isinstance(self.value, typed.Const)
        return float(self.value.value)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The number of a literal, or the numbers of a table."""
        found: list[typed.Value] = [self.value]
        if isinstance(self.value, typed.Lookup):
            default = () if self.value.default is None else (self.value.default,)
            found = [*(value for _, value in self.value.rows), *default]
        return tuple(float(one.value) for one in found if isinstance(one, typed.Const))


def value_type(field_type: typed.FieldType) -> ValueType:
    """The kind of value that a field holds."""
    if field_type in ("float", "integer", "unsigned", "number"):
        return "number"
    return field_type  # type: ignore[return-value]


def require_number(operand: Operand, what: str) -> Operand:
    """The operand as a number; a field of unknown type is taken for one.

    Raises:
        AlertDslError: E220 where it is text or a boolean.
    """
    if operand.type in ("string", "boolean"):
        kind = "text" if operand.type == "string" else "true or false"
        hint = "text is compared by is, is not and matches, and its points are counted by count of"
        raise error(
            "E220", f"{what} needs a number, but {operand.name or 'this'} is {kind}", operand.span, hint
        )
    return with_type(operand, "number") if operand.type == "unknown" else operand


def with_type(operand: Operand, kind: Literal["number", "string", "boolean"]) -> Operand:
    """The operand taken for that type: fields whose type nobody told are marked with it."""

    def mark(leaf: Leaf) -> typed.Value:
        if leaf.selector.field_type != "unknown":
            return leaf
        return replace(leaf, selector=replace(leaf.selector, field_type=kind))

    return replace(operand, value=map_leaves(operand.value, mark), type=kind)


def map_numbers(value: typed.Value, change: Callable[[float], float]) -> typed.Value:
    """A literal with its number, or the numbers of its rows, put through `change`."""
    if isinstance(value, typed.Lookup):
        return rebuild(value, lambda part: map_numbers(part, change))
    assert isinstance(value, typed.Const)
    return typed.Const(change(float(value.value)))


# ---------------------------------------------------------------- literals beside values


def adapt(literal: Operand, other: Operand) -> tuple[Operand, list[Diagnostic]]:
    """A literal number in the unit of the value that it stands beside, and the warnings that this is worth.

    Raises:
        AlertDslError: E230 where the units have nothing to do with each other, E231 where they cannot be told, E233 a number
            without a unit where sizes are easily confused.
    """
    if literal.unit is None:
        name = other.name or "the value beside it"
        warnings = check_bare(literal.numbers, literal.span, other.unit, name, is_rate=other.is_rate)
        return replace(literal, unit=other.unit), warnings
    if other.is_rate and (rate := _plain_rate(literal, other)) is not None:
        return rate
    if other.unit is None:
        return _adapt_to_unknown(literal, other)
    target = other.unit
    if target == units.RATIO and units.is_count(literal.unit):
        return replace(literal, unit=target), []  # 20 failures, beside the count of them
    if units.convertible(literal.unit, target):
        return _converted(literal, target), []
    if literal.unit.name.casefold() in _DEGREES and target.dimensions == units.KELVIN.dimensions:
        return replace(literal, unit=target), []
    if other.is_rate and other.rate_of is not None and units.convertible(literal.unit, other.rate_of):
        per_second = units.divide(literal.unit, units.SECONDS)
        return _converted(replace(literal, unit=per_second), target), []
    raise AlertDslError(_mismatch(literal, other))


def _plain_rate(literal: Operand, rate: Operand) -> tuple[Operand, list[Diagnostic]] | None:
    """``5/min`` or ``5 errors/min`` beside the rate of what has no unit, or ``5/min`` beside that of what is counted.

    None for everything else: it is told by its dimensions.
    """
    assert literal.unit is not None
    what, slash, denominator = literal.unit.name.rpartition("/")
    time = units.parse_unit(denominator)
    if not slash or time.dimensions != units.SECONDS.dimensions:
        return None
    counted = units.parse_unit(what)
    if rate.rate_of is not None:
        if counted is not units.RATIO or not units.is_count(rate.rate_of):
            return None
        literal = replace(literal, unit=units.divide(rate.rate_of, time))
        return _converted(literal, rate.unit or units.divide(rate.rate_of, units.SECONDS)), []
    if counted is not units.RATIO and not units.is_count(counted):
        return None
    per = rate.value.per if isinstance(rate.value, typed.Delta | typed.Slope) else typed.SECOND
    factor = Fraction(per, 1) / (time.scale * typed.SECOND)
    value = map_numbers(literal.value, lambda number: float(Fraction(repr(number)) * factor))
    warnings = (
        [] if counted is units.RATIO else [_taken_for(counted, rate.name or "what is counted", literal.span)]
    )
    return replace(literal, value=value, unit=None), warnings


_DEGREES = frozenset({"degrees", "degree", "deg", "°"})
"""Of no scale of their own: the metric's."""


def _converted(literal: Operand, target: Unit) -> Operand:
    assert literal.unit is not None
    source = literal.unit
    value = map_numbers(literal.value, lambda number: units.convert(number, source, target))
    return replace(literal, value=value, unit=target)


def _adapt_to_unknown(literal: Operand, other: Operand) -> tuple[Operand, list[Diagnostic]]:
    assert literal.unit is not None
    said = literal_text(literal)
    name = other.name or "the value beside it"
    if literal.unit is units.PERCENT:
        number = units.format_number(literal.numbers[0])
        ratio = units.format_number(literal.numbers[0] / 100)
        message = f"{said} may be {number} or {ratio}: the unit of {name} is not known"
        hint = f'write {number} or {ratio}, or give the metric unit = "%" (or "ratio") in the catalog'
        raise error("E231", message, literal.span, hint)
    if literal.unit.has_scales or literal.unit.offset or not literal.unit.dimensions:
        message = f"{said} cannot be converted: the unit of {name} is not known"
        hint = 'give the metric a unit in the catalog (unit = "s"), or write a number without one'
        if ("time", -1) in literal.unit.dimensions and literal.unit.name.partition("/")[1]:
            hint = f"if it is a rate: rate of {name} over 5m > {said}; or {hint}"
        raise error("E231", message, literal.span, hint)
    # Money and counts come in one size, so the number means the same whatever the metric's unit is called.
    return literal, [_taken_for(literal.unit, name, literal.span)]


def _taken_for(unit: Unit, name: str, span: Span) -> Diagnostic:
    message = f"the unit of {name} is not known and taken to be {unit.name}"
    return Diagnostic(
        "W402", message, span, f'give the metric unit = "{unit.name}" in the catalog', Severity.WARNING
    )


def _mismatch(literal: Operand, other: Operand) -> Diagnostic:
    assert other.unit is not None
    assert literal.unit is not None
    said = literal_text(literal)
    name = other.name or "the value beside it"
    if literal.unit is units.PERCENT:
        message = f"{said} has no meaning here: {name} is in {other.unit.name}, not a share of anything"
        return Diagnostic("E230", message, literal.span, f"write a number in {other.unit.name}")
    is_moment = units.is_time_stamp(other.unit)
    what = "a moment" if is_moment else f"in {_unit_name(other.unit)}"
    message = f"{said} cannot be compared with {name}, which is {what}"
    if is_moment and literal.unit.dimensions == units.SECONDS.dimensions:
        hint = f"write age of {name}, or time until {name}"
        before = Span(other.span.start, other.span.start)
        fixes = tuple(Fix(before, f"{how} ", f"compare the {said}") for how, said in _MOMENTS)
        return Diagnostic("E230", message, literal.span, hint, fixes=fixes)
    write = f"write a number in {_unit_name(other.unit)}"
    if literal.unit.dimensions == units.divide(other.unit, units.SECONDS).dimensions:
        hint = f"{said} is of a rate: rate of {name} over 5m; or {write}"
        # Of a metric with an entity or filter beside it, the name alone would lose them.
        alone = other.span.end - other.span.start == len(name)
        rates = [
            Fix(other.span, f"rate of {name} over {d}", f"how fast it grows in {d}") for d in ("5m", "1m")
        ]
        return Diagnostic("E230", message, literal.span, hint, fixes=tuple(rates) if alone else ())
    number = units.format_number(literal.numbers[0]).replace(",", "")
    meant = units.similar_units(literal.unit.name, other.unit)
    if meant:
        fixes = tuple(Fix(literal.span, f"{number} {name}", f"write {number} {name}") for name in meant)
        hint = f"did you mean {' or '.join(f'{number} {name}' for name in meant)}?"
        return Diagnostic("E230", message, literal.span, hint, fixes=fixes)
    return Diagnostic("E230", message, literal.span, write)


_MOMENTS = (("age of", "time since then"), ("time until", "time till then"))


def _unit_name(unit: Unit) -> str:
    return unit.name or "plain numbers"


def literal_text(literal: Operand) -> str:
    """A literal as it is said in a message: ``90%``, ``5 GB``."""
    number = units.format_number(literal.numbers[0])
    if literal.unit is None or not literal.unit.name:
        return number
    return (
        f"{number}%" if literal.unit is units.PERCENT else f"{number} {literal.unit.name}".replace(" 1/", "/")
    )


# ---------------------------------------------------------------- two values


def same_unit(left: Operand, right: Operand) -> Operand:
    """`right` in the unit of `left`, neither a literal; units that nobody told are taken to agree.

    Raises:
        AlertDslError: E230 where the units differ in kind.
    """
    if left.unit is None or right.unit is None or left.unit == right.unit:
        return right
    if not units.convertible(left.unit, right.unit):
        a, b = left.name or "the left side", right.name or "the right side"
        message = f"{a} is in {_unit_name(left.unit)}, but {b} is in {_unit_name(right.unit)}"
        raise error("E230", message, right.span, "both sides must measure the same kind of thing")
    if (left.unit.scale, left.unit.offset) == (right.unit.scale, right.unit.offset):
        return replace(right, unit=left.unit)
    factor = right.unit.scale / left.unit.scale
    shift = (right.unit.offset - left.unit.offset) / left.unit.scale
    value = arithmetic("*", right.value, typed.Const(float(factor)))
    if shift:
        value = arithmetic("+", value, typed.Const(float(shift)))
    return replace(right, value=value, unit=left.unit)


def arithmetic(op: typed.ArithmeticOp, left: typed.Value, right: typed.Value) -> typed.Value:
    """``left op right``; two constants become one, and factors of one and terms of zero go."""
    if isinstance(right, typed.Const):
        if isinstance(left, typed.Const) and not (op == "/" and right.value == 0):
            return typed.Const(_compute(op, float(left.value), float(right.value)))
        if (op in "*/" and right.value == 1) or (op in "+-" and right.value == 0):
            return left
        if isinstance(left, typed.Lookup) and not (op == "/" and right.value == 0):
            return rebuild(left, lambda part: arithmetic(op, part, right))
    elif isinstance(right, typed.Lookup) and isinstance(left, typed.Const) and op != "/":
        return rebuild(right, lambda part: arithmetic(op, left, part))
    return typed.Arithmetic(op, left, right)


def _compute(op: typed.ArithmeticOp, left: float, right: float) -> float:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
