"""Does a running server answer? What `alertdsl test-connections` asks where ``ALERTDSL_MCP_URL`` names one.

Offered as an entry point of the group `alertdsl.checks`, since the engine's command does not know this package.
"""

from __future__ import annotations

import os
from typing import Any

import anyio

URL, TOKEN = "ALERTDSL_MCP_URL", "ALERTDSL_MCP_TOKEN"
_PATIENCE_S = 10.0


def check() -> tuple[bool, str] | None:
    """Whether the server answers and is well, and what it says; None where no server is configured."""
    url = os.environ.get(URL)
    if not url:
        return None
    try:
        return anyio.run(_ask, url, os.environ.get(TOKEN, ""))
    except Exception as error:  # noqa: BLE001 - whatever it is, the person is told which part does not answer
        return (
            False,
            f"the MCP server at {_shown(url)} does not answer ({_reason(error)}); {URL} and {TOKEN} name it",
        )


async def _ask(url: str, token: str) -> tuple[bool, str]:
    import httpx2
    from mcp import Client
    from mcp.client.sse import sse_client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {token}"} if token else None
    with anyio.fail_after(_PATIENCE_S):
        async with httpx2.AsyncClient(headers=headers, timeout=_PATIENCE_S) as http:
            is_sse = url.rstrip("/").endswith("/sse")
            target: Any = (
                sse_client(url, headers=headers) if is_sse else streamable_http_client(url, http_client=http)
            )
            async with Client(target, read_timeout_seconds=_PATIENCE_S) as client:
                tools = (await client.list_tools()).tools
                said = (await client.call_tool("health", {})).structured_content or {}
    parts = ", ".join(f"{name} {state}" for name, state in said.get("parts", {}).items())
    return said.get("status") == "pass", f"MCP server at {_shown(url)}, {len(tools)} tools; {parts}"


def _shown(url: str) -> str:
    """The address without what might be secret."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error) or type(error).__name__)[:200]
