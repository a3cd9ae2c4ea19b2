"""What a notification carries through the outbox: all that its message needs, so that a later edit of the rule,
or a restart, words it the same."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from alertdsl.semantics import typed
from alertdsl_runtime.lives import Value


class Payload(TypedDict):
    """JSON-ready. Times are nanoseconds; `state` is ``firing``, ``no data`` or ``resolved``."""

    rule: str
    title: str
    condition: str
    message: str
    state: str
    severity: str
    reason: str
    labels: dict[str, str]
    rule_labels: dict[str, str]
    value: Value
    unit: str
    instant: int
    since: int | None
    started_at: int | None


def make_payload(
    rule: typed.Rule,
    *,
    labels: dict[str, str],
    state: str,
    severity: str,
    reason: str,
    value: Value,
    instant: int,
    since: int | None,
    started_at: int | None,
) -> Payload:
    """The payload of a notification about an alert of this rule."""
    return Payload(
        rule=rule.name,
        title=rule.title or "",
        condition=_condition_of(rule),
        message=rule.message or "",
        state=state,
        severity=severity,
        reason=reason,
        labels=labels,
        rule_labels=dict(rule.labels),
        value=value if isinstance(value, str | bool) or value is None or value - value == 0 else str(value),
        unit=rule.unit or "",
        instant=instant,
        since=since,
        started_at=started_at,
    )


def _condition_of(rule: typed.Rule) -> str:
    """The rule's `when`, as its canonical text has it; the text itself for a lone condition."""
    for line in rule.text.splitlines():
        words = line.strip()
        if words.startswith("when "):
            return words.removeprefix("when ").strip()
    return rule.text.strip().splitlines()[0] if rule.text.strip() else rule.name


def as_payload(stored: Any) -> Payload:
    """A payload as it came back from the outbox; what an older version did not write is filled in."""
    empty = Payload(
        rule="",
        title="",
        condition="",
        message="",
        state="firing",
        severity="",
        reason="",
        labels={},
        rule_labels={},
        value=None,
        unit="",
        instant=0,
        since=None,
        started_at=None,
    )
    known = {key: value for key, value in dict(stored).items() if key in empty}
    return cast(Payload, {**empty, **known})
