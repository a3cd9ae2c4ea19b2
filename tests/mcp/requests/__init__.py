"""Requests as people phrase them, and what each should become, about the catalog beside them.

`known.toml` was at hand while the server's corrections were built. `fresh.toml` was written only afterwards, to see how they do
on what they were not built for.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
CATALOG = _FOLDER / "catalog.toml"


@dataclass(frozen=True)
class Request:
    """What a person said: the rule text that it should become, or what the answer asks them must hold."""

    said: str
    rule: str = ""
    ask: tuple[str, ...] = ()


def load(name: str) -> tuple[Request, ...]:
    """The requests of a file."""
    found = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))["requests"]
    return tuple(Request(one["said"], one.get("rule", ""), tuple(one.get("ask", ()))) for one in found)
