"""Streamable HTTP and SSE, by an uvicorn of our own: the SDK's stays up as long as a client keeps a stream open."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from alertdsl_mcp.transports.limits import RateLimited, Rates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request

    from alertdsl_mcp.server import AlertServer

GRACE_S = 3
MOST_SESSIONS = 1000
SESSION_IDLE_S = 600.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and the names by which clients may call (`Host` headers; for browsers, origins)."""

    host: str = "127.0.0.1"
    port: int = 9122
    names: tuple[str, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in _LOOPBACK

    @property
    def url(self) -> str:
        """The address as a client on this machine writes it."""
        return f"http://{_bracketed(self.host)}:{self.port}"

    def security(self) -> TransportSecuritySettings:
        """The host and origin checks: against web pages that reach for servers on their reader's machine."""
        names = [*self.names]
        if self.is_loopback:
            names += ["127.0.0.1", "localhost", "[::1]"]
        elif self.host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
            names.append(_bracketed(self.host))
        hosts = [name if _has_port(name) else f"{name}:{self.port}" for name in names]
        # Behind a proxy on the standard port clients send the name alone.
        hosts += [name for name in self.names if not _has_port(name)]
        origins = [f"http://{host}" for host in hosts] + [f"https://{name}" for name in self.names]
        return TransportSecuritySettings(
            enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins
        )


def web_app(server: AlertServer, address: Address, kind: str, *, rates: Rates) -> RateLimited:
    """The ASGI application of one transport, `streamable-http` (at /mcp) or `sse` (at /sse), with /health beside it."""
    largest = server.app.settings.limits.request
    security = address.security()
    if kind == "sse":
        inner = server.sse_app(transport_security=security, max_request_body_size=largest)
    else:
        inner = server.streamable_http_app(
            transport_security=security,
            max_request_body_size=largest,
            max_sessions=MOST_SESSIONS,
            session_idle_timeout=SESSION_IDLE_S,
        )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if kind == "sse":
            yield
            return
        async with server.session_manager.run():
            yield

    app = Starlette(
        routes=[*inner.routes, Route("/health", _alive)], middleware=inner.user_middleware, lifespan=lifespan
    )
    return RateLimited(app, rates)


async def _alive(_: Request) -> JSONResponse:
    """For whoever starts containers: this process answers. What works behind it is for clients with a token to ask."""
    return JSONResponse({"status": "pass"})


class StoppingServer(uvicorn.Server):
    """Ends listen streams when it is told to stop; connections that then stay open are cut off after `GRACE_S`."""

    def __init__(self, config: uvicorn.Config, server: AlertServer) -> None:
        super().__init__(config)
        self._server = server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would never end by itself, then stop as uvicorn does."""
        self._server.subscriptions.close()
        await super().shutdown(sockets)


async def serve_http(
    server: AlertServer, address: Address, kind: str, *, sockets: Sequence[socket.socket] | None = None
) -> None:
    """Serve until a signal says stop."""
    await make_uvicorn(server, address, kind).serve(sockets=None if sockets is None else list(sockets))


def make_uvicorn(server: AlertServer, address: Address, kind: str) -> StoppingServer:
    """The web server, not started."""
    limits = server.app.settings.limits
    # Twice the allowance of one client: several may come from one address.
    rates = Rates(limits.rate * 2, limits.burst * 2)
    options: dict[str, Any] = {
        "log_level": "warning",
        "timeout_graceful_shutdown": GRACE_S,
        "limit_concurrency": 2000,
        "server_header": False,
        "h11_max_incomplete_event_size": 65_536,
    }
    app = web_app(server, address, kind, rates=rates)
    return StoppingServer(uvicorn.Config(app, host=address.host, port=address.port, **options), server)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _has_port(name: str) -> bool:
    return name.rpartition("]")[2].count(":") == 1
