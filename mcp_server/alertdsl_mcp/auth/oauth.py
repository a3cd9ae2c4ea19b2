"""Tokens of an OAuth authorization server: signed JWTs (RFC 9068), checked here against its published keys.

This server is a resource server only: it checks issuer, audience, times and signature, and takes the owner from the subject.
"""

from __future__ import annotations

import json
import logging
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
from anyio import to_thread
from mcp.server.auth.provider import AccessToken

from alertdsl_mcp.principal import expand

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOG = logging.getLogger("alertdsl.mcp")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only. With HS256 among them a published key could be used as the secret."""
_PATIENCE_S = 5
_LEEWAY_S = 30
_LARGEST = 200_000
_LONGEST_TOKEN = 16_000
_LONGEST_OWNER = 190


@dataclass(frozen=True, slots=True)
class OAuth:
    """An authorization server that is trusted.

    Attributes:
        issuer: its identifier, exactly as in the tokens' `iss`.
        audience: this server's address as clients know it; a token's `aud` must hold it.
        keys: where its keys are published (JWKS); "" asks its metadata document.
        owner_claim: the claim that names the owner.
    """

    issuer: str
    audience: str
    keys: str = ""
    owner_claim: str = "sub"


class OAuthTokens:
    """Verifies the tokens of one authorization server."""

    def __init__(self, settings: OAuth) -> None:
        for url in filter(None, (settings.issuer, settings.keys)):
            _check_url(url)
        self._settings = settings
        self._client: jwt.PyJWKClient | None = None

    async def verify_token(self, token: str) -> AccessToken | None:
        """The caller, or None for a token that is not to be trusted here."""
        if len(token) > _LONGEST_TOKEN or token.count(".") != 2:
            return None
        return await to_thread.run_sync(self._verify, token)

    def _verify(self, token: str) -> AccessToken | None:
        wanted = self._settings
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys().get_signing_key_from_jwt(token).key,
                algorithms=list(ALGORITHMS),
                issuer=wanted.issuer,
                audience=wanted.audience,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, OSError, ValueError) as error:
            _LOG.info("a token was refused: %s", type(error).__name__)
            return None
        owner = claims.get(wanted.owner_claim)
        if not isinstance(owner, str) or not owner.strip() or len(owner) > _LONGEST_OWNER:
            return None
        client = claims.get("client_id") or claims.get("azp") or owner
        return AccessToken(
            token="jwt",  # noqa: S106 - never the token itself: it would be kept with sessions
            client_id=str(client)[:_LONGEST_OWNER],
            scopes=sorted(expand(_scopes(claims))),
            expires_at=int(claims["exp"]) + _LEEWAY_S,
            resource=wanted.audience,
            subject=str(claims.get("sub") or owner),
            claims={"iss": wanted.issuer, "owner": owner.strip()},
        )

    def _keys(self) -> jwt.PyJWKClient:
        if self._client is None:
            keys = self._settings.keys or _discovered(self._settings.issuer)
            self._client = jwt.PyJWKClient(keys, timeout=_PATIENCE_S, lifespan=600)
        return self._client


def _scopes(claims: dict[str, Any]) -> list[str]:
    """`scope` is text with spaces (RFC 9068); some servers send `scp`, or a list."""
    said = claims.get("scope", claims.get("scp", ""))
    parts: Sequence[Any] = said.split() if isinstance(said, str) else said if isinstance(said, list) else ()
    return [part for part in parts if isinstance(part, str)]


def _discovered(issuer: str) -> str:
    """Where the issuer says its keys are (RFC 8414, else OpenID Connect's document)."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    origin = f"{parts.scheme}://{parts.netloc}"
    for url in (
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}{path}/.well-known/openid-configuration",
    ):
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:  # noqa: S310 - http or https, see `_check_url`
                said = json.loads(answer.read(_LARGEST))
        except (OSError, ValueError):
            continue
        if isinstance(said, dict) and said.get("issuer") == issuer and isinstance(said.get("jwks_uri"), str):
            _check_url(said["jwks_uri"])
            return str(said["jwks_uri"])
    raise ValueError(f"the authorization server {issuer} does not say where its keys are")


def _check_url(url: str) -> None:
    """Refuse an address whose answer could be replaced on the way."""
    parts = urlsplit(url)
    near = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
        raise ValueError(f"{url} must begin with https:// (http:// is for this machine only)")
