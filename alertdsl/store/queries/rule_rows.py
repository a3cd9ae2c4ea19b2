"""Rows of `alert_rules` and what every change of one has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.bulk import chunks
from alertdsl.store.errors import ConflictError, NotFoundError, StoreError
from alertdsl.store.identity import is_id, new_id, text_hash
from alertdsl.store.records import Rule
from alertdsl.store.tables import counters, disarmed, rule_versions, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alertdsl.store.database import Transaction
    from alertdsl.store.records import NewRule

RULE_COLUMNS = tuple(rules.c[name] for name in Rule.__dataclass_fields__)
_LONGEST = {
    "owner": 190,
    "name": 190,
    "origin": 190,
    "declared_id": 190,
    "author": 190,
    "severity": 64,
    "meaning": 64,
}


def next_revision(tx: Transaction, counter: str = "rules") -> int:
    """Count up. Holds the counter's row until the transaction ends, so revisions appear in their order."""
    tx.execute(counters.update().where(counters.c.name == counter).values(value=counters.c.value + 1))
    return int(tx.rows(sa.select(counters.c.value).where(counters.c.name == counter))[0][0])


def hold(tx: Transaction) -> None:
    """Wait for, then keep off, everyone else who changes rules, until the transaction ends."""
    tx.rows(sa.select(counters.c.value).where(counters.c.name == "rules").with_for_update())


def check_text(**texts: str) -> None:
    """Refuse what some database cannot hold or would change: a rule must come out as it went in."""
    for field, text in texts.items():
        if "\0" in text or any("\ud800" <= ch <= "\udfff" for ch in text):
            raise StoreError(f"{field} holds a character that cannot be stored")
        if len(text) > _LONGEST.get(field, 2_000_000):
            raise StoreError(f"{field} is longer than {_LONGEST.get(field, 2_000_000)} characters")
        # MySQL takes "a" and "a " for equal.
        if field in _LONGEST and text != text.strip():
            raise StoreError(f"{field} begins or ends with white space")
    for field in texts.keys() & {"owner", "name"}:
        if not texts[field]:
            raise StoreError(f"{field} is empty")


def live_key(owner: str, name: str) -> str:
    """What is unique among the rules that are not deleted."""
    return text_hash("name", owner, name)


def declared_key(owner: str, origin: str, declared: str) -> str | None:
    """The same for the id that a rule's text gives."""
    return text_hash("declared", owner, origin, declared) if declared else None


def find(tx: Transaction, rule_id: str, owner: str | None, *, deleted: bool = False) -> Rule:
    """The rule, or NotFoundError."""
    query = sa.select(*RULE_COLUMNS).where(rules.c.id == rule_id)
    if owner is not None:
        query = query.where(rules.c.owner == owner)
    if not deleted:
        query = query.where(rules.c.deleted_at.is_(None))
    row = tx.row(query) if is_id(rule_id) else None
    if row is None:
        raise NotFoundError(f"no rule {rule_id!r}")
    return Rule(*row)


def new_values(new: NewRule, owner: str, revision: int, now: int, **extra: Any) -> dict[str, Any]:
    """The columns of a rule that is to be inserted."""
    origin = extra.get("origin", "")
    check_text(owner=owner, origin=origin, **texts_of(new))
    values = texts_of(new) | {
        "id": new_id(),
        "owner": owner,
        "live_key": live_key(owner, new.name),
        "declared_key": declared_key(owner, origin, new.declared_id),
        "enabled": True,
        "version": 1,
        "origin": origin,
        "created_at": now,
        "updated_at": now,
        "version_at": now,
        "active_from": now,
        "active_to": None,
        "deleted_at": None,
        "revision": revision,
        "request_key": None,
        "request_digest": None,
    }
    values |= extra
    if not values["enabled"]:
        values["active_to"] = now
    return values


def insert(tx: Transaction, rows: Sequence[dict[str, Any]], author: str) -> list[Rule]:
    """Insert rules with their first versions; their names are known to be free."""
    check_text(author=author)
    inserted = [Rule(*(row[column.name] for column in RULE_COLUMNS)) for row in rows]
    tx.many(rules.insert(), rows)
    tx.many(rule_versions.insert(), [_version(rule, author) for rule in inserted])
    return inserted


def replace_text(tx: Transaction, rule: Rule, new: NewRule, author: str) -> Rule:
    """Give a rule another text, as its next version; what `once` disarmed is armed again."""
    check_text(author=author, **texts_of(new))
    revision, now = next_revision(tx), tx.now()
    live, declared = live_key(rule.owner, new.name), declared_key(rule.owner, rule.origin, new.declared_id)
    for reason in taken(tx, [(new, live, declared)], other_than=rule.id).values():
        raise ConflictError(reason)
    done = tx.execute(
        rules.update()
        .where(rules.c.id == rule.id, rules.c.version == rule.version, rules.c.deleted_at.is_(None))
        .values(
            **texts_of(new),
            live_key=live,
            declared_key=declared,
            version=rule.version + 1,
            version_at=now,
            updated_at=now,
            revision=revision,
        )
    )
    if done.rowcount != 1:
        raise ConflictError(f"rule {rule.name!r} was changed by someone else meanwhile; read it again")
    tx.execute(disarmed.delete().where(disarmed.c.rule_id == rule.id))
    changed = find(tx, rule.id, None)
    tx.execute(rule_versions.insert().values(_version(changed, author)))
    return changed


def set_values(tx: Transaction, rule: Rule, **values: Any) -> Rule:
    """Change columns of a rule that are no part of its text."""
    revision = next_revision(tx)
    tx.execute(
        rules.update().where(rules.c.id == rule.id).values(**values, updated_at=tx.now(), revision=revision)
    )
    return find(tx, rule.id, None, deleted=True)


def mark_deleted(tx: Transaction, rule: Rule) -> Rule:
    """Delete a rule: it is evaluated no more and its name is free, its alerts and their history stay."""
    now = tx.now()
    return set_values(
        tx,
        rule,
        deleted_at=now,
        active_to=rule.active_to if rule.active_to is not None else now,
        live_key=None,
        declared_key=None,
    )


def taken(
    tx: Transaction, wanted: Sequence[tuple[NewRule, str, str | None]], other_than: str = ""
) -> dict[str, str]:
    """Of rules with their live and declared keys, those that there are already, by key, each with the reason.

    Whoever asks holds the counter (`hold`), so the answer stays true until the transaction ends.
    """
    named = {live: f"there is already a rule with the name {new.name!r}" for new, live, _ in wanted}
    named |= {
        key: f"there is already a rule with the id {new.declared_id!r}" for new, _, key in wanted if key
    }
    found: dict[str, str] = {}
    for some in chunks(list(named), 500):
        query = sa.select(rules.c.live_key, rules.c.declared_key).where(
            sa.or_(rules.c.live_key.in_(some), rules.c.declared_key.in_(some)), rules.c.id != other_than
        )
        found |= {key: named[key] for row in tx.rows(query) for key in row if key in named}
    return found


def texts_of(new: NewRule) -> dict[str, str]:
    """The fields of a new rule, which are columns too."""
    return {field: getattr(new, field) for field in new.__dataclass_fields__}


def is_same(new: NewRule, rule: Rule) -> bool:
    """Whether a rule's text, and what was made of it, are those of the new one."""
    return all(getattr(rule, field) == text for field, text in texts_of(new).items())


def _version(rule: Rule, author: str) -> dict[str, Any]:
    return {
        "rule_id": rule.id,
        "version": rule.version,
        "name": rule.name,
        "text": rule.text,
        "canonical": rule.canonical,
        "meaning": rule.meaning,
        "author": author,
        "created_at": rule.version_at,
    }
