"""Which comment belongs to which clause: one beside it stays beside it, one on its own line belongs to what follows.

A blank line below a comment that stands between items is kept: what stands above it is about the file, or about a part of it.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field

from alertdsl.diagnostics import Span
from alertdsl.syntax import ast
from alertdsl.syntax.recovery import CLAUSE_START, ITEM_START, pieces
from alertdsl.syntax.texts import clean


@dataclass(slots=True)
class CommentedClause:
    """The comments of one clause, "" for a blank line; `kind` is its first word, empty for the head of an item."""

    kind: str
    above: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


def attach(file: ast.File) -> dict[int, list[CommentedClause]]:
    """The commented clauses of each item by the offset where the item starts; -1 is the end of the file."""
    if not file.comments:
        return {}
    text = clean(file.text)
    places: list[tuple[Span, CommentedClause]] = []
    found: dict[int, list[CommentedClause]] = {}
    for item in pieces(text, ITEM_START):
        start = _first(text, item)
        for i, clause in enumerate(pieces(text, CLAUSE_START, item)):
            kind = "" if i == 0 else text[_first(text, clause) : clause.end].split(None, 1)[0].lower()
            commented = CommentedClause(_KINDS.get(kind, kind))
            places.append((clause, commented))
            found.setdefault(start, []).append(commented)
    ends = [place.end for place, _ in places]
    last = CommentedClause("")
    found[-1] = [last]
    for offset, comment in file.comments:
        alone = not text[text.rfind("\n", 0, offset) + 1 : offset].strip()
        index = min(bisect.bisect_right(ends, offset), len(places) - 1)
        if offset < places[0][0].start:
            _put(comment, offset, text, places[0][1])
        elif not alone:
            places[index][1].beside.append(comment)
        else:
            target = places[index + 1][1] if index + 1 < len(places) else last
            _put(comment, offset, text, target)
    return found


def _put(comment: str, offset: int, text: str, above: CommentedClause) -> None:
    above.above.append(comment)
    if not above.kind and _BLANK_BELOW.match(text, offset):
        above.above.append("")


_BLANK_BELOW = re.compile(r"[^\n]*\n[ \t\r]*\n(?=\s*\S)")
_KINDS = {"recovers": "recover", "resolve": "recover", "resolves": "recover", "label": "labels"}


def _first(text: str, place: Span) -> int:
    """The offset of the first word of a piece."""
    start = place.start
    while start < place.end and text[start].isspace():
        start += 1
    return start
