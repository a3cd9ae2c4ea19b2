"""Silences: times in which nothing is sent for some alerts."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from alertdsl.store.database import reads, writes
from alertdsl.store.errors import NotFoundError, StoreError
from alertdsl.store.identity import is_id, new_id
from alertdsl.store.paging import page, page_size, parse_place
from alertdsl.store.queries.rule_rows import check_text, find, next_revision
from alertdsl.store.records import DEFAULT_OWNER, Matcher, NewSilence, Page, Silence
from alertdsl.store.tables import silences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alertdsl.store.database import Database, Transaction

_COLUMNS = tuple(silences.c[name] for name in Silence.__dataclass_fields__)
_MOST_MATCHERS = 50
_LONGEST_PATTERN = 500


class Silences:
    """The silences in the store. `owner=None` means any owner; another owner's silence is not found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @writes
    def add(self, tx: Transaction, silence: NewSilence, *, owner: str = DEFAULT_OWNER) -> Silence:
        """Add a silence, from now on where it has no start. It must say what it silences."""
        _check(silence)
        check_text(owner=owner, author=silence.author)
        if silence.rule_id is not None:
            find(tx, silence.rule_id, owner)
        now = tx.now()
        starts_at = now if silence.starts_at is None else silence.starts_at
        if silence.ends_at <= max(starts_at, now):
            raise StoreError("a silence ends after it starts, and not in the past")
        values = {
            "id": new_id(),
            "owner": owner,
            "rule_id": silence.rule_id,
            "matchers": [[m.label, m.op, m.value] for m in silence.matchers],
            "starts_at": starts_at,
            "ends_at": silence.ends_at,
            "author": silence.author,
            "comment": silence.comment,
            "created_at": now,
        }
        tx.execute(silences.insert().values(values))
        next_revision(tx, "attention")
        return _find(tx, str(values["id"]), owner)

    @writes
    def end(self, tx: Transaction, silence_id: str, *, owner: str | None = None) -> Silence:
        """End a silence now (one that has ended stays as it is)."""
        silence = _find(tx, silence_id, owner)
        now = tx.now()
        if silence.ends_at > now:
            tx.execute(silences.update().where(silences.c.id == silence_id).values(ends_at=now))
            next_revision(tx, "attention")
        return _find(tx, silence_id, owner)

    @reads
    def get(self, tx: Transaction, silence_id: str, *, owner: str | None = None) -> Silence:
        """The silence of this id."""
        return _find(tx, silence_id, owner)

    @reads
    def list(
        self,
        tx: Transaction,
        *,
        owner: str | None = None,
        ended: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Silence]:
        """Silences that are in force or to come, with `ended` all; the newest first."""
        limit = page_size(limit)
        query = sa.select(*_COLUMNS)
        if owner is not None:
            query = query.where(silences.c.owner == owner)
        if not ended:
            query = query.where(silences.c.ends_at > tx.now())
        if cursor is not None:
            at, last = parse_place(cursor)
            query = query.where(
                sa.or_(silences.c.created_at < at, sa.and_(silences.c.created_at == at, silences.c.id < last))
            )
        found = tx.rows(query.order_by(silences.c.created_at.desc(), silences.c.id.desc()).limit(limit + 1))
        return page([_silence(row) for row in found], limit, lambda s: f"{s.created_at}.{s.id}")

    @reads
    def active(self, tx: Transaction, *, now: int | None = None) -> tuple[Silence, ...]:
        """All silences in force, of every owner: for senders, with `silence_matches`."""
        at = tx.now() if now is None else now
        query = sa.select(*_COLUMNS).where(silences.c.ends_at > at, silences.c.starts_at <= at)
        return tuple(_silence(row) for row in tx.rows(query.order_by(silences.c.id)))


def silence_matches(silence: Silence, owner: str, rule_id: str, labels: Mapping[str, str]) -> bool:
    """Whether a silence is for the alerts of this rule and label set. Its times are not looked at."""
    if silence.owner != owner or silence.rule_id not in {None, rule_id}:
        return False
    return all(_holds(matcher, labels.get(matcher.label, "")) for matcher in silence.matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) is (matcher.op == "=")
    return (_glob(matcher.value).match(value) is not None) is (matcher.op == "~")


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))


def _check(silence: NewSilence) -> None:
    if silence.rule_id is None and not silence.matchers:
        raise StoreError("a silence without a rule and without matchers would silence everything")
    if len(silence.matchers) > _MOST_MATCHERS:
        raise StoreError(f"a silence has at most {_MOST_MATCHERS} matchers")
    for matcher in silence.matchers:
        if matcher.op not in {"=", "!=", "~", "!~"}:
            raise StoreError(f"a matcher is one of =, !=, ~ and !~, not {matcher.op!r}")
        if not matcher.label or len(matcher.value) > _LONGEST_PATTERN:
            raise StoreError(
                f"a matcher names a label, and its value has at most {_LONGEST_PATTERN} characters"
            )


def _find(tx: Transaction, silence_id: str, owner: str | None) -> Silence:
    query = sa.select(*_COLUMNS).where(silences.c.id == silence_id)
    if owner is not None:
        query = query.where(silences.c.owner == owner)
    row = tx.row(query) if is_id(silence_id) else None
    if row is None:
        raise NotFoundError(f"no silence {silence_id!r}")
    return _silence(row)


def _silence(row: Any) -> Silence:
    values = dict(zip(Silence.__dataclass_fields__, row, strict=True))
    values["matchers"] = tuple(Matcher(*parts) for parts in values["matchers"])
    return Silence(**values)
