"""Rule files and the table: after a synchronisation it holds what the files say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.errors import StoreError
from alertdsl.store.queries import rule_rows
from alertdsl.store.queries.circles import circles_with
from alertdsl.store.records import NewRule, Refused, Rule, SyncResult
from alertdsl.store.tables import rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alertdsl.store.database import Transaction

_AUTHOR = "files"


def sync_rules(
    tx: Transaction, origin: str, wanted: Sequence[NewRule], owner: str, keep_sources: frozenset[str]
) -> SyncResult:
    """Add, change and delete the rules of one origin; a rule is the same by its declared id, else by its name."""
    if not origin:
        raise StoreError("a set of rule files needs a name (origin)")
    rule_rows.check_text(origin=origin, owner=owner)
    rule_rows.hold(tx)
    pairs, gone = _pair(wanted, _of_origin(tx, origin, owner))
    # Deletions come first: a name that one file gives up may be another's.
    removed = [rule_rows.mark_deleted(tx, rule) for rule in gone if rule.source not in keep_sources]
    changed: list[Rule] = []
    unchanged: list[Rule] = []
    news = [(new, rule) for new, rule in pairs if rule is None or not rule_rows.is_same(new, rule)]
    turning = circles_with(tx, owner, [new for new, _ in news], {rule.id for _, rule in news if rule})
    refused = [Refused(new, turning[new.name]) for new, _ in news if new.name in turning]
    for new, rule in pairs:
        if rule is None or new.name in turning:
            continue
        if rule_rows.is_same(new, rule):
            unchanged.append(rule)
            continue
        try:
            changed.append(rule_rows.replace_text(tx, rule, new, _AUTHOR))
        except StoreError as error:
            refused.append(Refused(new, str(error)))
    missing = [new for new, rule in pairs if rule is None and new.name not in turning]
    added, not_added = _add(tx, missing, owner, origin)
    return SyncResult(tuple(added), tuple(changed), tuple(unchanged), tuple(removed), (*refused, *not_added))


def _add(
    tx: Transaction, wanted: Sequence[NewRule], owner: str, origin: str
) -> tuple[list[Rule], list[Refused]]:
    """Insert all at once, except those whose name or id is taken."""
    if not wanted:
        return [], []
    revision, now = rule_rows.next_revision(tx), tx.now()
    refused: list[Refused] = []
    rows: dict[str, tuple[NewRule, dict[str, Any]]] = {}
    for place, new in enumerate(wanted):
        try:
            # A nanosecond apart, so that they are listed in the order of the files.
            row = rule_rows.new_values(new, owner, revision, now, origin=origin, created_at=now + place)
        except StoreError as error:
            refused.append(Refused(new, str(error)))
            continue
        if rows.setdefault(row["live_key"], (new, row))[1] is not row:
            refused.append(Refused(new, f"there is another rule with the name {new.name!r}"))
    keys = [(new, row["live_key"], row["declared_key"]) for new, row in rows.values()]
    taken = rule_rows.taken(tx, keys)
    free = []
    for new, row in rows.values():
        reason = taken.get(row["live_key"]) or taken.get(row["declared_key"] or "")
        if reason:
            refused.append(Refused(new, reason))
        else:
            free.append(row)
    return rule_rows.insert(tx, free, _AUTHOR), refused


def _of_origin(tx: Transaction, origin: str, owner: str) -> list[Rule]:
    query = sa.select(*rule_rows.RULE_COLUMNS).where(
        rules.c.owner == owner, rules.c.origin == origin, rules.c.deleted_at.is_(None)
    )
    return [Rule(*row) for row in tx.rows(query)]


def _pair(
    wanted: Sequence[NewRule], old: Sequence[Rule]
) -> tuple[list[tuple[NewRule, Rule | None]], list[Rule]]:
    """Each wanted rule with the one it was before, and the old ones that no one wants."""
    left = {rule.id: rule for rule in old}
    by_declared = {rule.declared_id: rule for rule in old if rule.declared_id}
    by_name = {rule.name: rule for rule in old if not rule.declared_id}
    pairs: list[tuple[NewRule, Rule | None]] = []
    for new in wanted:
        found = by_declared.get(new.declared_id) if new.declared_id else by_name.get(new.name)
        pairs.append((new, left.pop(found.id, None) if found else None))
    return pairs, list(left.values())
