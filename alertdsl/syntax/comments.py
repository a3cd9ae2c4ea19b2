"""Which comment belongs to which clause: one beside it stays beside it, one on its own line belongs to what follows."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from alertdsl.diagnostics import Span
from alertdsl.syntax import ast
from alertdsl.syntax.recovery import CLAUSE_START, ITEM_START, pieces
from alertdsl.syntax.texts import clean


@dataclass(slots=True)
class CommentedClause:
    """The comments of one clause; `kind` is its first word, empty for the head of an item."""

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
            places[0][1].above.append(comment)
        elif not alone:
            places[index][1].beside.append(comment)
        else:
            target = places[index + 1][1] if index + 1 < len(places) else last
            target.above.append(comment)
    return found


_KINDS = {"recovers": "recover", "resolve": "recover", "resolves": "recover", "label": "labels"}


def _first(text: str, place: Span) -> int:
    """The offset of the first word of a piece."""
    start = place.start
    while start < place.end and text[start].isspace():
        start += 1
    return start
