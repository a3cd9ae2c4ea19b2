"""`no motion for 10m`, `no orders for 30m`: of events it says that no point came; of what is reported all the time it cannot."""

from __future__ import annotations

import re

from alertdsl.diagnostics import AlertDslError, Fix, error
from alertdsl.semantics.phrases import read_phrase
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast, codes
from alertdsl.syntax.format_values import name

_COMES_TO = re.compile(r"\s*(?:falls?|drops?|dips?|sinks?)\s+to\s", re.IGNORECASE)
_NO = re.compile(r"no[ \t]", re.IGNORECASE)


def check_comes_to(node: ast.Compare, scope: Scope) -> None:
    """Refuses `orders drop to zero` of a counter, which never falls: what grows by nothing is meant.

    Raises:
        AlertDslError: E018.
    """
    if not isinstance(node.left, ast.MetricRef) or not _COMES_TO.match(scope.text, node.left.span.end):
        return
    if _kind(node.left, scope) != "counter":
        return
    said = name(node.left)
    hint = f"write how much it grows in a time: increase of {said} over 30m == 0"
    raise error(codes.COUNTED_HOW, f"{said} counts upwards and does not fall", node.span, hint)


def check_none_of(node: ast.Aggregate, scope: Scope) -> None:
    """Refuses `no X for D` of a counter and of a metric of true and false, whose points come also when nothing happens.

    Raises:
        AlertDslError: E018.
    """
    if node.function != "count" or node.over is None or not isinstance(node.operand, ast.MetricRef):
        return
    if not _NO.match(scope.text, node.span.start):
        return
    said = name(node.operand)
    readings = [(f"count of {said} over {node.over.text} == 0", "no point came")]
    kind = _kind(node.operand, scope)
    if kind == "boolean":
        readings.insert(0, (f"{said} is false for {node.over.text}", "the points say false"))
    elif kind == "counter":
        readings.insert(0, (f"increase of {said} over {node.over.text} == 0", "it has not grown"))
    else:
        return
    hint = " or ".join(f"{text} ({meaning})" for text, meaning in readings)
    fixes = [Fix(node.span, text, meaning) for text, meaning in readings]
    raise error(codes.COUNTED_HOW, f"what tells that there is no {said}?", node.span, f"write {hint}", fixes)


def _kind(ref: ast.MetricRef, scope: Scope) -> str:
    """`counter` or `boolean`, else nothing."""
    try:
        metric = read_phrase(ref, scope.catalog).metric
    except AlertDslError:
        return ""
    return "boolean" if metric.type == "boolean" else "counter" if metric.kind == "counter" else ""
