"""The catalog: what the words of a rule mean.

Plain values that the resolver looks names up in. They are read from `alertdsl.toml` by `load_catalog` (which checks every key) and
written for a live database by `write_catalog`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from alertdsl.semantics.typed import FieldType

Kind = Literal["gauge", "counter", "timestamp", "state"]
T = TypeVar("T")
CATALOG_FILE = "alertdsl.toml"
Phrase = tuple[str, ...]
"""A name as it is looked up: words, case folded."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric's name stands for: a field of a measurement, or an expression of others.

    Durations are nanoseconds. `tags` are conditions fixed for every use, `labels` the keys of the tags that its series have (None:
    not known), `series_key` the tags that identify a series, `expect` values of tags that must exist.
    """

    name: str
    measurement: str = ""
    field: str = ""
    expression: str | None = None
    bucket: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    unit: str | None = None
    kind: Kind | None = None
    type: FieldType = "unknown"
    interval: int | None = None
    staleness: int | None = None
    memory: int | None = None
    retention: int | None = None
    series_key: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    aliases: tuple[str, ...] = ()
    histogram: str | None = None
    expect: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that people name: ``BTC`` is the series with ``symbol = "BTC"``."""

    name: str
    tags: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: other words for it, values that it is known to have, and values that must exist."""

    name: str
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days by a name, such as the holidays of a country: ``2026-12-25``. What rules except from their hours."""

    name: str
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A field found in a live database, for `write_catalog`: its tag keys with the values seen."""

    name: str
    bucket: str
    measurement: str
    field: str
    type: FieldType = "unknown"
    unit: str | None = None
    kind: Kind | None = None
    tags: Mapping[str, Sequence[str]] = default(default_factory=dict)


@dataclass(frozen=True)
class Catalog:
    """Everything that names may mean. Without metrics only ``measurement.field{tag="value"}`` can be used.

    `retention` is how long each bucket keeps its points, in nanoseconds; `default_bucket` the one that "" stands for; `targets` the
    names of the notification targets that the same file configures, without their addresses.
    """

    metrics: tuple[Metric, ...] = ()
    entities: tuple[Entity, ...] = ()
    tags: tuple[Tag, ...] = ()
    retention: Mapping[str, int] = default(default_factory=dict)
    default_bucket: str = ""
    file: str = ""
    calendars: tuple[Calendar, ...] = ()
    targets: tuple[str, ...] = ()

    @cached_property
    def metric_phrases(self) -> dict[Phrase, tuple[Metric, ...]]:
        """Metrics by name and alias; more than one metric makes the phrase ambiguous."""
        return _index((m, (m.name, *m.aliases)) for m in self.metrics)

    @cached_property
    def entity_phrases(self) -> dict[Phrase, tuple[Entity, ...]]:
        """Entities by name and alias."""
        return _index((e, (e.name, *e.aliases)) for e in self.entities)

    @cached_property
    def value_phrases(self) -> dict[Phrase, tuple[Entity, ...]]:
        """Known tag values, as entities of that one tag."""
        found = ((t.name, value) for t in self.tags for value in dict.fromkeys((*t.values, *t.expect)))
        return _index((Entity(value, ((tag, value),)), (value,)) for tag, value in found)

    @cached_property
    def tag_phrases(self) -> dict[Phrase, tuple[Tag, ...]]:
        """Tags by name, alias, and the plural or singular of either."""
        exact = _index((t, (t.name, *t.aliases)) for t in self.tags)
        loose = _index((t, tuple(_numbers((t.name, *t.aliases)))) for t in self.tags)
        return {**loose, **exact}

    @cached_property
    def fields(self) -> dict[tuple[str, str], tuple[Metric, ...]]:
        """Metrics by measurement and field, for names written ``measurement.field``."""
        found: dict[tuple[str, str], list[Metric]] = defaultdict(list)
        for metric in self.metrics:
            if metric.field:
                found[metric.measurement, metric.field].append(metric)
        return {key: tuple(metrics) for key, metrics in found.items()}

    @cached_property
    def by_name(self) -> dict[str, Metric]:
        """Metrics by their exact name."""
        return {m.name: m for m in self.metrics}

    def kept(self, bucket: str) -> int | None:
        """How long the bucket keeps points, in nanoseconds; None where not known or for ever."""
        return self.retention.get(bucket or self.default_bucket)


EMPTY = Catalog()


def phrase(text: str) -> Phrase:
    """A name as it is looked up: split at spaces and underscores, case folded."""
    return tuple(text.casefold().replace("_", " ").split())


def plurals(name: str) -> frozenset[Phrase]:
    """A tag's name in the other number, as it is looked up: ``hosts`` for ``host``."""
    return frozenset(phrase(form) for form in _numbers((name,)))


def load_catalog(path: str | Path) -> Catalog:
    """Reads the catalog from a TOML file (`alertdsl.toml`); its other tables are configuration and stay unread.

    Raises:
        AlertDslError: unreadable file, bad TOML, unknown keys or wrong values, each with its line.
    """
    from alertdsl.semantics.catalog_file import read_catalog

    return read_catalog(Path(path))


def nearest_catalog(folder: Path) -> Path | None:
    """The catalog file in a folder, or in those above it up to that of the project (the one with ``.git``)."""
    for candidate in (folder, *folder.parents):
        found = candidate / CATALOG_FILE
        if found.is_file():
            return found
        if (candidate / ".git").exists():
            break
    return None


def parse_catalog(text: str, file: str = "alertdsl.toml") -> Catalog:
    """The same from TOML text."""
    from alertdsl.semantics.catalog_file import parse_catalog as parse

    return parse(text, file)


def write_catalog(
    metrics: Iterable[MetricEntry],
    entities: Iterable[Entity] = (),
    tags: Iterable[Tag] = (),
    retention: Mapping[str, int] | None = None,
    taken: Collection[Phrase] = (),
) -> str:
    """TOML text of a catalog for what a live database holds; `load_catalog` reads it.

    `retention`: nanoseconds a bucket. `taken`: phrases that mean something else already, so that no metric is called so.
    """
    from alertdsl.semantics.catalog_write import write_catalog as write

    return write(metrics, entities, tags, retention or {}, taken)


def _index(items: Iterable[tuple[T, Iterable[str]]]) -> dict[Phrase, tuple[T, ...]]:
    found: dict[Phrase, list[T]] = defaultdict(list)
    for item, names in items:
        for key in dict.fromkeys(phrase(name) for name in names):
            if key:
                found[key].append(item)
    return {key: tuple(values) for key, values in found.items()}


def _numbers(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield f"{name}s"
        yield f"{name}es"
        if name.endswith("y"):
            yield f"{name[:-1]}ies"
        if name.endswith("s"):
            yield name[:-1]
