"""The outline of a rule file: its rules, templates, constants and imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from alertdsl.diagnostics import Span
from alertdsl.lsp.about import signature
from alertdsl.lsp.analysis import Piece, View
from alertdsl.lsp.positions import Positions
from alertdsl.lsp.project import name_of
from alertdsl.syntax.parser import name_span

_BROKEN = re.compile(r'[ \t]*(?:rule|let)[ \t]+("(?:\\.|[^"\\\n])*"|[\w.-]+)', re.IGNORECASE)


def outline(view: View, positions: Positions) -> list[types.DocumentSymbol]:
    """All items of a file; those that cannot be read by the name that they begin with."""
    return [symbol for piece in view.pieces for symbol in _of_piece(piece, positions)]


def _of_piece(piece: Piece, positions: Positions) -> Iterator[types.DocumentSymbol]:
    tree, text = piece.tree, piece.text
    kind = types.SymbolKind

    def symbol(
        name: str, what: types.SymbolKind, detail: str, node: Span, place: Span
    ) -> types.DocumentSymbol:
        whole = Span(node.start + piece.start, node.end + piece.start)
        inner = Span(place.start + piece.start, place.end + piece.start)
        # The protocol refuses empty names.
        return types.DocumentSymbol(name or "?", what, positions.range(whole), positions.range(inner), detail)

    for rule in tree.rules:
        what, detail = (kind.Function, signature(rule)) if rule.parameters else (kind.Event, rule.title or "")
        yield symbol(rule.name or "condition", what, detail, rule.span, name_span(rule, text))
    for let in tree.lets:
        detail = f"by {let.by}" if let.by is not None else ""
        yield symbol(let.name, kind.Constant, detail, let.span, name_span(let, text))
    for use in tree.uses:
        yield symbol(use.name or use.template, kind.Event, f"use {use.template}", use.span, use.span)
    for one in tree.imports:
        yield symbol(one.path, kind.Module, "import", one.span, one.span)
    readable = tree.rules or tree.lets or tree.uses or tree.imports
    broken = None if readable else _BROKEN.match(text)
    if broken is not None:
        end = len(text.rstrip())
        yield symbol(name_of(broken), kind.Event, "", Span(0, max(end, broken.end(1))), Span(*broken.span(1)))
