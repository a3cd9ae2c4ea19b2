"""What rule text means: check_rule, explain_rule, preview_rule, search_metrics."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from mcp.types import CallToolResult
from pydantic import Field

from alertdsl.diagnostics import NOWHERE, Diagnostic
from alertdsl.explanation import explain_rule as explanation_of
from alertdsl.semantics.dependencies import rules_awaited
from alertdsl.store import NotFoundError
from alertdsl.store.records import NewRule
from alertdsl_mcp import facts
from alertdsl_mcp.examine import UNKNOWN_RULE, Examined, examine
from alertdsl_mcp.preview import run_preview
from alertdsl_mcp.results import answer, quoted
from alertdsl_mcp.search import find_metrics
from alertdsl_mcp.tools.hints import LOOKS
from alertdsl_mcp.views import checked_facts, checked_text, metrics_text, preview_text, refused

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from alertdsl.store.records import Rule as StoredRule
    from alertdsl_mcp.app import App

_LONGEST_NAME = 190
_ID = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{12}")


def register(server: MCPServer[None], app: App) -> None:
    """Add the tools to the server."""

    @server.tool(title="Check rule text", annotations=LOOKS)
    def check_rule(rule: str) -> Annotated[CallToolResult, facts.Checked]:
        """Check rule text; stores nothing. Call first. On errors follow `suggestion` or hints; put `ask` to the person."""
        found = look(app, rule)
        return answer(checked_facts(found), checked_text(found))

    @server.tool(title="Explain a rule", annotations=LOOKS)
    def explain_rule(
        rule: Annotated[str, Field(description="text, or id or name of a stored rule")],
    ) -> Annotated[CallToolResult, facts.Explained]:
        """What a rule means in plain English. Show the person before creating or changing a rule."""
        stored = stored_rule(app, rule)
        found = look(app, rule if stored is None else stored.text)
        if not found.ok:
            return refused(found, "the rule has errors; nothing to explain")
        said = "\n".join(explanation_of(one) for one in found.rules).strip()
        canonical = "\n\n".join(one.text.rstrip() for one in found.rules)
        head = "" if stored is None else f"stored as {stored.id}, version {stored.version}\n"
        return answer(
            facts.Explained(
                explanation=said,
                canonical=canonical,
                id="" if stored is None else stored.id,
                version=0 if stored is None else stored.version,
            ),
            f"{head}{quoted(said)}\ncanonical:\n{quoted(canonical)}",
        )

    @server.tool(title="Preview a rule", annotations=LOOKS)
    async def preview_rule(
        rule: str, days: Annotated[float, Field(gt=0, le=90)] = 7
    ) -> Annotated[CallToolResult, facts.Preview]:
        """Would it fire now, and how often in the last days. Takes text, id or name."""
        from anyio import to_thread

        stored = await to_thread.run_sync(stored_rule, app, rule)
        found = await to_thread.run_sync(look, app, rule if stored is None else stored.text)
        if not found.ok:
            return refused(found, "the rule has errors; nothing to preview")
        owner = app.principal().owner
        shown = await run_preview(app.settings, found.text, days, owner=owner)
        return answer(shown, preview_text(shown))

    @server.tool(title="Search metrics", annotations=LOOKS)
    def search_metrics(
        query: str = "", limit: Annotated[int, Field(ge=1, le=100)] = 10
    ) -> Annotated[CallToolResult, facts.Metrics]:
        """Metric, entity and tag names that rules may use. Call when a name is unknown."""
        found = find_metrics(app.catalog, query, limit)
        return answer(found, metrics_text(found))


def look(app: App, text: str) -> Examined:
    """Examine text with the server's catalog, targets and limits, among the rules that are stored."""
    found = examine(text, app.catalog, targets=app.settings.targets, longest=app.settings.limits.rule)
    return _among_stored(app, found) if any(rules_awaited(rule) for rule in found.rules) else found


def _among_stored(app: App, found: Examined) -> Examined:
    """What only the stored rules tell of rules that ask about others: who is known, and who would wait for themselves."""
    owner = app.principal().owner
    known = {name for rule in found.rules for name in rules_awaited(rule) if _is_stored(app, name, owner)}
    warnings = [
        replace(one, message=one.message.replace("in this file", "stored"))
        if one.code == UNKNOWN_RULE
        else one
        for one in found.warnings
        if one.code != UNKNOWN_RULE or not any(f'"{n}"' in one.message for n in known)
    ]
    circles = [
        Diagnostic("E226", words, NOWHERE).in_text(found.text, "<rule>")
        for rule in found.rules
        if (words := app.store.rules.closes_circle(NewRule(rule.name, rule.text, rule.text, ""), owner=owner))
    ]
    rules = () if circles else found.rules
    return replace(found, rules=rules, errors=(*found.errors, *circles), warnings=tuple(warnings))


def _is_stored(app: App, name: str, owner: str) -> bool:
    try:
        app.store.rules.by_name(name, owner=owner)
    except NotFoundError:
        return False
    return True


def stored_rule(app: App, given: str) -> StoredRule | None:
    """The stored rule of this id or name, None for other text.

    Raises:
        NotFoundError: the text can be nothing but an id, and no rule has it.
    """
    if len(given) > _LONGEST_NAME or "\n" in given.strip() or not given.strip():
        return None
    principal = app.principal()
    try:
        return app.rule(given.strip(), principal)
    except NotFoundError:
        if _ID.fullmatch(given.strip()):
            raise
        return None
