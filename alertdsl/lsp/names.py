"""The names of a catalog, ready to be offered: made once for each catalog, since completion has milliseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lsprotocol.types import CompletionItemKind

from alertdsl.lsp import about
from alertdsl.semantics.catalog import Catalog, Entity, Metric, Tag
from alertdsl.syntax.format_values import free_identifier, identifier
from alertdsl.syntax.texts import quote


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be written at a place.

    Attributes:
        label: what the list shows, and what is matched with the text before the cursor.
        insert: what is written instead of that text.
        kind: the protocol's kind, which editors show as an icon.
        rank: smaller comes first.
        detail: a few words beside the label.
        documentation: gives its Markdown.
        is_snippet: whether `insert` has places to fill in.
    """

    label: str
    insert: str
    kind: CompletionItemKind
    rank: int = 5
    detail: str = ""
    documentation: Callable[[], str] = _nothing
    is_snippet: bool = False


class Names:
    """The names of one catalog as candidates."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def metrics(self) -> tuple[Candidate, ...]:
        """Metrics, by their names and aliases."""
        kind, out = CompletionItemKind.Variable, list[Candidate]()
        for one in self.catalog.metrics:

            def tell(one: Metric = one) -> str:
                return about.metric(one, self.catalog)

            out.append(Candidate(one.name, phrase(one.name), kind, 2, about.brief(one), tell))
            detail = f"{one.name}: {about.brief(one)}"
            out.extend(Candidate(alias, phrase(alias), kind, 4, detail, tell) for alias in one.aliases)
        return tuple(out)

    @cached_property
    def entities(self) -> tuple[Candidate, ...]:
        """Entities by their names and aliases, and the known values of tags."""
        kind, out = CompletionItemKind.Value, list[Candidate]()
        for one in self.catalog.entities:

            def tell(one: Entity = one) -> str:
                return about.entity(one)

            detail = ", ".join(f'{key} = "{value}"' for key, value in one.tags)
            names = (one.name, *one.aliases)
            out.extend(Candidate(name, phrase(name), kind, 3, detail, tell) for name in names)
        for tag in self.catalog.tags:
            values = dict.fromkeys((*tag.values, *tag.expect))
            out.extend(Candidate(value, phrase(value), kind, 4, tag.name) for value in values)
        return tuple(out)

    @cached_property
    def late_entities(self) -> tuple[Candidate, ...]:
        """Entities behind a metric, where an operator is likelier."""
        return tuple(replace(one, rank=one.rank + 5) for one in self.entities)

    @cached_property
    def tags(self) -> tuple[Candidate, ...]:
        """The names of all tags that the catalog speaks of."""
        kind, out = CompletionItemKind.Property, list[Candidate]()
        for one in self.catalog.tags:

            def tell(one: Tag = one) -> str:
                return about.tag(one)

            names = (one.name, *one.aliases)
            out.extend(
                Candidate(n, identifier(n), kind, 1 + i, "tag" if not i else one.name, tell)
                for i, n in enumerate(names)
            )
        known = {one.name for one in self.catalog.tags}
        others = (name for name in self._values if name not in known)
        return (*out, *(Candidate(name, identifier(name), kind, 2, "tag") for name in others))

    def values_of(self, tag: str) -> tuple[str, ...]:
        """The known values of a tag."""
        found = [one.name for one in self.catalog.tags if tag in (one.name, *one.aliases)]
        return tuple(self._values.get(found[0] if found else tag, ()))

    @cached_property
    def _values(self) -> dict[str, dict[str, None]]:
        """All tags with the values seen anywhere in the catalog, in order."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for tag, value in self._mentions():
            found[tag] |= {value: None} if value is not None else {}
        return found

    def _mentions(self) -> Iterator[tuple[str, str | None]]:
        for tag in self.catalog.tags:
            yield tag.name, None
            yield from ((tag.name, value) for value in (*tag.values, *tag.expect))
        for entity in self.catalog.entities:
            yield from entity.tags
        for metric in self.catalog.metrics:
            yield from metric.tags
            yield from ((tag, None) for tag in (*(metric.labels or ()), *(metric.series_key or ())))
            yield from ((tag, value) for tag, values in metric.expect for value in values)


def phrase(name: str) -> str:
    """A name as it is written where words of the language are read as such: quoted where it must be."""
    words = name.split()
    fits = words and all(free_identifier(word) == word for word in words)
    return " ".join(words) if fits else quote(name)


def texts(values: Iterable[str], rank: int = 1) -> list[Candidate]:
    """Quoted texts."""
    return [Candidate(quote(v), quote(v), CompletionItemKind.Value, rank) for v in values]


def plain(words: Iterable[str], kind: CompletionItemKind, detail: str = "", rank: int = 1) -> list[Candidate]:
    """Words that are written as they are, or quoted where they are not one word."""
    return [Candidate(word, identifier(word), kind, rank, detail) for word in words]
