"""What the other records have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

State: TypeAlias = Literal["ok", "pending", "firing", "no data", "resolved"]
NotificationKind: TypeAlias = Literal["firing", "resolved", "repeat", "severity", "escalation"]
NotificationStatus: TypeAlias = Literal["pending", "held", "sent", "failed", "dropped"]
MatchOperator: TypeAlias = Literal["=", "!=", "~", "!~"]
Value: TypeAlias = float | str | bool | None

DEFAULT_OWNER = "default"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next_cursor` asks for the next one, None on the last."""

    items: tuple[T, ...]
    next_cursor: str | None = None
