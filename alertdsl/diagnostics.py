"""Diagnostics: what is wrong, where, and the way out, as values.

Stages raise `AlertDslError` or collect `Diagnostic` values; rendering them for people (`render`), for
programs (`as_dict`)
or for an editor is a matter of the reader, not of the stage that found the problem.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache


class Severity(StrEnum):
    """How much a diagnostic matters: an ``error`` stops the rule, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets ``[start, end)`` in the rule text."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement that a program can apply: put `replacement` where `span` is."""

    span: Span
    replacement: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: a stable `code`, a `message`, its place, and a `hint` that tells the way out."""

    code: str
    message: str
    span: Span
    hint: str = ""
    severity: Severity = Severity.ERROR
    file: str = "<rule>"
    fixes: tuple[Fix, ...] = ()
    text: str = field(default="", repr=False, compare=False)

    def in_text(self, text: str, file: str | None = None) -> Diagnostic:
        """The same diagnostic, tied to the text (and file) that it speaks of."""
        return replace(self, text=text, file=self.file if file is None else file)

    @property
    def line(self) -> int:
        """Line of the span's start, counted from 1."""
        return _position(self.text, self.span.start)[0]

    @property
    def column(self) -> int:
        """Column of the span's start in characters, counted from 1."""
        return _position(self.text, self.span.start)[1]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready facts, for `--json`, editors and models."""
        end_line, end_column = _position(self.text, self.span.end)
        return {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "hint": self.hint,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "end_line": end_line,
            "end_column": end_column,
            "start": self.span.start,
            "end": self.span.end,
            "fixes": [
                {"start": f.span.start, "end": f.span.end, "replacement": f.replacement, "title": f.title}
                for f in self.fixes
            ],
        }

    def render(self) -> str:
        """Text for people: the message, the source line with a caret span, the hint."""
        head = f"{self.severity}[{self.code}]: {self.message}"
        lines = self.text.splitlines() or [""]
        row, col = _position(self.text, self.span.start)
        source = lines[min(row, len(lines)) - 1]
        offset = max(0, col - 1 - 90) if len(source) > 160 else 0
        shown = source[offset : offset + 160].replace("\t", " ")
        width = max(1, min(self.span.end - self.span.start, len(shown) - (col - 1 - offset)))
        gutter = " " * len(str(row))
        out = [head, f"{gutter}--> {self.file}:{row}:{col}", f"{gutter} |", f"{row} | {shown}"]
        out.append(f"{gutter} | {' ' * (col - 1 - offset)}{'^' * width}")
        if self.hint:
            out.append(f"{gutter} = help: {self.hint}")
        return "\n".join(out)


class AlertDslError(Exception):
    """What every stage raises for a bad rule: one or more diagnostics.

    Attributes:
        diagnostics: all problems found, in the order of the text.
        code, span, message, hint: those of the first one.
    """

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        items = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        if not items:
            raise ValueError("an AlertDslError needs at least one diagnostic")
        self.diagnostics: tuple[Diagnostic, ...] = items
        first = items[0]
        self.code, self.span, self.message, self.hint = first.code, first.span, first.message, first.hint
        super().__init__("\n\n".join(d.render() for d in items))

    def in_text(self, text: str, file: str | None = None) -> AlertDslError:
        """The same error with its diagnostics tied to their text."""
        return AlertDslError(d.in_text(text, file) for d in self.diagnostics)


def error(code: str, message: str, span: Span, hint: str = "", fixes: Sequence[Fix] = ()) -> AlertDslError:
    """An `AlertDslError` of one diagnostic, to raise."""
    return AlertDslError(Diagnostic(code, message, span, hint, fixes=tuple(fixes)))


@lru_cache(maxsize=8)
def _line_starts(text: str) -> tuple[int, ...]:
    """Kept for a few texts: a file of ten thousand findings asks for ten thousand places."""
    return (0, *(found.end() for found in re.finditer("\n", text)))


def _position(text: str, offset: int) -> tuple[int, int]:
    starts = _line_starts(text)
    row = bisect.bisect_right(starts, min(offset, len(text)))
    return row, min(offset, len(text)) - starts[row - 1] + 1
