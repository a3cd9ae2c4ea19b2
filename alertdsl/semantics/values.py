"""Resolves values: names to series, arithmetic with its units, `ago`, and what the grammar read but was meant as a name."""

from __future__ import annotations

from dataclasses import replace

from alertdsl.diagnostics import AlertDslError, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.aggregates import resolve_aggregate, resolve_calendar
from alertdsl.semantics.constants import offer_constant, resolve_constant
from alertdsl.semantics.functions import resolve_call
from alertdsl.semantics.misreadings import check_reading, whole_name
from alertdsl.semantics.moments import time_of
from alertdsl.semantics.none_of import check_none_of
from alertdsl.semantics.operands import Operand, adapt, arithmetic, map_numbers, require_number, same_unit
from alertdsl.semantics.problems import each
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.series import resolve_reference
from alertdsl.semantics.walk import Leaf, leaves, map_leaves, reach
from alertdsl.syntax import ast


def resolve_value(node: ast.Value, scope: Scope) -> Operand:
    """The typed value of a node, with its unit and type.

    Raises:
        AlertDslError: everything that is wrong in it.
    """
    check_reading(node, scope)
    match node:
        case ast.MetricRef():
            return _named(node, scope)
        case ast.Number(value, unit):
            return Operand(
                typed.Const(value), node.span, unit=units.parse_unit(unit) if unit else None, literal=True
            )
        case ast.Duration(ns):
            return Operand(typed.Const(float(ns)), node.span, unit=units.NANOSECONDS, literal=True)
        case ast.Text(text):
            return Operand(typed.Const(text), node.span, "string", literal=True, name=f'"{text}"')
        case ast.Bool(flag):
            return Operand(typed.Const(flag), node.span, "boolean", literal=True, name=str(flag).lower())
        case ast.Aggregate():
            check_none_of(node, scope)
            return replace(resolve_aggregate(node, scope, resolve_value), span=node.span)
        case ast.Ago():
            return _shifted(node, scope)
        case ast.Arithmetic():
            left, right = each(resolve_value, (node.left, scope), (node.right, scope))
            return replace(combine(node.op, left, right, scope), span=node.span)
        case ast.Negative(operand):
            return _negative(require_number(resolve_value(operand, scope), "-"), node)
        case ast.Else():
            return _otherwise(node, scope)
        case ast.Call():
            return resolve_call(node, scope, resolve_value)
        case ast.TimeOf():
            return time_of(node, scope, resolve_value)
        case ast.CalendarAggregate():
            return replace(resolve_calendar(node, scope, resolve_value), span=node.span)
        case ast.Baseline():
            hint = "write for example BTC volume > 5 times its 1d average"
            message = "`its` stands right of a comparison: it speaks of the left side"
            raise error("E260", message, node.span, hint)
    raise AssertionError(f"a value that nobody resolves: {type(node).__name__}")


def _named(node: ast.MetricRef, scope: Scope) -> Operand:
    """What a name stands for: a constant of the file, else a metric."""
    constant = resolve_constant(node, scope, resolve_value)
    if constant is not None:
        return constant
    try:
        return resolve_reference(whole_name(node, scope), scope)
    except AlertDslError as problem:
        raise offer_constant(node, scope, problem) from None


def _otherwise(node: ast.Else, scope: Scope) -> Operand:
    """``x else c``, the default in the unit of the value."""
    operand, default = each(resolve_value, (node.operand, scope), (node.default, scope))
    operand, default = require_number(operand, "`else`"), require_number(default, "`else`")
    if isinstance(operand.value, typed.Const):
        raise error("E260", "a number is always known: `else` follows a metric", node.span)
    if isinstance(operand.value, typed.Lookup) and default.literal and operand.value.default is None:
        number = default.number if operand.unit is None else adapt(default, operand)[0].number
        return replace(operand, value=replace(operand.value, default=typed.Const(number)), span=node.span)
    if default.literal:
        default, warnings = adapt(default, operand)
        scope.warnings.extend(warnings)
    else:
        default = same_unit(operand, default)
    return replace(operand, value=typed.Otherwise(operand.value, default.value), span=node.span)


def _negative(operand: Operand, node: ast.Negative) -> Operand:
    if operand.literal:
        value = map_numbers(operand.value, lambda number: -number)
        return replace(operand, value=value, span=node.span)
    return replace(
        operand, value=typed.Arithmetic("-", typed.Const(0.0), operand.value), span=node.span, name=""
    )


def _shifted(node: ast.Ago, scope: Scope) -> Operand:
    shift = scope.length(node.shift, "a shift")
    operand = resolve_value(node.operand, scope)
    if not any(True for _ in leaves(operand.value)):
        raise error("E260", "only a metric or an aggregate has a value some time ago", node.span)

    def move(leaf: Leaf) -> typed.Value:
        of_calendar = isinstance(leaf, typed.AnyWindow) and leaf.calendar is not None
        if isinstance(leaf, typed.Baseline | typed.CalendarWindow) or of_calendar:
            raise error("E260", "what is read at the time of another value has no `ago`", node.span)
        moved = replace(leaf, shift=leaf.shift + shift)
        scope.check_kept(leaf.selector, reach(moved), node.shift.span, "looking back that far")
        return moved

    return replace(operand, value=map_leaves(operand.value, move), span=node.span)


# ---------------------------------------------------------------- arithmetic


def combine(op: typed.ArithmeticOp, left: Operand, right: Operand, scope: Scope) -> Operand:
    """``left op right`` with the unit that comes out of it.

    Raises:
        AlertDslError: E220 for text, E230 and E231 for units that do not go together, E261 for a division by zero.
    """
    left, right = require_number(left, f"`{op}`"), require_number(right, f"`{op}`")
    if op == "/" and isinstance(right.value, typed.Const) and right.number == 0:
        raise error("E261", "a division by zero is never known", right.span, "divide by something else")
    if isinstance(left.value, typed.Lookup) and isinstance(right.value, typed.Lookup):
        raise error("E217", "two tables cannot be combined with each other", right.span, "write one table")
    span = left.span.to(right.span)
    result = _sum(op, left, right, scope) if op in "+-" else _product(op, left, right)
    return replace(result, span=span, name="")


def _sum(op: typed.ArithmeticOp, left: Operand, right: Operand, scope: Scope) -> Operand:
    if left.literal and not right.literal:
        left, warnings = adapt(left, right)
        scope.warnings.extend(warnings)
    elif right.literal and not left.literal:
        right, warnings = adapt(right, replace(left, unit=left.unit.difference if left.unit else None))
        scope.warnings.extend(warnings)
    elif left.literal and right.literal:
        right, _ = adapt(right, left) if left.unit is not None else (right, [])
    else:
        right = _added_temperature(left, right) or same_unit(left, right)
    both = left.literal and right.literal
    unit = left.unit or right.unit if both or left.literal else left.unit
    if op == "-" and unit is not None and right.unit is not None and not right.unit.is_difference:
        unit = unit.difference
    # A sum of rates is a rate, also where nobody told of what.
    is_rate = left.is_rate and right.is_rate
    rate_of = left.rate_of if is_rate else None
    value = arithmetic(op, left.value, right.value)
    return Operand(value, unit=unit, literal=both, is_rate=is_rate, rate_of=rate_of)


def _added_temperature(left: Operand, right: Operand) -> Operand | None:
    """A difference of temperatures beside an absolute one: scaled, not moved by the offset."""
    if left.unit is None or right.unit is None or not right.unit.is_difference:
        return None
    return same_unit(replace(left, unit=left.unit.difference), right)


def _product(op: typed.ArithmeticOp, left: Operand, right: Operand) -> Operand:
    if left.literal and right.literal and left.unit is right.unit is None:
        return Operand(arithmetic(op, left.value, right.value), literal=True)
    left, right = _as_factor(left), _as_factor(right)
    unit = _product_unit(op, left, right)
    value = arithmetic(op, left.value, right.value)
    scaled = any(one.literal and one.unit == units.RATIO for one in (left, right))
    if unit is not None and unit.is_ratio and unit.scale != 1 and not scaled:
        # A ratio of MB and GB is a plain number once its sizes are divided out; half of a percentage stays one.
        return Operand(arithmetic("*", value, typed.Const(float(unit.scale))), unit=units.RATIO)
    is_rate = left.is_rate and unit is not None and unit == left.unit
    literal = left.literal and right.literal
    return Operand(
        value, unit=unit, literal=literal, is_rate=is_rate, rate_of=left.rate_of if is_rate else None
    )


def _as_factor(operand: Operand) -> Operand:
    """A percentage or a plain number as a factor: ``50% of x`` is half of it. Percentages that are measured stay what they are."""
    if not operand.literal:
        return operand
    if operand.unit is None:
        return replace(operand, unit=units.RATIO)
    if operand.unit.is_ratio:
        source = operand.unit
        value = map_numbers(operand.value, lambda number: units.convert(number, source, units.RATIO))
        return replace(operand, value=value, unit=units.RATIO)
    return operand


def _product_unit(op: typed.ArithmeticOp, left: Operand, right: Operand) -> units.Unit | None:
    if left.unit is None or right.unit is None:
        if op == "/" and left.unit is None and right.unit is None:
            return units.RATIO  # two units that nobody told are taken to be the same
        if right.literal and right.unit == units.RATIO:
            return left.unit
        if op == "*" and left.literal and left.unit == units.RATIO:
            return right.unit
        return None
    a, b = left.unit.difference, right.unit.difference
    if right.literal and b == units.RATIO:
        return left.unit
    if op == "*" and left.literal and a == units.RATIO:
        return right.unit
    return units.multiply(a, b) if op == "*" else units.divide(a, b)
