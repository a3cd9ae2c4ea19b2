"""The names of the catalog in a sentence: whole names before parts of names, long ones before short ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog, Metric, Phrase

MOST_METRICS = 4
_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY", "CHF", "$", "€", "£", "¥"})
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A name, and where it stands in the text."""

    name: Phrase
    start: int
    end: int


def find(text: str, names: Iterable[Phrase]) -> Found | None:
    """The longest of these names in a text, in singular or plural, of several as many words the longest."""
    known = {tuple(map(_stem, name)): name for name in names}
    words = [
        (_stem(m[0].casefold()), m.start(), m.end()) for m in re.finditer(r"[^\W_]+(?:[.-][^\W_]+)*", text)
    ]
    for length in range(min(len(words), max(map(len, known), default=0)), 0, -1):
        parts = [words[first : first + length] for first in range(len(words) - length + 1)]
        found = [
            Found(known[key], part[0][1], part[-1][2])
            for part in parts
            if (key := tuple(stem for stem, _, _ in part)) in known
        ]
        if found:
            return max(found, key=lambda one: one.end - one.start)
    return None


def metrics_in(text: str, catalog: Catalog) -> list[tuple[Metric, int, int]]:
    """The metrics that a text may speak of, with the place of their name (empty where it has none): those of the longest name,
    else those of which it has a word, else those of the thing that it names (``Bitcoin goes above $70k``)."""
    whole = find(text, catalog.metric_phrases)
    if whole is not None:
        return [(one, whole.start, whole.end) for one in catalog.metric_phrases[whole.name][:MOST_METRICS]]
    words: dict[Phrase, list[Metric]] = {}
    for phrase, metrics in catalog.metric_phrases.items():
        for word in phrase:
            if len(word) > _SHORT:
                words.setdefault((word,), []).extend(metrics)
    part = find(text, sorted(words, key=lambda one: -len(one[0])))
    if part is not None:
        found = list({one.name: one for one in words[part.name]}.values())
        return [(one, part.start, part.end) for one in found[:MOST_METRICS]]
    return [(one, 0, 0) for one in _of_thing(text, catalog)[:MOST_METRICS]]


def _of_thing(text: str, catalog: Catalog) -> list[Metric]:
    thing = find(text, catalog.entity_phrases)
    if thing is None:
        return []
    tags = {tag for tag, _ in catalog.entity_phrases[thing.name][0].tags}
    found = [one for one in catalog.metrics if one.labels is None or tags <= set(one.labels)]
    money = [one for one in found if one.unit in _CURRENCIES] if re.search("[$€£¥]", text) else []
    return money or found


def tag_words(catalog: Catalog, metric: Metric) -> str:
    """A pattern for any word that means a tag, the longest first."""
    names: Mapping[Phrase, object] = {
        **dict.fromkeys(catalog.tag_phrases),
        **{(one,): None for one in metric.labels or ()},
    }
    return (
        "|".join(sorted((r"\s+".join(map(re.escape, name)) for name in names), key=len, reverse=True))
        or "(?!)"
    )


def _stem(word: str) -> str:
    if len(word) <= _SHORT:
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")
