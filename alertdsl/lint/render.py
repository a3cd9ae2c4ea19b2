"""Findings as text for people, JSON for programs, and workflow commands for GitHub. Pure functions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from alertdsl.diagnostics import Diagnostic, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Each finding with its source line, then a count; "" without any."""
    if not diagnostics:
        return ""
    counts = Counter(d.severity for d in diagnostics)
    said = [f"{counts[s]} {_plural(s, counts[s])}" for s in Severity if counts[s]]
    return "\n\n".join(d.render() for d in diagnostics) + f"\n\n{', '.join(said)}\n"


def _plural(severity: Severity, count: int) -> str:
    word = "note" if severity is Severity.INFO else str(severity)
    return word if count == 1 else f"{word}s"


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON array of `Diagnostic.as_dict`."""
    return json.dumps([d.as_dict() for d in diagnostics], indent=2, ensure_ascii=False) + "\n"


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """One workflow command a finding, which GitHub shows beside the line."""
    return "".join(f"{_github_command(d)}\n" for d in diagnostics)


def _github_command(diagnostic: Diagnostic) -> str:
    facts = diagnostic.as_dict()
    message = diagnostic.message + (f" ({diagnostic.hint})" if diagnostic.hint else "")
    properties = {
        "file": diagnostic.file,
        "line": facts["line"],
        "endLine": facts["end_line"],
        "col": facts["column"],
        "endColumn": facts["end_column"],
        "title": f"alertdsl {diagnostic.code}",
    }
    said = ",".join(f"{key}={_escape(str(value), property_=True)}" for key, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {said}::{_escape(message)}"


def _escape(text: str, *, property_: bool = False) -> str:
    out = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return out.replace(":", "%3A").replace(",", "%2C") if property_ else out
