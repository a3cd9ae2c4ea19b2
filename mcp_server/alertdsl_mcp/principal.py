"""Who is asking, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass

READ, WRITE, ADMIN = "read", "write", "admin"
SCOPES = (READ, WRITE, ADMIN)
"""Each includes those before it. `admin` sees and changes the rules of every owner."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A client: the owner whose rules it works on, and its scopes."""

    name: str
    owner: str
    scopes: frozenset[str]

    @property
    def sees(self) -> str | None:
        """The owner that it is confined to; None is every owner, as the store has it."""
        return None if ADMIN in self.scopes else self.owner

    @property
    def author(self) -> str:
        """How its changes are signed."""
        return f"mcp:{self.name}"[:190].strip()


def expand(scopes: tuple[str, ...] | list[str]) -> frozenset[str]:
    """The scopes with those that they include; unknown ones are dropped, a prefix `alertdsl:` is taken off."""
    plain = {scope.removeprefix("alertdsl:") for scope in scopes}
    highest = max((SCOPES.index(scope) for scope in plain & set(SCOPES)), default=-1)
    return frozenset(SCOPES[: highest + 1])
