from __future__ import annotations
from typing import Any
from alertdsl.diagnostics import Diagnostic, Span


def explain(problem: Any, text: str, place: Span) -> Diagnostic:
    pos = min(problem.pos_in_stream, place.end)
    return Diagnostic(
        "E001", "not expected here: " + str(sorted(problem.interactive_parser.accepts())), Span(pos, pos + 1)
    )
