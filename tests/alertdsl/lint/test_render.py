"""The three outputs."""

from __future__ import annotations

import json

from alertdsl.diagnostics import Diagnostic, Severity, Span
from alertdsl.lint import render_github, render_json, render_text

FOUND = [
    Diagnostic("E201", 'unknown metric "a,b"', Span(3, 6), "50%\nmore", file="x:y.alert", text="if a,b > 3"),
    Diagnostic("W401", "number", Span(9, 10), severity=Severity.WARNING, file="x:y.alert", text="if a,b > 3"),
]


def test_text() -> None:
    out = render_text(FOUND)
    assert "x:y.alert:1:4" in out
    assert out.endswith("1 error, 1 warning\n")
    assert render_text([]) == ""


def test_json() -> None:
    first = json.loads(render_json(FOUND))[0]
    assert (first["code"], first["line"], first["column"], first["end_column"]) == ("E201", 1, 4, 7)
    assert json.loads(render_json([])) == []


def test_github() -> None:
    first, second = render_github(FOUND).splitlines()
    assert first == (
        "::error file=x%3Ay.alert,line=1,endLine=1,col=4,endColumn=7,title=alertdsl E201"
        '::unknown metric "a,b" (50%25%0Amore)'
    )
    assert second.startswith("::warning ")
