"""stdio with limits: a line of any length is read in bounded memory, and every line gets an answer.

The SDK's own reader takes a line whole, whatever its length, and does not answer one that it cannot parse. Its writer is used
as it is; it also keeps stray output of ours off the wire.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from mcp.server.stdio import stdio_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from alertdsl_mcp.server import AlertServer

_CHUNK = 1 << 16
DEEPEST = 200
"""Nesting of a message; what tools take is two levels deep."""
_ID = re.compile(rb'"id"\s*:\s*(-?\d{1,18}|"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]){0,100}")')
PARSE_ERROR, INVALID_REQUEST = -32700, -32600


async def serve_stdio(server: AlertServer, largest: int) -> None:
    """Serve one client on standard input and output, until it closes its end."""
    wire = os.dup(sys.stdin.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())  # children and stray reads find an empty input, not the wire
    os.close(nothing)
    try:
        lines = BoundedLines(wire, largest)
        async with stdio_server(stdin=lines) as (read, write):  # type: ignore[arg-type]
            lines.answer = _answering(write)
            low = server._lowlevel_server
            await low.run(read, write, low.create_initialization_options())
    finally:
        os.close(wire)


class BoundedLines:
    """The lines of a file descriptor; one that is too long or too deep is answered with an error and left out."""

    def __init__(self, descriptor: int, largest: int) -> None:
        self._descriptor, self._largest = descriptor, largest
        self.answer: Callable[[dict[str, Any]], Any] | None = None

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[str]:
        held = bytearray()
        skipping = False
        while True:
            chunk = await to_thread.run_sync(os.read, self._descriptor, _CHUNK, abandon_on_cancel=True)
            if not chunk:
                return
            *ended, rest = chunk.split(b"\n")
            for part in ended:
                if skipping:
                    skipping = False
                    held.clear()
                    continue
                held += part
                line = bytes(held)
                held.clear()
                if len(line) > self._largest:
                    await self._refuse(line, self._too_long())
                elif problem := wrong_with(line):
                    await self._refuse(line, problem)
                elif line.strip():
                    yield line.decode("utf-8", "replace")
            if not skipping:
                held += rest
                if len(held) > self._largest:
                    await self._refuse(bytes(held), self._too_long())
                    held.clear()
                    skipping = True

    def _too_long(self) -> tuple[int, str]:
        return INVALID_REQUEST, f"the message is larger than {self._largest:,} bytes"

    async def _refuse(self, line: bytes, problem: tuple[int, str]) -> None:
        if self.answer is not None:
            found = _ID.search(line[:2000])
            identity = json.loads(found[1]) if found else None
            code, message = problem
            await self.answer({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}})


def wrong_with(line: bytes) -> tuple[int, str] | None:
    """Why a line is no message that can be read, None for a good one."""
    depth, deepest, in_text, escaped = 0, 0, False, False
    if line.count(b"[") + line.count(b"{") > DEEPEST:
        for byte in line:
            if in_text:
                in_text = escaped or byte != 0x22
                escaped = byte == 0x5C and not escaped
            elif byte == 0x22:
                in_text = True
            elif byte in b"[{":
                depth += 1
                deepest = max(deepest, depth)
            elif byte in b"]}":
                depth -= 1
        if deepest > DEEPEST:
            return PARSE_ERROR, f"the message is nested more than {DEEPEST} levels deep"
    if not line.strip():
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return PARSE_ERROR, "the line is not JSON"
    if not isinstance(said, dict) or said.get("jsonrpc") != "2.0":
        return INVALID_REQUEST, "the line is not a JSON-RPC 2.0 message"
    return None


def _answering(write: Any) -> Callable[[dict[str, Any]], Any]:
    """Sends an answer of our own on the wire, among the SDK's."""
    from mcp.shared.message import SessionMessage
    from mcp.types import ErrorData, JSONRPCError

    async def answer(message: dict[str, Any]) -> None:
        error = JSONRPCError(jsonrpc="2.0", id=message["id"], error=ErrorData(**message["error"]))
        try:
            await write.send(SessionMessage(error))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    return answer
