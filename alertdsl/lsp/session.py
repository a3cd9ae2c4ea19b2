"""The state of the server: the open files, what is known of them, and the diagnostics that follow the typing.

Everything runs in one thread. Reading a file again is cut into short steps, so that no request waits for more than one of them.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from alertdsl import __version__
from alertdsl.lsp import telling
from alertdsl.lsp.analysis import Analysis, Setting, View
from alertdsl.lsp.definition import Found
from alertdsl.lsp.names import Names
from alertdsl.lsp.offers import Surroundings, relative
from alertdsl.lsp.positions import Positions
from alertdsl.lsp.project import Configuration, Project
from alertdsl.semantics.catalog import CATALOG_FILE, EMPTY, Catalog
from alertdsl.semantics.imports import Library

LOG = logging.getLogger(__name__)
QUIET_S = 0.15
"""How long nothing is typed before a file is read again, in seconds."""
STEP_S = 0.005
"""How long the server works before it looks for requests, in seconds."""
REST_S = 0.001
"""How long it leaves the processor to the thread that reads them, in seconds."""


@dataclass
class Document:
    """An open file.

    `view` is made of some version of the text, the newest once `task` is done.
    """

    uri: str
    path: Path | None
    text: str
    version: int | None
    analysis: Analysis = field(default_factory=Analysis)
    task: asyncio.Task[None] | None = None
    _positions: tuple[str, Positions] | None = None

    @property
    def is_catalog(self) -> bool:
        return self.path is not None and self.path.name == CATALOG_FILE

    def positions(self, encoding: str) -> Positions:
        """Places of the newest text."""
        if self._positions is None or self._positions[0] is not self.text:
            self._positions = (self.text, Positions(self.text, encoding))
        return self._positions[1]


class AlertServer(LanguageServer):
    """Knows the open files and their projects."""

    def __init__(self) -> None:
        # Whole texts: finding the place of a change needs the text cut into lines, which is no cheaper.
        super().__init__("alertdsl", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.documents: dict[str, Document] = {}
        self.buffers: dict[Path, str] = {}
        self.project = Project(self.buffers)
        self.shut_down = False
        self.background: set[asyncio.Task[None]] = set()
        self._names: tuple[Catalog, Names] = (EMPTY, Names(EMPTY))
        self._told_catalogs: set[Path] = set()

    def report_server_error(self, error: Exception, source: object) -> None:
        """Logs it; a message box at each keystroke would help nobody."""
        LOG.error("%s", error)

    # ---------------------------------------------------------------- what is known

    @property
    def encoding(self) -> str:
        """What the editor counts columns in."""
        return str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))

    def names(self, catalog: Catalog | None) -> Names:
        """The names of a catalog, kept for the newest one."""
        catalog = catalog or EMPTY
        if self._names[0] is not catalog:
            self._names = (catalog, Names(catalog))
        return self._names[1]

    def setting(self, document: Document) -> Setting:
        """What a file is read with."""
        configuration = self.project.configuration_of(document.path)
        name = document.uri if document.path is None else str(document.path)
        rules = frozenset(self.project.rule_names(document.path))
        return Setting(name, document.path, configuration.catalog, self.project.text, rules)

    async def view(self, uri: str) -> tuple[Document, View] | None:
        """The newest view of an open rule file, waited for; None for other files."""
        document = self.documents.get(uri)
        if document is None or document.is_catalog:
            return None
        while True:
            view, text = document.analysis.view, document.text
            if view is not None and view.text == text:
                return document, view
            if document.task is None or document.task.done():
                self.read(document, quiet=False)
            task = document.task
            assert task is not None
            await asyncio.wait({task})
            failed = not task.cancelled() and document.analysis.view is view and document.text == text
            if failed or self.documents.get(uri) is not document:
                return None

    def surroundings(self, document: Document) -> Surroundings:
        """What completion may offer; the definitions are those of the newest view, which may be a few letters old."""
        configuration = self.project.configuration_of(document.path)
        view = document.analysis.view
        elsewhere = self.project.rule_names(document.path)
        own = () if view is None else (one.name for some in view.rules.values() for one in some)
        names = dict.fromkeys(name for name in (*own, *elsewhere) if name is not None)
        files = (
            () if document.path is None else relative(self.project.rule_files(document.path), document.path)
        )
        return Surroundings(
            self.names(configuration.catalog),
            Library() if view is None else view.library,
            tuple(names),
            configuration.targets,
            files,
        )

    # ---------------------------------------------------------------- reading again

    def read(self, document: Document, *, quiet: bool) -> None:
        """Reads a file again, after a moment of quiet or at once; what was being read of it before is given up."""
        if document.task is not None:
            document.task.cancel()
        work = self._tell_catalog(document) if document.is_catalog else self._read(document, quiet=quiet)
        document.task = asyncio.ensure_future(work)

    def read_others(self, than: Document | None = None) -> None:
        """Reads the other open files again, whose catalog, imports or rules may have changed."""
        for document in self.documents.values():
            if document is not than:
                self.read(document, quiet=True)

    def read_importing(self, imported: Document) -> None:
        """Reads the other open files again that import one."""
        for document in self.documents.values():
            view = document.analysis.view
            if document is not imported and view is not None and imported.path in view.reads:
                self.read(document, quiet=True)

    async def _read(self, document: Document, *, quiet: bool) -> None:
        if quiet:
            await asyncio.sleep(QUIET_S)
        try:
            await self._steps(document)
            self._publish(document)
        except asyncio.CancelledError:
            raise
        except Exception:
            LOG.exception("cannot read %s", document.uri)

    async def _steps(self, document: Document) -> None:
        # The collector looks at all there is each time that it has grown by a quarter, which is the longest pause of a first
        # reading; what was read is a tree, and is let go without it.
        first = document.analysis.view is None
        if first:
            gc.disable()
        try:
            await self._work(document)
        finally:
            if first:
                gc.freeze()
                gc.enable()

    async def _work(self, document: Document) -> None:
        until = time.perf_counter() + STEP_S
        for _ in document.analysis.steps(document.text, self.setting(document)):
            if time.perf_counter() > until:
                await asyncio.sleep(REST_S)
                until = time.perf_counter() + STEP_S

    def _publish(self, document: Document) -> None:
        view = document.analysis.view
        if view is None or self.documents.get(document.uri) is not document:
            return
        configuration = self.project.configuration_of(document.path)
        shown = telling.told(telling.most(view.diagnostics), view.text, document.positions(self.encoding))
        self._send(document.uri, document.version, [*telling.of_configuration(configuration), *shown])
        self._publish_catalog(configuration)

    def _publish_catalog(self, configuration: Configuration) -> None:
        """What is wrong with a catalog, at its place; taken back when it is mended."""
        path = configuration.path
        if path is None or (not configuration.problems and path not in self._told_catalogs):
            return
        places = Positions(configuration.text, self.encoding)
        shown = telling.told(configuration.problems, configuration.text, places)
        (self._told_catalogs.add if shown else self._told_catalogs.discard)(path)
        self._send(self.uri_of(path), None, shown)

    async def _tell_catalog(self, document: Document) -> None:
        await asyncio.sleep(QUIET_S)
        if document.path is not None:
            self._publish_catalog(self.project.configuration(document.path))

    def _send(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def uri_of(self, path: Path) -> str:
        """The address of a file: the one that the editor uses, if it is open."""
        known = (one.uri for one in self.documents.values() if one.path == path)
        return next(known, None) or from_fs_path(str(path)) or path.as_uri()

    def location(self, found: Found, asked: Document) -> types.Location:
        """A place in a file."""
        path, text, span = found
        if path is None:
            return types.Location(asked.uri, asked.positions(self.encoding).range(span))
        return types.Location(self.uri_of(path), Positions(text, self.encoding).range(span))


def path_of(uri: str) -> Path | None:
    """The file of an address; None for a text that was never saved."""
    if not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    try:
        return None if not path or "\0" in path else Path(path).resolve()
    except (OSError, RuntimeError):
        return None
