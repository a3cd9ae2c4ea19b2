"""The hints that every tool carries: whether it changes anything, destroys anything, and looks beyond this server."""

from __future__ import annotations

from mcp.types import ToolAnnotations

LOOKS = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
ADDS_ONCE = ADDS.model_copy(update={"idempotent_hint": True})
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)
