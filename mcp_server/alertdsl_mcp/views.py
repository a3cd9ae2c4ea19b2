"""From records and findings to facts, and from facts to text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp.types import CallToolResult

from alertdsl.store import silence_matches
from alertdsl_mcp import facts
from alertdsl_mcp.examine import CRIB, Examined
from alertdsl_mcp.results import answer, block, cell, labels_text, quoted, row, value_text, when

if TYPE_CHECKING:
    from alertdsl.diagnostics import Diagnostic
    from alertdsl.store.records import Alert, AlertDetail, Rule, Silence

_MOST_STEPS = 20
_LONGEST_WHEN = 160

# ---------------------------------------------------------------- rule text


def checked_facts(found: Examined, error: str = "") -> facts.Checked:
    """Findings as data."""
    return facts.Checked(
        ok=found.ok,
        canonical="\n\n".join(rule.text.rstrip() for rule in found.rules),
        problems=[problem(one) for one in (*found.errors, *found.warnings)],
        suggestion=found.suggestion,
        readings=list(found.readings),
        ask=found.ask,
        notes=[*found.notes, *([f"The language in short:\n{CRIB}"] if found.wants_crib else [])],
        error=error,
    )


def checked_text(found: Examined, error: str = "") -> str:
    """The same for people and for models that read text."""
    out = [error] if error else []
    if found.ok and not error:
        out.append(
            "The rule is correct. Show the person what it means (explain_rule) before it is stored. Canonical text:"
        )
        out.append(quoted("\n\n".join(rule.text.rstrip() for rule in found.rules)))
    out += [one.render() for one in (*found.errors, *found.warnings)]
    if found.ask:
        out.append(found.ask)
    if found.suggestion:
        out.append(
            f"Suggestion (checks without errors; confirm that it is meant):\n{quoted(found.suggestion)}"
        )
    if found.readings:
        shown = "\n".join(quoted(one) for one in found.readings)
        out.append(
            f"It may mean {'this' if len(found.readings) == 1 else 'one of these'}; ask the person:\n{shown}"
        )
    out += checked_facts(found).notes
    return "\n".join(out)


def refused(found: Examined, error: str) -> CallToolResult:
    """A call refused for its rule text: the findings, as an error."""
    result = answer(checked_facts(found, error), checked_text(found, error))
    return result.model_copy(update={"is_error": True})


def problem(found: Diagnostic) -> facts.Problem:
    """A diagnostic as data, with the line it speaks of."""
    rendered = found.render().split("\n")
    excerpt = "\n".join(line.partition(" | ")[2] for line in rendered[3:5])
    end_line, end_column = found.as_dict()["end_line"], found.as_dict()["end_column"]
    assert isinstance(end_column, int)
    return facts.Problem(
        code=found.code,
        severity=str(found.severity),
        message=found.message,
        line=found.line,
        column=found.column,
        end_column=end_column if end_line == found.line else found.column + 1,
        excerpt=excerpt,
        hint=found.hint,
        fixes=[fix.replacement for fix in found.fixes],
    )


def metrics_text(found: facts.Metrics) -> str:
    """Metrics, a line each."""
    lines = ["name\tunit\tkind\taliases\ttags\texample"]
    lines += [
        row((m.name, m.unit, m.kind, ", ".join(m.aliases), ", ".join(m.tags), m.example))
        for m in found.metrics
    ]
    out = [block(lines)] if found.metrics else []
    if found.entities:
        out.append(f"entities:\n{block(map(cell, found.entities))}")
    if found.hint:
        out.append(found.hint)
    return "\n".join([f"{found.total} metrics", *out])


# ---------------------------------------------------------------- rules


def rule_row(rule: Rule, *, owner: str, error: str = "") -> facts.RuleRow:
    """A rule in a list."""
    condition = condition_of(rule.canonical)
    return facts.RuleRow(
        id=rule.id,
        name=rule.name,
        when="" if condition == rule.name else condition,
        severity=rule.severity or "warning",
        disabled=not rule.enabled,
        owner="" if rule.owner == owner else rule.owner,
        error=error[:200],
    )


def condition_of(canonical: str) -> str:
    """The condition of a rule's text, on one line and cut where it is long."""
    lines = [line.strip() for line in canonical.splitlines() if line.strip()]
    start = next((i for i, line in enumerate(lines) if line.startswith("when ")), None)
    if start is None:
        said = " ".join(lines)
    else:
        said = lines[start].removeprefix("when ")
    return said if len(said) <= _LONGEST_WHEN else f"{said[: _LONGEST_WHEN - 1]}…"


def rules_text(page: facts.RulePage) -> str:
    """Rules, a line each."""
    if not page.rules:
        return page.hint
    lines = ["id\tname\twhen\tseverity, if not warning; state, if not enabled\towner\terror"]
    for one in page.rules:
        state = ", ".join(
            filter(
                None, ("" if one.severity == "warning" else one.severity, "disabled" if one.disabled else "")
            )
        )
        lines.append(row((one.id, one.name, one.when, state, one.owner, one.error)))
    more = f"\nnext_cursor: {page.next_cursor}" if page.next_cursor else ""
    return f"{block(lines)}{more}"


def stored_text(stored: facts.Stored) -> str:
    """What was stored, and what it means."""
    out = [
        f"{stored.did}: {stored.id}, version {stored.version}, {'enabled' if stored.enabled else 'disabled'}"
    ]
    out.append(f"name: {cell(stored.name)}")
    if stored.explanation:
        out.append(f"It means (show the person; wrong readings are seen here):\n{quoted(stored.explanation)}")
    return "\n".join([*out, *stored.notes])


# ---------------------------------------------------------------- alerts


def alert_row(alert: Alert, silences: Sequence[Silence] = ()) -> facts.AlertRow:
    """An alert in a list."""
    ends = [
        s.ends_at
        for s in silences
        if alert.state != "resolved" and silence_matches(s, alert.owner, alert.rule_id, alert.labels)
    ]
    return facts.AlertRow(
        id=alert.id,
        rule=alert.rule_name,
        state=alert.state,
        severity=alert.severity,
        labels=dict(alert.labels),
        value=alert.value,
        since=when(alert.since or alert.opened_at),
        resolved=when(alert.resolved_at),
        acknowledged_by=alert.acknowledged_by,
        silenced_until=when(max(ends)) if ends else "",
        error=alert.error[:200],
    )


def alerts_text(page: facts.AlertPage) -> str:
    """Alerts, a line each."""
    if not page.alerts:
        return f"{page.hint} (now {page.now})"
    lines = ["id\tstate\tseverity\trule\tlabels\tvalue\tsince\tmore"]
    lines += [row(_alert_cells(one)) for one in page.alerts]
    more = f"\nnext_cursor: {page.next_cursor}" if page.next_cursor else ""
    return f"now {page.now}\n{block(lines)}{more}"


def _alert_cells(one: facts.AlertRow) -> tuple[str, ...]:
    more = {
        "resolved": one.resolved,
        "acknowledged by": one.acknowledged_by,
        "silenced until": one.silenced_until,
        "error:": one.error,
    }
    return (
        one.id,
        one.state,
        one.severity,
        one.rule,
        labels_text(one.labels),
        value_text(one.value),
        one.since,
        ", ".join(f"{name} {said}" for name, said in more.items() if said),
    )


def alert_facts(detail: AlertDetail, rule: Rule, silences: Sequence[Silence]) -> facts.AlertFacts:
    """An alert with the newest part of its history."""
    steps = [
        facts.Step(at=when(t.t), to=t.to_state, severity=t.severity, value=t.value, reason=t.reason)
        for t in detail.transitions[-_MOST_STEPS:]
    ]
    sent = [
        facts.Sent(
            at=when(n.sent_at if n.sent_at is not None else n.t),
            kind=n.kind,
            target=n.target,
            status=n.status,
            error=n.last_error[:200],
        )
        for n in detail.notifications[-_MOST_STEPS:]
    ]
    return facts.AlertFacts(
        alert=alert_row(detail.alert, silences),
        rule_id=rule.id,
        rule_text=rule.text.rstrip(),
        note=detail.alert.acknowledged_note,
        history=steps,
        notifications=sent,
    )


def alert_text(found: facts.AlertFacts) -> str:
    """An alert with its history, for reading."""
    lines = ["id\tstate\tseverity\trule\tlabels\tvalue\tsince\tmore", row(_alert_cells(found.alert))]
    lines += ["history: at\tto\tseverity\tvalue\treason"]
    lines += [row((s.at, s.to, s.severity, value_text(s.value), s.reason)) for s in found.history]
    lines += ["notifications: at\tkind\ttarget\tstatus\terror"] if found.notifications else []
    lines += [row((n.at, n.kind, n.target, n.status, n.error)) for n in found.notifications]
    out = [block(lines), f"rule {found.rule_id}:", quoted(found.rule_text)]
    if found.note:
        out.append(f"acknowledged with the note:\n{quoted(found.note)}")
    return "\n".join(out)


def preview_text(shown: facts.Preview) -> str:
    """What a rule would have done."""
    out = [
        f"now: {shown.now} ({shown.firing} firing, {shown.pending} pending of {shown.series} series)",
        f"in the last {shown.days:g} days: fired {shown.fired} times, {shown.per_day:g} a day",
    ]
    if shown.episodes:
        lines = ["fired\tresolved\tlabels\tvalue\tseverity"]
        lines += [
            row(
                (
                    e.fired,
                    e.resolved or "still firing",
                    labels_text(e.labels),
                    value_text(e.value),
                    e.severity,
                )
            )
            for e in shown.episodes
        ]
        out.append(block(lines))
    return "\n".join([*out, *map(cell, shown.notes)])
