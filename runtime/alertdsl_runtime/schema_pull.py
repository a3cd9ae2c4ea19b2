"""What a database holds, as a catalog: measurements, fields with their types, tags with the values seen.

InfluxDB is asked in InfluxQL, which answers field types and tag values of all measurements from the index, in a few short queries; in
Flux the type of a field is known from its points only. A token that may read the bucket is enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args
from urllib.parse import urlencode

from alertdsl.packs.recognising import Recognised
from alertdsl.semantics.catalog import MetricEntry, Tag, write_catalog
from alertdsl.semantics.typed import FieldType
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.influx_http import Refused
from alertdsl_runtime.sources.sql import SqlSource

VALUES_PER_TAG = 100
"""Of tags with more values only so many are written to the catalog."""

KEYS_PER_QUERY = 50

_TYPES = frozenset(get_args(FieldType))


@dataclass(frozen=True)
class Pulled:
    """The fields found, and how long each bucket keeps points (nanoseconds; for ever where absent)."""

    metrics: tuple[MetricEntry, ...]
    retention: Mapping[str, int] = field(default_factory=dict)

    def as_toml(self, known: Recognised | None = None) -> str:
        """The text of a catalog, with the names that packs give to fields (`known`), or with every field's own."""
        if known is None:
            return write_catalog(self.metrics, retention=self.retention)
        # The tags with all values seen, also of the fields that packs name.
        values: dict[str, dict[str, None]] = defaultdict(dict)
        for metric in self.metrics:
            for tag, seen in metric.tags.items():
                values[tag].update(dict.fromkeys(sorted(seen)))
        aliases = {tag.name: tag.aliases for tag in known.tags}
        tags = [Tag(name, aliases.get(name, ()), tuple(seen)) for name, seen in values.items()]
        rest = write_catalog(known.rest, tags=tags, retention=self.retention, taken=known.phrases)
        return "\n".join((*(f"{block}\n" for block in known.blocks), rest))


def pull(
    source: InfluxSource | SqlSource, buckets: Sequence[str] = (), *, values_per_tag: int = VALUES_PER_TAG
) -> Pulled:
    """Look at the source's own bucket, or at `buckets`.

    Raises:
        SourceError: the database does not answer, or there is no such bucket.
    """
    if isinstance(source, SqlSource):
        return Pulled(tuple(_pull_sql(source, values_per_tag)))
    names = list(buckets) or [source.bucket]
    try:
        metrics = [m for name in names for m in _pull_bucket(source, name, values_per_tag)]
    except Refused as reason:
        raise reason.error() from None
    return Pulled(tuple(metrics), {name: kept for name in names if (kept := _retention(source, name))})


def _pull_bucket(source: InfluxSource, bucket: str, limit: int) -> Iterable[MetricEntry]:
    (fields,) = _influxql(source, bucket, ["SHOW FIELD KEYS"])
    (keys,) = _influxql(source, bucket, ["SHOW TAG KEYS"])
    known = sorted({key for rows in keys.values() for (key,) in rows})
    tags: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(known), KEYS_PER_QUERY):
        part = known[start : start + KEYS_PER_QUERY]
        queries = [f"SHOW TAG VALUES WITH KEY = {_identifier(key)} LIMIT {limit:d}" for key in part]
        for found in _influxql(source, bucket, queries):
            for measurement, rows in found.items():
                for key, value in rows:
                    tags[measurement][key].append(value)
    shown = "" if bucket == source.bucket else bucket
    for measurement, rows in fields.items():
        for name, written in rows:
            kind = cast("FieldType", written if written in _TYPES else "unknown")
            yield MetricEntry("", shown, measurement, name, kind, tags=dict(tags[measurement]))


def _influxql(source: InfluxSource, bucket: str, queries: Sequence[str]) -> list[dict[str, list[list[str]]]]:
    """For each query the rows by measurement."""
    path = "/query?" + urlencode({"db": bucket, "q": "; ".join(queries)})
    answer: Any = source.api.get(path)
    out: list[dict[str, list[list[str]]]] = []
    for result in answer.get("results", []):
        if "error" in result:
            message = f"InfluxDB could not list bucket {bucket!r}: {result['error']}"
            raise Refused(message, transient=False, splits=False)
        out.append({one["name"]: one.get("values", []) for one in result.get("series", [])})
    return out


def _identifier(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _retention(source: InfluxSource, bucket: str) -> int:
    """How long the bucket keeps points, in nanoseconds; 0 for ever."""
    found = source.api.get("/api/v2/buckets?" + urlencode({"name": bucket, "org": source.api.org}))
    rules = [rule for one in found.get("buckets", []) for rule in one.get("retentionRules", [])]
    return max((int(rule.get("everySeconds", 0)) for rule in rules), default=0) * 10**9


def _pull_sql(source: SqlSource, limit: int) -> Iterable[MetricEntry]:
    kinds: dict[str, FieldType] = {"number": "number", "text": "string", "bool": "boolean"}
    for (bucket, measurement, name), stream in source.streams().items():
        tags: dict[str, dict[str, None]] = defaultdict(dict)
        for labels in stream.labels:
            for tag, value in labels:
                if len(tags[tag]) < limit:
                    tags[tag][value] = None
        shown = "" if bucket == source.bucket else bucket
        listed = {tag: sorted(values) for tag, values in tags.items()}
        yield MetricEntry("", shown, measurement, name, kinds[stream.kind], tags=listed)
