"""Constructs of the language that parse but cannot be evaluated yet: each is refused by its name."""

from __future__ import annotations

from alertdsl.diagnostics import AlertDslError, error
from alertdsl.syntax import ast

_NAMES: dict[type[ast.Node], str] = {
    ast.Matches: "matches",
    ast.Firing: "is firing",
    ast.Baseline: "its average",
    ast.CalendarAggregate: "today",
    ast.Let: "let",
    ast.Import: "import",
    ast.During: "during",
    ast.Escalation: "escalate to",
}
_FUNCTIONS = {"range"}


def construct_name(node: ast.Node) -> str | None:
    """What people call the construct, if it is one that is not supported yet."""
    match node:
        case ast.Baseline(statistic=statistic):
            return f"its {statistic}"
        case ast.Matches(negated=True):
            return "does not match"
        case ast.TimeOf(kind=kind):
            return "age of" if kind == "age" else "time until"
        case ast.CalendarAggregate(window=window):
            return window
        case ast.Aggregate() | ast.Call():
            return _function_name(node)
        case _:
            return _NAMES.get(type(node))


def _function_name(node: ast.Aggregate | ast.Call) -> str | None:
    if isinstance(node, ast.Call):
        return None if node.function == "abs" else f"{node.function}(...)"
    return f"{node.function} of" if node.function in _FUNCTIONS else None


def refuse(node: ast.Node) -> AlertDslError:
    """The error for a construct that is not supported yet, to raise."""
    return error("E200", f"`{construct_name(node) or type(node).__name__}` is not supported yet", node.span)
