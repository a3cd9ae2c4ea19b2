"""Finding in a live database what a pack has names for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alertdsl.packs import Pack, all_packs
from alertdsl.packs.merging import toml_list, toml_text, with_lines
from alertdsl.packs.reading import fields_of
from alertdsl.semantics.catalog import Metric, MetricEntry, Phrase, Tag, phrase

_TEXT = frozenset({"string", "boolean"})


@dataclass(frozen=True)
class Recognised:
    """Fields of a database that packs name: their paragraphs for a catalog, tags with aliases, and the fields that are left."""

    packs: tuple[str, ...]
    blocks: tuple[str, ...]
    tags: tuple[Tag, ...]
    phrases: frozenset[Phrase]
    rest: tuple[MetricEntry, ...]


def recognise(metrics: Iterable[MetricEntry]) -> Recognised:
    """Which of `metrics` packs have names for: those whose measurement, field, kind of value and fixed tags are a pack's.

    A name is given once. Where several buckets hold the same measurement, the first of `metrics` gets it, and the fields of
    the others are left as they are.
    """
    left = list(metrics)
    blocks: list[str] = []
    tags: dict[str, Tag] = {}
    phrases: set[Phrase] = set()
    names: list[str] = []
    for pack in all_packs():
        found = _of_pack(pack, left)
        if not found:
            continue
        names.append(pack.name)
        blocks.append(f"# {pack.name}: {pack.summary[:1].lower()}{pack.summary[1:]}. {pack.source}")
        for metric, entries in found:
            blocks.append(_block(pack, metric, entries))
            phrases.update(phrase(name) for name in (metric.name, *metric.aliases))
        there = {tag for _, entries in found for entry in entries for tag in entry.tags}
        tags.update({tag.name: tag for tag in pack.tags if tag.name in there})
        blocks += [
            pack.entry("entities", entity.name).text
            for entity in pack.entities
            if all(tag in there for tag, _ in entity.tags)
        ]
        named = [entry for metric, entries in found if not metric.expression for entry in entries]
        left = [entry for entry in left if not any(entry is one for one in named)]
    return Recognised(tuple(names), tuple(blocks), tuple(tags.values()), frozenset(phrases), tuple(left))


def _of_pack(pack: Pack, metrics: Sequence[MetricEntry]) -> list[tuple[Metric, list[MetricEntry]]]:
    """The pack's metrics whose fields are all there, of one bucket, with these fields."""
    out: list[tuple[Metric, list[MetricEntry]]] = []
    for bucket in dict.fromkeys(entry.bucket for entry in metrics):
        there = {(e.measurement, e.field): e for e in metrics if e.bucket == bucket}
        out = []
        for metric in pack.metrics:
            entries = [there.get(source) for source in fields_of(metric)]
            if all(e is not None and _fits(metric, e) for e in entries):
                out.append((metric, [e for e in entries if e is not None]))
        if out:
            break
    return out


def _fits(metric: Metric, entry: MetricEntry) -> bool:
    is_text = entry.type in _TEXT
    wanted = metric.type in _TEXT
    if entry.type != "unknown" and (is_text != wanted or (is_text and entry.type != metric.type)):
        return False
    return all(tag in entry.tags for tag, _ in metric.tags)


def _block(pack: Pack, metric: Metric, entries: Sequence[MetricEntry]) -> str:
    lines = [f"bucket = {toml_text(entries[0].bucket)}"] if entries[0].bucket else []
    common = set.intersection(*(set(entry.tags) for entry in entries))
    if common:
        lines.append(f"labels = {toml_list(sorted(common))}")
    return with_lines(pack.entry("metrics", metric.name).text, lines)
