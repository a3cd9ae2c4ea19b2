"""Resolves ``age of x`` and ``time until x``, of metrics whose values are moments."""

from __future__ import annotations

from collections.abc import Callable

from alertdsl.diagnostics import AlertDslError, Fix, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.operands import Operand, require_number
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast

Resolve = Callable[[ast.Value, Scope], Operand]

_TIME_NAMES = {1: "ns", 1_000: "us", 1_000_000: "ms", typed.SECOND: "s"}


def time_of(node: ast.TimeOf, scope: Scope, resolve: Resolve) -> Operand:
    """``T`` minus the value, or the value minus ``T``, in the time unit that the value counts in.

    Raises:
        AlertDslError: E232 where the metric is not known to be a moment.
    """
    said = "age of" if node.kind == "age" else "time until"
    operand = require_number(resolve(node.operand, scope), f"`{said}`")
    if operand.unit is None or not units.is_time_stamp(operand.unit):
        raise _no_moment(node, operand, said)
    per = int(operand.unit.scale * typed.SECOND)
    clock = typed.Clock(per)
    left, right = (clock, operand.value) if node.kind == "age" else (operand.value, clock)
    unit = units.parse_unit(_TIME_NAMES.get(per, "s"))
    name = f"{said} {operand.name}".strip()
    return Operand(typed.Arithmetic("-", left, right), node.span, unit=unit, name=name)


def _no_moment(node: ast.TimeOf, operand: Operand, said: str) -> AlertDslError:
    name = operand.name or "this"
    if operand.unit is not None and operand.unit.dimensions == units.SECONDS.dimensions:
        message = f"{name} is a length of time, in {operand.unit.name}: `{said}` takes a moment"
        fixes = [Fix(node.span, operand.name, f"compare {name} itself")] if operand.name else []
        return error("E232", message, node.span, f"compare {name} itself", fixes)
    message = f"`{said}` takes a moment, and nobody told that {name} is one"
    hint = 'give the metric unit = "unix" in the catalog (seconds since 1970; also unix_ms, unix_us, unix_ns)'
    return error("E232", message, node.span, hint)
