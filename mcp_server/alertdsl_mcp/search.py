"""Which names rules may use, found by the words of a person."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from alertdsl_mcp.facts import MetricRow, Metrics
from alertdsl_mcp.wording import FILLERS

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog, Metric

_MOST_VALUES = 8
_MOST_ENTITIES = 20
_CLOSE = 0.75
_SHORT = 2
NO_CATALOG = (
    'no catalog is configured, so no names are known: write measurement.field{tag="value"}, and ask the person for the '
    "measurement; `alertdsl catalog pull` makes a catalog of what the database holds"
)


def find_metrics(catalog: Catalog | None, query: str, limit: int) -> Metrics:
    """The metrics that a query speaks of, best first; all for an empty one."""
    if catalog is None or not catalog.metrics:
        return Metrics(metrics=[], total=0, hint=NO_CATALOG)
    words = _words(query)
    entities = [e for e in catalog.entities if not words or _score(words, (e.name, *e.aliases)) > 0]
    scored = [(_score(words, (*_names(m), *_entity_names(catalog, m, words))), m) for m in catalog.metrics]
    found = [m for score, m in sorted(scored, key=lambda pair: -pair[0]) if score > 0 or not words]
    hint = ""
    if not found:
        near = [m.name for m in catalog.metrics[:10]]
        hint = f"nothing matches; there are {len(catalog.metrics)} metrics, among them: {', '.join(near)}"
    elif len(found) > limit:
        hint = f"{len(found) - limit} more: narrow the query, or raise limit"
    return Metrics(
        metrics=[_row(catalog, m) for m in found[:limit]],
        entities=[_entity(e.name, e.aliases, e.tags) for e in entities[:_MOST_ENTITIES]],
        total=len(found),
        hint=hint,
    )


def _names(metric: Metric) -> tuple[str, ...]:
    return (metric.name, *metric.aliases, metric.measurement, metric.field)


def _entity_names(catalog: Catalog, metric: Metric, words: set[str]) -> tuple[str, ...]:
    """Entities that the query names and whose tags this metric has, or may have."""
    out: list[str] = []
    for entity in catalog.entities:
        tags = {tag for tag, _ in entity.tags}
        if (metric.labels is None or tags <= set(metric.labels)) and _score(
            words, (entity.name, *entity.aliases)
        ):
            out += (entity.name, *entity.aliases)
    return tuple(out)


def _score(words: set[str], names: tuple[str, ...]) -> float:
    """How well the names answer the words: whole words count fully, parts and near misses half."""
    known = _words(" ".join(names))
    total = 0.0
    for word in words:
        parts = sum(len(one) for one in known if one in word and len(one) > _SHORT) / len(word)
        wholes = max((len(word) / len(one) for one in known if word in one and len(word) > _SHORT), default=0)
        if word in known:
            total += 1
        elif parts or wholes:
            total += 0.9 * min(1, max(parts, wholes))
        elif difflib.get_close_matches(word, known, n=1, cutoff=_CLOSE):
            total += 0.4
    return total


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()[:500])) - FILLERS


def _row(catalog: Catalog, metric: Metric) -> MetricRow:
    tags = metric.labels or metric.series_key or ()
    values = {tag.name: tuple(dict.fromkeys((*tag.values, *tag.expect))) for tag in catalog.tags}
    shown = [f"{tag}={'|'.join(values[tag][:_MOST_VALUES])}" if values.get(tag) else tag for tag in tags]
    entity = next((e.name for e in catalog.entities if {t for t, _ in e.tags} <= set(tags)), "")
    example = f"{entity} {metric.name}".strip()
    limit = (
        "90%"
        if metric.unit == "%"
        else f"10 {metric.unit}"
        if metric.unit in {"s", "ms", "MB", "GB"}
        else "10"
    )
    return MetricRow(
        name=metric.name,
        unit=metric.unit or "",
        kind=metric.kind or "",
        aliases=list(metric.aliases),
        tags=shown,
        example=f"{example} > {limit} for 5m"
        if metric.type not in {"string", "boolean"}
        else f'{example} != "ok"',
    )


def _entity(name: str, aliases: tuple[str, ...], tags: tuple[tuple[str, str], ...]) -> str:
    pins = ", ".join(f'{tag}="{value}"' for tag, value in tags)
    also = f" ({', '.join(aliases)})" if aliases else ""
    return f"{name}{also}: {pins}"
