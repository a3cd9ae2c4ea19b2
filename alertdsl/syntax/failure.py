"""A place where the parser could not go on, and what can be seen from there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from alertdsl.diagnostics import Span

_THING = re.compile(r'"(?:\\.|[^"\\\n])*"|\d[\w.,%]*|[^\W\d][\w.-]*|[<>=!~]+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Failure:
    """A place where the parser could not go on."""

    text: str
    place: Span
    at: int
    accepted: frozenset[str]
    stack: tuple[Any, ...]

    @property
    def at_end(self) -> bool:
        return self.at >= self.place.end

    @property
    def thing(self) -> Span:
        """The word, number or sign at the place."""
        if self.at_end:
            return Span(self.at, self.at)
        match = _THING.match(self.text, self.at, self.place.end)
        assert match is not None
        return Span(self.at, match.end())

    @property
    def found(self) -> str:
        return self.text[self.thing.start : self.thing.end]

    @property
    def compares(self) -> bool:
        """Whether a value stands before the place, and nothing compares it yet."""
        return {"GT", "EQ"} <= self.accepted

    @property
    def line_start(self) -> int:
        """Where the line of the place begins, or the part of the text that was parsed."""
        return max(self.text.rfind("\n", 0, self.at) + 1, self.place.start)

    def value_start(self) -> int:
        """Where the value before the place begins."""
        start = self.at
        for i, child in enumerate(reversed(self.stack)):
            loose = getattr(child, "type", "") in ("WORD", "QUOTED") or hasattr(child, "qualify")
            if i and not loose:
                break
            start = start_of(child)
            if not loose:
                break
        return start

    def words_before(self) -> list[tuple[str, Span]]:
        """The words between the start of the value (or line) and the place."""
        return [
            (m[0], Span(m.start(), m.end()))
            for m in re.compile(r"[^\W\d][\w.-]*").finditer(self.text, self.line_start, self.at)
        ]


def start_of(child: Any) -> int:
    span = getattr(child, "span", None)
    return (
        span.start if isinstance(span, Span) else int(getattr(child, "start", getattr(child, "start_pos", 0)))
    )


def cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
