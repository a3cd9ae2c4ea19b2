"""What the tools work with: the store, the catalog, the caller. One `App` serves all connections of a server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from mcp.server.auth.middleware.auth_context import get_access_token

from alertdsl import load_catalog
from alertdsl.store import NotFoundError, StoreError, open_store
from alertdsl_mcp.errors import Refusal
from alertdsl_mcp.principal import SCOPES, WRITE, Principal
from alertdsl_mcp.settings import Settings

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog
    from alertdsl.store import Store
    from alertdsl.store.records import Rule


RETRY_S = 2.0
"""How long a database that could not be opened is taken to be still unavailable."""


class App:
    """The server's things, safe to share between threads.

    Args:
        settings: what it works on.
        local: whether a caller without a token is the operator (stdio, loopback); with tokens there is no such caller.
    """

    def __init__(self, settings: Settings, *, local: bool = True) -> None:
        self.settings = settings
        self._local = local
        self._opening, self._reading = threading.Lock(), threading.Lock()
        self._store: Store | None = None
        self._failed: tuple[float, StoreError] | None = None
        self._catalog: tuple[float, Catalog] | None = None

    @property
    def store(self) -> Store:
        """The store; opened when it is first needed, so that the server starts without a database and can say why.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._opening:
            if self._store is None:
                # A database that hangs takes its time to fail; those who wait for it here need not try one after the other.
                if self._failed is not None and time.monotonic() - self._failed[0] < RETRY_S:
                    raise type(self._failed[1])(str(self._failed[1]))
                try:
                    self._store = open_store(self.settings.database)
                except StoreError as error:
                    self._failed = (time.monotonic(), error)
                    raise
            return self._store

    @property
    def catalog(self) -> Catalog | None:
        """The catalog, read again when its file has changed; None without a file.

        Raises:
            AlertDslError: what is wrong with the file.
        """
        path = self.settings.path
        if path is None:
            return None
        try:
            changed = path.stat().st_mtime
        except OSError:
            return None
        with self._reading:
            if self._catalog is None or self._catalog[0] != changed:
                self._catalog = (changed, load_catalog(path))
            return self._catalog[1]

    def principal(self) -> Principal:
        """Who is asking."""
        token = get_access_token()
        if token is not None:
            owner = str((token.claims or {}).get("owner") or token.subject or token.client_id)
            return Principal(token.client_id, owner, frozenset(token.scopes))
        if not self._local:
            raise Refusal("this server needs a token")
        return Principal("local", self.settings.owner, frozenset(SCOPES))

    def may_write(self) -> bool:
        """Whether the caller may change anything."""
        return not self.settings.read_only and WRITE in self.principal().scopes

    def writer(self) -> Principal:
        """Who is asking for a change.

        Raises:
            Refusal: the server is read-only, or the caller's token is.
        """
        principal = self.principal()
        if self.settings.read_only:
            raise Refusal(
                "this server is read-only", "its operator started it with --read-only; nothing was changed"
            )
        if WRITE not in principal.scopes:
            raise Refusal(
                "this token may only read", f"a token with the scope {WRITE} is needed; nothing was changed"
            )
        return principal

    def rule(self, given: str, principal: Principal) -> Rule:
        """A rule by its id or its name, of those that the caller sees.

        Raises:
            NotFoundError: none.
        """
        try:
            return self.store.rules.get(given, owner=principal.sees)
        except NotFoundError:
            return self.store.rules.by_name(given, owner=principal.owner)

    def close(self) -> None:
        """Give the database's connections back."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None
