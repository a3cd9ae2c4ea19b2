"""Rules that wait for each other: kept out of the table, whoever writes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from alertdsl.semantics.dependencies import WAY_OUT, circle_words, circles, mentioned
from alertdsl.store.queries.search import contains
from alertdsl.store.tables import rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from alertdsl.store.database import Transaction
    from alertdsl.store.records import NewRule

_WORD = "firing"


def circles_with(
    tx: Transaction, owner: str, wanted: Iterable[NewRule], instead_of: Collection[str] = ()
) -> dict[str, str]:
    """Of the owner's rules that are to be stored, those that would close a circle: their names, and the circle in words.

    `instead_of` are the ids of stored rules that they take the place of. Whoever asks holds the rules (`rule_rows.hold`).
    """
    new = {rule.name: mentioned(rule.canonical) for rule in wanted if _WORD in rule.canonical}
    if not any(new.values()):
        return {}
    query = sa.select(rules.c.id, rules.c.name, rules.c.canonical).where(
        rules.c.owner == owner, rules.c.deleted_at.is_(None), contains(tx, rules.c.canonical, _WORD)
    )
    there = {name: mentioned(text) for id_, name, text in tx.rows(query) if id_ not in instead_of}
    found: dict[str, str] = {}
    for circle in circles(new | {name: asks for name, asks in there.items() if name not in new}):
        for place, name in enumerate(circle):
            if name in new:
                words = circle_words((*circle[place:], *circle[:place]))
                found.setdefault(name, f"{words}; {WAY_OUT}")
    return found
