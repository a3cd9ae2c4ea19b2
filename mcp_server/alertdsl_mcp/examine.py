"""Looking at rule text for a model: what is wrong, the corrected text where one can be offered, what to ask the person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alertdsl import AlertDslError, resolve
from alertdsl.diagnostics import Diagnostic, Severity
from alertdsl.lint import lint_text
from alertdsl_mcp.errors import Refusal
from alertdsl_mcp.naming import find
from alertdsl_mcp.repair import WayOut, way_out
from alertdsl_mcp.results import cell, listed
from alertdsl_mcp.topics import notes_for

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog, Metric
    from alertdsl.semantics.typed import Rule

_NUMBER = re.compile(r"(?<![\w.])\d|[$€£]\d")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred thousand million billion half quarter double doubled doubles twice triple tripled".split()
)
_VAGUE = frozenset(
    "almost nearly about too very high low slow slowly fast full empty hot cold busy big large small heavy soon often many few "
    "bad poor wrong weird strange unusual abnormal spike spikes spiking overloaded maxed exhausted tight critical "
    "normal usual typical".split()
)
_GONE = frozenset({"down", "offline", "dead", "unreachable", "disappears", "vanishes"})
_NO_THRESHOLD = _GONE | {
    "firing",
    "missing",
    "reporting",
    "data",
    "absent",
    "growing",
    "shrinking",
    "true",
    "false",
}
_OPERATOR = re.compile(r"[<>=]")
_MOST_QUOTED = 120
_SYNTAX = ("E00", "E01", "E02")

UNKNOWN_RULE = "W405"
"""A rule is asked about that the text does not hold."""

UNKNOWN_TARGET = "W420"
"""A notification goes to a target that is not configured."""

CRIB = """\
metric [entity] > 90 [for 5m]            BTC price > 70k for 5m; cpu usage on web1 above 90%
avg|sum|min|max|count|p95 of M over 10m by host > 80%; rate of M over 1m > 50 MB; M rises by 5% within 1h
A and B, A or B, not A, A unless B; M is missing for 10m; M between 1 and 5; M outside 18 to 27
M crosses above 5; M > 2 times its 1d average; M will fall below 5 within 1d; at least 3 hosts have M > 5
measurement.field{tag="value"} > 5       without a catalog
rule name                                more than a condition, each part on a line of its own:
  when CONDITION
  severity critical
  recover when CONDITION
  notify target
  message "{{ labels.host }} at {{ value }}" """
"""The language in a dozen lines, for whoever got its syntax wrong. The resource alertdsl://language has all of it."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What there is to say about rule text.

    Attributes:
        rules: the typed rules, none where there is an error.
        errors, warnings: what was found.
        suggestion: the text corrected, if that checks; `readings` are several that do, for a person to choose from.
        ask: what to ask the person, where the text lacks what only they know.
    """

    text: str
    rules: tuple[Rule, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    suggestion: str = ""
    readings: tuple[str, ...] = ()
    ask: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether the text can be stored."""
        return not self.errors

    @property
    def wants_crib(self) -> bool:
        """Whether the way of writing it is what is wrong."""
        return any(one.code.startswith(_SYNTAX) for one in self.errors) and not (
            self.ask or self.suggestion or self.readings
        )


def examine(
    text: str,
    catalog: Catalog | None,
    *,
    targets: Sequence[str] = (),
    others: Sequence[str] = (),
    longest: int = 20_000,
) -> Examined:
    """Check rule text, and look for the way out of what is wrong. `others` are names of rules that it may ask about.

    Raises:
        Refusal: it is too long to be looked at.
    """
    if len(text) > longest:
        raise Refusal(
            f"the rule text has {len(text):,} characters, more than {longest:,}", "write one rule a call"
        )
    found = lint_text(text, catalog, taken=others)
    errors = tuple(one for one in found if one.severity is Severity.ERROR)
    # Of targets the notes below tell more: the server knows those of its environment.
    warnings = tuple(
        one for one in found if one.severity is not Severity.ERROR and one.code != UNKNOWN_TARGET
    )
    if not errors:
        try:
            rules = resolve(text, catalog)
        except AlertDslError as problem:  # what only the resolver of whole texts sees
            errors = problem.diagnostics
        else:
            return Examined(text, rules, (), warnings, notes=tuple(_unknown_targets(rules, targets)))
    ask = _question(text, errors, catalog)
    way = WayOut() if ask else way_out(text, errors, catalog)
    notes = _hints(errors, catalog)
    if not (ask or way.suggestion):
        notes += tuple(notes_for(text))
    if way.unread:
        notes = (f"not in the readings: {', '.join(way.unread)}", *notes)
    return Examined(text, (), errors, warnings, way.suggestion, way.readings, ask, notes)


def _unknown_targets(rules: Sequence[Rule], targets: Sequence[str]) -> list[str]:
    known = {*targets, "terminal"}
    told = [one.target for rule in rules for one in rule.notify]
    told += [one.target for rule in rules for one in rule.escalations]
    wanted = dict.fromkeys(name for name in told if name not in known)
    there = f"configured are {listed(targets)}" if targets else "none is configured"
    return [f"no notification target is called {name!r}: {there}" for name in wanted]


def _question(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> str:
    """What to ask where a request has no number and needs one."""
    words = re.findall(r"[a-z]+", text.casefold())
    if _NUMBER.search(text) or not set(words).isdisjoint(_NUMBER_WORDS | _NO_THRESHOLD):
        return ""
    metric = _named(text, catalog)
    vague = not set(words).isdisjoint(_VAGUE) or any(one.code == "E010" for one in errors)
    told = metric is not None and metric.type not in {"string", "boolean"} and not _OPERATOR.search(text)
    if not (vague or told or _names_a_thing(text, catalog)):
        return ""
    what = (
        "the value" if metric is None else f"{metric.name}, in {metric.unit}" if metric.unit else metric.name
    )
    return (
        f'The request "{cell(" ".join(text.split())[:_MOST_QUOTED])}" names no number. Ask the person: above or below which number '
        f"should it alert ({what}), and for how long must that hold? Do not choose one for them."
    )


def _names_a_thing(text: str, catalog: Catalog | None) -> bool:
    """Whether a text without an operator speaks of a thing that the catalog knows."""
    return (
        catalog is not None
        and not _OPERATOR.search(text)
        and find(text[:_MOST_QUOTED], catalog.entity_phrases) is not None
    )


def _named(text: str, catalog: Catalog | None) -> Metric | None:
    """The metric that a text speaks of, the one that shares most words with it."""
    words = set(re.findall(r"[a-z]+", text.casefold()))
    best: tuple[int, Metric] | None = None
    for metric in catalog.metrics if catalog else ():
        for name in (metric.name, *metric.aliases):
            shared = len(words & set(name.casefold().replace("_", " ").split()))
            if shared and (best is None or shared > best[0]):
                best = (shared, metric)
    return None if best is None else best[1]


def _hints(errors: Sequence[Diagnostic], catalog: Catalog | None) -> tuple[str, ...]:
    if catalog is None or not catalog.metrics:
        return ('no catalog is configured: name metrics as measurement.field{tag="value"}',)
    notes = ["search_metrics finds the names that exist"] if any(one.code == "E201" for one in errors) else []
    if any(one.code == "E219" for one in errors):
        notes.append(
            "a rule stored here imports nothing: write what it uses into its text (let, rule NAME(PARAMETERS) and use)"
        )
    return tuple(notes)
