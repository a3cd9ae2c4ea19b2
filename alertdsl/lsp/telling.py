"""Diagnostics in the terms of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from alertdsl.diagnostics import Diagnostic, Severity, Span
from alertdsl.lsp.positions import Positions
from alertdsl.lsp.project import Configuration

SOURCE = "alertdsl"
MOST = 1000
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


def told(found: Iterable[Diagnostic], text: str, positions: Positions) -> list[types.Diagnostic]:
    """Diagnostics as an editor shows them: the message, and the way out on a line of its own."""
    return [
        types.Diagnostic(
            positions.range(_visible(one.span, text)),
            f"{one.message}\n{one.hint}" if one.hint else one.message,
            severity=_SEVERITIES[one.severity],
            code=one.code,
            source=SOURCE,
        )
        for one in found
    ]


def most(found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """As many as an editor can show, the worst ones if there are more."""
    if len(found) <= MOST:
        return found
    return sorted(found, key=lambda one: list(_SEVERITIES).index(one.severity))[:MOST]


def _visible(span: Span, text: str) -> Span:
    """A span that has at least one character, where there is one on its line."""
    if span.end > span.start:
        return span
    at = span.start
    if at < len(text) and text[at] not in "\r\n":
        return Span(at, at + 1)
    return Span(at - 1, at) if at > 0 and text[at - 1] not in "\r\n" else span


def of_configuration(configuration: Configuration) -> list[types.Diagnostic]:
    """What a rule file says of a catalog that cannot be read."""
    if not configuration.problems or configuration.path is None:
        return []
    first = configuration.problems[0]
    file = configuration.path.name
    if configuration.catalog is None:
        meanwhile = "names are not checked until it is mended"
        severity = types.DiagnosticSeverity.Error
    else:
        meanwhile = "names mean what it said when it could last be read"
        severity = types.DiagnosticSeverity.Warning
    message = f"{file} cannot be used (line {first.line}): {first.message}\n{meanwhile}"
    start = types.Position(0, 0)
    return [
        types.Diagnostic(
            types.Range(start, start), message, severity=severity, code=first.code, source=SOURCE
        )
    ]
