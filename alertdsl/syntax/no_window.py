"""An aggregate with words for a window that are none: `over 100y`, `over 5`, `over` alone, `over today`."""

from __future__ import annotations

import re
from typing import Any

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.build_support import of_token
from alertdsl.syntax.failure import Failure
from alertdsl.syntax.quantities import calendar_unit, duration

_OVER = ("over", "in", "within", "during", "for")
_BEHIND = re.compile(
    rf"[ \t]+(?:{'|'.join(_OVER)})(?:[ \t]+the)?(?:[ \t]+(?:last|past))?[ \t]+"
    r"(?P<length>\d[\d_.]*(?:[ \t]*(?P<unit>(?!is\b|are\b)[^\W\d_]+))?)"
    r"(?=[ \t]*(?:[<>=!≥≤≠]|(?:is|are|goes|exceeds|above|below|over|under|by|per|across)\b))",
    re.IGNORECASE,
)
_LAST = re.compile(
    rf"(?<![\w.-])(?:{'|'.join(_OVER)})[ \t]+(?:the[ \t]+)?(?:last|past|next)[ \t]+(?P<length>\d+[ \t]*{calendar_unit()})(?![.-]?\w)",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"(?<![\w.-])(?:{'|'.join(_OVER)})\Z", re.IGNORECASE)


def refuse_window(problem: AlertDslError, text: str) -> None:
    """Say what is wrong with the window, where the error is that an aggregate has none.

    Raises:
        AlertDslError: E023, with the place of what was meant for its length.
    """
    for found in problem.diagnostics:
        if found.code != codes.AMBIGUOUS_AGGREGATE:
            continue
        behind = _BEHIND.match(text, found.span.end)
        if behind is not None:
            span = Span(behind.start("length"), behind.end("length"))
            if behind["unit"] is None:
                message = f"`{behind['length']}` has no unit of time"
                raise error(codes.DURATION_UNIT, message, span, f"for example {behind['length']}m")
            duration(behind["length"], span)
        alone = _ALONE.search(text[found.span.start : found.span.end])
        if alone is not None:
            span = Span(found.span.start + alone.start(), found.span.end)
            raise error(
                codes.DURATION_UNIT, f"`{alone[0]}` says no length of time", span, "for example over 5m"
            )


def of_the_calendar(f: Failure) -> Diagnostic | None:
    """`over the last 3 months`: no length of time, so the parser took the words for a name."""
    for match in _LAST.finditer(f.text, max(f.place.start, f.at - 40), min(f.place.end, f.at + 40)):
        span = Span(match.start("length"), match.end("length"))
        if not match.start() <= f.at <= span.end:
            continue
        try:
            duration(match["length"], span)
        except AlertDslError as problem:
            return problem.diagnostics[0]
    return None


def refuse_over_calendar(operand: Any, calendar: Any) -> None:
    """`avg of x over today`: a day of the calendar is a window by itself.

    Raises:
        AlertDslError: E001.
    """
    last = operand.words[-1] if isinstance(operand, ast.MetricRef) and not operand.qualifiers else None
    if last is None or last.quoted or len(operand.words) == 1 or last.text.lower() not in _OVER:
        return
    span = Span(last.span.start, of_token(calendar).start)
    fix = Fix(span, "", f"delete {last.text}")
    message = f"`{last.text}` is not needed before `{calendar}`"
    raise error(codes.UNEXPECTED, message, last.span, f"delete {last.text}", [fix])
