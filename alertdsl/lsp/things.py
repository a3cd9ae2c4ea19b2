"""What stands at a place of a rule file: a name with what it names, or a word of the language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from alertdsl.diagnostics import AlertDslError, Span
from alertdsl.lsp.analysis import Piece, View
from alertdsl.lsp.slots import Slot, slot_of
from alertdsl.semantics.catalog import Catalog, Entity, Metric, phrase
from alertdsl.semantics.constants import Definition, key_of
from alertdsl.semantics.imports import Template
from alertdsl.semantics.phrases import read_phrase
from alertdsl.syntax import ast
from alertdsl.syntax.prefix import Token, expected_at, tokens_near
from alertdsl.syntax.texts import unquote
from alertdsl.syntax.tree import nodes


class Kind(Enum):
    """What kind of thing stands at a place."""

    METRIC = auto()
    ENTITY = auto()
    TAG = auto()
    CONSTANT = auto()
    TEMPLATE = auto()
    RULE = auto()
    TARGET = auto()
    CALENDAR = auto()
    IMPORT = auto()
    WORD = auto()


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing at a place. `what` is the object that the name stands for, where it is known; `name` of a `WORD` is its terminal."""

    kind: Kind
    name: str
    span: Span
    what: Metric | Entity | Definition | Template | ast.Import | None = None


def thing_at(view: View, offset: int, catalog: Catalog) -> Thing | None:
    """The thing at an offset of the file; None where there is none, or nobody knows what it is."""
    piece = view.piece_at(offset)
    if piece is None:
        return None
    local = offset - piece.start
    tokens = tokens_near(piece.text, local)
    token = next((one for one in tokens if one.start <= local < one.end), None)
    token = token or next((one for one in tokens if one.end == local), None)
    if token is None:
        return None
    found = _thing(view, piece, tokens, token, catalog)
    if found is None:
        return None
    span = Span(found.span.start + piece.start, found.span.end + piece.start)
    return Thing(found.kind, found.name, span, found.what)


def _thing(
    view: View, piece: Piece, tokens: tuple[Token, ...], token: Token, catalog: Catalog
) -> Thing | None:
    place = Span(token.start, token.end)
    if token.kind not in ("WORD", "QUOTED"):
        return Thing(Kind.WORD, token.kind, place)
    said = piece.text[token.start : token.end]
    said = unquote(said) if said.startswith('"') else said
    before = next((one.kind for one in reversed(tokens) if one.end <= token.start), "")
    if before == "RULE":
        template = view.library.templates.get(said)
        return Thing(Kind.RULE if template is None else Kind.TEMPLATE, said, place, template)
    if before == "LET":
        return _constant(said, place, view)
    if before == "USE":
        return Thing(Kind.TEMPLATE, said, place, view.library.templates.get(said))
    if before == "AS":
        return Thing(Kind.RULE, said, place)
    if before == "IMPORT":
        node = next((one for one in piece.tree.imports if one.span.start <= token.start < one.span.end), None)
        return Thing(Kind.IMPORT, said, place, node)
    slot = slot_of(expected_at(piece.text, token.start))
    by_slot = _BY_SLOT.get(slot) if slot is not None else None
    if by_slot is not None:
        return by_slot(said, place, view)
    return _name(view, piece, token, catalog)


def _constant(said: str, place: Span, view: View) -> Thing | None:
    definition = view.library.constants.get(phrase(said))
    return None if definition is None else Thing(Kind.CONSTANT, said, place, definition)


_BY_SLOT: dict[Slot, Callable[[str, Span, View], Thing | None]] = {
    Slot.TAG: lambda said, place, view: Thing(Kind.TAG, said, place),
    Slot.TARGET: lambda said, place, view: Thing(Kind.TARGET, said, place),
    Slot.CALENDAR: lambda said, place, view: (
        _constant(said, place, view) or Thing(Kind.CALENDAR, said, place)
    ),
    Slot.LENGTH: _constant,
}


def _name(view: View, piece: Piece, token: Token, catalog: Catalog) -> Thing | None:
    """What the name that a word is part of stands for."""
    for node in nodes(piece.tree):
        if not node.span.start <= token.start < node.span.end:
            continue
        if isinstance(node, ast.Firing):
            return Thing(Kind.RULE, node.rule, node.span)
        if isinstance(node, ast.MetricRef):
            return _reference(node, view, token, catalog)
        if isinstance(node, ast.Duration) and node.name is not None:
            return _constant(node.name, node.span, view)
    return None


def _reference(ref: ast.MetricRef, view: View, token: Token, catalog: Catalog) -> Thing | None:
    for matcher in ref.matchers:
        if matcher.span.start <= token.start < matcher.span.end:
            return Thing(Kind.TAG, matcher.tag, matcher.span)
    key = key_of(ref)
    if key in view.library.constants:
        assert key is not None
        return Thing(Kind.CONSTANT, " ".join(key), ref.span, view.library.constants[key])
    try:
        reading = read_phrase(ref, catalog)
    except AlertDslError:
        return None
    for pin in reading.pins:
        if pin.span.start <= token.start < pin.span.end:
            return _entity(pin.tag, pin.value, pin.span, catalog)
    return Thing(Kind.METRIC, reading.metric.name, _words_span(ref), reading.metric)


def _entity(tag: str, value: str, place: Span, catalog: Catalog) -> Thing:
    found = next((one for one in catalog.entities if (tag, value) in one.tags), None)
    return Thing(
        Kind.ENTITY, value if found is None else found.name, place, found or Entity(value, ((tag, value),))
    )


def _words_span(ref: ast.MetricRef) -> Span:
    words = (*ref.words, *(word for some in ref.qualifiers for word in some))
    return Span(min(word.span.start for word in words), max(word.span.end for word in words))
