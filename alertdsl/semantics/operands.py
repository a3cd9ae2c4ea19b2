"""Values on their way to a typed rule: with their unit and type, and literals that still adapt to what they stand beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from alertdsl.diagnostics import NOWHERE, AlertDslError, Diagnostic, Severity, Span, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.units import Unit
from alertdsl.semantics.walk import Leaf, map_leaves

ValueType = Literal["number", "string", "boolean", "unknown"]


@dataclass(frozen=True, slots=True)
class Operand:
    """A value with what is known of it.

    Attributes:
        unit: None where nobody said; for a literal, the unit written (None: a bare number, which takes any).
        literal: the value is a `Const` as written, in `unit`.
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
        """The number of a literal."""
        assert isinstance(self.value, typed.Const)
        return float(self.value.value)


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
        raise error("E220", f"{what} needs a number, but {operand.name or 'this'} is {kind}", operand.span)
    return with_type(operand, "number") if operand.type == "unknown" else operand


def with_type(operand: Operand, kind: Literal["number", "string", "boolean"]) -> Operand:
    """The operand taken for that type: fields whose type nobody told are marked with it."""

    def mark(leaf: Leaf) -> typed.Value:
        if leaf.selector.field_type != "unknown":
            return leaf
        return replace(leaf, selector=replace(leaf.selector, field_type=kind))

    return replace(operand, value=map_leaves(operand.value, mark), type=kind)


# ---------------------------------------------------------------- literals beside values


def adapt(literal: Operand, other: Operand) -> tuple[Operand, list[Diagnostic]]:
    """A literal number in the unit of the value that it stands beside, and the warnings that this is worth.

    Raises:
        AlertDslError: E230 where the units have nothing to do with each other, E231 where they cannot be told.
    """
    if literal.unit is None:
        return replace(literal, unit=other.unit), _bare_number_warning(literal, other)
    if other.unit is None:
        return _adapt_to_unknown(literal, other)
    target = other.unit
    if target == units.RATIO and units.is_count(literal.unit):
        return replace(literal, unit=target), []  # 20 failures, beside the count of them
    if units.convertible(literal.unit, target):
        return _converted(literal, target), []
    if other.is_rate and other.rate_of is not None and units.convertible(literal.unit, other.rate_of):
        per_second = units.divide(literal.unit, units.SECONDS)
        return _converted(replace(literal, unit=per_second), target), []
    raise AlertDslError(_mismatch(literal, other))


def _converted(literal: Operand, target: Unit) -> Operand:
    assert literal.unit is not None
    return replace(
        literal, value=typed.Const(units.convert(literal.number, literal.unit, target)), unit=target
    )


def _adapt_to_unknown(literal: Operand, other: Operand) -> tuple[Operand, list[Diagnostic]]:
    assert literal.unit is not None
    said = literal_text(literal)
    name = other.name or "the value beside it"
    if literal.unit is units.PERCENT:
        number = units.format_number(literal.number)
        ratio = units.format_number(literal.number / 100)
        message = f"{said} may be {number} or {ratio}: the unit of {name} is not known"
        hint = f'write {number} or {ratio}, or give the metric unit = "%" (or "ratio") in the catalog'
        raise error("E231", message, literal.span, hint)
    if literal.unit.has_scales or literal.unit.offset or not literal.unit.dimensions:
        message = f"{said} cannot be converted: the unit of {name} is not known"
        hint = 'give the metric a unit in the catalog (unit = "s"), or write a number without one'
        raise error("E231", message, literal.span, hint)
    # Money and counts come in one size, so the number means the same whatever the metric's unit is called.
    warning = Diagnostic(
        "W402",
        f"the unit of {name} is not known and taken to be {literal.unit.name}",
        literal.span,
        f'give the metric unit = "{literal.unit.name}" in the catalog',
        Severity.WARNING,
    )
    return literal, [warning]


def _bare_number_warning(literal: Operand, other: Operand) -> list[Diagnostic]:
    unit = other.unit
    if unit is None or literal.number == 0:
        return []
    number = units.format_number(literal.number).replace(",", "")
    if unit is units.PERCENT and abs(literal.number) < 1 and not other.is_rate:
        percent = units.format_number(units.convert(literal.number, units.RATIO, units.PERCENT))
        message = (
            f"{number} is read as {number}%, because {other.name or 'the value beside it'} is in percent"
        )
        return [Diagnostic("W404", message, literal.span, f"write {percent}% or {number}%", Severity.WARNING)]
    if not unit.has_scales:
        return []
    message = f"{number} is read as {number} {unit.name}, the unit of {other.name or 'the value beside it'}"
    return [Diagnostic("W401", message, literal.span, f"write {number} {unit.name}", Severity.WARNING)]


def _mismatch(literal: Operand, other: Operand) -> Diagnostic:
    assert other.unit is not None
    assert literal.unit is not None
    said = literal_text(literal)
    name = other.name or "the value beside it"
    if literal.unit is units.PERCENT:
        message = f"{said} has no meaning here: {name} is in {other.unit.name}, not a share of anything"
        return Diagnostic("E230", message, literal.span, f"write a number in {other.unit.name}")
    message = f"{said} cannot be compared with {name}, which is in {_unit_name(other.unit)}"
    return Diagnostic("E230", message, literal.span, f"write a number in {_unit_name(other.unit)}")


def _unit_name(unit: Unit) -> str:
    return unit.name or "plain numbers"


def literal_text(literal: Operand) -> str:
    """A literal as it is said in a message: ``90%``, ``5 GB``."""
    number = units.format_number(literal.number)
    if literal.unit is None or not literal.unit.name:
        return number
    return f"{number}%" if literal.unit is units.PERCENT else f"{number} {literal.unit.name}"


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
