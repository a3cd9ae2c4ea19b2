"""Asking the evaluator what a rule would do, in a process of its own.

The evaluator is another distribution, found by its entry point (group `alertdsl.services`, name `preview`) and run as
``python -m <module>``: a request as a line of JSON on its standard input, the answer on its standard output. A process because
then this one never imports the engine, its memory is given back, a long evaluation does not hold up other clients, and, above
all, a query whose client has gone can be ended for certain: the process is killed, and its connections with it.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import RunVar
from pydantic import ValidationError

from alertdsl_mcp.errors import Refusal
from alertdsl_mcp.facts import Preview

if TYPE_CHECKING:
    from anyio.abc import Process

    from alertdsl_mcp.settings import Settings

GROUP, NAME = "alertdsl.services", "preview"
INSTALL = "install alertdsl-runtime beside this server to have previews; without one, check_rule and explain_rule still work"
_LARGEST_ANSWER = 1_000_000
_running: RunVar[anyio.CapacityLimiter] = RunVar("alertdsl_previews")


def evaluator() -> str | None:
    """The module of the evaluator's preview service, None where it is not installed. It is not imported."""
    found = next(iter(entry_points(group=GROUP, name=NAME)), None)
    return None if found is None else found.module


async def run_preview(settings: Settings, text: str, days: float, *, owner: str = "default") -> Preview:
    """What the rules of a text would have done in the last `days`, from the configured source; those that they ask about are
    the owner's.

    Raises:
        Refusal: no evaluator, no source, a source that does not answer, or no answer in time.
    """
    module = evaluator()
    if module is None:
        raise Refusal("no preview: the evaluator is not installed on this server", INSTALL)
    request = {
        "rule": text,
        "days": days,
        "owner": owner,
        "config": None if settings.path is None else str(settings.path),
        "database": settings.database if settings.database_given else None,
    }
    async with _limiter(settings.limits.previews):
        with anyio.move_on_after(settings.limits.preview_s) as deadline:
            said = await _ask(module, json.dumps(request).encode() + b"\n")
    if deadline.cancelled_caught:
        raise Refusal(
            f"no preview: the evaluation took longer than {settings.limits.preview_s:g} s and was stopped",
            "ask for fewer days, or narrow the rule's series",
        )
    return _understood(said)


def _limiter(most: int) -> anyio.CapacityLimiter:
    """How many previews may run at the same time, over all clients."""
    try:
        return _running.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(most)
        _running.set(limiter)
        return limiter


async def _ask(module: str, request: bytes) -> bytes:
    command = [sys.executable, "-m", module]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSTARTUP"}
    async with await anyio.open_process(command, stderr=None, env=environment) as process:
        try:
            return await _exchange(process, request)
        except BaseException:
            # The client has gone, or time is up: nothing of the query may live on.
            process.kill()
            raise


async def _exchange(process: Process, request: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    # The pipe stays open until the answer is there: its end tells the other side that this process has died.
    await process.stdin.send(request)
    answer = bytearray()
    async for chunk in process.stdout:
        answer += chunk
        if len(answer) > _LARGEST_ANSWER:
            raise Refusal("no preview: the evaluator's answer is too large")
    await process.stdin.aclose()
    await process.wait()
    return bytes(answer)


def _understood(said: bytes) -> Preview:
    try:
        answer: Any = json.loads(said)
        if "error" in answer:
            raise Refusal(f"no preview: {answer['error']}", str(answer.get("hint", "")))
        return Preview.model_validate(answer)
    except (ValueError, TypeError, ValidationError):
        raise Refusal("no preview: the evaluator failed", "the server's log says why") from None
