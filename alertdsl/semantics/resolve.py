"""From the tree to typed rules: the entry of this stage.

ast.File ─▶ resolve_file(catalog) ─▶ typed.Rule, and what is wrong with the others
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import EMPTY, Catalog
from alertdsl.semantics.constants import check_lets
from alertdsl.semantics.dependencies import circle_problem, circles, rules_awaited, unknown_problems
from alertdsl.semantics.imports import Library, ReadText, library_of
from alertdsl.semantics.problems import UNKNOWN_METRIC, unique
from alertdsl.semantics.rules import duplicate, resolve_rule
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.templates import instance_of, within
from alertdsl.semantics.values import resolve_value
from alertdsl.syntax import ast

_UNKNOWN = UNKNOWN_METRIC | {"E202", "E217", "E224"}
_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Resolved:
    """One rule of a file and what came of it.

    `node` is its tree (that of the template, filled in, for a `use`; None where there is none), `place` what stands in the file,
    `firing` its mentions of other rules.
    """

    node: ast.Rule | None
    place: ast.Rule | ast.Use
    name: str | None
    rule: typed.Rule | None = None
    problems: tuple[Diagnostic, ...] = ()
    firing: tuple[ast.Firing, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedFile:
    """The rules of a file, and what is wrong with the rest of it."""

    name: str
    text: str
    rules: tuple[Resolved, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def names(self) -> set[str]:
        """The names of its rules, the bad ones included."""
        return {one.name for one in self.rules if one.name is not None}


def resolve_file(
    file: ast.File,
    catalog: Catalog | None = None,
    *,
    name: str = "<rule>",
    taken: Iterable[str] = (),
    canonical: Callable[[ast.Rule], str] | None = None,
    source: Path | None = None,
) -> tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]:
    """The typed rules of a file, and all diagnostics; a bad rule leaves the others alone.

    Args:
        file: what the parser made.
        catalog: what names mean; None: only ``measurement.field{tags}``.
        name: the file's name, for the diagnostics.
        taken: names of rules that exist already; in a mapping, each with the file that has it.
        canonical: gives the canonical text of a rule; the formatter by default.
        source: where the file is, for its imports; None: `name`, if that is a file.
    """
    known = taken if isinstance(taken, Mapping) else set(taken)
    one = resolve_each(file, catalog, name=name, taken=known, canonical=canonical, source=source)
    return _rules([one]), unique((*_found(one), *together([one], known, complete=False)))


def resolve_files(
    files: Iterable[tuple[str, ast.File]], catalog: Catalog | None = None
) -> tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]:
    """Several files, given with their names, that are all there is: rule names are unique over all of them."""
    done: list[ResolvedFile] = []
    taken: dict[str, str] = {}
    for name, file in files:
        done.append(resolve_each(file, catalog, name=name, taken=taken))
        taken = {**dict.fromkeys(done[-1].names, name), **taken}
    found = [diagnostic for one in done for diagnostic in unique(_found(one))]
    return _rules(done), (*found, *together(done, (), complete=True))


def resolve_each(
    file: ast.File,
    catalog: Catalog | None = None,
    *,
    name: str = "<rule>",
    taken: Iterable[str] = (),
    canonical: Callable[[ast.Rule], str] | None = None,
    source: Path | None = None,
) -> ResolvedFile:
    """Each rule of a file by itself; `together` tells what only several show. Arguments as of `resolve_file`."""
    known = catalog or EMPTY
    if source is None and file.imports and _is_file(name):
        source = Path(name)
    library, problems = definitions_of((file,), known, name, source)
    rules = resolve_items(file, library, known, name, canonical)
    return ResolvedFile(name, file.text, tuple(named_once(rules, file.text, name, taken)), problems)


def definitions_of(
    parts: Iterable[ast.File], catalog: Catalog, name: str, source: Path | None, read: ReadText | None = None
) -> tuple[Library, tuple[Diagnostic, ...]]:
    """What the rules of a file may use by name, and what is wrong with it. Arguments as of `library_of`."""
    library, problems = library_of(parts, name, source, read)
    scope = Scope(catalog, definitions=library.constants)
    return library, (*problems, *check_lets(library.constants, name, scope, resolve_value))


def resolve_items(
    file: ast.File,
    library: Library,
    catalog: Catalog,
    name: str,
    canonical: Callable[[ast.Rule], str] | None = None,
) -> Iterator[Resolved]:
    """Each rule of a file, or of a part of one, whatever the names of the others."""
    for item in _items(file):
        if isinstance(item, ast.Use):
            one = _use(item, library, catalog, name, canonical)
        else:
            spell = canonical or partial(_canonical_text, file)
            one = _rule(item, library, catalog, spell, file.text, name)
        # What is wrong in the template of a `use` says its own place.
        told = _not_for_want_of(file.broken, one.problems, file.text) if file.broken else one.problems
        placed = (d if d.text else d.in_text(file.text, name) for d in told)
        yield replace(one, problems=tuple(placed))


def named_once(
    rules: Iterable[Resolved], text: str, file: str, taken: Iterable[str] = ()
) -> Iterator[Resolved]:
    """The rules of a file; one whose name is taken already has only that to say, and which file of a mapping has it."""
    names = dict(taken) if isinstance(taken, Mapping) else dict.fromkeys(taken, "")
    for one in rules:
        if one.name is not None and one.node is not None and one.name in names:
            problems = duplicate(one.name, one.place.span, names[one.name]).in_text(text, file).diagnostics
            one = Resolved(
                None if isinstance(one.place, ast.Use) else one.node, one.place, one.name, None, problems
            )
        yield one
        if one.name is not None:
            names.setdefault(one.name, "")


def together(
    files: Iterable[ResolvedFile], taken: Iterable[str], *, complete: bool
) -> tuple[Diagnostic, ...]:
    """What only rules together show: mentions of rules that nobody knows, and circles. `complete`: these are all rules."""
    files = tuple(files)
    known = {*taken, *(name for file in files for name in file.names)}
    found = [
        diagnostic.in_text(file.text, file.name)
        for file in files
        for one in file.rules
        for diagnostic in unknown_problems(one.firing, known, complete=complete)
    ]
    homes = {one.rule.name: (file, one) for file in files for one in file.rules if one.rule is not None}
    for circle in _circles(files):
        file, one = homes[circle[0]]
        found.append(circle_problem(circle, one.place.span).in_text(file.text, file.name))
    return unique(found)


def _items(file: ast.File) -> Iterator[ast.Rule | ast.Use]:
    """What makes rules, in the order of the text."""
    items: list[ast.Rule | ast.Use] = [*(rule for rule in file.rules if not rule.parameters), *file.uses]
    yield from sorted(items, key=lambda item: item.span.start)


def _rules(files: Iterable[ResolvedFile]) -> tuple[typed.Rule, ...]:
    """The good rules, those of circles left out."""
    files = tuple(files)
    turning = {name for circle in _circles(files) for name in circle}
    rules = (one.rule for file in files for one in file.rules if one.rule is not None)
    return tuple(rule for rule in rules if rule.name not in turning)


def _circles(files: Iterable[ResolvedFile]) -> tuple[tuple[str, ...], ...]:
    """The circles among the good rules; only those that mention others can be in one."""
    mentioning = (one.rule for file in files for one in file.rules if one.rule is not None and one.firing)
    return circles({rule.name: rules_awaited(rule) for rule in mentioning})


def _found(file: ResolvedFile) -> Iterator[Diagnostic]:
    yield from file.problems
    for one in file.rules:
        yield from one.problems


def _not_for_want_of(
    broken: frozenset[str], problems: Iterable[Diagnostic], text: str
) -> Iterator[Diagnostic]:
    """The problems that do not come from a definition having errors of syntax, which are told already."""
    for one in problems:
        said = {text[one.span.start : one.span.end], *_QUOTED.findall(one.message)}
        if one.code not in _UNKNOWN or not said & broken:
            yield one


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


# ---------------------------------------------------------------- one rule


def _rule(
    node: ast.Rule,
    library: Library,
    catalog: Catalog,
    canonical: Callable[[ast.Rule], str],
    text: str,
    file: str,
) -> Resolved:
    try:
        rule, scope = resolve_rule(node, catalog, text, canonical, library.constants, file)
    except AlertDslError as problem:
        return Resolved(node, node, node.name, None, problem.diagnostics)
    return Resolved(node, node, node.name, rule, tuple(scope.warnings), tuple(scope.firing))


def _use(
    use: ast.Use,
    library: Library,
    catalog: Catalog,
    file: str,
    canonical: Callable[[ast.Rule], str] | None,
) -> Resolved:
    try:
        instance = instance_of(use, library)
    except AlertDslError as problem:
        return Resolved(None, use, use.name, None, problem.diagnostics)
    node, template = instance.node, instance.template
    spell = canonical or partial(_canonical_text, ast.File(()))
    one = _rule(node, library, catalog, spell, template.text, template.file)
    problems = one.problems
    if problems:
        problems = within(instance, AlertDslError(problems), use, file).diagnostics
    mentions = tuple(replace(mention, span=use.span) for mention in one.firing)
    return replace(one, place=use, problems=problems, firing=mentions)


def _canonical_text(file: ast.File, node: ast.Rule) -> str:
    """The rule's text as the formatter prints it, with the comments inside it."""
    from alertdsl.syntax.format import format_file

    first = bisect_left(file.comments, (node.span.start, ""))
    last = bisect_left(file.comments, (node.span.end, ""))
    return format_file(ast.File((node,), text=file.text, comments=file.comments[first:last])).strip()
