"""Corrected rule text: what the diagnostics offer, applied, and a few slips that only a whole text shows. Every text that is
offered checks without errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alertdsl import check
from alertdsl.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

_ROUNDS = 5
_MOST_READINGS = 5
_TRIED = 60
_CLAUSE = (
    r"(?:severity|notify|every|message|recover\s+when|repeat\s+every|labels|on\s+no\s+data|forget\s+after)"
)
_CLAUSES = re.compile(rf"[\s,;]+(?:(?:and|with|then)\s+)?(?={_CLAUSE}\b)", re.IGNORECASE)
_HEAD = re.compile(r"\s*(?:if|when|alert(?:\s+me)?\s+(?:if|when))\s+", re.IGNORECASE)
_THEN_NOTIFY = re.compile(r"\bthen\s+(?=notify\b)", re.IGNORECASE)


def corrected(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> str:
    """The text with its mistakes repaired, "" where that is not possible."""
    for candidate in _candidates(text, errors, catalog):
        if candidate != text and not _errors(candidate, catalog):
            return candidate
    return ""


def readings(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> Iterator[str]:
    """Texts that name a metric where this one names only a thing (``Bitcoin goes above``) or an unknown one."""
    if catalog is None or len(errors) != 1 or errors[0].code != "E201":
        return
    span, found = errors[0].span, 0
    said = text[span.start : span.end]
    for metric in catalog.metrics[:_TRIED]:
        if "entity" not in errors[0].message:
            return
        candidate = f"{text[: span.start]}{said} {metric.name}{text[span.end :]}"
        if not _errors(candidate, catalog):
            yield candidate
            found += 1
        if found == _MOST_READINGS:
            return


def _candidates(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> Iterator[str]:
    yield _with_fixes(text, errors, catalog)
    lines = _as_rule(text)
    if lines != text:
        yield lines
        yield _with_fixes(lines, _errors(lines, catalog), catalog)


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
    if re.match(r"\s*rule\b", text, re.IGNORECASE):
        return text
    parts = [part.strip().rstrip(",;") for part in _CLAUSES.split(_THEN_NOTIFY.sub("", text))]
    if len(parts) == 1:
        return text
    condition = _HEAD.sub("", parts[0])
    name = "-".join(re.findall(r"[a-z0-9]+", condition.casefold())[:4]) or "alert"
    name = name if name[0].isalpha() else f"alert-{name}"
    return "\n  ".join([f"rule {name}", f"when {condition}", *parts[1:]])


def _errors(text: str, catalog: Catalog | None) -> list[Diagnostic]:
    return [one for one in check(text, catalog) if one.severity is Severity.ERROR]
