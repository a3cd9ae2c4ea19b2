"""Errors that a model can act on: what is wrong, and what to do about it, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent
from pydantic import ValidationError

from alertdsl.diagnostics import AlertDslError
from alertdsl.store import ConflictError, NotFoundError, SchemaError, StoreError, StoreUnavailable

_MOST = 5
_LONGEST = 300


class Refusal(ToolError):
    """A call that cannot be done. `hint` is the way out, `facts` more for programs."""

    def __init__(self, message: str, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message, self.hint, self.facts = message, hint, facts

    def result(self) -> CallToolResult:
        """What the client gets."""
        data = {"error": self.message} | ({"hint": self.hint} if self.hint else {}) | self.facts
        text = self.message + (f"\n{self.hint}" if self.hint else "")
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=data, is_error=True
        )


def from_store(error: StoreError) -> Refusal:
    """What the store says, with the way out."""
    match error:
        case NotFoundError():
            return Refusal(str(error), "list_alert_rules and list_alerts show the ids")
        case ConflictError():
            return Refusal(str(error))
        case StoreUnavailable():
            return Refusal(
                "the database does not answer", "nothing was changed; health says why, try again later"
            )
        case SchemaError():
            return Refusal(str(error))
        case _:
            return Refusal(str(error))


def from_arguments(tool: str, error: ValidationError, described: Mapping[str, str]) -> Refusal:
    """The first few of what is wrong with a call's arguments, without the values: they may be huge, or secret. `described` says of an
    argument what belongs there.
    """
    found = error.errors(include_url=False, include_input=False, include_context=False)
    said = [f"{'.'.join(map(str, one['loc']))[:80]}: {one['msg'][:_LONGEST]}" for one in found[:_MOST]]
    more = f" (and {len(found) - _MOST} more)" if len(found) > _MOST else ""
    named = dict.fromkeys(str(one["loc"][0]) for one in found[:_MOST] if one["loc"])
    hints = [f"{name}: {described[name]}" for name in named if name in described]
    return Refusal(f"{tool}: {'; '.join(said)}{more}", "; ".join(hints))


def refusal_of(error: BaseException) -> Refusal | None:
    """An error as a refusal, None for a fault of ours."""
    match error:
        case Refusal():
            return error
        case StoreError():
            return from_store(error)
        case AlertDslError():
            return Refusal(str(error))
        case _:
            return None
