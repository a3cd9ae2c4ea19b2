"""Writes a catalog as TOML: what `alertdsl catalog pull` makes of a live database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from alertdsl.semantics.catalog import Entity, MetricEntry, Phrase, Tag, phrase
from alertdsl.semantics.durations import format_duration

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_UNIT_WORDS = {
    "percent": "%",
    "pct": "%",
    "bytes": "B",
    "seconds": "s",
    "ms": "ms",
    "milliseconds": "ms",
    "ns": "ns",
    "celsius": "°C",
    "ratio": "ratio",
}


def metric_name(measurement: str, field: str) -> str:
    """The phrase for a field: the words of both, the measurement's last words not said twice (``cpu`` + ``cpu_load``)."""
    head, tail = list(phrase(measurement)), list(phrase(field))
    overlap = next((n for n in range(min(len(head), len(tail)), 0, -1) if head[-n:] == tail[:n]), 0)
    return " ".join((*head, *tail[overlap:])) or f"{measurement}.{field}"


def write_catalog(
    metrics: Iterable[MetricEntry],
    entities: Iterable[Entity],
    tags: Iterable[Tag],
    retention: Mapping[str, int],
    taken: Collection[Phrase],
) -> str:
    """See `alertdsl.semantics.catalog.write_catalog`."""
    named = _unique(sorted(metrics, key=lambda m: (m.bucket, m.measurement, m.field)), taken)
    blocks = [_metric(name, entry) for name, entry in named]
    blocks += [_entity(entity) for entity in entities]
    blocks += [_tag(tag) for tag in _all_tags([m for _, m in named], tags)]
    blocks += [
        f"[buckets.{_key(name)}]\nretention = {_text(format_duration(ns))}\n"
        for name, ns in sorted(retention.items())
    ]
    return "\n".join(blocks)


def _unique(metrics: Sequence[MetricEntry], taken: Collection[Phrase]) -> list[tuple[str, MetricEntry]]:
    """Names without collisions: one that two fields share, or that is taken, gets its bucket, then its exact spelling, in front."""
    names = [m.name or metric_name(m.measurement, m.field) for m in metrics]
    for clearer in ("{m.bucket} {name}", "{m.measurement}.{m.field}", "{m.bucket} {m.measurement}.{m.field}"):
        seen = Counter(taken)
        seen.update(phrase(name) for name in names)
        names = [
            clearer.format(m=m, name=name) if seen[phrase(name)] > 1 else name
            for m, name in zip(metrics, names, strict=True)
        ]
    seen_before: Counter[str] = Counter()
    out = []
    for metric, name in zip(metrics, names, strict=True):
        seen_before[name] += 1
        out.append((name if seen_before[name] == 1 else f"{name} {seen_before[name]}", metric))
    return out


def _metric(name: str, entry: MetricEntry) -> str:
    lines = [f"[metrics.{_text(name)}]"]
    if entry.bucket:
        lines.append(f"bucket = {_text(entry.bucket)}")
    lines += [f"measurement = {_text(entry.measurement)}", f"field = {_text(entry.field)}"]
    if entry.type != "unknown":
        lines.append(f"type = {_text(entry.type)}")
    if entry.unit:
        lines.append(f"unit = {_text(entry.unit)}")
    elif entry.type not in ("string", "boolean") and (guess := _likely_unit(entry.field)):
        # A likely unit is offered, not taken: a wrong one would silently scale every threshold.
        lines.append(f"# unit = {_text(guess)}")
    if entry.kind:
        lines.append(f"kind = {_text(entry.kind)}")
    if entry.tags:
        lines.append(f"labels = {_list(sorted(entry.tags))}")
    return "\n".join(lines) + "\n"


def _likely_unit(field: str) -> str | None:
    return next((_UNIT_WORDS[word] for word in reversed(phrase(field)) if word in _UNIT_WORDS), None)


def _entity(entity: Entity) -> str:
    tags = ", ".join(f"{_key(k)} = {_text(v)}" for k, v in entity.tags)
    aliases = f"aliases = {_list(entity.aliases)}\n" if entity.aliases else ""
    return f"[entities.{_key(entity.name)}]\ntags = {{ {tags} }}\n{aliases}"


def _all_tags(metrics: Iterable[MetricEntry], tags: Iterable[Tag]) -> list[Tag]:
    """The tags given, and those of the metrics, with all their values."""
    known = {tag.name: tag for tag in tags}
    values: dict[str, dict[str, None]] = {name: dict.fromkeys(tag.values) for name, tag in known.items()}
    for metric in metrics:
        for name, seen in metric.tags.items():
            values.setdefault(name, {}).update(dict.fromkeys(sorted(seen)))
    out = []
    for name in sorted(values):
        tag = known.get(name, Tag(name))
        out.append(Tag(name, tag.aliases, tuple(v for v in values[name] if v.strip()), tag.expect))
    return out


def _tag(tag: Tag) -> str:
    lines = [f"[tags.{_key(tag.name)}]"]
    for key in ("aliases", "values", "expect"):
        if getattr(tag, key):
            lines.append(f"{key} = {_list(getattr(tag, key))}")
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(v) for v in values)}]"


def _text(value: str) -> str:
    """A TOML basic string: quotes, backslashes and control characters escaped."""
    out = []
    for ch in value:
        if ch in '"\\':
            out.append(f"\\{ch}")
        elif ch < " " or ch == "\x7f":
            out.append(f"\\u{ord(ch):04x}")
        else:
            out.append(ch)
    return f'"{"".join(out)}"'
