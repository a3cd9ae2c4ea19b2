"""The structured results of the tools. What is empty is left out of an answer; what is said here is what a host may rely on."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """One finding in rule text: its place, the line with a caret under it, and the way out."""

    code: str
    severity: str
    message: str
    line: int
    column: int
    end_column: int
    excerpt: str = ""
    hint: str = ""
    fixes: list[str] = []


class Checked(BaseModel):
    """What `check_rule` found; also what a refused `create_alert_rule` gives back."""

    ok: bool
    canonical: str = ""
    problems: list[Problem] = []
    suggestion: str = ""
    readings: list[str] = []
    ask: str = ""
    notes: list[str] = []
    error: str = ""


class Explained(BaseModel):
    """What a rule means."""

    explanation: str
    canonical: str
    id: str = ""
    version: int = 0


class Stored(BaseModel):
    """A rule as it is stored now, with what it means; `did` is created, changed or unchanged."""

    id: str
    name: str
    version: int
    enabled: bool
    did: str
    explanation: str = ""
    notes: list[str] = []


class RuleRow(BaseModel):
    """A rule in a list. It is enabled and of severity `warning` unless it says otherwise."""

    id: str
    name: str
    when: str = ""
    severity: str = "warning"
    disabled: bool = False
    owner: str = ""
    error: str = ""


class RulePage(BaseModel):
    """A page of rules."""

    rules: list[RuleRow]
    next_cursor: str = ""
    hint: str = ""


class Deleted(BaseModel):
    """Whether a rule was deleted."""

    deleted: bool
    id: str
    hint: str = ""


class AlertRow(BaseModel):
    """An alert in a list; times in RFC 3339, UTC."""

    id: str
    rule: str
    state: str
    severity: str
    labels: dict[str, str] = {}
    value: Any = None
    since: str = ""
    resolved: str = ""
    acknowledged_by: str = ""
    silenced_until: str = ""
    error: str = ""


class AlertPage(BaseModel):
    """A page of alerts; `now` is the database's time."""

    alerts: list[AlertRow]
    now: str
    next_cursor: str = ""
    hint: str = ""


class Step(BaseModel):
    """A transition of an alert."""

    at: str
    to: str
    severity: str = ""
    value: Any = None
    reason: str = ""


class Sent(BaseModel):
    """A notification of an alert and how its delivery stands."""

    at: str
    kind: str
    target: str
    status: str
    error: str = ""


class AlertFacts(BaseModel):
    """An alert with its history, the newest part of it."""

    alert: AlertRow
    rule_id: str
    rule_text: str
    note: str = ""
    history: list[Step] = []
    notifications: list[Sent] = []


class Acknowledged(BaseModel):
    """An alert and who has taken it on."""

    id: str
    state: str
    acknowledged_by: str
    at: str


class Silenced(BaseModel):
    """A silence."""

    id: str
    until: str
    alerts_now: int = 0
    matches: str = ""


class MetricRow(BaseModel):
    """A metric of the catalog, and how to write it."""

    name: str
    unit: str = ""
    kind: str = ""
    aliases: list[str] = []
    tags: list[str] = []
    example: str = ""


class Metrics(BaseModel):
    """What names exist."""

    metrics: list[MetricRow]
    entities: list[str] = []
    total: int
    hint: str = ""


class Episode(BaseModel):
    """A firing that would have been."""

    fired: str
    resolved: str = ""
    labels: dict[str, str] = {}
    value: Any = None
    severity: str = ""


class Preview(BaseModel):
    """What a rule would have done."""

    now: str
    firing: int
    pending: int
    series: int
    days: float
    fired: int
    per_day: float
    episodes: list[Episode] = []
    notes: list[str] = []


class Health(BaseModel):
    """`pass` or why not, for each part: influxdb, database, engine, catalog, preview."""

    status: str
    parts: dict[str, str]
    version: str
