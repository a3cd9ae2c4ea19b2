"""Rules: what people and the MCP server do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from alertdsl.store.database import reads, writes
from alertdsl.store.errors import ConflictError, NotFoundError
from alertdsl.store.identity import text_hash
from alertdsl.store.paging import page, page_size, parse_place
from alertdsl.store.queries import rule_rows
from alertdsl.store.queries.circles import circles_with
from alertdsl.store.queries.search import contains
from alertdsl.store.queries.sync import sync_rules
from alertdsl.store.records import DEFAULT_OWNER, NewRule, Page, Rule, RuleError, RuleVersion, SyncResult
from alertdsl.store.tables import rule_errors, rule_versions, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alertdsl.store.database import Database, Transaction


class Rules:
    """The rules in the store. `owner=None` means any owner; another owner's rule is not found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @writes
    def add(
        self,
        tx: Transaction,
        rule: NewRule,
        *,
        owner: str = DEFAULT_OWNER,
        author: str = "",
        enabled: bool = True,
        request_key: str = "",
    ) -> Rule:
        """Add a rule; ConflictError where the owner has one of that name, or where rules would wait for each other.

        A call repeated with the same `request_key` and text makes no second rule: it returns the one made.
        """
        rule_rows.hold(tx)
        extra: dict[str, object] = {"enabled": enabled}
        if request_key:
            extra |= _request(rule, owner, request_key)
            made = _made_before(tx, extra, owner)
            if made is not None:
                return made
        values = rule_rows.new_values(rule, owner, rule_rows.next_revision(tx), tx.now(), **extra)
        for reason in rule_rows.taken(tx, [(rule, values["live_key"], values["declared_key"])]).values():
            raise ConflictError(reason)
        _refuse_circle(tx, owner, rule)
        return rule_rows.insert(tx, [values], author)[0]

    @reads
    def closes_circle(self, tx: Transaction, rule: NewRule, *, owner: str = DEFAULT_OWNER) -> str:
        """Why a rule cannot be stored under its name because rules would then wait for each other, "" where none would."""
        return circles_with(tx, owner, [rule]).get(rule.name, "")

    @writes
    def update(
        self,
        tx: Transaction,
        rule_id: str,
        rule: NewRule,
        *,
        expected_version: int | None = None,
        owner: str | None = None,
        author: str = "",
    ) -> Rule:
        """Give a rule another text; ConflictError if its version is not the one expected. An equal text is no change."""
        rule_rows.hold(tx)
        old = rule_rows.find(tx, rule_id, owner)
        if expected_version is not None and old.version != expected_version:
            raise ConflictError(
                f"rule {old.name!r} is at version {old.version}, not {expected_version}: someone changed it; read it again"
            )
        if rule_rows.is_same(rule, old):
            return old
        _refuse_file_rule(old)
        _refuse_circle(tx, old.owner, rule, old.id)
        return rule_rows.replace_text(tx, old, rule, author)

    @writes
    def enable(self, tx: Transaction, rule_id: str, *, owner: str | None = None) -> Rule:
        """Evaluate the rule again, from now on."""
        rule_rows.hold(tx)
        rule = rule_rows.find(tx, rule_id, owner)
        if rule.enabled:
            return rule
        return rule_rows.set_values(tx, rule, enabled=True, active_from=tx.now(), active_to=None)

    @writes
    def disable(self, tx: Transaction, rule_id: str, *, owner: str | None = None) -> Rule:
        """Stop evaluating the rule; its alerts are resolved by the engine."""
        rule_rows.hold(tx)
        rule = rule_rows.find(tx, rule_id, owner)
        return rule_rows.set_values(tx, rule, enabled=False, active_to=tx.now()) if rule.enabled else rule

    @writes
    def delete(self, tx: Transaction, rule_id: str, *, owner: str | None = None) -> Rule:
        """Delete the rule: its name is free again, its alerts are resolved by the engine, its history stays."""
        rule_rows.hold(tx)
        rule = rule_rows.find(tx, rule_id, owner)
        _refuse_file_rule(rule)
        return rule_rows.mark_deleted(tx, rule)

    @reads
    def get(self, tx: Transaction, rule_id: str, *, owner: str | None = None, deleted: bool = False) -> Rule:
        """The rule of this id; NotFoundError if there is none (or it is deleted, without `deleted`)."""
        return rule_rows.find(tx, rule_id, owner, deleted=deleted)

    @reads
    def by_name(self, tx: Transaction, name: str, *, owner: str = DEFAULT_OWNER) -> Rule:
        """The owner's rule of this name; NotFoundError if there is none."""
        query = sa.select(*rule_rows.RULE_COLUMNS).where(rules.c.live_key == rule_rows.live_key(owner, name))
        row = tx.row(query)
        if row is None:
            raise NotFoundError(f"no rule {name!r}")
        return Rule(*row)

    @reads
    def list(
        self,
        tx: Transaction,
        *,
        owner: str | None = None,
        enabled: bool | None = None,
        severity: str | None = None,
        search: str = "",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Rule]:
        """The rules in the order of their making; `search` is looked for in name, title and text, as it is written."""
        limit = page_size(limit)
        query = sa.select(*rule_rows.RULE_COLUMNS).where(rules.c.deleted_at.is_(None))
        if owner is not None:
            query = query.where(rules.c.owner == owner)
        if enabled is not None:
            query = query.where(rules.c.enabled.is_(enabled))
        if severity is not None:
            query = query.where(rules.c.severity == severity)
        if search:
            columns = (rules.c.name, rules.c.title, rules.c.text)
            query = query.where(sa.or_(*(contains(tx, column, search) for column in columns)))
        if cursor is not None:
            at, last = parse_place(cursor)
            query = query.where(
                sa.or_(rules.c.created_at > at, sa.and_(rules.c.created_at == at, rules.c.id > last))
            )
        found = tx.rows(query.order_by(rules.c.created_at, rules.c.id).limit(limit + 1))
        return page([Rule(*row) for row in found], limit, lambda rule: f"{rule.created_at}.{rule.id}")

    @reads
    def active(
        self, tx: Transaction, *, owner: str | None = None, since_revision: int | None = None
    ) -> tuple[Rule, ...]:
        """All rules to evaluate, in the order of their making; with `since_revision` all that changed after it,
        those disabled and deleted included."""
        query = sa.select(*rule_rows.RULE_COLUMNS)
        if owner is not None:
            query = query.where(rules.c.owner == owner)
        changed = rules.c.revision > since_revision if since_revision is not None else None
        query = query.where(rules.c.active_to.is_(None) if changed is None else changed)
        return tuple(Rule(*row) for row in tx.rows(query.order_by(rules.c.created_at, rules.c.id)))

    @reads
    def history(self, tx: Transaction, rule_id: str, *, owner: str | None = None) -> tuple[RuleVersion, ...]:
        """Every text that the rule has had, newest first; deleted rules too."""
        rule_rows.find(tx, rule_id, owner, deleted=True)
        columns = [rule_versions.c[name] for name in RuleVersion.__dataclass_fields__]
        query = sa.select(*columns).where(rule_versions.c.rule_id == rule_id)
        return tuple(RuleVersion(*row) for row in tx.rows(query.order_by(rule_versions.c.version.desc())))

    @reads
    def errors(
        self, tx: Transaction, rule_id: str, *, owner: str | None = None, limit: int = 20
    ) -> tuple[RuleError, ...]:
        """The errors of the rule's evaluation, newest first; the one without an end is current."""
        rule_rows.find(tx, rule_id, owner, deleted=True)
        columns = [rule_errors.c[name] for name in RuleError.__dataclass_fields__]
        query = sa.select(*columns).where(rule_errors.c.rule_id == rule_id)
        return tuple(RuleError(*row) for row in tx.rows(query.order_by(rule_errors.c.t.desc()).limit(limit)))

    @reads
    def current_errors(self, tx: Transaction, rule_ids: Sequence[str]) -> dict[str, str]:
        """What is wrong with those of the rules that cannot be evaluated at present, by id."""
        query = sa.select(rule_errors.c.rule_id, rule_errors.c.message).where(
            rule_errors.c.rule_id.in_(rule_ids), rule_errors.c.ended_t.is_(None)
        )
        return dict(tx.rows(query.order_by(rule_errors.c.t)))

    @writes
    def sync(
        self,
        tx: Transaction,
        origin: str,
        wanted: Sequence[NewRule],
        *,
        owner: str = DEFAULT_OWNER,
        keep_sources: Iterable[str] = (),
    ) -> SyncResult:
        """Make the rules of a set of files (`origin`, such as their folder) be those in `wanted`.

        Rules of the origin that are not wanted are deleted, except those from `keep_sources`: files that could
        not be read just now. Enabled or disabled stays as it is.
        """
        return sync_rules(tx, origin, wanted, owner, frozenset(keep_sources))


def _refuse_circle(tx: Transaction, owner: str, rule: NewRule, *instead_of: str) -> None:
    for reason in circles_with(tx, owner, [rule], instead_of).values():
        raise ConflictError(reason)


def _refuse_file_rule(rule: Rule) -> None:
    if rule.origin:
        raise ConflictError(
            f"rule {rule.name!r} comes from a file, {rule.source or rule.origin}; change it there (or disable it here)"
        )


def _request(rule: NewRule, owner: str, key: str) -> dict[str, object]:
    return {
        "request_key": text_hash("request", owner, key),
        "request_digest": text_hash(rule.name, rule.text),
    }


def _made_before(tx: Transaction, request: dict[str, object], owner: str) -> Rule | None:
    """The rule that the same request made, if it did."""
    query = sa.select(rules.c.id, rules.c.request_digest, rules.c.deleted_at)
    row = tx.row(query.where(rules.c.request_key == request["request_key"]))
    if row is None:
        return None
    if row.request_digest != request["request_digest"]:
        raise ConflictError("the request key was used before, for another rule")
    if row.deleted_at is not None:
        raise ConflictError("the rule that this request made has been deleted since")
    return rule_rows.find(tx, row.id, owner)
