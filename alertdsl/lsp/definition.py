"""Where a name is defined: in this file, in an imported or another one of the project, or in the catalog."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from alertdsl.diagnostics import Span
from alertdsl.lsp.analysis import View
from alertdsl.lsp.project import Configuration, name_of
from alertdsl.lsp.things import Kind, Thing, thing_at
from alertdsl.semantics.catalog import Catalog, phrase
from alertdsl.semantics.constants import Definition
from alertdsl.semantics.imports import Template, imported_path
from alertdsl.semantics.toml_places import TomlPlaces
from alertdsl.syntax import ast
from alertdsl.syntax.parser import name_span

Found = tuple[Path | None, str, Span]
"""A file (None: the one that was asked about), its text, and a place in it."""

_HEADER = re.compile(r'^[ \t]*rule[ \t]+("(?:\\.|[^"\\\n])*"|[\w.-]+)', re.IGNORECASE | re.MULTILINE)


def definition(
    view: View,
    offset: int,
    configuration: Configuration,
    source: Path | None,
    read: Callable[[Path], str],
    elsewhere: Callable[[], dict[str, Path]],
) -> Found | None:
    """Where the thing at an offset is defined.

    Args:
        view: the file.
        offset: the place in it.
        configuration: that of the file.
        source: where the file is.
        read: gives the text of another rule file.
        elsewhere: gives the rules of other files with their files.
    """
    catalog = configuration.catalog or Catalog()
    thing = thing_at(view, offset, catalog)
    if thing is None:
        return None
    match thing.what:
        case Definition(node, text, file):
            return _defined(view, node, text, file)
        case Template(node, text, file):
            return _defined(view, node, text, file)
        case ast.Import() as node:
            path = None if source is None else imported_path(node, source)
            return None if path is None else (path, read(path), Span(0, 0))
    if thing.kind is Kind.RULE:
        return _rule(view, thing.name, read, elsewhere)
    return _in_catalog(thing, configuration, catalog)


def _defined(view: View, node: ast.Let | ast.Rule, text: str, file: str) -> Found | None:
    place = name_span(node, text)
    for piece in view.pieces:
        if any(one is node for one in (*piece.tree.lets, *piece.tree.rules)):
            return None, view.text, Span(place.start + piece.start, place.end + piece.start)
    path = Path(file)
    return (path, text, place) if path.is_absolute() else None


def _rule(
    view: View, name: str, read: Callable[[Path], str], elsewhere: Callable[[], dict[str, Path]]
) -> Found | None:
    for piece in view.pieces:
        for one in view.rules.get(piece.start, ()):
            if one.name == name:
                place = (
                    name_span(one.place, piece.text) if isinstance(one.place, ast.Rule) else one.place.span
                )
                return None, view.text, Span(place.start + piece.start, place.end + piece.start)
    path = elsewhere().get(name)
    if path is None:
        return None
    text = read(path)
    found = next((one for one in _HEADER.finditer(text) if name_of(one) == name), None)
    return None if found is None else (path, text, Span(found.start(1), found.end(1)))


def _in_catalog(thing: Thing, configuration: Configuration, catalog: Catalog) -> Found | None:
    """The table of `alertdsl.toml` that a name is defined by."""
    tags = catalog.tag_phrases.get(phrase(thing.name), ())
    tables = {
        Kind.METRIC: ("metrics", thing.name),
        Kind.ENTITY: ("entities", thing.name),
        Kind.TAG: ("tags", tags[0].name if tags else thing.name),
        Kind.TARGET: ("notify", "targets", thing.name),
        Kind.CALENDAR: ("calendars", thing.name),
    }
    key = tables.get(thing.kind)
    if key is None or configuration.path is None:
        return None
    place = TomlPlaces(configuration.text).exact(key)
    return None if place is None else (configuration.path, configuration.text, place)
