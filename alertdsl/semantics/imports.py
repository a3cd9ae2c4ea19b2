"""``import "shared.alert"``: the constants and templates of another file of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from alertdsl.diagnostics import AlertDslError, Diagnostic, Severity, error
from alertdsl.semantics.catalog import Phrase, phrase
from alertdsl.semantics.constants import Definition
from alertdsl.syntax import ast

MOST_FILES = 200
_MARKS = ("alertdsl.toml", ".git")

ReadText = Callable[[Path], str]
"""Gives the text of a rule file; an editor has newer ones than the disk."""


@dataclass(frozen=True, slots=True)
class Template:
    """A rule with parameters, with the text that its places refer to and the name of its file."""

    node: ast.Rule
    text: str = ""
    file: str = ""


@dataclass(slots=True)
class Library:
    """What the rules of a file may use by name, of the file itself and of those that it imports."""

    constants: dict[Phrase, Definition] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)


def library_of(
    parts: Iterable[ast.File], name: str, source: Path | None, read: ReadText | None = None
) -> tuple[Library, list[Diagnostic]]:
    """All that a file may use, and what is wrong with its imports.

    Args:
        parts: the file, called `name` in messages, whole or in pieces with a text each.
        source: where it is; None: it is a text without a place, which can import nothing.
        read: gives the texts of imported files; None: they are read from the disk.
    """
    library = Library()
    found: list[Diagnostic] = []
    parts = tuple(parts)
    reader = _Reader(read)
    if source is not None:
        reader.seen.add(_real(source))
    for file in parts:
        for node in file.imports:
            try:
                reader.into(library, node, source)
            except AlertDslError as problem:
                found.extend(d.in_text(file.text, name) for d in problem.diagnostics)
    for file in parts:
        found.extend(_add(library, file, name))
    return library, found


def imported_path(node: ast.Import, source: Path) -> Path | None:
    """The file that an import in the file at `source` names; None where it names none that may be imported."""
    try:
        return _place(node, source)
    except AlertDslError:
        return None


def watched_imports(file: ast.File, source: Path) -> frozenset[Path]:
    """The files that the file at `source` imports, and those that these import, whether or not they are there: where one of
    them changes, so may the rules of the file."""
    found: set[Path] = set()
    waiting = [(node, source) for node in file.imports]
    while waiting:
        node, importer = waiting.pop()
        with suppress(AlertDslError):
            path = _named(node, importer)
            if path not in found:
                found.add(path)
                waiting += ((inner, path) for inner in _parsed(path, node, None).imports)
    return frozenset(found)


def project_of(source: Path) -> Path:
    """The folder of the project that a file belongs to: the nearest above it with a catalog or a repository, else its own."""
    folder = _real(source).parent
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in _MARKS):
            return candidate
    return folder


@dataclass(slots=True)
class _Reader:
    """Reads imported files, each once."""

    read: ReadText | None = None
    seen: set[Path] = field(default_factory=set)

    def into(self, library: Library, node: ast.Import, source: Path | None) -> None:
        """Adds what an imported file, and those that it imports, define."""
        path = _place(node, source)
        if path in self.seen:
            return
        self.seen.add(path)
        if len(self.seen) > MOST_FILES:
            raise error("E219", f"more than {MOST_FILES} files are imported", node.span)
        parsed = _parsed(path, node, self.read)
        for inner in parsed.imports:
            try:
                self.into(library, inner, path)
            except AlertDslError as problem:
                raise _inside(node, problem.diagnostics[0]) from None
        taken = _add(library, parsed, str(path))
        if taken:
            raise _inside(node, taken[0])


def _place(node: ast.Import, source: Path | None) -> Path:
    """The file that an import names, links followed.

    Raises:
        AlertDslError: E219 for a text without a place, and for a file that is not there or outside the project.
    """
    path = _named(node, source)
    if path.suffix != ".alert" or not path.is_file():
        message = f'there is no rule file "{node.path}" beside this one'
        raise error("E219", message, node.span, "the path is relative to this file and ends in .alert")
    return path


def _named(node: ast.Import, source: Path | None) -> Path:
    """The same, whether or not it is there."""
    if source is None:
        hint = "put the rule into a file, beside the one that it imports"
        raise error("E219", "only a rule file can import another: this text has no folder", node.span, hint)
    written = node.path
    if not written or "\0" in written or "\\" in written:
        raise error(
            "E219", f'"{written}" is no path of a file', node.span, 'write for example "shared.alert"'
        )
    if Path(written).is_absolute():
        message = f'"{written}" starts at the root of the disk'
        raise error("E219", message, node.span, "write it relative to this file")
    path = _real(source.parent / written)
    if not path.is_relative_to(project_of(source)):
        message = f'"{written}" is outside the folder of the project'
        raise error("E219", message, node.span, "copy the file into the project")
    return path


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links that lead in a circle
        return path.absolute()


def _parsed(path: Path, node: ast.Import, read: ReadText | None) -> ast.File:
    from alertdsl.syntax.parser import parse_file, read_rules

    try:
        return parse_file((read or read_rules)(path), str(path))
    except AlertDslError as problem:
        raise _inside(node, problem.diagnostics[0]) from None


def _inside(node: ast.Import, problem: Diagnostic) -> AlertDslError:
    """The error of an import whose file has one."""
    where = f" (line {problem.line})" if problem.text else ""
    message = f'"{node.path}" cannot be imported{where}: {problem.message}'
    return error("E219", message, node.span, problem.hint)


def _add(library: Library, file: ast.File, name: str) -> list[Diagnostic]:
    """Puts the definitions of a file in; a name that is there already is an error, unless it means the same."""
    found: list[Diagnostic] = []
    for let in file.lets:
        known = library.constants.setdefault(phrase(let.name), Definition(let, file.text, name))
        if known.node is not let and known.node != let:
            found.append(_twice("constant", let.name, known.file, let, file, name))
    for rule in file.rules:
        if not rule.parameters or rule.name is None:
            continue
        template = library.templates.setdefault(rule.name, Template(rule, file.text, name))
        if template.node is not rule and template.node != rule:
            found.append(_twice("template", rule.name, template.file, rule, file, name))
    return found


def _twice(what: str, called: str, other: str, node: ast.Node, file: ast.File, name: str) -> Diagnostic:
    message = f'the {what} "{called}" is also defined in {Path(other).name}, as something else'
    hint = "give one of them another name"
    return Diagnostic("E218", message, node.span, hint, Severity.ERROR, name, text=file.text)
