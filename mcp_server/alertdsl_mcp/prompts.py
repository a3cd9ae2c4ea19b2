"""Prompts: what a person may start from in a host's menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp import MCPError
from mcp.types import INVALID_PARAMS

from alertdsl.store import StoreError
from alertdsl_mcp.cheatsheet import cheat_sheet
from alertdsl_mcp.errors import from_store
from alertdsl_mcp.results import quoted
from alertdsl_mcp.views import alert_facts, alert_text

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from alertdsl_mcp.app import App

_LONGEST = 2000


def register(server: MCPServer[None], app: App) -> None:
    """Add the prompts to the server."""

    @server.prompt(
        title="Write an alert", description="From a wish in words to a stored rule, with your consent."
    )
    def write_an_alert(wish: str = "") -> str:
        said = _given("wish", wish, needed=True)
        return (
            f"I want to be alerted. My wish:\n{quoted(said)}\n\n"
            "Draft a rule for it: find names with search_metrics, check it with check_rule, and follow suggestions and hints. "
            "If my wish has no number, or no length of time where that matters, ask me; do not choose for me. Then show me in "
            "plain words what the rule means (explain_rule) and what it would have done in the last week (preview_rule). Store "
            f"it with create_alert_rule only after I agree.\n\nThe language:\n\n{cheat_sheet()}"
        )

    @server.prompt(title="Why did this fire?", description="The story of one alert.")
    def why_did_this_fire(alert_id: str = "") -> str:
        given = _given("alert_id", alert_id, needed=True)
        principal = app.principal()
        try:
            detail = app.store.alerts.get(given, owner=principal.sees)
            rule = app.store.rules.get(detail.alert.rule_id, deleted=True)
            told = alert_text(alert_facts(detail, rule, app.store.silences.active()))
        except StoreError as error:
            raise MCPError(code=INVALID_PARAMS, message=from_store(error).message) from None
        return (
            f"Explain why alert {detail.alert.id} fired, for someone who has just been woken by it: what was measured, against "
            "which limit, since when, whether it still holds, and who was told. Use explain_rule for what its rule means and "
            "list_alerts for others of the same rule or host. Say what is not known instead of guessing.\n\n"
            f"What the server knows:\n{told}"
        )

    @server.prompt(
        title="Tune a noisy rule", description="Fewer false alarms, without missing the true ones."
    )
    def tune_a_noisy_rule(rule_id: str = "") -> str:
        given = _given("rule_id", rule_id, needed=True)
        try:
            rule = app.rule(given, app.principal())
        except StoreError as error:
            raise MCPError(code=INVALID_PARAMS, message=from_store(error).message) from None
        return (
            f"Alert rule {rule.id} (version {rule.version}) fires too often. Look at its recent alerts (list_alerts with "
            "state=all) and at how often it would have fired (preview_rule). Try variants with preview_rule: a longer `for`, "
            "another limit, an average over a window, a `recover when` with some distance. Show me a table of variants and how "
            "often each fires, say what each would have missed, and change the rule with update_alert_rule "
            f"(expected_version={rule.version}) only after I choose.\n\nIts text:\n{quoted(rule.text)}"
        )


def _given(name: str, value: str, *, needed: bool) -> str:
    """An argument of a prompt, checked: the SDK's own errors for these tell nothing."""
    if needed and not value.strip():
        raise MCPError(code=INVALID_PARAMS, message=f"the prompt needs the argument {name}")
    if len(value) > _LONGEST:
        raise MCPError(code=INVALID_PARAMS, message=f"{name} is longer than {_LONGEST} characters")
    return value.strip()
