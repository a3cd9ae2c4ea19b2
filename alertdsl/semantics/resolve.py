"""From the tree to typed rules: the entry of this stage.

ast.File ─▶ resolve_file(catalog) ─▶ typed.Rule, and what is wrong with the others
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import partial

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import EMPTY, Catalog
from alertdsl.semantics.problems import unique
from alertdsl.semantics.rules import duplicate, resolve_rule
from alertdsl.semantics.unsupported import refuse
from alertdsl.syntax import ast


def resolve_file(
    file: ast.File,
    catalog: Catalog | None = None,
    *,
    name: str = "<rule>",
    taken: Iterable[str] = (),
    canonical: Callable[[ast.Rule], str] | None = None,
) -> tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]:
    """The typed rules of a file, and all diagnostics; a bad rule leaves the others alone.

    Args:
        file: what the parser made.
        catalog: what names mean; None: only ``measurement.field{tags}``.
        name: the file's name, for the diagnostics.
        taken: names of rules that exist already.
        canonical: gives the canonical text of a rule; the formatter by default.
    """
    write = canonical or partial(_canonical_text, file)
    rules: list[typed.Rule] = []
    found: list[Diagnostic] = []
    names = set(taken)
    for part in (*file.lets, *file.imports):
        found.extend(refuse(part).diagnostics)
    for node in file.rules:
        try:
            if node.name is not None and node.name in names:
                raise duplicate(node.name, node.span)
            rule, warnings = resolve_rule(node, catalog or EMPTY, file.text, write)
        except AlertDslError as problem:
            found.extend(problem.diagnostics)
        else:
            rules.append(rule)
            found.extend(warnings)
        if node.name is not None:
            names.add(node.name)
    return tuple(rules), unique(d.in_text(file.text, name) for d in found)


def resolve_files(
    files: Iterable[tuple[str, ast.File]], catalog: Catalog | None = None
) -> tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]:
    """Several files, given with their names: rule names are unique over all of them."""
    rules: list[typed.Rule] = []
    found: list[Diagnostic] = []
    taken: set[str] = set()
    for name, file in files:
        more, diagnostics = resolve_file(file, catalog, name=name, taken=taken)
        rules.extend(more)
        found.extend(diagnostics)
        taken.update(node.name for node in file.rules if node.name is not None)
    return tuple(rules), tuple(found)


def _canonical_text(file: ast.File, node: ast.Rule) -> str:
    """The rule's text as the formatter prints it, with the comments inside it."""
    from alertdsl.syntax.format import format_file

    first = bisect_left(file.comments, (node.span.start, ""))
    last = bisect_left(file.comments, (node.span.end, ""))
    return format_file(ast.File((node,), text=file.text, comments=file.comments[first:last])).strip()
