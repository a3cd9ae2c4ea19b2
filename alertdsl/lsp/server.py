"""The server: the protocol's requests, each answered by a module of its own."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types

from alertdsl.diagnostics import AlertDslError, Span
from alertdsl.lsp import edits, telling
from alertdsl.lsp.analysis import View
from alertdsl.lsp.completion import TRIGGERS, complete
from alertdsl.lsp.definition import definition
from alertdsl.lsp.files import follow_buffers, follow_disk, follow_life
from alertdsl.lsp.hover import hover
from alertdsl.lsp.session import AlertServer, Document
from alertdsl.lsp.symbols import outline
from alertdsl.semantics.catalog import EMPTY

LOG = logging.getLogger(__name__)


def make_server() -> AlertServer:
    """A server with all its features, to be started on a transport."""
    server = AlertServer()
    follow_life(server)
    follow_buffers(server)
    follow_disk(server)
    _show(server)
    _change(server)
    return server


def _show(server: AlertServer) -> None:
    """The requests that show something."""

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(TRIGGERS))
    )
    def completion(params: types.CompletionParams) -> types.CompletionList | None:
        document = server.documents.get(params.text_document.uri)
        if document is None or document.is_catalog:
            return None
        positions = document.positions(server.encoding)
        offset = positions.offset(params.position)
        return complete(document.text, offset, server.surroundings(document), positions)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        found = await server.view(params.text_document.uri)
        if found is None:
            return None
        document, view = found
        positions = document.positions(server.encoding)
        catalog = server.project.configuration_of(document.path).catalog or EMPTY
        return hover(view, positions.offset(params.position), catalog, positions)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> types.Location | None:
        found = await server.view(params.text_document.uri)
        if found is None:
            return None
        document, view = found
        project = server.project
        try:
            place = definition(
                view,
                document.positions(server.encoding).offset(params.position),
                project.configuration_of(document.path),
                document.path,
                project.text,
                lambda: project.rule_names(document.path),
            )
        except AlertDslError:
            return None  # the file has gone meanwhile
        return None if place is None else server.location(place, document)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        found = await server.view(params.text_document.uri)
        return None if found is None else outline(found[1], found[0].positions(server.encoding))


def _change(server: AlertServer) -> None:
    """The requests that change the text."""

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        document = server.documents.get(params.text_document.uri)
        if document is None or document.is_catalog:
            return None
        positions = document.positions(server.encoding)
        try:
            return await asyncio.to_thread(edits.formatted, document.text, positions)
        except AlertDslError as problem:
            LOG.info("%s is not formatted: %s", document.uri, problem.message)
            return None

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, edits.FIX_ALL]),
    )
    async def code_actions(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        found = await server.view(params.text_document.uri)
        if found is None:
            return None
        return _actions(server, *found, params)


def _actions(
    server: AlertServer, document: Document, view: View, params: types.CodeActionParams
) -> list[types.CodeAction]:
    positions = document.positions(server.encoding)
    place = positions.span(params.range)
    only = params.context.only
    out: list[types.CodeAction] = []
    if _wanted(types.CodeActionKind.QuickFix, only):
        near = [one for one in view.diagnostics if _touches(one.span, place)]
        shown = telling.told(near, view.text, positions)
        out.extend(edits.actions(near, shown, document.uri, positions, view.text))
    if _wanted(edits.FIX_ALL, only):
        every = edits.fix_all(view.diagnostics, document.uri, positions)
        out.extend([] if every is None else [every])
    return out


def _wanted(kind: str, only: object) -> bool:
    kinds = [str(getattr(one, "value", one)) for one in only] if isinstance(only, list | tuple) else None
    kind = str(getattr(kind, "value", kind))
    return kinds is None or any(kind == one or kind.startswith(f"{one}.") or not one for one in kinds)


def _touches(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
