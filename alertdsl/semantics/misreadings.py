"""Readings that the grammar prefers although a name of the catalog was meant.

``rate of change`` parses as an aggregate, ``not found errors`` as a negation, ``EUR/USD`` as a division. Where the whole text, or the
text with the words just before it, is a name of the catalog, the reading is refused and the quoted form offered.
"""

from __future__ import annotations

import re

from alertdsl.diagnostics import Fix, Span, error
from alertdsl.semantics.catalog import phrase
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast

_WORD = re.compile(r"\S+\s+")
_WORDS_BEFORE = re.compile(r"(?:[^\s\"(){},=<>!]+[ \t]+){1,4}$")


def check_reading(node: ast.Node, scope: Scope) -> None:
    """Refuses the reading of a value whose whole text is a metric's name (E204)."""
    names = scope.catalog.metric_phrases
    if not scope.text or not names:
        return
    if isinstance(node, ast.MetricRef):
        _check_words_before(node, scope)
    elif isinstance(node, ast.Aggregate | ast.Arithmetic | ast.TimeOf | ast.Else | ast.Call):
        _refuse_if_name(node.span, scope)
    if isinstance(node, ast.Number) and node.unit is not None:
        _refuse_if_name(node.span, scope)


def whole_name(node: ast.MetricRef, scope: Scope) -> ast.MetricRef:
    """The reference; where all of its text (``cost of goods``) is a name although it reads as a metric of an entity, that name."""
    if not node.qualifiers or node.matchers or not scope.text:
        return node
    said = scope.text[node.span.start : node.span.end]
    if phrase(said) not in scope.catalog.metric_phrases:
        return node
    return ast.MetricRef((ast.Word(said, quoted=True, span=node.span),), span=node.span)


def _check_words_before(node: ast.MetricRef, scope: Scope) -> None:
    line = scope.text.rfind("\n", 0, node.span.start) + 1
    before = _WORDS_BEFORE.search(scope.text, max(line, node.span.start - 80), node.span.start)
    if before is None:
        return
    start = before.start()
    while start < node.span.start:
        _refuse_if_name(Span(start, node.span.end), scope)
        step = _WORD.match(scope.text, start)
        assert step is not None
        start = step.end()


def _refuse_if_name(span: Span, scope: Scope) -> None:
    said = scope.text[span.start : span.end]
    if len(said) > 200 or '"' in said or phrase(said) not in scope.catalog.metric_phrases:
        return
    quoted = f'"{" ".join(said.split())}"'
    message = f"{quoted} is a metric of the catalog, but without quotes it reads as something else"
    raise error("E204", message, span, f"write {quoted}", [Fix(span, quoted, "quote the name")])
