"""Where a text can be cut so that one error does not hide the others: at the starts of items and of clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alertdsl.diagnostics import Span
from alertdsl.syntax.expected import kin_of_clause
from alertdsl.syntax.texts import is_blank

ITEM_START = re.compile(
    r"^[ \t]*(?:(?:rule|let(?![ \t]+(?:me|us)[ \t]+know)|import)(?![.-]?\w)(?![ \t]*[<>=])"
    r'|use[ \t]+(?:[\w.-]+|"[^"\n]*")[ \t]*\()',
    re.IGNORECASE | re.MULTILINE,
)
CLAUSE_START = re.compile(
    r"^[ \t]*(?:when|(?:recovers?|resolves?)[ \t]+(?:when|if|once)|severity|every|during|labels?|notify|repeat|escalate"
    r"|on[ \t]+no[ \t]+data|forget|once|expect|message)(?![.-]?\w)",
    re.IGNORECASE | re.MULTILINE,
)


_CONTINUING = ("and", "or", "for", "over", "by", "within", "unless", "across", "overall", "else", "but", "is")
_LINE_START = re.compile(r"(?<=\n)[ \t]*([^\W\d]\w*)")


def clauses(text: str, place: Span) -> Iterator[Span]:
    """The clauses of a rule that has errors; a line that starts with a misspelled clause counts as one."""
    for piece in pieces(text, CLAUSE_START, place):
        begin = piece.start
        for line in _LINE_START.finditer(text, piece.start + 1, piece.end):
            word = line[1].lower()
            if word not in _CONTINUING and kin_of_clause(word) is not None:
                yield Span(begin, line.start())
                begin = line.start()
        yield Span(begin, piece.end)


def pieces(text: str, start: re.Pattern[str], place: Span | None = None) -> Iterator[Span]:
    """The parts of a text (or of a place in it) that begin where `start` matches; the one before the first, if it says
    anything, comes first.
    """
    whole = place or Span(0, len(text))
    begin = whole.start
    # `^` matches only at true line starts, also with bounds given to finditer.
    cuts = [m.start() for m in start.finditer(text, whole.start, whole.end)]
    if place is None and cuts and is_blank(text[: cuts[0]]):
        begin = cuts[0]
    for cut in [*cuts, whole.end]:
        if cut > begin:
            yield Span(begin, cut)
            begin = cut
