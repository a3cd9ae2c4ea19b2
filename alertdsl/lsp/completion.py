"""Completion: the text before the cursor is parsed, and what the parser takes next is offered.

Names and phrases have several words (``cpu us``, ``is ab``), so the words before the cursor are taken back one by one: what the parser
takes where they begin, and begins like them, is offered for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lsprotocol import types

from alertdsl.diagnostics import Span
from alertdsl.lsp.names import Candidate
from alertdsl.lsp.offers import Surroundings, offers, templates
from alertdsl.lsp.positions import Positions
from alertdsl.syntax.prefix import expected_at, file_start, item_start

TRIGGERS = (" ", "{", "(", "=", '"', ",", ">", "<", "|")
MOST = 200
_WORDS_BACK = 3

_WORD = re.compile(r"(?<![\w.-])[\w.-]+%?[ \t]*\Z")
_ZONE = re.compile(r"(?<![\w+-])[\w+-]+(?:/[\w+-]*)+\Z")
_QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|"[^\n]*')
_USE = re.compile(r"^[ \t]*use[ \t]+([\w.-]*)\Z", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where what is offered begins."""

    start: int
    stem: str
    """The text from there to the cursor, as it is compared."""


def complete(text: str, offset: int, around: Surroundings, positions: Positions) -> types.CompletionList:
    """What may be written at an offset."""
    found: dict[tuple[str, int], tuple[tuple[int, int, str], Candidate]] = {}
    for place in _places(text, offset):
        for candidate in _offered(text, place, replace(around, stem=place.stem)):
            fit = _fit(candidate, place)
            key = (candidate.insert, place.start)
            if fit is not None and key not in found:
                found[key] = ((fit, candidate.rank, candidate.label.casefold()), candidate)
    ordered = sorted(found.items(), key=lambda one: one[1][0])
    items: list[types.CompletionItem] = []
    seen: set[str] = set()
    for (_, start), (_, candidate) in ordered:
        if candidate.insert not in seen:
            seen.add(candidate.insert)
            items.append(_item(candidate, len(items), _place_of(text, start, offset), positions))
        if len(items) >= MOST:
            break
    # Words behind the next space may make another name, so the editor asks again rather than choosing among these.
    return types.CompletionList(is_incomplete=True, items=items)


def _places(text: str, offset: int) -> Iterator[_Place]:
    line = text.rfind("\n", 0, offset) + 1
    for found in _QUOTED_OR_COMMENT.finditer(text, line):
        if found.start() >= offset:
            break
        if found[0][0] == "#":
            return
        if offset < found.end() or (offset == found.end() and (len(found[0]) == 1 or found[0][-1] != '"')):
            yield _Place(found.start(), text[found.start() : offset].casefold())
            return
    start = offset
    zone = _ZONE.search(text, line, offset)
    if zone is not None:
        yield _Place(zone.start(), _stem(text, zone.start(), offset))
    partial = _WORD.search(text, line, offset)
    if partial is None or partial[0][-1] in " \t%" or partial[0][0].isdigit():
        yield _Place(offset, "")  # behind a number its unit may follow, without a space
    for _ in range(_WORDS_BACK + 1):
        before = _WORD.search(text, line, start)
        if before is None:
            return
        start = before.start()
        yield _Place(start, _stem(text, start, offset))


def _stem(text: str, start: int, offset: int) -> str:
    words = text[start:offset].casefold()
    return " ".join(words.split()) + (" " if words[-1:].isspace() else "")


def _offered(text: str, place: _Place, around: Surroundings) -> Iterator[Candidate]:
    before = text[: place.start]
    line = before[before.rfind("\n") + 1 :]
    if _USE.search(before[-200:]):
        yield from templates(around)
        return
    fresh, margin = not line.strip(), not line
    yield from offers(
        expected_at(text, place.start), around, fresh_line=fresh and bool(before.strip()), at_margin=margin
    )
    if margin and item_start(text, place.start) is None:
        yield from offers(file_start(), around, fresh_line=False, at_margin=True)


def _fit(candidate: Candidate, place: _Place) -> int | None:
    """How well a candidate goes with what is typed, 0 the best; None where it does not."""
    label = candidate.label.casefold()
    if not place.stem:
        return 2
    if label.startswith(place.stem):
        if place.stem[-1] == " ":
            return 3  # nothing of it is new yet
        return 0 if " " in place.stem else 1
    if " " in place.stem or place.stem[0] == '"':
        return None
    if f" {place.stem}" in label:
        return 3
    return 4 if place.stem in label else None


def _place_of(text: str, start: int, offset: int) -> Span:
    """What is replaced: up to the cursor, and a quote that the editor closed by itself."""
    closing = text[start : start + 1] == '"' and text[offset : offset + 1] == '"' and offset > start
    return Span(start, offset + closing)


def _item(candidate: Candidate, number: int, place: Span, positions: Positions) -> types.CompletionItem:
    documentation = candidate.documentation()
    markdown = types.MarkupContent(types.MarkupKind.Markdown, documentation) if documentation else None
    return types.CompletionItem(
        label=candidate.label,
        kind=candidate.kind,
        detail=candidate.detail or None,
        documentation=markdown,
        sort_text=f"{number:04}",
        filter_text=candidate.label,
        text_edit=types.TextEdit(positions.range(place), candidate.insert),
        insert_text_format=types.InsertTextFormat.Snippet if candidate.is_snippet else None,
    )
