"""Tokens that `alertdsl mcp-tokens create` made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from mcp.server.auth.provider import AccessToken

from alertdsl.store import StoreError
from alertdsl_mcp.principal import expand

if TYPE_CHECKING:
    from alertdsl_mcp.app import App

SECOND = 1_000_000_000


class OwnTokens:
    """Verifies tokens against the store, at every request: a revoked one is refused at once."""

    def __init__(self, app: App, resource: str) -> None:
        self._app = app
        self._resource = resource

    async def verify_token(self, token: str) -> AccessToken | None:
        """The caller, or None for a token that is not ours, expired or revoked."""
        try:
            found = await to_thread.run_sync(lambda: self._app.store.tokens.verify(token))
        except StoreError:
            return None  # without the database no one can be let in
        if found is None:
            return None
        return AccessToken(
            token=found.id,  # never the secret: it would be kept with sessions
            client_id=f"token-{found.id}",
            scopes=sorted(expand([found.scope])),
            expires_at=None if found.expires_at is None else found.expires_at // SECOND,
            resource=self._resource,
            subject=found.owner,
            claims={"owner": found.owner},
        )
