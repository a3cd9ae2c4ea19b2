"""Access tokens, without their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

TokenScope: TypeAlias = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token of a client of the MCP server: whose rules it is for, and what it allows.

    `write` includes `read`; `admin` includes both and is for the rules of every owner.
    """

    id: str
    owner: str
    scope: TokenScope
    note: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
