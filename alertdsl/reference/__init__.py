"""What the language has, as data: each construct with its syntax, its meaning, other spellings and examples.

The TOML files beside this module are the one source of the reference pages (``python -m docs.generator``) and of what an editor
says about a word. Tests hold every example to the compiler, and the whole to the grammar.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files

CHAPTERS = (
    "names",
    "numbers",
    "values",
    "comparisons",
    "joining",
    "time",
    "windows",
    "groups",
    "past",
    "absence",
    "files",
    "clauses",
)


@dataclass(frozen=True, slots=True)
class Construct:
    """One thing that the language can say.

    Attributes:
        name: its own among all constructs: ``for-of``.
        title: what it is called in a heading.
        syntax: how it is written, on one line: words in capitals stand for parts.
        meaning: one to four sentences, Markdown.
        examples: conditions, or the texts of rule files; the first is the canonical idea of it.
        also: other spellings of the first example.
        grammar: names of the grammar's rules, or of their alternatives, that are this construct; the first is the one to draw.
        terminals: names of the grammar's terminals that are the words of this construct.
        see: names of constructs that a reader may want instead.
    """

    name: str
    title: str
    syntax: str
    meaning: str
    examples: tuple[str, ...]
    also: tuple[str, ...] = ()
    grammar: tuple[str, ...] = ()
    terminals: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Constructs that belong together, with a sentence or two for all of them."""

    name: str
    title: str
    intro: str
    constructs: tuple[Construct, ...]


@functools.cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters, in reading order."""
    return tuple(_chapter(name) for name in CHAPTERS)


@functools.cache
def constructs() -> dict[str, Construct]:
    """All constructs by name, in reading order."""
    return {one.name: one for chapter in chapters() for one in chapter.constructs}


@functools.cache
def of_terminal(terminal: str) -> tuple[Construct, ...]:
    """The constructs that a terminal of the grammar is a word of (``FOR``), the most common first."""
    return tuple(one for one in constructs().values() if terminal in one.terminals)


@functools.cache
def of_rule(name: str) -> tuple[Construct, ...]:
    """The constructs that a rule of the grammar, or an alternative of one by its alias (``for_of``), stands for."""
    return tuple(one for one in constructs().values() if name in one.grammar)


def _chapter(name: str) -> Chapter:
    data = tomllib.loads((files("alertdsl.reference") / f"{name}.toml").read_text("utf-8"))
    return Chapter(
        name, data["title"], _text(data["intro"]), tuple(_construct(one) for one in data["construct"])
    )


def _construct(data: dict[str, str | list[str]]) -> Construct:
    return Construct(
        **{key: tuple(map(str, value)) if isinstance(value, list) else value for key, value in data.items()}  # type: ignore[arg-type]
        | {"meaning": _text(str(data["meaning"])), "examples": tuple(one.strip() for one in data["examples"])}
    )


def _text(lines: str) -> str:
    """A paragraph as one line."""
    return " ".join(lines.split())
