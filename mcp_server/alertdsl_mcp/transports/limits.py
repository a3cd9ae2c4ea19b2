"""Limits on how often clients ask: a bucket of requests each, over every transport."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from mcp import MCPError
from mcp.server.auth.middleware.auth_context import get_access_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

TOO_MANY = -32005
"""JSON-RPC code: a limit was exceeded."""
_MOST_CLIENTS = 10_000


class Rates:
    """How much of its allowance each client has left. Those seen last are remembered, so that memory is bounded."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Count one request: 0 if it may pass, else the seconds until the next may."""
        now = self._clock()
        left, at = self._left.pop(client, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._rate)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        while len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate


def rate_limit(rates: Rates) -> Any:
    """Middleware of the server that counts messages by caller, over every transport."""

    async def limit(ctx: Any, call_next: Any) -> Any:
        token = get_access_token()
        wait = rates.take("local" if token is None else f"{token.client_id} {token.subject}")
        if wait:
            raise MCPError(
                code=TOO_MANY, message=f"too many requests: wait {wait:.1f} s, then go on more slowly"
            )
        return await call_next(ctx)

    return limit


class RateLimited:
    """An ASGI application that counts requests by address, before tokens are looked at: guessing them is limited too."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app, self._rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer 429."""
        if scope["type"] == "http":
            client = scope.get("client")
            wait = self._rates.take(str(client[0]) if client else "unknown")
            if wait:
                await _too_many(send, wait)
                return
        await self._app(scope, receive, send)


async def _too_many(send: Send, wait: float) -> None:
    error = {"code": TOO_MANY, "message": f"too many requests: wait {wait:.1f} s, then go on more slowly"}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", str(int(wait) + 1).encode()),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})
