"""Catalog packs: what the fields of common collectors are called, as data (`*.toml` beside this file).

A pack is a catalog of its own with a table ``[pack]`` that tells what it is for. Its paragraphs are what `add_packs` writes
into people's catalogs, comments included: the line above a metric says what it means.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, get_args

from alertdsl.semantics.catalog import Catalog, Entity, Metric, Phrase, Tag, parse_catalog, phrase

Table = Literal["metrics", "entities", "tags"]
ENDING = ".toml"
PREFIX = "telegraf-"


class UnknownPack(LookupError):
    """There is no pack of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a pack, as it is written: with the comment above it, which says what it means."""

    table: Table
    name: str
    meaning: str
    text: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its metrics and tags, what to know of them, and where the facts are from."""

    name: str
    summary: str
    plugin: str
    source: str
    traps: tuple[str, ...]
    entries: tuple[Entry, ...]
    catalog: Catalog

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics, in the order of the pack."""
        return self.catalog.metrics

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Names for values of tags."""
        return self.catalog.entities

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The tags with their aliases."""
        return self.catalog.tags

    def entry(self, table: str, name: str) -> Entry:
        """The table of that name."""
        return next(e for e in self.entries if (e.table, e.name) == (table, name))


def pack_names() -> list[str]:
    """The names of all packs, sorted."""
    found = (file.name for file in files(__name__).iterdir())
    return sorted(name.removesuffix(ENDING) for name in found if name.endswith(ENDING))


def all_packs() -> list[Pack]:
    """All packs, by name."""
    return [load_pack(name) for name in pack_names()]


def find_pack(said: str) -> Pack:
    """The pack of that name; the name of the plugin (``http_response``) will do.

    Raises:
        UnknownPack: there is none, with the nearest name.
    """
    known = pack_names()
    name = said.casefold().replace("_", "-").replace(" ", "-")
    for candidate in (name, f"{PREFIX}{name}"):
        if candidate in known:
            return load_pack(candidate)
    plugins = [one.removeprefix(PREFIX) for one in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), plugins, n=1, cutoff=0.7)
    hint = f'did you mean "{PREFIX}{near[0]}"?' if near else f"there are {', '.join(known)}"
    raise UnknownPack(f'no pack "{said}": {hint}')


@lru_cache(maxsize=1)
def phrases_of_packs() -> Mapping[Phrase, str]:
    """The pack of each name and alias of a metric; a third of the time of loading the packs."""
    found: dict[Phrase, str] = {}
    for pack in pack_names():
        for name, table in tomllib.loads(_read(pack))["metrics"].items():
            found.update((phrase(said), pack) for said in (name, *table.get("aliases", ())))
    return found


@lru_cache
def load_pack(name: str) -> Pack:
    """The pack of exactly that name."""
    text = _read(name)
    paragraphs = [part.strip("\n") for part in text.split("\n\n")]
    about = tomllib.loads(text)["pack"]
    return Pack(
        name=name,
        summary=about["summary"],
        plugin=about["plugin"],
        source=_comment(paragraphs[0]),
        traps=tuple(about["traps"]),
        entries=tuple(entry for part in paragraphs for entry in _entries(part)),
        catalog=parse_catalog(text, f"{name}{ENDING}"),
    )


def _read(name: str) -> str:
    return (files(__name__) / f"{name}{ENDING}").read_text("utf-8")


def _entries(paragraph: str) -> list[Entry]:
    """The metric, entity or tag of a paragraph; none for the one about the pack."""
    document = tomllib.loads(paragraph)
    return [
        Entry(table, name, _comment(paragraph), paragraph)
        for table in get_args(Table)
        for name in document.get(table, {})
    ]


def _comment(paragraph: str) -> str:
    lines = [line.removeprefix("#").strip() for line in paragraph.splitlines() if line.startswith("#")]
    return " ".join(lines)
