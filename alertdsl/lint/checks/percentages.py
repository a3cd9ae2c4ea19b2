"""Percentages that are taken twice."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.diagnostics import Fix, Span
from alertdsl.lint.registry import Finding, Subject, check
from alertdsl.syntax import ast
from alertdsl.syntax.quantities import format_number
from alertdsl.syntax.tree import nodes


@check("W419", "percent-of-a-hundredfold")
def percent_of_a_hundredfold(subject: Subject) -> Iterator[Finding]:
    """A share that is multiplied by 100 and then compared with a percentage.

    A percentage beside a share is a share: `90%` is 0.9. A hundred times a share is above that from 0.9 percent on.

    Found: `used / size * 100 > 90%`.
    Way out: `used / size > 90%`, or `used / size * 100 > 90`.
    """
    for node in nodes(subject.node):
        if not isinstance(node, ast.Compare):
            continue
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(side, ast.Number) and side.unit == "%" and _times_hundred(other):
                number = format_number(side.value)
                told = format_number(side.value, "%")
                message = f"a hundred times a share is compared with {told}, which is {format_number(side.value / 100)}"
                fix = Fix(Span(side.span.start, side.span.end), number, f"write {number}")
                yield side.span, message, f"write {number}, or leave out the 100", (fix,)


def _times_hundred(node: ast.Value) -> bool:
    match node:
        case ast.Arithmetic("*", left, right):
            return any(_is_hundred(one) or _times_hundred(one) for one in (left, right))
        case ast.Arithmetic("/", left, _):
            return _times_hundred(left)
        case ast.Arithmetic(_, left, right):
            return _times_hundred(left) or _times_hundred(right)
        case _:
            return False


def _is_hundred(node: ast.Value) -> bool:
    return isinstance(node, ast.Number) and node.value == 100 and node.unit is None
