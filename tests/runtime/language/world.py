"""One set of points in InfluxDB, SQLite and memory, and what a rule says of it at several instants."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from alertdsl.backends.flux import compile_rule
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog, parse_catalog
from alertdsl.semantics.resolve import resolve_file
from alertdsl.syntax.parser import parse_rules
from alertdsl_runtime.columns import Source
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.line_protocol import parse_line_protocol
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.sources.sql import SqlSource
from alertdsl_runtime.sources.sql_write import write_points
from tests.services.influxdb import InfluxDB


def ns(text: str) -> int:
    """``2026-03-29T01:30:00Z``, or with another offset, in nanoseconds."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return int(moment.timestamp()) * typed.SECOND


def lines(series: str, field: str, points: Iterable[tuple[str | int, object]]) -> list[str]:
    """Points of one series in line protocol: ``lines("power,site=a", "kw", [("2026-01-01T00:00:00Z", 1.5)])``."""
    return [
        f"{series} {field}={_value(value)} {ns(when) if isinstance(when, str) else when}"
        for when, value in points
    ]


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case int():
            return f"{value}i"
    return str(value)


def every(start: str, stop: str, step: int, value: object) -> Iterator[tuple[int, object]]:
    """Points of one value, `step` nanoseconds apart, in ``[start, stop)``."""
    return ((moment, value) for moment in range(ns(start), ns(stop), step))


@dataclass(frozen=True)
class Everywhere:
    """The same points in every source; `influx` is None where InfluxDB cannot hold them (infinities)."""

    catalog: Catalog
    sources: dict[str, Source]
    influx: InfluxDB | None
    bucket: str

    def rules(self, text: str) -> tuple[typed.Rule, ...]:
        """The rules of a text, which must be without errors."""
        rules, found = resolve_file(parse_rules(text), self.catalog)
        assert not [d for d in found if d.code.startswith("E")], [d.render() for d in found]
        return rules

    def truths(self, text: str, *instants: str) -> dict[str, str]:
        """The condition of the one rule by label set: F, U or T at each instant, a dot where it does not exist."""
        (rule,) = self.rules(text)
        return self.of(rule, *instants)

    def of(self, rule: typed.Rule, *instants: str) -> dict[str, str]:
        """As `truths`: every source gives the same, all instants at once as one by one, and so does the script."""
        times = [ns(one) for one in instants]
        together = {name: _truths(rule, source, times) for name, source in self.sources.items()}
        expected = together["memory"]
        for name, found in together.items():
            assert found == expected, name
        for name, source in self.sources.items():
            single = [_truths(rule, source, [time]) for time in times]
            assert _one_by_one(single) == {k: v for k, v in expected.items() if set(v) != {"."}}, name
        if self.influx is not None and rule.during is None:
            for place, time in enumerate(times):
                self._run(rule, time, {k for k, v in expected.items() if v[place] == "T"})
        return expected

    def _run(self, rule: typed.Rule, time: int, expected: set[str]) -> None:
        """The script that people run has a row for each series of which the condition is true."""
        assert self.influx is not None
        script = compile_rule(rule, default_bucket=self.bucket, at=time)
        answer = self.influx.query(script.text)
        if "condition" not in dict(script.engine):
            found = set(_rows(answer))
            assert found == expected, script.text.rpartition("|> yield")[0][-500:]


def _truths(rule: typed.Rule, source: Source, times: Sequence[int]) -> dict[str, str]:
    (outcome,) = Evaluator([rule], source).evaluate(np.array(times, dtype=np.int64))
    assert not outcome.failed, outcome.failed
    return letters(outcome)


def letters(outcome: Outcome) -> dict[str, str]:
    """The condition by label set, ``host=a region=x``."""
    found = {}
    for row, labels in enumerate(outcome.rows.labels):
        truth = zip(outcome.condition[row], outcome.exists[row], strict=True)
        found[_name(labels)] = "".join("FUT"[t] if exists else "." for t, exists in truth)
    return found


def _name(labels: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{tag}={value}" for tag, value in labels)


def _one_by_one(single: list[dict[str, str]]) -> dict[str, str]:
    names = {name for one in single for name in one}
    joined = {name: "".join(one.get(name, ".") for one in single) for name in names}
    return {name: text for name, text in joined.items() if set(text) != {"."}}


def _rows(answer: str) -> Iterator[str]:
    header: list[str] = []
    for row in csv.reader(io.StringIO(answer, newline="")):
        if row[1:2] == ["result"]:
            header = row
        elif row and dict(zip(header, row, strict=True))["result"] == "condition":
            pairs = zip(header, row, strict=True)
            # v0, v1 ... are the values that were compared.
            others = re.compile(r"|_.*|result|table|v\d+")
            tags = ((k, v) for k, v in pairs if v and not others.fullmatch(k))
            yield _name(sorted(tags))


@contextmanager
def everywhere(influx: InfluxDB | None, catalog: str, written: Sequence[str]) -> Iterator[Everywhere]:
    """The points, written in their order, with a catalog."""
    text = "\n".join(written)
    fields = parse_line_protocol(text)
    database = sa.create_engine(
        "sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
    )
    sources: dict[str, Source] = {"memory": MemorySource(fields), "sql": SqlSource(database)}
    bucket = "monitors"
    write_points(database, bucket, fields)
    if influx is not None:
        bucket = influx.new_bucket()
        influx.write_lp(written, bucket=bucket)
        sources["influx"] = InfluxSource(influx.url, influx.org, influx.token, bucket)
    yield Everywhere(parse_catalog(catalog, "alertdsl.toml"), sources, influx, bucket)
    for source in sources.values():
        source.close()
    database.dispose()
