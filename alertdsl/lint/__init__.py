"""The linter: errors of syntax, names, types and units, and checks of what is probably not meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.lint.codes import describe, meanings
from alertdsl.lint.registry import Check, Subject, all_checks, check
from alertdsl.lint.render import render_github, render_json, render_text
from alertdsl.lint.suppress import suppressed
from alertdsl.semantics.catalog import EMPTY, Catalog
from alertdsl.semantics.problems import UNKNOWN_METRIC, unique
from alertdsl.semantics.resolve import ResolvedFile, resolve_each, together
from alertdsl.syntax import ast

__all__ = [
    "Check",
    "Subject",
    "all_checks",
    "check",
    "describe",
    "findings",
    "hinted",
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
    taken = set(taken)
    tree, problems = _parse(text, file)
    one = resolve_each(tree, catalog, name=file, taken=taken)
    found = (*problems, *together([one], taken, complete=False), *findings(one, catalog))
    return hinted(unique(d for d in found if not suppressed(d, tree)))


def lint_files(files: Iterable[tuple[str, str]], catalog: Catalog | None = None) -> tuple[Diagnostic, ...]:
    """All findings in several files, given as (name, text); rule names are unique over all of them."""
    trees: dict[str, ast.File] = {}
    done: list[ResolvedFile] = []
    found: list[Diagnostic] = []
    taken: dict[str, str] = {}
    for file, text in files:
        trees[file], problems = _parse(text, file)
        done.append(resolve_each(trees[file], catalog, name=file, taken=taken))
        found.extend((*problems, *findings(done[-1], catalog)))
        taken = {**dict.fromkeys(done[-1].names, file), **taken}
    # One file may be part of a project, several are taken for the whole of it.
    found.extend(together(done, (), complete=len(done) > 1))
    of_file: dict[str, list[Diagnostic]] = {file: [] for file in trees}
    for diagnostic in found:
        tree = trees.get(diagnostic.file)
        if tree is None or not suppressed(diagnostic, tree):
            of_file.setdefault(diagnostic.file, []).append(diagnostic)
    return tuple(d for some in of_file.values() for d in hinted(unique(some)))


def _parse(text: str, file: str) -> tuple[ast.File, tuple[Diagnostic, ...]]:
    from alertdsl.syntax.parser import parse_lenient

    return parse_lenient(text, file)


def hinted(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Findings with the packs named that have the metrics which the catalog lacks."""
    if not any(d.code in UNKNOWN_METRIC for d in found):
        return found  # packs are read for a mistake only
    from alertdsl.packs.hinting import with_packs

    return tuple(with_packs(found))


def findings(file: ResolvedFile, catalog: Catalog | None) -> Iterator[Diagnostic]:
    """What the resolver tells of a file by itself, and the checks of its good rules."""
    yield from file.problems
    for one in file.rules:
        yield from one.problems
        if one.rule is None or one.node is None:
            continue
        subject = Subject(one.node, one.rule, catalog or EMPTY)
        made = isinstance(one.place, ast.Use)
        for diagnostic in (d for c in all_checks() for d in _run(c, subject)):
            # The rule of a `use` is written elsewhere, so what is found in it is told here.
            placed = replace(diagnostic, span=one.place.span, fixes=()) if made else diagnostic
            yield placed.in_text(file.text, file.name)


def _run(one: Check, subject: Subject) -> list[Diagnostic]:
    try:
        return list(one.diagnostics(subject))
    except AlertDslError:
        return []  # the resolver has told it already
