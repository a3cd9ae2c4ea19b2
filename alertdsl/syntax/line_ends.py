"""Between lexer and parser: which line ends and commas count, and how deep a text may nest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alertdsl.diagnostics import AlertDslError, Span, error
from alertdsl.syntax import codes

# Together these keep the tree shallow enough for recursive readers under Python's default limit.
MAX_BRACKETS = 50
MAX_OPERATORS = 100

_OPENING = {"LPAR", "LBRACE"}
_BRACKETS = _OPENING | {"RPAR", "RBRACE"}
_SEPARATING = {"_COMMA", "_ARGUMENT_COMMA", "BARE", "QUANTITY"}
_DEEPENING = {
    "NOT",
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "ELSE",
    "UNLESS",
    "BUT_ONLY_IF",
    "OF",
    "TIMES",
    "QUANTIFIER",
}
_GOES_ON = {
    "AND", "OR", "NOT", "UNLESS", "BUT_ONLY_IF", "AND_COMPARED", "PLUS", "MINUS", "STAR", "SLASH", "GT", "GE", "LT", "LE",
    "EQ", "NE", "_COMMA", "_LADDER_COMMA", "_ASSIGN", "PREFIX", "WHEN", "RECOVER_WHEN", "FOR", "OVER", "BY", "WITHIN",
}  # fmt: skip


class LineEnds:
    """A post-lexer for lark: drops line ends that end nothing, tells a call's commas from others, and caps nesting."""

    always_accept = ("_NL", "_NL_CLAUSE", "_NL_ITEM")

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        """Pass tokens through, one at a time: the lexer depends on what the parser made of the one before."""
        brackets: list[str] = []
        operators = 0
        last = ""
        for token in stream:
            kind = token.type
            if kind == "_NL":
                if brackets or last in _GOES_ON:
                    continue
            elif kind in _BRACKETS:
                _count_bracket(token, last, brackets)
            elif kind in _SEPARATING:
                _tell_comma(token, brackets)
            elif kind in _DEEPENING:
                operators += 1
                if operators > MAX_OPERATORS:
                    raise _too_deep(token, f"more than {MAX_OPERATORS} operators in one clause")
            elif kind in ("_NL_CLAUSE", "_NL_ITEM"):
                operators = 0
            last = kind
            yield token


def _count_bracket(token: Any, last: str, brackets: list[str]) -> None:
    if token.type in _OPENING:
        brackets.append("call" if last == "FUNCTION" else "list" if last in ("IN", "NOT_IN") else "")
        if len(brackets) > MAX_BRACKETS:
            raise _too_deep(token, f"brackets are nested more than {MAX_BRACKETS} deep")
    elif brackets:
        brackets.pop()


def _tell_comma(token: Any, brackets: list[str]) -> None:
    """A comma directly inside a call separates its values; one inside a number there could do either."""
    if not brackets or not brackets[-1]:
        return
    if token.type == "_COMMA":
        if brackets[-1] == "call":
            token.type = "_ARGUMENT_COMMA"
    elif token.type != "_ARGUMENT_COMMA" and "," in token:
        raise _digit_group(token)


def _too_deep(token: Any, message: str) -> AlertDslError:
    hint = "name parts of it with `let`, or split the rule"
    return error(codes.TOO_DEEP, message, Span(token.start_pos, token.end_pos), hint)


def _digit_group(token: Any) -> AlertDslError:
    message = f"{token} could be one number or several values"
    plain, spaced = token.replace(",", ""), token.replace(",", ", ")
    hint = f"write {plain}, or {spaced} with spaces for several"
    return error(codes.DIGIT_GROUP, message, Span(token.start_pos, token.end_pos), hint)
