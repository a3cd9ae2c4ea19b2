"""The language on a page, as the resource `alertdsl://language` and in prompts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def cheat_sheet() -> str:
    """The text of `language.md` beside this module."""
    return (files("alertdsl_mcp") / "language.md").read_text("utf-8")
