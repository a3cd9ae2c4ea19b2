"""Resolves functions of values: ``abs(x)``, ``round``, ``floor``, ``ceil``, ``sqrt``, ``log``, ``min(a, b)``, ``max(a, b)``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from alertdsl.diagnostics import Span, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.operands import Operand, adapt, require_number, same_unit
from alertdsl.semantics.problems import each
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast

Resolve = Callable[[ast.Value, Scope], Operand]


def resolve_call(node: ast.Call, scope: Scope, resolve: Resolve) -> Operand:
    """The typed value of a function's call; of numbers alone, a number.

    Raises:
        AlertDslError: E220 text, E230 arguments that measure different things, E260 a root or logarithm that no number has.
    """
    arguments = each(resolve, *((argument, scope) for argument in node.arguments))
    arguments = [require_number(argument, node.function) for argument in arguments]
    if node.function == "abs":
        return absolute(arguments[0], node.span)
    lead = _lead(arguments)
    if node.function in ("min", "max"):
        arguments = [_beside(lead, argument, scope) for argument in arguments]
    name = cast("typed.MathFunction", node.function)
    value: typed.Value
    if all(isinstance(argument.value, typed.Const) for argument in arguments):
        value = typed.Const(_computed(name, [a.number for a in arguments], node))
    else:
        value = typed.Function(name, tuple(argument.value for argument in arguments))
        lead = replace(lead, literal=False)
    outcome = replace(lead, value=value, span=node.span, name="")
    if name == "log":
        return replace(outcome, unit=None if lead.literal else units.RATIO, is_rate=False, rate_of=None)
    if name == "sqrt":
        unit = None if lead.unit is None else units.root(lead.unit)
        return replace(outcome, unit=unit, is_rate=False, rate_of=None)
    return outcome


def absolute(operand: Operand, span: Span) -> Operand:
    """``abs(x)``; of a constant, the constant."""
    if isinstance(operand.value, typed.Const):
        return replace(operand, value=typed.Const(abs(operand.number)), span=span)
    return replace(operand, value=typed.Absolute(operand.value), span=span, literal=False, name="")


def _lead(arguments: list[Operand]) -> Operand:
    """The argument whose unit is that of all: the first metric of a known unit, else the first metric, else the first."""
    metrics = [argument for argument in arguments if not argument.literal]
    known = [argument for argument in metrics or arguments if argument.unit is not None]
    return (known or metrics or arguments)[0]


def _beside(lead: Operand, argument: Operand, scope: Scope) -> Operand:
    """An argument in the unit of the one that leads."""
    if argument is lead:
        return argument
    if not argument.literal or (lead.literal and lead.unit is None):
        return same_unit(lead, argument)
    adapted, warnings = adapt(argument, lead)
    scope.warnings.extend(warnings)
    return adapted


def _computed(name: typed.MathFunction, numbers: list[float], node: ast.Call) -> float:
    number = numbers[0]
    if name in ("round", "floor", "ceil") and not math.isfinite(number):
        return number
    match name:
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "round":
            whole = float(math.trunc(number))
            return whole + math.copysign(1.0, number) if abs(number - whole) >= 0.5 else whole
        case "floor":
            return float(math.floor(number))
        case "ceil":
            return float(math.ceil(number))
        case "sqrt" if number >= 0:
            return math.sqrt(number)
        case "log" if number > 0:
            return math.log(number)
        case _:
            what = "a negative number has no root" if name == "sqrt" else "only numbers above zero have a log"
            raise error("E260", what, node.span)
