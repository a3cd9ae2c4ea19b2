"""A language client that drives the real server process over standard input and output, as an editor does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

WAIT_S = 20.0
COMMAND = (sys.executable, "-m", "alertdsl", "lsp", "--stdio")


class Editor(LanguageClient):
    """Opens files, types, asks, and remembers the diagnostics that the server sends."""

    def __init__(self) -> None:
        super().__init__("test", "1")
        self.told: dict[str, types.PublishDiagnosticsParams] = {}
        self.news = asyncio.Event()
        self.messages: list[str] = []
        self.watched: list[types.Registration] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.told[params.uri] = params
            self.news.set()

        @self.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def shown(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def registered(params: types.RegistrationParams) -> None:
            self.watched.extend(params.registrations)

    def open(self, path: Path, text: str | None = None, language: str = "alert") -> str:
        """Opens a file, with the text on the disk if none is given; gives its address."""
        uri = path.as_uri()
        self.texts[uri] = path.read_text("utf-8") if text is None else text
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri, language, 1, self.texts[uri])
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def type(self, uri: str, text: str) -> None:
        """Makes the text of an open file another."""
        self.texts[uri] = text
        self.versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of the newest text of a file."""
        return await self.until(uri, lambda _: self.told[uri].version == self.versions[uri])

    async def until(self, uri: str, good: Callable[[list[types.Diagnostic]], bool]) -> list[types.Diagnostic]:
        """The diagnostics of a file, once they are what is waited for."""
        async with asyncio.timeout(WAIT_S):
            while uri not in self.told or not good(self._about(uri)):
                self.news.clear()
                await self.news.wait()
        return self._about(uri)

    def _about(self, uri: str) -> list[types.Diagnostic]:
        # That a rule notifies nobody, or asks what no engine decides yet, is not what these scenes are about.
        return [one for one in self.told[uri].diagnostics if one.code != "W411"]

    def place(self, uri: str, needle: str, *, behind: bool = False) -> types.TextDocumentPositionParams:
        """The place of a word in an open file (in UTF-16 units), or the one behind it."""
        text = self.texts[uri]
        offset = text.index(needle) + (len(needle) if behind else 0)
        line = text.count("\n", 0, offset)
        column = len(text[text.rfind("\n", 0, offset) + 1 : offset].encode("utf-16-le")) // 2
        return types.TextDocumentPositionParams(
            types.TextDocumentIdentifier(uri), types.Position(line, column)
        )

    async def completions(self, uri: str, behind: str) -> list[types.CompletionItem]:
        """What is offered behind a word."""
        at = self.place(uri, behind, behind=True)
        answer = self.text_document_completion_async(types.CompletionParams(at.text_document, at.position))
        found = await asked(answer)
        assert isinstance(found, types.CompletionList)
        return list(found.items)

    async def labels(self, uri: str, behind: str) -> list[str]:
        """The labels of what is offered behind a word."""
        return [one.label for one in await self.completions(uri, behind)]

    async def hover(self, uri: str, word: str) -> str:
        """The text shown at a word; "" for none."""
        at = self.place(uri, word)
        found = await asked(self.text_document_hover_async(types.HoverParams(at.text_document, at.position)))
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def definition(self, uri: str, word: str) -> types.Location | None:
        """Where a word is defined."""
        at = self.place(uri, word)
        params = types.DefinitionParams(at.text_document, at.position)
        found = await asked(self.text_document_definition_async(params))
        assert found is None or isinstance(found, types.Location)
        return found

    async def actions(
        self, uri: str, place: types.Range, only: list[types.CodeActionKind | str] | None = None
    ) -> list[types.CodeAction]:
        """The code actions at a range."""
        context = types.CodeActionContext([], only)
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        found = await asked(self.text_document_code_action_async(params))
        return [one for one in found or () if isinstance(one, types.CodeAction)]

    def apply(self, uri: str, changes: list[types.TextEdit]) -> str:
        """The text of a file with edits made, the last one first."""
        text = self.texts[uri]
        for edit in sorted(
            changes, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True
        ):
            start, end = self._offset(text, edit.range.start), self._offset(text, edit.range.end)
            text = text[:start] + edit.new_text + text[end:]
        return text

    @staticmethod
    def _offset(text: str, at: types.Position) -> int:
        lines = text.split("\n")
        before = sum(len(line) + 1 for line in lines[: at.line])
        rest = lines[at.line].encode("utf-16-le")[: 2 * at.character] if at.line < len(lines) else b""
        return min(before + len(rest.decode("utf-16-le")), len(text))

    async def leave(self) -> int:
        """Says good-bye; the server's exit code."""
        await asked(self.shutdown_async(None))
        self.exit(None)
        assert self._server is not None
        async with asyncio.timeout(WAIT_S):
            return await self._server.wait()


async def asked(answer: Awaitable[Any]) -> Any:
    """An answer that has to come."""
    return await asyncio.wait_for(answer, WAIT_S)


@asynccontextmanager
async def editor(
    root: Path, *, encodings: list[types.PositionEncodingKind | str] | None = None, watch: bool = False
) -> AsyncIterator[Editor]:
    """An editor that has a folder open, with its server."""
    client = Editor()
    await client.start_io(*COMMAND)
    try:
        files = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watch)
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(position_encodings=encodings),
            workspace=types.WorkspaceClientCapabilities(did_change_watched_files=files),
        )
        folder = types.WorkspaceFolder(root.as_uri(), root.name)
        params = types.InitializeParams(
            capabilities=capabilities, root_uri=root.as_uri(), workspace_folders=[folder]
        )
        await asked(client.initialize_async(params))
        client.initialized(types.InitializedParams())
        yield client
    finally:
        if client._server is not None and client._server.returncode is None:
            client._server.kill()
        await client.stop()  # type: ignore[no-untyped-call]
