"""The configuration page names every key there is, with its default, and no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.catalog_file import BucketTable, CalendarTable, EntityTable, MetricTable, TagTable
from alertdsl_runtime.notify import filters
from alertdsl_runtime.settings import NOTIFY_PREFIX, Settings, _Environment, load_settings
from tests.docs.pages import DOCS, blocks

PAGE = (DOCS / "configuration.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]
TABLES = ("source", "store", "notify", "engine", "log")


def tables(name: str) -> type[BaseModel]:
    """The model of a table of settings."""
    model = Settings.model_fields[name].annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    return model


def test_every_key_of_a_metric() -> None:
    section = PAGE.partition('### `[metrics."NAME"]`')[2].partition("###")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(MetricTable.model_fields)


def test_every_key_of_the_other_catalog_tables() -> None:
    section = PAGE.partition("### `[entities.NAME]`")[2].partition("## Settings")[0]
    named = re.findall(r"^\|[^|]*\| `(\w+)` \|", section, re.MULTILINE)
    known = [
        key for model in (EntityTable, TagTable, BucketTable, CalendarTable) for key in model.model_fields
    ]
    assert named == known


def test_every_setting() -> None:
    named = [row[0].strip("`") for row in ROWS if "." in row[0]]
    assert set(named) == {f"{table}.{key}" for table in TABLES for key in tables(table).model_fields}


def test_every_name_in_the_environment() -> None:
    known = {str(field.validation_alias) for field in _Environment.model_fields.values()}
    named = set(re.findall(r"`((?:INFLUXDB_V2|ALERTDSL)_[A-Z_]+)`", PAGE))
    assert named - {f"{NOTIFY_PREFIX}NAME", f"{NOTIFY_PREFIX}ON_CALL"} == known


def test_the_settings_shown_are_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = [block.text for block in blocks(PAGE, "toml") if "[source]" in block.text]
    file = tmp_path / "alertdsl.toml"
    file.write_text(shown)
    monkeypatch.chdir(tmp_path)
    found, default = load_settings("alertdsl.toml", environment=False), Settings()
    varying = {("source", "kind"), ("source", "url"), ("engine", "rules")}
    for name in ("source", "engine", "log"):
        for key in tables(name).model_fields:
            if (name, key) not in varying:
                assert getattr(getattr(found, name), key) == getattr(getattr(default, name), key), (name, key)
    assert found.source_kind == "influxdb"
    assert found.database_url == default.database_url
    assert set(tomllib.loads(shown)) == set(TABLES)


def test_the_catalog_shown() -> None:
    (shown,) = [block.text for block in blocks(PAGE, "toml") if "[metrics" in block.text]
    catalog = parse_catalog(shown)
    assert len(catalog.metrics) == 2
    assert len(catalog.entities) == 1


def test_the_filters_are_there() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("Filters: "))
    for name in re.findall(r"`(\w+)`", line):
        assert hasattr(filters, name), name
