"""The linter: errors of syntax, names, types and units, and checks of what is probably not meant."""

from __future__ import annotations

from collections.abc import Iterable

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.lint.codes import describe, meanings
from alertdsl.lint.registry import Check, Subject, all_checks, check
from alertdsl.lint.render import render_github, render_json, render_text
from alertdsl.lint.suppress import suppressed
from alertdsl.semantics.catalog import EMPTY, Catalog
from alertdsl.semantics.problems import unique
from alertdsl.semantics.resolve import resolve_file
from alertdsl.syntax import ast

__all__ = [
    "Check",
    "Subject",
    "all_checks",
    "check",
    "describe",
    "lint_files",
    "lint_text",
    "meanings",
    "render_github",
    "render_json",
    "render_text",
]


def lint_text(
    text: str, catalog: Catalog | None = None, file: str = "<rule>", *, taken: Iterable[str] = ()
) -> tuple[Diagnostic, ...]:
    """All findings in rule text, in its order. `taken` are names of rules in other files."""
    findings, _ = _lint(text, catalog, file, taken)
    return findings


def lint_files(files: Iterable[tuple[str, str]], catalog: Catalog | None = None) -> tuple[Diagnostic, ...]:
    """All findings in several files, given as (name, text); rule names are unique over all of them."""
    found: list[Diagnostic] = []
    taken: set[str] = set()
    for file, text in files:
        findings, names = _lint(text, catalog, file, taken)
        found.extend(findings)
        taken |= names
    return tuple(found)


def _lint(
    text: str, catalog: Catalog | None, file: str, taken: Iterable[str]
) -> tuple[tuple[Diagnostic, ...], set[str]]:
    from alertdsl.syntax.parser import parse_lenient

    tree, problems = parse_lenient(text, file)
    known = catalog or EMPTY
    found = list(problems)
    names = set(taken)
    for node in tree.rules:
        alone = ast.File((node,), text=tree.text, comments=tree.comments)
        rules, diagnostics = resolve_file(alone, known, name=file, taken=names)
        found.extend(diagnostics)
        for rule in rules:
            subject = Subject(node, rule, known)
            found.extend(d.in_text(tree.text, file) for c in all_checks() for d in _run(c, subject))
        if node.name is not None:
            names.add(node.name)
    rest = ast.File((), tree.lets, tree.imports, text=tree.text)
    found.extend(resolve_file(rest, known, name=file)[1])
    return unique(d for d in found if not suppressed(d, tree)), names


def _run(one: Check, subject: Subject) -> list[Diagnostic]:
    try:
        return list(one.diagnostics(subject))
    except AlertDslError:
        return []  # the resolver has told it already
