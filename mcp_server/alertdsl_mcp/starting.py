"""From settings to a server that runs: who is let in, and by which transport."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

import anyio

from alertdsl_mcp.app import App
from alertdsl_mcp.auth.both import AnyOf, auth_settings
from alertdsl_mcp.auth.oauth import OAuth, OAuthTokens
from alertdsl_mcp.auth.own import OwnTokens
from alertdsl_mcp.server import AlertServer, build_server
from alertdsl_mcp.transports.http import Address, serve_http
from alertdsl_mcp.transports.limits import Rates, rate_limit
from alertdsl_mcp.transports.stdio import serve_stdio

if TYPE_CHECKING:
    from mcp.server.auth.provider import TokenVerifier

    from alertdsl_mcp.settings import Settings

Transport: TypeAlias = Literal["stdio", "streamable-http", "sse"]
_LOG = logging.getLogger("alertdsl.mcp")


class Unsafe(Exception):
    """A server that would let in whoever comes, or no one: why it is not started, and what to do."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in over HTTP. `auth` None: no token on this machine, else tokens."""

    auth: Literal["none", "token"] | None = None
    public_url: str = ""
    issuer: str = ""
    keys: str = ""
    owner_claim: str = "sub"

    def needs_token(self, address: Address) -> bool:
        """Whether clients need a token."""
        return bool(self.issuer) or self.auth == "token" or (self.auth is None and not address.is_loopback)


def start(settings: Settings, transport: Transport, address: Address, access: Access) -> None:
    """Serve until stopped.

    Raises:
        Unsafe: it would be open to others without authentication, or its settings contradict each other.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    if transport == "stdio":
        server = make_server(settings)
        try:
            anyio.run(serve_stdio, server, settings.limits.request)
        finally:
            server.app.close()
        return
    server, address = make_web_server(settings, transport, address, access)
    path = "/sse" if transport == "sse" else "/mcp"
    sys.stderr.write(f"alertdsl: serving MCP at {address.url}{path}\n")
    try:
        anyio.run(serve_http, server, address, transport)
    finally:
        server.app.close()


def make_server(settings: Settings) -> AlertServer:
    """The server of one local client, who is the operator."""
    rates = Rates(settings.limits.rate, settings.limits.burst)
    return build_server(App(settings), middleware=[rate_limit(rates)])


def make_web_server(
    settings: Settings, transport: Transport, address: Address, access: Access
) -> tuple[AlertServer, Address]:
    """The server of many clients, and the address with all the names that it is called by."""
    path = "/sse" if transport == "sse" else "/mcp"
    public = access.public_url or f"{address.url}{path}"
    parts = urlsplit(public)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unsafe(f"--public-url {public!r} is not an address like https://alerts.example.com/mcp")
    if access.public_url:
        address = replace(address, names=tuple(dict.fromkeys((*address.names, parts.netloc))))
    middleware = [rate_limit(Rates(settings.limits.rate, settings.limits.burst))]
    if not access.needs_token(address):
        if not address.is_loopback:
            raise Unsafe(
                f"--host {address.host} lets others in: leave --auth none out, and give them tokens "
                "(`alertdsl mcp-tokens create`)"
            )
        return build_server(App(settings), middleware=middleware), address
    if not address.is_loopback and not address.names and address.host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        raise Unsafe(
            "say by which name clients call: --public-url https://alerts.example.com/mcp, or --allowed-host"
        )
    app = App(settings, local=False)
    verifier = AnyOf(_verifiers(app, access, public))
    auth = auth_settings(public, access.issuer or None)
    return build_server(app, token_verifier=verifier, auth=auth, middleware=middleware), address


def _verifiers(app: App, access: Access, public: str) -> list[TokenVerifier]:
    found: list[TokenVerifier] = [OwnTokens(app, public)]
    if not access.issuer:
        return found
    if not access.public_url:
        raise Unsafe(
            "--oauth-issuer needs --public-url: only tokens that were made for this server are accepted"
        )
    try:
        found.append(OAuthTokens(OAuth(access.issuer, public, access.keys, access.owner_claim)))
    except ValueError as problem:
        raise Unsafe(str(problem)) from None
    return found
