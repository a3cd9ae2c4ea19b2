"""Reads a catalog from TOML, strictly: a misspelt key is an error at its line, not a metric without a unit."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from alertdsl.diagnostics import NOWHERE, AlertDslError, Diagnostic, Span
from alertdsl.semantics.catalog import Calendar, Catalog, Entity, Metric, Tag
from alertdsl.semantics.durations import parse_duration
from alertdsl.semantics.toml_places import TomlPlaces

TABLES = ("metrics", "entities", "tags", "buckets", "calendars")


def _duration(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError('a duration is text, such as "5m"')
    return parse_duration(value)


def _not_empty(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Name = Annotated[str, AfterValidator(_not_empty)]
Nanoseconds = Annotated[int, BeforeValidator(_duration)]
Names = tuple[Name, ...]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class MetricTable(_Table):
    """``[metrics."price"]``."""

    bucket: str = ""
    measurement: Name | None = None
    field: Name | None = None
    expression: Name | None = None
    tags: dict[Name, str] = Field(default_factory=dict)
    unit: str | None = None
    kind: Literal["gauge", "counter", "timestamp", "state"] | None = None
    type: Literal["float", "integer", "unsigned", "string", "boolean", "number", "unknown"] = "unknown"
    interval: Nanoseconds | None = None
    staleness: Nanoseconds | None = None
    memory: Nanoseconds | None = None
    retention: Nanoseconds | None = None
    series_key: Names | None = None
    labels: Names | None = None
    aliases: Names = ()
    histogram: Name | None = None
    expect: dict[Name, Names] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> MetricTable:
        if (self.field is None) == (self.expression is None):
            raise ValueError('needs a "field" (with its "measurement") or an "expression", one of the two')
        if self.expression is not None and self.measurement is not None:
            raise ValueError('"measurement" belongs to "field"; the parts of an "expression" name their own')
        return self


class EntityTable(_Table):
    """``[entities.BTC]``."""

    tags: dict[Name, Name] = Field(min_length=1)
    aliases: Names = ()


class TagTable(_Table):
    """``[tags.host]``."""

    aliases: Names = ()
    values: Names = ()
    expect: Names = ()


class BucketTable(_Table):
    """``[buckets.monitors]``: how long it keeps its points."""

    retention: Nanoseconds | None = None


def _date(value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f'"{value}" is no date such as 2026-12-25') from None


class CalendarTable(_Table):
    """``[calendars.holidays]``: days that rules can except from their hours."""

    dates: tuple[Annotated[str, BeforeValidator(_date)], ...] = ()


class CatalogTables(_Table):
    """The tables of `alertdsl.toml` that make the catalog."""

    metrics: dict[Name, MetricTable] = Field(default_factory=dict)
    entities: dict[Name, EntityTable] = Field(default_factory=dict)
    tags: dict[Name, TagTable] = Field(default_factory=dict)
    buckets: dict[Name, BucketTable] = Field(default_factory=dict)
    calendars: dict[Name, CalendarTable] = Field(default_factory=dict)


def read_catalog(path: Path) -> Catalog:
    """See `alertdsl.semantics.catalog.load_catalog`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise AlertDslError(
            Diagnostic("E301", f"cannot read the catalog: {reason}", NOWHERE, file=str(path))
        ) from None
    except UnicodeDecodeError as problem:
        message = f"the catalog is not UTF-8 text (byte {problem.start})"
        raise AlertDslError(Diagnostic("E301", message, NOWHERE, file=str(path))) from None
    return parse_catalog(text, str(path))


def parse_catalog(text: str, file: str) -> Catalog:
    """See `alertdsl.semantics.catalog.parse_catalog`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise AlertDslError(_toml_diagnostic(problem, text, file)) from None
    _refuse_misspelt_tables(document, text, file)
    try:
        tables = CatalogTables.model_validate({k: v for k, v in document.items() if k in TABLES})
    except ValidationError as problem:
        places = TomlPlaces(text)
        raise AlertDslError(_validation_diagnostics(problem, places, text, file)) from None
    return _catalog(tables, document, file)


def _catalog(tables: CatalogTables, document: Mapping[str, Any], file: str) -> Catalog:
    source = document.get("source")
    bucket = source.get("bucket") if isinstance(source, dict) else None
    notify = document.get("notify")
    targets = notify.get("targets") if isinstance(notify, dict) else None
    return Catalog(
        metrics=tuple(_metric(name, table) for name, table in tables.metrics.items()),
        entities=tuple(
            Entity(name, tuple(sorted(table.tags.items())), table.aliases)
            for name, table in tables.entities.items()
        ),
        tags=tuple(Tag(name, t.aliases, t.values, t.expect) for name, t in tables.tags.items()),
        retention={name: t.retention for name, t in tables.buckets.items() if t.retention is not None},
        default_bucket=bucket if isinstance(bucket, str) else "",
        file=file,
        calendars=tuple(Calendar(name, tuple(sorted(set(t.dates)))) for name, t in tables.calendars.items()),
        targets=tuple(targets) if isinstance(targets, dict) else (),
    )


def _metric(name: str, table: MetricTable) -> Metric:
    measurement, field = table.measurement or "", table.field or ""
    if field and not measurement:
        # `field = "crypto.close"` names both; a bare field is looked for in the measurement of the metric's name.
        head, dot, tail = field.rpartition(".")
        measurement, field = (head, tail) if dot and head and tail else (name, field)
    return Metric(
        name=name,
        measurement=measurement,
        field=field,
        expression=table.expression,
        bucket=table.bucket,
        tags=tuple(sorted(table.tags.items())),
        unit=table.unit,
        kind=table.kind,
        type=table.type,
        interval=table.interval,
        staleness=table.staleness,
        memory=table.memory,
        retention=table.retention,
        series_key=None if table.series_key is None else tuple(sorted(set(table.series_key))),
        labels=None if table.labels is None else tuple(sorted({*table.labels, *table.tags})),
        aliases=table.aliases,
        histogram=table.histogram,
        expect=tuple(sorted(table.expect.items())),
    )


def _toml_diagnostic(problem: tomllib.TOMLDecodeError, text: str, file: str) -> Diagnostic:
    message = str(problem)
    place = TomlPlaces.of_message(message, text)
    return Diagnostic("E302", f"not valid TOML: {message.partition(' (at')[0]}", place, file=file, text=text)


def _refuse_misspelt_tables(document: Mapping[str, Any], text: str, file: str) -> None:
    for key in document:
        near = difflib.get_close_matches(key, TABLES, n=1, cutoff=0.8)
        if key not in TABLES and near:
            place = TomlPlaces(text).find((key,))
            hint = f'did you mean "{near[0]}"?'
            raise AlertDslError(
                Diagnostic("E303", f'unknown table "{key}"', place, hint, file=file, text=text)
            )


def _validation_diagnostics(
    problem: ValidationError, places: TomlPlaces, text: str, file: str
) -> list[Diagnostic]:
    out = [
        _validation_diagnostic(dict(item), places, text, file) for item in problem.errors(include_url=False)
    ]
    return sorted(out, key=lambda d: d.span.start)


def _validation_diagnostic(item: dict[str, Any], places: TomlPlaces, text: str, file: str) -> Diagnostic:
    path = tuple(str(part) for part in item["loc"] if part != "[key]")
    place: Span = places.find(path)
    where = f"{path[0]}.{path[1]}" if len(path) > 1 else ".".join(path)
    if item["type"] == "extra_forbidden":
        allowed = _allowed_keys(path)
        near = difflib.get_close_matches(path[-1], allowed, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known keys: {', '.join(allowed)}"
        return Diagnostic("E303", f'unknown key "{path[-1]}" in {where}', place, hint, file=file, text=text)
    if item["type"] == "missing":
        return Diagnostic("E304", f'{where} needs the key "{path[-1]}"', place, file=file, text=text)
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if item["msg"].startswith("Input should be "):
        message = f"should be {message}"
    subject = ".".join(path) if len(path) > 2 else where
    hint = 'write for example tags = { host = "web1" }' if path[-1] == "tags" else ""
    return Diagnostic("E304", f"{subject}: {message}", place, hint, file=file, text=text)


def _allowed_keys(path: tuple[str, ...]) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "metrics": MetricTable,
        "entities": EntityTable,
        "tags": TagTable,
        "buckets": BucketTable,
    }
    model = models.get(path[0])
    return list(model.model_fields) if model else list(TABLES)
