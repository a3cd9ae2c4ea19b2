"""The clauses of a rule beside its conditions: when it is evaluated, severities, notifications, labels and templates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alertdsl.diagnostics import Fix, Span, error
from alertdsl.semantics import typed
from alertdsl.semantics.calendars import check_zone
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast

SEVERITIES = ("debug", "info", "notice", "warning", "error", "critical", "emergency")
"""Severities that everybody knows, lowest first. Others may be used; their order is that of the ladder."""

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
# What is meant for a value but would be told as it stands: other tools write `{value}` and `${value}`.
_SINGLE = re.compile(
    r"(?<![{$])\$?\{[ \t]*(value|unit|severity|state|reason|kind|rule|condition|since|started_at|time|labels(?:\.\w+)?)[ \t]*\}(?!\})"
)
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}


def resolve_every(node: ast.Every | None) -> typed.Every:
    """The instants of a rule.

    Raises:
        AlertDslError: E250 below a second or above a year, E215 a time or a time zone that does not exist.
    """
    if node is None:
        return typed.Every()
    if node.at is not None:
        return _daily(node)
    interval = node.interval.ns if node.interval is not None else typed.MINUTE
    span = node.interval.span if node.interval is not None else node.span
    if interval < typed.SECOND or interval > 366 * typed.DAY:
        raise error(
            "E250", "`every` is at least a second and at most a year", span, "write for example every 30s"
        )
    return typed.Every(interval)


def _daily(node: ast.Every) -> typed.Every:
    zone = node.zone or "UTC"
    found = _TIME.fullmatch(node.at or "")
    if found is None:
        raise error(
            "E215", f'"{node.at}" is no time of day', node.span, "write for example every day at 06:00"
        )
    check_zone(zone, node.span)
    return typed.Every(typed.DAY, f"{int(found[1]):02}:{found[2]}", zone)


# ---------------------------------------------------------------- severity and notification


def resolve_ladder(node: ast.Rule, text: str) -> str:
    """The base severity.

    Raises:
        AlertDslError: E210 for a misspelt severity, one that stands twice, or known ones that do not rise.
    """
    base = (node.severity or "warning").lower()
    ladder = [
        (base, _severity_span(node, text)),
        *((rung.severity.lower(), rung.span) for rung in node.rungs),
    ]
    for name, span in ladder:
        if name not in SEVERITIES and (near := nearest(name, SEVERITIES, limit=1)):
            place = Span(span.start, span.start + len(name))
            hint, fixes = did_you_mean(name, near, place)
            raise error("E210", f'unknown severity "{name}"', place, hint, fixes)
    seen: list[str] = []
    for name, span in ladder:
        if name in seen:
            raise error("E210", f'the severity "{name}" stands twice in the ladder', span, "keep one of them")
        lower = [s for s in seen if s in SEVERITIES and name in SEVERITIES]
        if any(SEVERITIES.index(s) > SEVERITIES.index(name) for s in lower):
            order = ", ".join(SEVERITIES)
            message = f'"{name}" stands above "{lower[-1]}" in the ladder, but is lower'
            raise error("E210", message, span, f"write the ladder from low to high: {order}")
        seen.append(name)
    return base


def _severity_span(node: ast.Rule, text: str) -> Span:
    """The place of the base severity, which the tree keeps as a bare word."""
    found = re.compile(r"severity\s+(\S+?)(?=[\s,]|$)", re.IGNORECASE).search(
        text, node.span.start, node.span.end
    )
    return Span(*found.span(1)) if found and node.severity is not None else node.span


def resolve_notify(node: ast.Rule, base: str) -> tuple[typed.Notify, ...]:
    """The notification targets.

    Raises:
        AlertDslError: E211 for a rung that the rule does not have.
    """
    rungs = [base, *(rung.severity.lower() for rung in node.rungs)]
    out: list[typed.Notify] = []
    for target in node.notify:
        severity = target.severity.lower() if target.severity is not None else None
        if severity is not None and severity not in rungs:
            place = Span(target.span.end - len(severity), target.span.end)
            hint, fixes = did_you_mean(severity, nearest(severity, rungs), place)
            hint = hint or f"its severities: {', '.join(rungs)}"
            raise error("E211", f'the rule has no severity "{target.severity}"', place, hint, fixes)
        notify = typed.Notify(target.target, severity)
        if notify not in out:
            out.append(notify)
    return tuple(out)


def resolve_escalations(node: ast.Rule, scope: Scope) -> tuple[typed.Escalation, ...]:
    """Who is told of alerts that nobody acknowledges, the soonest first.

    Raises:
        AlertDslError: E211 where the same target comes twice, E250 a length of zero.
    """
    found: dict[str, typed.Escalation] = {}
    for step in node.escalations:
        if step.target in found:
            message = f'"{step.target}" is escalated to twice: one is enough'
            raise error("E211", message, step.span, "repeat every ... tells people again")
        found[step.target] = typed.Escalation(step.target, scope.length(step.after, "`after`"))
    return tuple(sorted(found.values(), key=lambda step: step.after))


# ---------------------------------------------------------------- labels and templates


def check_labels(node: ast.Rule) -> None:
    """Refuses a label that is given twice (E213)."""
    seen: set[str] = set()
    for key, _ in node.labels:
        if key in seen:
            raise error("E213", f'the label "{key}" is given twice', node.span)
        seen.add(key)


def check_templates(node: ast.Rule, text: str) -> None:
    """Refuses a message or title whose braces do not match (E214); the rest of a template is checked where it is rendered."""
    for what, template in _templates(node):
        problem = unbalanced(template)
        if problem:
            at = text.find(template, node.span.start, node.span.end or len(text))
            span = Span(at, at + len(template)) if at >= 0 else node.span
            raise error("E214", f"{what}: {problem}", span, "values are written {{ value }}")
        single = _SINGLE.search(template)
        at = text.find(single[0], node.span.start, node.span.end or len(text)) if single else -1
        if single and at >= 0:
            right = f"{{{{ {single[1]} }}}}"
            fix = Fix(Span(at, at + len(single[0])), right, f"write {right}")
            message = f"{what}: `{single[0]}` is no value of the alert, it would stand there as it is"
            raise error("E214", message, fix.span, f"write {right}", [fix])


def _templates(node: ast.Rule) -> Iterator[tuple[str, str]]:
    if node.message is not None:
        yield "message", node.message
    if node.title is not None:
        yield "title", node.title
    for key, value in node.labels:
        yield f"label {key}", value


def unbalanced(template: str) -> str:
    """What is wrong with the braces of a Jinja template, "" if nothing is."""
    opened = ""
    for found in _BRACES.finditer(template):
        mark = found[0]
        if opened and mark == _CLOSING[opened]:
            opened = ""
        elif opened and (mark in _CLOSING and opened != "{#"):
            return f"{mark} inside {opened}"
        elif not opened:
            if mark not in _CLOSING:
                return f"{mark} without {next(k for k, v in _CLOSING.items() if v == mark)}"
            opened = mark
    return f"{opened} is not closed" if opened else ""
