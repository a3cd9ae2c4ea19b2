"""What is wrong with one rule file, found again after each keystroke.

A file is cut into its items as the parser's error recovery cuts it. Each piece is parsed and resolved by itself, with places counted
from its own start, so an edit costs the pieces it touches and the others are looked up by their text. What is told is what `lint`
tells of the whole file; the tests compare the two.

The work is a generator that stops between pieces, so that the server can answer requests, or give up, in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Span
from alertdsl.lint import findings, hinted
from alertdsl.lint.suppress import suppressed
from alertdsl.semantics.catalog import EMPTY, Catalog
from alertdsl.semantics.imports import Library
from alertdsl.semantics.problems import unique
from alertdsl.semantics.resolve import (
    Resolved,
    ResolvedFile,
    definitions_of,
    named_once,
    resolve_items,
    together,
)
from alertdsl.syntax import ast, codes
from alertdsl.syntax.parser import (
    MAX_CHARACTERS,
    MAX_ERRORS,
    broken_names,
    first_problems,
    parse_lenient,
    parse_piece,
    repeated,
)
from alertdsl.syntax.recovery import ITEM_START, pieces
from alertdsl.syntax.texts import clean, comments

MOST_AT_ONCE = 200
"""Pieces that are known already and looked up in one step."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a file is read with.

    Attributes:
        name: what the file is called in messages.
        source: where it is; None for a text that was never saved.
        catalog: what names mean; None: they are not looked at, because the catalog cannot be read.
        read: gives the text of an imported file.
        rules: names of rules in other files of the project.
    """

    name: str
    source: Path | None
    catalog: Catalog | None
    read: Callable[[Path], str]
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that holds one item, as a file of its own that begins at `start`.

    `whole` is False where an item was left out because its name is taken.
    """

    start: int
    tree: ast.File
    whole: bool = True

    @property
    def text(self) -> str:
        return self.tree.text

    @property
    def end(self) -> int:
        return self.start + len(self.tree.text)

    @property
    def defines(self) -> bool:
        """Whether other pieces may need what is in it."""
        return bool(self.tree.lets or self.tree.imports or any(rule.parameters for rule in self.tree.rules))


@dataclass(frozen=True, slots=True)
class View:
    """One state of a file, read to its end."""

    text: str
    pieces: tuple[Piece, ...]
    library: Library
    rules: dict[int, tuple[Resolved, ...]]
    """The rules of each piece, by its start."""
    diagnostics: tuple[Diagnostic, ...]
    reads: frozenset[Path]
    """The files that it imports, directly or not."""

    def piece_at(self, offset: int) -> Piece | None:
        """The piece that an offset is in."""
        return next((piece for piece in reversed(self.pieces) if piece.start <= offset <= piece.end), None)


Parsed = tuple[ast.File, tuple[Diagnostic, ...]]
Judged = tuple[tuple[Resolved, ...], tuple[Diagnostic, ...]]


@dataclass
class Analysis:
    """One open file: its newest view, and what is known of its pieces."""

    view: View | None = None
    _parsed: dict[tuple[str, bool], Parsed] = field(default_factory=dict)
    """What was made of each piece, in full and in brief."""
    _judged: dict[str, Judged] = field(default_factory=dict)
    _broken: frozenset[str] = frozenset()
    _defined: tuple[object, Library, tuple[Diagnostic, ...], frozenset[Path]] | None = None

    def look(self, text: str, setting: Setting) -> View:
        """The view of a text, at once."""
        for _ in self.steps(text, setting):
            pass
        assert self.view is not None
        return self.view

    def steps(self, text: str, setting: Setting) -> Iterator[None]:
        """Makes the view of a text, a piece a step."""
        run = _Run(text, setting, clean(text))
        yield from self._parse(run)
        library = self._define(run)
        yield
        yield from self._judge(run, library)
        rules = {piece.start: found for piece, found in zip(run.pieces, run.rules, strict=True)}
        self.view = View(text, tuple(run.pieces), library, rules, run.told(), self._reads())

    def _reads(self) -> frozenset[Path]:
        return frozenset() if self._defined is None else self._defined[3]

    # ---------------------------------------------------------------- parsing

    def _parse(self, run: _Run) -> Iterator[None]:
        if len(run.text) > MAX_CHARACTERS or not ITEM_START.search(run.cleaned):
            tree, problems = parse_lenient(run.text, run.setting.name)
            run.pieces = [Piece(0, tree)]
            # An editor's new file is empty, and not yet wrong.
            run.found = [problem for problem in problems if problem.code != codes.EMPTY]
            return
        parsed: dict[tuple[str, bool], Parsed] = {}
        for i, place in enumerate(pieces(run.cleaned, ITEM_START)):
            if i % MOST_AT_ONCE == 0:
                yield
            text = run.text[place.start : place.end]
            key = (text, len(run.syntax) >= MAX_ERRORS)
            one = parsed.get(key) or self._parsed.get(key)
            if one is None:
                one = _parsed(text, brief=key[1])
                yield
            parsed[key] = one
            run.add(place.start, *one)
        self._parsed = parsed
        run.found = [problem.in_text(run.text, run.setting.name) for problem in first_problems(run.syntax)]

    # ---------------------------------------------------------------- resolving

    def _define(self, run: _Run) -> Library:
        """What rules may use by name; made anew only where a definition, an imported file or the catalog is another."""
        parts = [piece.tree for piece in run.pieces if piece.defines]
        setting = run.setting
        texts: dict[Path, str] = (
            {} if self._defined is None else {p: _text(setting, p) for p in self._defined[3]}
        )
        mark = (tuple(part.text for part in parts), setting.name, setting.source, setting.catalog, texts)
        if self._defined is None or self._defined[0] != mark:
            read: dict[Path, str] = {}

            def remember(path: Path) -> str:
                read[path] = setting.read(path)
                return read[path]

            library, problems = definitions_of(
                parts, setting.catalog or EMPTY, setting.name, setting.source, remember
            )
            self._judged = {}
            texts = {path: _text(setting, path) for path in read}
            self._defined = ((*mark[:-1], texts), library, problems, frozenset(read))
        run.tell(self._defined[2])
        return self._defined[1]

    def _judge(self, run: _Run, library: Library) -> Iterator[None]:
        broken = frozenset(name for piece in run.pieces for name in piece.tree.broken)
        if broken != self._broken:
            # What is told of other pieces depends on which definitions cannot be read.
            self._broken, self._judged = broken, {}
        judged: dict[str, Judged] = {}
        names: set[str] = set()
        for i, piece in enumerate(run.pieces):
            if i % MOST_AT_ONCE == 0:
                yield
            one = (judged.get(piece.text) or self._judged.get(piece.text)) if piece.whole else None
            if one is None:
                one = _judged(replace(piece.tree, broken=broken), library, run.setting)
                yield
            if piece.whole:
                judged[piece.text] = one
            rules, found = one
            if any(rule.name in names for rule in rules):
                rules = tuple(named_once(rules, piece.text, run.setting.name, names))
                found = tuple(problem for rule in rules for problem in rule.problems)
            names.update(rule.name for rule in rules if rule.name is not None)
            run.rules.append(rules)
            run.tell(found, piece)
        self._judged = judged
        yield
        name = run.setting.name
        files = [ResolvedFile(name, p.text, r, ()) for p, r in zip(run.pieces, run.rules, strict=True)]
        run.tell(together(files, run.setting.rules, complete=False))


@dataclass
class _Run:
    """One reading of a text, half done."""

    text: str
    setting: Setting
    cleaned: str
    pieces: list[Piece] = field(default_factory=list)
    rules: list[tuple[Resolved, ...]] = field(default_factory=list)
    syntax: list[Diagnostic] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    _starts: dict[str, int] = field(default_factory=dict)
    _named: dict[tuple[type, str | None], int] = field(default_factory=dict)
    _line: int = 1
    _counted: int = 0

    def add(self, start: int, tree: ast.File, problems: Iterable[Diagnostic]) -> None:
        """Adds a parsed piece; items whose name is taken already are left out of it, and told."""
        self.syntax.extend(_moved(problem, start, self) for problem in problems)
        self._line += self.text.count("\n", self._counted, start)
        self._counted = start
        taken: list[ast.Rule | ast.Let] = []
        items: tuple[ast.Rule | ast.Let, ...] = (*tree.rules, *tree.lets)
        for item in items:
            line = self._line + tree.text.count("\n", 0, item.span.start)
            first = self._named.setdefault((type(item), item.name), line)
            if first != line:
                taken.append(item)
                self.syntax.append(_moved(repeated(item, tree.text, first), start, self))
        if taken:
            dropped = set(map(id, taken))
            rules = tuple(rule for rule in tree.rules if id(rule) not in dropped)
            lets = tuple(let for let in tree.lets if id(let) not in dropped)
            tree = replace(tree, rules=rules, lets=lets)
        self._starts.setdefault(tree.text, start)
        self.pieces.append(Piece(start, tree, whole=not taken))

    def tell(self, problems: Iterable[Diagnostic], piece: Piece | None = None) -> None:
        """Takes note of problems, whose places are those in the piece that they have the text of."""
        if self.setting.catalog is None:
            return
        for problem in problems:
            if piece is not None and problem.text == piece.text:
                start = piece.start
            else:
                start = self._starts.get(problem.text, 0)
            self.found.append(_moved(problem, start, self))

    def told(self) -> tuple[Diagnostic, ...]:
        """All problems in the order of the text, without those that comments switch off."""
        found = unique(self.found)
        if "alertdsl:" in self.text:
            tree = ast.File((), text=self.text, comments=comments(self.text))
            found = tuple(problem for problem in found if not suppressed(problem, tree))
        return tuple(sorted(hinted(found), key=lambda problem: problem.span.start))


def _text(setting: Setting, path: Path) -> str:
    """The text of an imported file; "" where it cannot be read, which importing it has told."""
    try:
        return setting.read(path)
    except AlertDslError:
        return ""


def _parsed(text: str, *, brief: bool) -> Parsed:
    items, problems = parse_piece(text, brief=brief)
    tree = ast.File(
        tuple(item for item in items if isinstance(item, ast.Rule)),
        tuple(item for item in items if isinstance(item, ast.Let)),
        tuple(item for item in items if isinstance(item, ast.Import)),
        text,
        comments(text),
        tuple(item for item in items if isinstance(item, ast.Use)),
        frozenset() if items else broken_names(clean(text)),
        span=Span(0, len(text)),
    )
    return tree, problems


def _judged(tree: ast.File, library: Library, setting: Setting) -> Judged:
    catalog = setting.catalog or EMPTY
    rules = tuple(resolve_items(tree, library, catalog, setting.name))
    return rules, tuple(findings(ResolvedFile(setting.name, tree.text, rules, ()), catalog))


def _moved(problem: Diagnostic, start: int, run: _Run) -> Diagnostic:
    """A problem of a piece that begins at `start`, with its place in the whole text."""
    fixes = tuple(Fix(_shifted(fix.span, start), fix.replacement, fix.title) for fix in problem.fixes)
    span = _shifted(problem.span, start)
    return replace(problem, span=span, fixes=fixes, text=run.text, file=run.setting.name)


def _shifted(span: Span, start: int) -> Span:
    return Span(span.start + start, span.end + start)
