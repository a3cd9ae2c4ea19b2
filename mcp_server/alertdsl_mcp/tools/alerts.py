"""Alerts: list_alerts, get_alert, acknowledge_alert, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

from mcp.types import CallToolResult
from pydantic import Field

from alertdsl.semantics.durations import parse_duration
from alertdsl.store import silence_matches
from alertdsl.store.records import Matcher, NewSilence
from alertdsl_mcp import facts
from alertdsl_mcp.errors import Refusal
from alertdsl_mcp.results import answer, cell, when
from alertdsl_mcp.tools.hints import ADDS, LOOKS
from alertdsl_mcp.views import alert_facts, alert_row, alert_text, alerts_text
from alertdsl_mcp.wording import plain_numbers

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from alertdsl.store.records import MatchOperator, Silence, State
    from alertdsl_mcp.app import App
    from alertdsl_mcp.principal import Principal

_STATES: dict[str, tuple[State, ...]] = {
    "open": ("pending", "firing", "no data"),
    "firing": ("firing", "no data"),
    "pending": ("pending",),
    "resolved": ("resolved",),
    "all": ("pending", "firing", "no data", "resolved"),
}
_MOST_NOTE = 1000


def register(server: MCPServer[None], app: App) -> None:
    """Add the tools to the server."""

    @server.tool(title="List alerts", annotations=LOOKS)
    def list_alerts(
        state: Literal["open", "firing", "pending", "resolved", "all"] = "open",
        rule_id: str = "",
        severity: str = "",
        labels: Annotated[str, Field(description="host=web1, region=eu")] = "",
        cursor: str = "",
        limit: Annotated[int, Field(ge=1, le=200)] = 20,
    ) -> Annotated[CallToolResult, facts.AlertPage]:
        """Alerts, newest first, with state, labels, value and since when."""
        principal = app.principal()
        rule = app.rule(rule_id, principal).id if rule_id else None
        page = app.store.alerts.list(
            owner=principal.sees,
            states=_STATES[state],
            rule_id=rule,
            severity=severity or None,
            labels=_equal_labels(labels),
            cursor=cursor or None,
            limit=limit,
        )
        silences = app.store.silences.active() if page.items else ()
        rows = [alert_row(one, silences) for one in page.items]
        hint = "" if rows else _why_none(app, principal, state)
        now = when(app.store.now())
        shown = facts.AlertPage(alerts=rows, now=now, next_cursor=page.next_cursor or "", hint=hint)
        return answer(shown, alerts_text(shown))

    @server.tool(title="Show an alert", annotations=LOOKS)
    def get_alert(alert_id: str) -> Annotated[CallToolResult, facts.AlertFacts]:
        """One alert with its transitions, notifications and rule: why it fired, who was told."""
        principal = app.principal()
        detail = app.store.alerts.get(alert_id, owner=principal.sees)
        rule = app.store.rules.get(detail.alert.rule_id, deleted=True)
        shown = alert_facts(detail, rule, app.store.silences.active())
        return answer(shown, alert_text(shown))

    @server.tool(title="Acknowledge an alert", annotations=ADDS)
    def acknowledge_alert(alert_id: str, note: str = "") -> Annotated[CallToolResult, facts.Acknowledged]:
        """Say that someone takes care of an alert: stops its repeats and escalation until it resolves or worsens."""
        principal = app.writer()
        if len(note) > _MOST_NOTE:
            raise Refusal(f"the note is longer than {_MOST_NOTE} characters")
        alert = app.store.alerts.acknowledge(alert_id, by=principal.author, note=note, owner=principal.sees)
        if alert.resolved_at is not None:
            raise Refusal(
                f"the alert has ended at {when(alert.resolved_at)}", "nothing is left to acknowledge"
            )
        shown = facts.Acknowledged(
            id=alert.id,
            state=alert.state,
            acknowledged_by=alert.acknowledged_by,
            at=when(alert.acknowledged_at),
        )
        return answer(
            shown, f"{shown.id} ({shown.state}) acknowledged by {shown.acknowledged_by} at {shown.at}"
        )

    @server.tool(title="Silence alerts", annotations=ADDS)
    def silence(
        duration: str = "1h",
        rule_id: str = "",
        labels: Annotated[str, Field(description="host=web*, region!=eu")] = "",
        comment: str = "",
        end: Annotated[str, Field(description="id of a silence to end now")] = "",
    ) -> Annotated[CallToolResult, facts.Silenced]:
        """Send no notifications for a rule, or for labels (* matches anything), for a while. Alerts still show."""
        principal = app.writer()
        if end:
            ended = app.store.silences.end(end, owner=principal.sees)
            shown = facts.Silenced(id=ended.id, until=when(ended.ends_at), matches=_said(ended))
            return answer(shown, f"silence {shown.id} ended at {shown.until}")
        new, owner = _new_silence(app, principal, duration, rule_id, labels, comment)
        made = app.store.silences.add(new, owner=owner)
        now = _silenced_now(app, made)
        shown = facts.Silenced(id=made.id, until=when(made.ends_at), alerts_now=now, matches=_said(made))
        return answer(
            shown,
            f"silence {shown.id} until {shown.until}: {shown.alerts_now} open alerts match ({cell(shown.matches)})",
        )


def _new_silence(
    app: App, principal: Principal, duration: str, rule_id: str, labels: str, comment: str
) -> tuple[NewSilence, str]:
    """The silence, and its owner: that of the rule, which an admin may silence for another."""
    try:
        lasts = parse_duration(plain_numbers(duration.strip()))
    except ValueError as problem:
        raise Refusal(f"duration: {problem}", "write for example 30m, 2h or 1d") from None
    if not rule_id and not labels.strip():
        raise Refusal("a silence needs a rule or labels", "pass rule_id, labels such as host=web1, or end")
    if len(comment) > _MOST_NOTE:
        raise Refusal(f"the comment is longer than {_MOST_NOTE} characters")
    rule = app.rule(rule_id, principal) if rule_id else None
    new = NewSilence(
        ends_at=app.store.now() + lasts,
        author=principal.author,
        rule_id=None if rule is None else rule.id,
        matchers=tuple(_matcher(one) for one in _parts(labels)),
        comment=comment,
    )
    return new, principal.owner if rule is None else rule.owner


def _silenced_now(app: App, silence: Silence) -> int:
    page = app.store.alerts.list(
        owner=silence.owner, states=_STATES["open"], rule_id=silence.rule_id, limit=1000
    )
    return sum(silence_matches(silence, one.owner, one.rule_id, one.labels) for one in page.items)


def _said(silence: Silence) -> str:
    parts = [f"{m.label}{m.op}{m.value}" for m in silence.matchers]
    return ", ".join([*parts, *([f"rule {silence.rule_id}"] if silence.rule_id else [])])


def _parts(labels: str) -> list[str]:
    return [part.strip() for part in labels.split(",") if part.strip()]


def _equal_labels(labels: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _parts(labels):
        name, sign, value = part.partition("=")
        if not sign or name.endswith(("!", "~")):
            raise Refusal(
                f"labels: {cell(part)!r} is not name=value", "write for example host=web1, region=eu"
            )
        found[name.strip()] = value.strip().strip('"')
    return found


def _matcher(part: str) -> Matcher:
    name, sign, value = part.partition("=")
    value = value.strip().strip('"')
    if not sign or not name.strip("! "):
        raise Refusal(f"labels: {cell(part)!r} is not name=value", "write for example host=web*, region!=eu")
    negated, name = name.rstrip().endswith("!"), name.rstrip("! ")
    op = ("!" if negated else "") + ("~" if set(value) & set("*?[") else "" if negated else "=")
    return Matcher(name, cast("MatchOperator", "!=" if op == "!" else op), value)


def _why_none(app: App, principal: Principal, state: str) -> str:
    """An empty list says what it may come from."""
    open_now = app.store.alerts.count(owner=principal.sees)
    if sum(open_now.values()) and state not in {"open", "all"}:
        return f"none; open now: {', '.join(f'{n} {name}' for name, n in sorted(open_now.items()))}"
    if not app.store.rules.list(owner=principal.sees, limit=1).items:
        return "no alerts, and no rules that could raise one"
    return "no alerts match" if state == "all" else "no such alerts; state=all shows resolved ones too"
