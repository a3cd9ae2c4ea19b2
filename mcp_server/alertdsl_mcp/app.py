"""What the tools work with: the store, the catalog, the caller. One `App` serves all connections of a server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mcp.server.auth.middleware.auth_context import get_access_token

from alertdsl import load_catalog
from alertdsl.store import NotFoundError, open_store
from alertdsl_mcp.errors import Refusal
from alertdsl_mcp.principal import ADMIN, READ, SCOPES, WRITE, Principal
from alertdsl_mcp.settings import Settings

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog
    from alertdsl.store import Store
    from alertdsl.store.records import Rule


class App:
    """The server's things, safe to share between threads.

    Args:
        settings: what it works on.
        local: whether a caller without a token is the operator (stdio, loopback); with tokens there is no such caller.
    """

    def __init__(self, settings: Settings, *, local: bool = True) -> None:
        self.settings = settings
        self._local = local
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._catalog: tuple[float, Catalog] | None = None

    @property
    def store(self) -> Store:
        """The store; opened when it is first needed, so that the server starts without a database and can say why.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._lock:
            if self._store is None:
                self._store = open_store(self.settings.database)
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
        with self._lock:
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
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


def has_read(scopes: frozenset[str]) -> bool:
    """Whether these scopes let a caller in at all."""
    return bool(scopes & {READ, WRITE, ADMIN})
