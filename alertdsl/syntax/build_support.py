"""Small helpers of the builders: places from tokens, and words from tokens."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from alertdsl.diagnostics import Span
from alertdsl.syntax import ast, quantities
from alertdsl.syntax.texts import unquote

# lark is imported late and its tokens are untyped to us: strings with `type`, `start_pos` and `end_pos`.
Children = list[Any]

N = TypeVar("N")

_OPERATORS: dict[str, ast.Operator] = {"GT": ">", "GE": ">=", "LT": "<", "LE": "<=", "EQ": "==", "NE": "!="}


def of_token(token: Any) -> Span:
    """The place of a token."""
    return Span(token.start_pos, token.end_pos)


def at(first: Any, last: Any) -> Span:
    """The place from one node to another."""
    return Span(first.span.start, last.span.end)


def widen(node: N, opening: Any, closing: Any) -> N:
    """The same node with its brackets in its place; nodes fresh from the parser are not shared yet."""
    object.__setattr__(node, "span", Span(opening.start_pos, closing.end_pos))
    return node


def operator(token: Any) -> ast.Operator:
    """The canonical operator of a comparison token, whatever its words."""
    return _OPERATORS[token.type]


def length_of(token: Any) -> ast.Duration:
    """The length of time of a token: ``5m``, a name for one, or ``in the last hour``, which is one of its unit."""
    if token.type == "WORD":
        return ast.Duration(0, str(token), str(token), span=of_token(token))
    text = f"one {token.split()[-1]}" if token.type == "LAST_UNIT" else token
    return quantities.duration(text, of_token(token))


def word(token: Any) -> ast.Word:
    """One word of a name, or a quoted name."""
    if token.type == "QUOTED":
        return ast.Word(unquote(token), True, span=of_token(token))
    return ast.Word(str(token), span=of_token(token))


def string(token: Any) -> str:
    """What a word or a quoted text says."""
    return unquote(token) if token.type == "QUOTED" else str(token)


def lone_word(token: Any) -> ast.MetricRef:
    """A name of one word."""
    return ast.MetricRef((word(token),), span=of_token(token))


def string_span(pattern: re.Pattern[str], text: str, span: Span) -> Span:
    """The place of the pattern's first group at the start of `span`."""
    match = pattern.match(text, span.start)
    return Span(match.start(1), match.end(1)) if match else span
