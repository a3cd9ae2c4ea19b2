"""Stored rules: create_alert_rule, list_alert_rules, update_alert_rule, delete_alert_rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from anyio import to_thread
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from alertdsl import AlertDslError, meaning_hash, parse
from alertdsl.explanation import explain_rule as explanation_of
from alertdsl.store import ConflictError, NotFoundError
from alertdsl.store.records import NewRule
from alertdsl_mcp import facts
from alertdsl_mcp.errors import Refusal
from alertdsl_mcp.results import answer, cell
from alertdsl_mcp.schemas import Opt
from alertdsl_mcp.tools.hints import ADDS_ONCE, CHANGES, LOOKS
from alertdsl_mcp.tools.language import look
from alertdsl_mcp.views import refused, rule_row, rules_text, stored_text

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from alertdsl.semantics.typed import Rule
    from alertdsl.store.records import Rule as StoredRule
    from alertdsl_mcp.app import App
    from alertdsl_mcp.examine import Examined
    from alertdsl_mcp.principal import Principal

MODERN = "2026-07-28"
"""The first protocol version in which a tool's question travels in its result."""


class Confirm(BaseModel):
    """What the person is asked before a rule is deleted."""

    ok: bool = Field(
        title="Delete it", description="The rule and its history of versions; its alerts resolve."
    )


async def confirm(rule_id: str, confirmed: bool, ctx: Context) -> Confirm | Elicit[Confirm]:
    """Ask the person before a deletion, where the host can; elsewhere take the model's word that it did."""
    app: App = ctx.mcp_server.app  # type: ignore[attr-defined]
    principal = app.writer()
    rule = await to_thread.run_sync(app.rule, rule_id, principal)
    if not _can_ask(ctx):
        return Confirm(ok=confirmed)
    # The name is data: quoted, on one line, and short, so that it cannot pose as the question.
    return Elicit(f'Delete the alert rule "{cell(rule.name)[:120]}" ({rule.id})?', Confirm)


def register(server: MCPServer[None], app: App) -> None:
    """Add the tools to the server."""

    @server.tool(title="Create an alert rule", annotations=ADDS_ONCE)
    def create_alert_rule(rule: str) -> Annotated[CallToolResult, facts.Stored]:
        """Store a rule in the alert language: a condition, or `rule <name>` with clauses. First check_rule, and show the
        person explain_rule. Repeating a call is safe."""
        principal = app.writer()
        found = look(app, rule)
        wrong = _not_one(found)
        if wrong:
            return refused(found, f"nothing was stored: {wrong}")
        stored, created = _add(app, _new(found.rules[0], found), principal)
        return _stored(stored, found, did="created" if created else "unchanged")

    @server.tool(title="List alert rules", annotations=LOOKS)
    def list_alert_rules(
        search: str = "",
        enabled: Opt[bool] = None,
        cursor: str = "",
        limit: Annotated[int, Field(ge=1, le=200)] = 50,
    ) -> Annotated[CallToolResult, facts.RulePage]:
        """Stored rules; `search` looks in names and texts. Next page: cursor=next_cursor. In full: explain_rule."""
        principal = app.principal()
        page = app.store.rules.list(
            owner=principal.sees, enabled=enabled, search=search, cursor=cursor or None, limit=limit
        )
        errors = app.store.rules.current_errors([one.id for one in page.items])
        rows = [rule_row(one, owner=principal.owner, error=errors.get(one.id, "")) for one in page.items]
        narrowed = search or enabled is not None or cursor
        hint = "" if rows else "no rule matches" if narrowed else "no rules yet; create_alert_rule makes one"
        shown = facts.RulePage(rules=rows, next_cursor=page.next_cursor or "", hint=hint)
        return answer(shown, rules_text(shown))

    @server.tool(title="Change an alert rule", annotations=CHANGES)
    def update_alert_rule(
        rule_id: str, rule: str = "", enabled: Opt[bool] = None, expected_version: Opt[int] = None
    ) -> Annotated[CallToolResult, facts.Stored]:
        """Give a rule a new text (a condition alone keeps its other clauses), enable or disable it. What is not passed stays.
        expected_version guards against changes by others."""
        principal = app.writer()
        old = app.rule(rule_id, principal)
        if not rule.strip() and enabled is None:
            raise Refusal("nothing to change", "pass rule, the new full text, or enabled")
        new, found = old, None
        if rule.strip():
            found = _replacing(app, old, look(app, rule))
            wrong = _not_one(found)
            if wrong:
                return refused(found, f"nothing was changed: {wrong}")
            new = app.store.rules.update(
                old.id,
                _new(found.rules[0], found),
                expected_version=expected_version,
                owner=principal.sees,
                author=principal.author,
            )
        elif expected_version is not None and expected_version != old.version:
            raise Refusal(f"the rule is at version {old.version}, not {expected_version}", "read it again")
        if enabled is not None:
            switch = app.store.rules.enable if enabled else app.store.rules.disable
            new = switch(old.id, owner=principal.sees)
        changed = new.revision != old.revision
        return _stored(new, found, did="changed" if changed else "unchanged")

    @server.tool(title="Delete an alert rule", annotations=CHANGES)
    def delete_alert_rule(
        rule_id: str,
        answered: Annotated[ElicitationResult[Confirm], Resolve(confirm)],
        confirmed: bool = False,
    ) -> Annotated[CallToolResult, facts.Deleted]:
        """Delete a rule for good; disabling is gentler. The host asks the person; where it cannot, ask them yourself, then
        set confirmed."""
        principal = app.writer()
        rule = app.rule(rule_id, principal)
        if not (isinstance(answered, AcceptedElicitation) and answered.data.ok):
            hint = f"{rule.id} not deleted: it was not confirmed. Ask the person, then call again with confirmed=true"
            return answer(facts.Deleted(deleted=False, id=rule.id, hint=hint), hint)
        app.store.rules.delete(rule.id, owner=principal.sees)
        return answer(facts.Deleted(deleted=True, id=rule.id), f"deleted {rule.id} ({cell(rule.name)})")


def _can_ask(ctx: Context) -> bool:
    """Whether the host can show its person a form, in either protocol era."""
    wanted = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    if wanted is None or (wanted.form is None and wanted.url is not None):
        return False
    return ctx.protocol_version == MODERN or bool(ctx.session.can_send_request)


def _not_one(found: Examined) -> str:
    """Why a text cannot be stored as one rule, "" if it can."""
    if not found.ok:
        return "the rule has errors"
    return "" if len(found.rules) == 1 else f"the text has {len(found.rules)} rules; pass one a call"


def _replacing(app: App, old: StoredRule, found: Examined) -> Examined:
    """What is to be stored in place of a rule: a condition alone, given to one that has a name, is put in its `when`."""
    if not found.ok or len(found.rules) != 1 or parse(found.text).rules[0].name is not None:
        return found
    try:
        (there,) = parse(old.text).rules
    except (AlertDslError, ValueError):
        there = None
    if there is not None and there.name is None:
        return found
    merged = found
    if there is not None:
        span = there.when.span
        merged = look(app, f"{old.text[: span.start]}{found.text.strip()}{old.text[span.end :]}")
    if there is None or not merged.ok or [one.when for one in merged.rules] != [found.rules[0].when]:
        raise Refusal(
            f"the condition cannot be put into the text of {cell(old.name)}",
            "pass the full text with its first line `rule <name>`; explain_rule shows the present text",
        )
    return merged


def _new(typed: Rule, found: Examined) -> NewRule:
    """The record of a typed rule."""
    return NewRule(
        name=typed.name,
        text=found.text.strip(),
        canonical=typed.text,
        meaning=meaning_hash(typed),
        title=typed.title or "",
        severity=typed.severity,
    )


def _add(app: App, new: NewRule, principal: Principal) -> tuple[StoredRule, bool]:
    """The stored rule, and whether this call made it: the same text under the same name is there once."""
    try:
        return app.store.rules.add(new, owner=principal.owner, author=principal.author), True
    except ConflictError as conflict:
        try:
            there = app.store.rules.by_name(new.name, owner=principal.owner)
        except NotFoundError:
            raise conflict from None
        if there.canonical == new.canonical:
            return there, False
        raise Refusal(
            f'nothing was stored: there is another rule called "{cell(new.name)}" ({there.id}, version {there.version})',
            "choose another name, or update_alert_rule if that one is to change",
            id=there.id,
            version=there.version,
        ) from None


def _stored(stored: StoredRule, found: Examined | None, *, did: str) -> CallToolResult:
    """A rule as it is now; with what its text means, if that was given."""
    notes: tuple[str, ...] = ()
    if found is not None:
        notes = (*found.notes, *(f"{one.code}: {one.message}" for one in found.warnings))
    shown = facts.Stored(
        id=stored.id,
        name=stored.name,
        version=stored.version,
        enabled=stored.enabled,
        did=did,
        explanation="" if found is None else explanation_of(found.rules[0]).strip(),
        notes=list(notes),
    )
    return answer(shown, stored_text(shown))
