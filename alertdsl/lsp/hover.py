"""What an editor shows of the thing under the mouse: its meaning, for people."""

from __future__ import annotations

from lsprotocol import types

from alertdsl.diagnostics import Span
from alertdsl.explanation import explain_rule
from alertdsl.lsp import about
from alertdsl.lsp.analysis import View
from alertdsl.lsp.positions import Positions
from alertdsl.lsp.things import Kind, Thing, thing_at
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog, Entity, Metric, phrase
from alertdsl.semantics.constants import Definition
from alertdsl.semantics.imports import Template

_SILENT = frozenset({"BARE", "QUANTITY", "DURATION", "UNIT", "LPAR", "RPAR", "LBRACE", "RBRACE"})
_OF_RULE = frozenset({"RULE", "WHEN", "USE", "PREFIX"})


def hover(view: View, offset: int, catalog: Catalog, positions: Positions) -> types.Hover | None:
    """The hover at an offset; None where nothing is to be said."""
    thing = thing_at(view, offset, catalog)
    if thing is None:
        return None
    text = _text(thing, view, catalog)
    if not text:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), positions.range(thing.span))


def _text(thing: Thing, view: View, catalog: Catalog) -> str:
    match thing.what:
        case Metric():
            return about.metric(thing.what, catalog)
        case Entity():
            return about.entity(thing.what)
        case Definition():
            return about.constant(thing.what, catalog, view.library.constants)
        case Template():
            return about.template(thing.what)
    if thing.kind is Kind.TAG:
        tags = catalog.tag_phrases.get(phrase(thing.name), ())
        return about.tag(tags[0]) if tags else ""
    if thing.kind is Kind.RULE:
        return _explained(rule_named(view, thing.name))
    if thing.kind is Kind.WORD and thing.name not in _SILENT:
        word = view.text[thing.span.start : thing.span.end]
        said = about.keyword(thing.name, " ".join(word.split()))
        return "\n\n".join(filter(None, (_rule_at(thing, view), said)))
    return ""


def rule_named(view: View, name: str) -> typed.Rule | None:
    """The good rule of that name in the file."""
    rules = (one.rule for some in view.rules.values() for one in some)
    return next((rule for rule in rules if rule is not None and rule.name == name), None)


def _rule_at(thing: Thing, view: View) -> str:
    """The explanation of the rule that a word begins."""
    piece = view.piece_at(thing.span.start) if thing.name in _OF_RULE else None
    found = view.rules.get(piece.start, ()) if piece is not None else ()
    whole = (
        one for one in found if _covers(one.place.span, thing.span.start - (piece.start if piece else 0))
    )
    one = next(whole, None)
    return "" if one is None else _explained(one.rule)


def _covers(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end


def _explained(rule: typed.Rule | None) -> str:
    return "" if rule is None else about.code_block(explain_rule(rule))
