"""The words of a notification: its title and its text, from the rule's templates or, failing that, plainly."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from alertdsl_runtime.notify.filters import Moment, ago, number
from alertdsl_runtime.notify.payload import Payload

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_MAX_TITLE = 250
_HEADS = {
    "firing": "FIRING",
    "resolved": "RESOLVED",
    "severity": "SEVERITY",
    "repeat": "STILL FIRING",
    "escalation": "ESCALATED",
}


class Rendered(NamedTuple):
    """A notification in words. `problem` says what was wrong with a template, "" nothing."""

    title: str
    body: str
    problem: str = ""


def render(kind: str, payload: Payload) -> Rendered:
    """Title and text of a notification. Never fails: a template that does is replaced by a plain text, and the
    reason goes into `problem` and, for whoever wrote it, under the text."""
    variables = _variables(kind, payload)
    subject, title_problem = _expand(payload["title"], variables)
    head = f"[{_head(kind, payload)}] {subject or payload['rule']}{_label_text(payload, subject)}"
    body, body_problem = _expand(payload["message"], variables)
    problem = "; ".join(
        f"{what}: {why}" for what, why in (("title", title_problem), ("message", body_problem)) if why
    )
    lines = [body] if body else []
    lines.append(_plain(payload, variables))
    if problem:
        lines.append(f"(template error: {problem})")
    return Rendered(_one_line(head)[:_MAX_TITLE], "\n\n".join(lines), problem)


def _head(kind: str, payload: Payload) -> str:
    word = (
        "NO DATA" if payload["state"] == "no data" and kind != "resolved" else _HEADS.get(kind, kind.upper())
    )
    return word if kind == "resolved" else f"{word} {payload['severity']}".strip()


def _label_text(payload: Payload, subject: str) -> str:
    """Labels for the title, where its own template does not show them."""
    values = [f"{k}={v}" for k, v in payload["labels"].items() if v not in subject]
    return f" ({', '.join(values)})" if values else ""


def _expand(source: str, variables: dict[str, Any]) -> tuple[str, str]:
    """The text and, where the template failed, why ("" and the reason)."""
    if not source:
        return "", ""
    if "{" not in source:
        return source, ""
    from alertdsl_runtime.notify.sandbox import expand

    try:
        return expand(source, variables), ""
    except Exception as error:  # noqa: BLE001 - whatever a template does, the notification must go out
        return "", _one_line(f"{type(error).__name__}: {error}")[:300]


def _variables(kind: str, payload: Payload) -> dict[str, Any]:
    def moment(nanoseconds: int | None) -> Moment | None:
        return None if nanoseconds is None else Moment.of(nanoseconds)

    return {
        **payload["rule_labels"],
        "labels": payload["rule_labels"] | payload["labels"],
        "value": payload["value"],
        "unit": payload["unit"],
        "severity": payload["severity"],
        "state": payload["state"],
        "reason": payload["reason"],
        "kind": kind,
        "rule": payload["rule"],
        "condition": payload["condition"],
        "since": moment(payload["since"]),
        "started_at": moment(payload["started_at"]),
        "time": moment(payload["instant"]),
    }


def _plain(payload: Payload, variables: dict[str, Any]) -> str:
    """What every notification says, whatever its template."""
    value = number(payload["value"]) + (f" {payload['unit']}" if payload["unit"] else "")
    lines = [
        f"Rule: {payload['rule']}",
        f"Condition: {payload['condition']}",
        f"Value: {value}",
        *(f"{name}: {text}" for name, text in variables["labels"].items()),
        f"Time: {variables['time']}",
    ]
    if variables["since"] is not None:
        lines.append(f"Since: {variables['since']} ({ago(variables['since'], variables['time'])})")
    if payload["reason"]:
        lines.append(f"Reason: {payload['reason']}")
    return "\n".join(_one_line(line) for line in lines)


def _one_line(text: str) -> str:
    """Without control characters: a label value must not make headers or lines of its own."""
    return _CONTROLS.sub(" ", text).strip()
