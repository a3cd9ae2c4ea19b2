"""The mistakes of people in grammar/corpus/invalid/advice: what each is told, and where the fixes lead.

Below a text, for each error: `!!`, code, marked place, message; `??` the hint; `~>` the text after each fix.
`python -m tests.alertdsl.people.mistakes --write` writes what the language says now.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import alertdsl
from alertdsl import Diagnostic, Severity
from tests.alertdsl.people.phrases import CATALOG
from tests.alertdsl.syntax.corpus import CORPUS

ADVICE = CORPUS / "invalid" / "advice"
FILES = sorted(ADVICE.glob("*.txt"))
_SIGNS = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\ufeff": "\ufeff"}
_MARKS = ("!!", "??", "~>")


@dataclass
class Mistake:
    """One text with what is said of it."""

    file: str
    written: str
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text as it would be in a file."""
        return re.sub(r"\\ufeff|\\[nrt]", lambda m: _SIGNS[m[0]], self.written)


def mistakes(path: Path) -> Iterator[Mistake]:
    """The mistakes of one file."""
    current: Mistake | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(_MARKS):
            assert current is not None
            current.said.append(line)
        elif line and not line.startswith("# "):
            if current is not None:
                yield current
            current = Mistake(path.stem, line)
    if current is not None:
        yield current


def errors(text: str) -> list[Diagnostic]:
    """What the language has against a text."""
    found = alertdsl.check(text, CATALOG)
    return [p for p in found if p.severity is Severity.ERROR]


def answer(text: str) -> Iterator[str]:
    """The lines below a text."""
    for problem in errors(text):
        place = text[problem.span.start : problem.span.end]
        yield f"!! {problem.code} [{_on_a_line(place)}] {_on_a_line(problem.message)}"
        if problem.hint:
            yield f"?? {_on_a_line(problem.hint)}"
        for fix in problem.fixes:
            yield f"~> {_on_a_line(applied(text, fix))}"


def applied(text: str, fix: alertdsl.Fix) -> str:
    """The text with a fix in it."""
    return text[: fix.span.start] + fix.replacement + text[fix.span.end :]


def _on_a_line(text: str) -> str:
    for written, sign in _SIGNS.items():
        text = text.replace(sign, written)
    return text


def _write() -> None:
    for path in FILES:
        found = {m.written: m for m in mistakes(path)}
        out: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(_MARKS):
                continue
            out.append(line)
            if line in found:
                out.extend(answer(found[line].text))
        path.write_text("\n".join(out) + "\n", encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    _write()
