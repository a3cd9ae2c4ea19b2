"""One verifier for the server out of those that are configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.auth.settings import AuthSettings

from alertdsl_mcp.principal import READ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.auth.provider import AccessToken, TokenVerifier


class AnyOf:
    """A token is good if one of the verifiers knows it."""

    def __init__(self, verifiers: Sequence[TokenVerifier]) -> None:
        self._verifiers = verifiers

    async def verify_token(self, token: str) -> AccessToken | None:
        """The caller, or None."""
        for verifier in self._verifiers:
            found = await verifier.verify_token(token)
            if found is not None:
                return found
        return None


def auth_settings(resource: str, issuer: str | None) -> AuthSettings:
    """What the SDK is told. Without an authorization server it publishes no metadata, and clients are not sent looking for one.

    Every token that gets past a verifier carries the resource it was made for, and the SDK compares that, too.
    """
    # As text, not as `AnyHttpUrl`: that would add a slash to an issuer without a path, and issuers are compared as text.
    return AuthSettings.model_validate(
        {
            "issuer_url": issuer or resource,
            "resource_server_url": resource if issuer else None,
            "required_scopes": [READ],
            "validate_token_resource": True if issuer else None,
        }
    )
