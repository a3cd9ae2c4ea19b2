"""Corrected rule text: what the diagnostics offer, applied, and the slips that only a whole text shows.

Whatever is offered checks without errors; nothing is applied by itself. A suggestion keeps to what was said (no number, no
length of time and no name is made up); where a name is missing or unknown there are `readings`, for a person to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alertdsl import check
from alertdsl.diagnostics import Diagnostic, Severity
from alertdsl_mcp.search import find_metrics

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

_ROUNDS = 5
_MOST_READINGS = 5
_TRIED = 60
LONGEST = 2000
"""Longer texts are not a person's sentence; and the patterns here may need time that grows with the square of the length."""

_CLAUSE = (
    r"(?:severity|notify|every|message|recover\s+when|repeat\s+every|labels|on\s+no\s+data|forget\s+after)"
)
_CLAUSES = re.compile(rf"[\s,;.]+(?:(?:and|with|then)\s+)?(?={_CLAUSE}\b)", re.IGNORECASE)
_COLON = re.compile(rf"\b({_CLAUSE})\s*[:=]\s*", re.IGNORECASE)
_THEN_NOTIFY = re.compile(r"\bthen\s+(?=notify\b)", re.IGNORECASE)
_HEAD = re.compile(
    r"^\s*(?:please\s+)?(?:(?:can|could|would)\s+you\s+)?"
    r"(?:(?:create|make|add|set\s+up|write)\s+(?:me\s+)?(?:an?\s+)?(?:alert|rule|alarm)\s*(?::|for|if|when|that\s+fires\s+(?:if|when))?\s*)?"
    r"(?:(?:please\s+)?(?:alert|tell|notify|warn|page|ping|email|wake|message|let)(?:\s+(?:me|us|the\s+team))?(?:\s+(?:know|up))?"
    r"\s*(?:if|when|whenever|once|as\s+soon\s+as)?\s+)?(?:if\s+|when\s+|whenever\s+)?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,;]*(?:then\s+)?(?:please\s+)?(?:(?:alert|tell|notify|warn|page|ping|email|wake|message)\s+(?:me|us|someone)(?:\s+up)?"
    r"|let\s+(?:me|us)\s+know|please|thanks|thank\s+you)?\s*[.!?]*\s*$",
    re.IGNORECASE,
)
_COMPARISON = r"(?:is|are|goes|go|gets|stays|stay|rises|falls|drops|exceeds|reaches|over|above|below|under|more|less|at|>|<|=)"
_TAIL_PLACE = re.compile(r"\s+(?:on|for|at|in|of)\s+((?!the\s+last)[\w.\-/\"]+)\s*$", re.IGNORECASE)
_FIRST_COMPARISON = re.compile(rf"\s+(?={_COMPARISON}(?:\s|\b))", re.IGNORECASE)
_AGGREGATES = {
    "average": "avg",
    "avg": "avg",
    "mean": "avg",
    "highest": "max",
    "maximum": "max",
    "lowest": "min",
    "minimum": "min",
}
_LAST = re.compile(
    rf"(?:the\s+)?\b({'|'.join(_AGGREGATES)}|max|min|sum|total|median|p\d\d)\s+(?:of\s+)?(?:the\s+)?(.+?)\s+"
    r"(?:in|over|during|for|of|within)\s+(?:the\s+)?(?:last|past|previous)\s+"
    r"(\d+\s*\w+|\w+\s+(?:seconds?|minutes?|hours?|days?|weeks?)|hour|minute|day|week)\b",
    re.IGNORECASE,
)


def corrected(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> str:
    """The text with its mistakes repaired, "" where that is not possible."""
    tried: set[str] = set()
    for candidate in _candidates(text, errors, catalog):
        candidate = candidate.strip()
        if candidate and candidate not in tried and candidate != text and not _errors(candidate, catalog):
            return candidate
        tried.add(candidate)
    return ""


def readings(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> Iterator[str]:
    """Texts with a metric of the catalog where this one names only a thing (``Bitcoin goes above``) or an unknown one."""
    if catalog is None or len(errors) != 1 or errors[0].code != "E201":
        return
    span = errors[0].span
    said = text[span.start : span.end]
    only_a_thing = "entity" in errors[0].message
    near = [m.name for m in find_metrics(catalog, said, _TRIED).metrics]
    names = [m.name for m in catalog.metrics[:_TRIED]] if only_a_thing else near
    found = 0
    for name in names:
        candidate = f"{text[: span.start]}{f'{said} ' if only_a_thing else ''}{name}{text[span.end :]}"
        if not _errors(candidate, catalog):
            yield candidate
            found += 1
        if found == _MOST_READINGS:
            return


def _candidates(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> Iterator[str]:
    """Ways to write it, the most faithful first: each repair alone, then with those before it."""
    yield _with_fixes(text, errors, catalog)
    if len(text) > LONGEST:
        return
    if re.match(r"\s*rule\b", text, re.IGNORECASE):
        lines = _COLON.sub(r"\1 ", text)
        yield _with_fixes(lines, _errors(lines, catalog), catalog)
        return
    for repaired in _repairs(" ".join(text.split())):
        yield repaired
        yield _with_fixes(repaired, _errors(repaired, catalog), catalog)


def _repairs(text: str) -> Iterator[str]:
    yield _as_rule(text)
    plain = _TAIL.sub("", _HEAD.sub("", text))
    yield plain
    yield _as_rule(plain)
    windowed = _LAST.sub(_window, plain)
    yield windowed
    for one in (plain, windowed):
        yield _with_place_first(one)
    yield _as_rule(_with_place_first(windowed))


def _window(found: re.Match[str]) -> str:
    """``average X in the last 10 minutes`` as ``avg of X over 10 minutes``."""
    function, metric, length = found[1].casefold(), found[2], found[3]
    length = length if re.match(r"\d|\w+\s", length) else f"1 {length}"
    return (
        f"{_AGGREGATES.get(function, 'sum' if function == 'total' else function)} of {metric} over {length}"
    )


def _with_place_first(text: str) -> str:
    """``cpu usage > 90% on web1`` as ``cpu usage on web1 > 90%``."""
    place = _TAIL_PLACE.search(text)
    if place is None:
        return text
    return _FIRST_COMPARISON.sub(f" on {place[1]} ", text[: place.start()], count=1)


def _with_fixes(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> str:
    """The first fix of each error applied, and of those that then come to light."""
    for _ in range(_ROUNDS):
        fixes = sorted(
            (one.fixes[0] for one in errors if one.fixes), key=lambda f: f.span.start, reverse=True
        )
        if not fixes:
            break
        last = len(text) + 1
        for fix in fixes:
            if fix.span.end <= last:
                text = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
                last = fix.span.start
        errors = _errors(text, catalog)
        if not errors:
            break
    return text


def _as_rule(text: str) -> str:
    """A condition with clauses after it on the same line, as a rule with a line for each."""
    parts = [
        part.strip().rstrip(",;.") for part in _CLAUSES.split(_THEN_NOTIFY.sub("", _COLON.sub(r"\1 ", text)))
    ]
    if len(parts) == 1:
        return text
    condition = _HEAD.sub("", parts[0])
    name = "-".join(re.findall(r"[a-z0-9]+", condition.casefold())[:4]) or "alert"
    name = name if name[0].isalpha() else f"alert-{name}"
    return "\n  ".join([f"rule {name}", f"when {condition}", *parts[1:]])


def _errors(text: str, catalog: Catalog | None) -> list[Diagnostic]:
    return [one for one in check(text, catalog) if one.severity is Severity.ERROR]
