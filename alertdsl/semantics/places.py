"""Places of words that the tree keeps without one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from alertdsl.diagnostics import AlertDslError, Diagnostic, Span

T = TypeVar("T")
_NAMED = re.compile(r'"([^"]+)"|(\d{4}-\d{2}-\d{2})')


def at_word(step: Callable[[], T], text: str) -> Callable[[], T]:
    """`step`, its errors moved from a whole clause to the word of the clause that they name."""

    def run() -> T:
        try:
            return step()
        except AlertDslError as problem:
            raise AlertDslError(_narrowed(d, text) for d in problem.diagnostics) from None

    return run


def _narrowed(problem: Diagnostic, text: str) -> Diagnostic:
    named = _NAMED.search(problem.message)
    if named is None:
        return problem
    word = named[1] or named[2]
    line = text.find("\n", problem.span.end)
    start = text.find(word, problem.span.start, len(text) if line < 0 else line)
    if start < 0:
        return problem
    span = Span(start, start + len(word))
    fixes = tuple(replace(fix, span=span) if fix.span == problem.span else fix for fix in problem.fixes)
    return replace(problem, span=span, fixes=fixes)
