"""Packs written into a person's catalog: at its end, so that nothing of what is there changes, and never over anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.packs import Entry, Pack
from alertdsl.packs.reading import of_one_measurement
from alertdsl.semantics.catalog import Catalog, Entity, Metric, Phrase, Tag, parse_catalog, phrase
from alertdsl.semantics.durations import format_duration, spell_duration
from alertdsl.semantics.toml_places import TomlPlaces
from alertdsl.semantics.typed import MINUTE

COMPARED = (
    "measurement",
    "field",
    "expression",
    "bucket",
    "tags",
    "unit",
    "kind",
    "type",
    "staleness",
    "memory",
    "series_key",
    "aliases",
)
"""The keys in which a person's metric may differ from the pack's; the others are nobody's but theirs."""
_OWN = frozenset({"staleness", "memory"})
"""Those that are theirs alone where the pack says nothing."""

WINDOW = 2 * MINUTE
"""Over which the packs take rates."""
_ALIASES = re.compile(r"^aliases = \[.*?\]$\n?", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^\[.*\]$", re.MULTILINE)


@dataclass
class Addition:
    """What adding packs to a catalog comes to: the new text, and what was done for whom to read."""

    text: str
    added: dict[str, list[str]] = field(default_factory=dict)
    """Names of metrics and entities, by pack."""
    kept: list[str] = field(default_factory=list)
    """Sentences on what was there already and stays as it is."""


def add_packs(
    text: str,
    packs: Sequence[Pack],
    *,
    bucket: str = "",
    interval: int | None = None,
    without: Sequence[str] = (),
    file: str = "alertdsl.toml",
) -> Addition:
    """The catalog `text` with the metrics and tags of `packs` that it lacks.

    `bucket` is where the metrics are, "" for the configuration's; `interval` how often the collector reads, in nanoseconds, for the
    metrics' `interval` and for windows that would otherwise be too short; `without` are names and aliases to leave out.

    Raises:
        AlertDslError: E305, a phrase of a pack means something else in `text`; or `text` is no catalog.
    """
    catalog = parse_catalog(text, file)
    left_out = frozenset(phrase(name) for name in without)
    clashes: list[Diagnostic] = []
    blocks: list[str] = []
    out = Addition(text)
    tags: dict[str, tuple[Tag, Entry]] = {}
    for pack in packs:
        new = []
        for metric in pack.metrics:
            if phrase(metric.name) in left_out:
                continue
            adding = _Adding(metric, pack, catalog, text, file, left_out)
            if adding.there is not None:
                out.kept += _told(adding.there, metric, pack, bucket)
            elif adding.clashes:
                clashes += adding.clashes
            else:
                new.append(adding.block(bucket, interval))
                out.added.setdefault(pack.name, []).append(metric.name)
                out.kept += adding.dropped
        for entity in pack.entities:
            if phrase(entity.name) in left_out or _is_there(catalog, entity):
                continue
            clashes += _entity_clashes(entity, pack, catalog, text, file)
            new.append(pack.entry("entities", entity.name).text)
            out.added.setdefault(pack.name, []).append(entity.name)
        if new:
            blocks += [f"# {pack.name}: {pack.summary[:1].lower()}{pack.summary[1:]}. {pack.source}", *new]
        tags.update({tag.name: (tag, pack.entry("tags", tag.name)) for tag in pack.tags})
    if clashes:
        raise AlertDslError(sorted(clashes, key=lambda d: d.span.start))
    for tag, entry in tags.values():
        out.text, block, told = _with_tag(out.text, tag, entry, catalog, file)
        blocks += block
        out.kept += told
    out.text = _appended(out.text, blocks)
    parse_catalog(
        out.text, file
    )  # a table written in a way that cannot be added to is told now, not by the next lint
    return out


def differences(yours: Metric, packs: Metric) -> list[str]:
    """The keys in which a metric of a catalog differs from the pack's."""
    said = (key for key in COMPARED if key not in _OWN or getattr(packs, key) is not None)
    return [key for key in said if getattr(yours, key) != getattr(packs, key)]


def same_thing(one: Metric, other: Metric) -> bool:
    """Whether two metrics stand for the same series, whatever they are called."""
    return _source(one) == _source(other)


def _source(metric: Metric) -> tuple[object, ...]:
    return metric.measurement, metric.field, metric.expression, metric.tags


class _Adding:
    """One metric of a pack on its way into a catalog."""

    def __init__(
        self, metric: Metric, pack: Pack, catalog: Catalog, text: str, file: str, left_out: frozenset[Phrase]
    ) -> None:
        self.metric, self.pack = metric, pack
        self.there = _the_same_in(catalog, metric)
        self.clashes: list[Diagnostic] = []
        self.dropped: list[str] = []
        self.aliases = [alias for alias in metric.aliases if phrase(alias) not in left_out]
        for said in (metric.name, *self.aliases):
            for other in catalog.metric_phrases.get(phrase(said), ()):
                if said in self.aliases and same_thing(other, metric):
                    self.aliases.remove(said)
                    self.dropped.append(
                        f'"{said}" stays your name for the same field; {metric.name} is added beside it'
                    )
                else:
                    self.clashes.append(self._clash(said, other, text, file))

    def _clash(self, said: str, other: Metric, text: str, file: str) -> Diagnostic:
        message = (
            f'"{said}" of {self.pack.name} means {_described(self.metric)}, here it means {_described(other)}'
        )
        hint = f'rename yours, or leave that name of the pack out: --without "{said}"'
        place = TomlPlaces(text).find(("metrics", other.name))
        return Diagnostic("E305", message, place, hint, file=file, text=text)

    def block(self, bucket: str, interval: int | None) -> str:
        """The paragraph for the catalog."""
        block = self.pack.entry("metrics", self.metric.name).text
        if tuple(self.aliases) != self.metric.aliases:
            block = _ALIASES.sub(
                f"aliases = {toml_list(self.aliases)}\n" if self.aliases else "", block
            ).rstrip()
        lines = [f"bucket = {toml_text(bucket)}"] if bucket else []
        if interval is not None:
            lines.append(f"interval = {toml_text(format_duration(interval))}")
            if 2 * interval > WINDOW:
                # A rate needs two points: within the pack's own two minutes there would be one, or none.
                block = block.replace(
                    f"over {format_duration(WINDOW)}", f"over {format_duration(2 * interval)}"
                )
                block = block.replace(
                    "of the last two minutes", f"of the last {spell_duration(2 * interval)}"
                )
        return with_lines(block, lines)


def _the_same_in(catalog: Catalog, metric: Metric) -> Metric | None:
    """The catalog's metric with that name, if it is the same thing, or the pack's after a person has edited it."""
    for found in catalog.metric_phrases.get(phrase(metric.name), ()):
        is_named_so = phrase(found.name) == phrase(metric.name)
        # Another field of the measurement under that name is another thing; another expression is what somebody made of this.
        is_edited = is_named_so and bool(found.expression) and of_one_measurement(found, metric)
        if is_edited or _source(found)[:3] == _source(metric)[:3]:
            return found
    return None


def _is_there(catalog: Catalog, entity: Entity) -> bool:
    return any(one.tags == entity.tags for one in catalog.entity_phrases.get(phrase(entity.name), ()))


def _entity_clashes(
    entity: Entity, pack: Pack, catalog: Catalog, text: str, file: str
) -> Iterator[Diagnostic]:
    for other in catalog.entity_phrases.get(phrase(entity.name), ()):
        message = f'"{entity.name}" of {pack.name} means {_pinned(entity.tags)}, here it means {_pinned(other.tags)}'
        hint = f'rename yours, or leave that name of the pack out: --without "{entity.name}"'
        place = TomlPlaces(text).find(("entities", other.name))
        yield Diagnostic("E305", message, place, hint, file=file, text=text)


def _pinned(tags: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f'{tag}="{value}"' for tag, value in tags)


def _told(yours: Metric, metric: Metric, pack: Pack, bucket: str) -> Iterator[str]:
    different = [key for key in differences(yours, metric) if key != "bucket"]
    if yours.bucket != bucket:
        different.append("bucket")
    if different:
        yield f'"{metric.name}" is there and stays as it is; {pack.name} differs in {", ".join(different)}'


# ---------------------------------------------------------------- tags


def _with_tag(
    text: str, tag: Tag, entry: Entry, catalog: Catalog, file: str
) -> tuple[str, list[str], list[str]]:
    """The text with the tag's aliases in the table that is there; else the paragraph to add; and what to tell."""
    others = {
        name for other in catalog.tags if other.name != tag.name for name in (other.name, *other.aliases)
    }
    taken = {phrase(name) for name in others}
    aliases = [alias for alias in tag.aliases if phrase(alias) not in taken]
    told = [
        f'"{a}" stays the name of another tag, not of {tag.name}' for a in tag.aliases if a not in aliases
    ]
    line = f"aliases = {toml_list(aliases)}"
    yours = next((one for one in catalog.tags if one.name == tag.name), None)
    if yours is None:
        return text, [_ALIASES.sub(line, entry.text)], told
    if yours.aliases or not aliases:
        missing = [alias for alias in aliases if alias not in yours.aliases]
        return (
            text,
            [],
            [f"[tags.{tag.name}] stays as it is, without {', '.join(missing)}"] if missing else [],
        )
    place = TomlPlaces(text).find(("tags", tag.name))
    end = text.find("\n", place.end)
    if text[place.start : place.end].strip() in (f"[tags.{tag.name}]", f'[tags."{tag.name}"]') and end >= 0:
        return f"{text[: end + 1]}{line}\n{text[end + 1 :]}", [], told
    return text, [], [f"[tags.{tag.name}] stays as it is; the pack has {line}"]


# ---------------------------------------------------------------- text


def _appended(text: str, blocks: Sequence[str]) -> str:
    if not blocks:
        return text
    before = text if not text or text.endswith("\n") else f"{text}\n"
    return f"{before}\n{_joined(blocks)}" if before.strip() else _joined(blocks)


def _joined(blocks: Sequence[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def with_lines(block: str, lines: Sequence[str]) -> str:
    """A paragraph of a pack with more lines below its header."""
    return _HEADER.sub(lambda header: "\n".join((header[0], *lines)), block, count=1)


def _described(metric: Metric) -> str:
    what = metric.expression or f"{metric.measurement}.{metric.field}"
    return f"{what}{{{_pinned(metric.tags)}}}" if metric.tags else what


def toml_list(values: Sequence[str]) -> str:
    return f"[{', '.join(toml_text(value) for value in values)}]"


def toml_text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
