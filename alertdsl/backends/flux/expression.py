"""Values computed row by row, as Flux over the columns that hold their leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from alertdsl.backends.flux.literals import fnum, fstr
from alertdsl.semantics import typed
from alertdsl.semantics.tree import children
from alertdsl.semantics.typed import Value


class NotInFlux(Exception):
    """Why storage cannot decide a condition; the text completes "the engine decides: ..."."""


def comparison(op: str, left: str, right: Value) -> str:
    """``left op literal``. Raises NotInFlux where the right side is no literal."""
    if not isinstance(right, typed.Const):
        raise NotInFlux("the bound is not a constant")
    return f"{left} {op} {literal(right)}"


def literal(node: typed.Const) -> str:
    """A constant."""
    match node.value:
        case bool(value):
            return "true" if value else "false"
        case str(value):
            return fstr(value)
        case value:
            return fnum(value)


def leaves(node: Value) -> Iterator[Value]:
    """The values that have a column of their own, from left to right."""
    match node:
        case typed.Const() | typed.Clock():
            pass
        case typed.Arithmetic(_, left, right):
            yield from leaves(left)
            yield from leaves(right)
        case typed.Absolute(operand):
            yield from leaves(operand)
        case typed.Function() | typed.Lookup():
            for part in children(node):
                yield from leaves(cast("Value", part))
        case _:
            yield node


def guards(node: Value, columns: dict[Value, str]) -> Iterator[str]:
    """What must hold for a value to be known: no divisor is zero, no root of a negative number is taken."""
    match node:
        case typed.Arithmetic("/", _, divisor):
            yield f"{arithmetic(divisor, columns)} != 0.0"
        case typed.Function("sqrt", (argument,)):
            yield f"{arithmetic(argument, columns)} >= 0.0"
        case typed.Function("log", (argument,)):
            yield f"{arithmetic(argument, columns)} > 0.0"
        case typed.Lookup(tag, rows, None):
            yield f"({' or '.join(_has(tag, key) for key, _ in rows)})"
    if isinstance(node, typed.Arithmetic | typed.Absolute | typed.Function | typed.Lookup):
        for part in children(node):
            yield from guards(cast("Value", part), columns)


def _has(tag: str, value: str) -> str:
    return f"(exists r[{fstr(tag)}] and r[{fstr(tag)}] == {fstr(value)})"


def arithmetic(node: Value, columns: dict[Value, str]) -> str:
    """A value computed from the columns of a row."""
    match node:
        case typed.Const():
            return literal(node)
        case typed.Clock(per):
            return f"(float(v: int(v: at)) / {fnum(float(per))})"
        case typed.Arithmetic(op, left, right):
            return f"({arithmetic(left, columns)} {op} {arithmetic(right, columns)})"
        case typed.Lookup(tag, rows, default):
            *others, (_, last) = (*rows, ("", default)) if default is not None else rows
            tests = (f"if {_has(tag, key)} then {arithmetic(value, columns)} else " for key, value in others)
            return f"({''.join(tests)}{arithmetic(last, columns)})"
        case typed.Absolute(operand):
            return f"math.abs(x: {arithmetic(operand, columns)})"
        case typed.Function(name, (argument,)):
            return f"math.{name}(x: {arithmetic(argument, columns)})"
        case typed.Function(name, (*others, last)):
            rest = typed.Function(name, tuple(others)) if len(others) > 1 else others[0]
            x, y = arithmetic(rest, columns), arithmetic(last, columns)
            return f"math.m{name.capitalize()}(x: {x}, y: {y})"
    return f"r.{columns[node]}"
