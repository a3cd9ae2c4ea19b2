"""What happens to files: opened, typed in, saved, closed, and changed outside the editor."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types

from alertdsl.lsp.project import ENDING
from alertdsl.lsp.session import REST_S, STEP_S, AlertServer, Document, path_of
from alertdsl.lsp.warming import warm
from alertdsl.semantics.catalog import CATALOG_FILE

LOG = logging.getLogger(__name__)


def follow_life(server: AlertServer) -> None:
    """The start and the end of the server."""

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        _find_roots(server)
        task = asyncio.ensure_future(warm(STEP_S, REST_S))
        server.background.add(task)
        task.add_done_callback(server.background.discard)
        await _watch(server)

    @server.feature(types.SHUTDOWN)
    def shut_down(params: None) -> None:
        server.shut_down = True
        for task in (*server.background, *(d.task for d in server.documents.values() if d.task is not None)):
            task.cancel()


def follow_buffers(server: AlertServer) -> None:
    """What is done in the editor."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        given = params.text_document
        path = path_of(given.uri)
        document = Document(given.uri, path, given.text, given.version)
        server.documents[given.uri] = document
        if path is not None:
            server.buffers[path] = given.text
        server.project.refresh()
        server.read(document, quiet=False)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return
        document.text = server.workspace.get_text_document(document.uri).source
        document.version = params.text_document.version
        if document.path is not None:
            server.buffers[document.path] = document.text
        server.read(document, quiet=True)
        if document.is_catalog:
            server.read_others(document)
        else:
            server.read_importing(document)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.project.refresh()
        server.read_others()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        document = server.documents.pop(params.text_document.uri, None)
        if document is None:
            return
        if document.task is not None:
            document.task.cancel()
        if document.path is not None:
            server.buffers.pop(document.path, None)
        if not document.is_catalog:
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(document.uri, []))
        server.read_others()


def follow_disk(server: AlertServer) -> None:
    """What is done elsewhere."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.project.refresh()
        server.read_others()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        _find_roots(server)
        server.project.refresh()
        server.read_others()


def _find_roots(server: AlertServer) -> None:
    uris = [*server.workspace.folders, *([server.workspace.root_uri] if server.workspace.root_uri else [])]
    paths = (path_of(uri) for uri in uris)
    server.project.roots = tuple(dict.fromkeys(path for path in paths if path is not None))


async def _watch(server: AlertServer) -> None:
    """Asks the editor to tell of changes on the disk, where it can."""
    workspace = server.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if watched is None or not watched.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(f"**/{CATALOG_FILE}"), types.FileSystemWatcher(f"**/*{ENDING}")]
    )
    registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    except Exception as problem:  # noqa: BLE001 - an editor that refuses is one that does not tell
        LOG.warning("files are not watched: %s", problem)
