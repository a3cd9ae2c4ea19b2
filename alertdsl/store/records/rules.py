"""Rules, their versions and their errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to store: its text as written, and what the compiler made of it.

    `meaning` is a hash over what changes an alert's truth (`when`, `recover`, `every`, `during`, `on no data`).
    `declared_id` is the id that the text itself gives, if any: with one, a rename keeps rule and alerts.
    """

    name: str
    text: str
    canonical: str
    meaning: str
    title: str = ""
    severity: str = ""
    source: str = ""
    declared_id: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A stored rule as it is now.

    `origin` names the set of files it was synchronised from, "" for a rule made through the API.
    It is evaluated for instants `active_from <= T < active_to`; `version_at` is when its present text was
    stored, `inactive_reason` why it stopped (`disabled`, `deleted`). `revision` grows with every change.
    """

    id: str
    owner: str
    name: str
    title: str
    severity: str
    enabled: bool
    version: int
    text: str
    canonical: str
    meaning: str
    origin: str
    source: str
    declared_id: str
    created_at: int
    updated_at: int
    version_at: int
    active_from: int
    active_to: int | None
    deleted_at: int | None
    revision: int

    @property
    def inactive_reason(self) -> str:
        """Why no further instants are evaluated, "" while they are."""
        if self.deleted_at is not None:
            return "deleted"
        return "" if self.enabled else "disabled"


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A text that a rule has or had."""

    rule_id: str
    version: int
    name: str
    text: str
    canonical: str
    meaning: str
    author: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule that could not be stored, and why."""

    rule: NewRule
    reason: str


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What synchronising a set of rule files did."""

    added: tuple[Rule, ...] = ()
    changed: tuple[Rule, ...] = ()
    unchanged: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleError:
    """An error of a rule's evaluation, from the instant `t` until `ended_t` (None: still)."""

    rule_id: str
    t: int
    message: str
    ended_t: int | None = None
