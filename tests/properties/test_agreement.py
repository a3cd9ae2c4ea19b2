"""One rule means the same everywhere: the reference, and the evaluator over memory, SQLite, MariaDB and InfluxDB.

`ALERTDSL_EXAMPLES` asks for more examples, new ones each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.sql import SqlSource
from tests.properties.agreement import Expected, assert_agreed, expected_of
from tests.properties.asking import differences, evaluator, memory, one_by_one, reference
from tests.properties.case import Case
from tests.properties.rule_strategy import cases
from tests.properties.schema import SCENES
from tests.properties.stores import in_two_writes, line_protocol, sample
from tests.properties.text_strategy import written_cases
from tests.reference.data import Series
from tests.services.database import DatabaseServer
from tests.services.influxdb import InfluxDB

ASKED = int(os.environ.get("ALERTDSL_EXAMPLES", "0"))
FEW, MANY = 300, 2_000

many = settings(
    max_examples=ASKED or FEW,
    derandomize=not ASKED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    report_multiple_bugs=False,
)


@many
@given(cases(scenes=SCENES))
def test_memory_instant_by_instant(case: Case) -> None:
    """As it runs live: each instant asks the source for reduced reads."""
    (found,) = one_by_one([case.rule], memory(case.series), case.instants)
    assert not differences(reference(case), found)


@many
@given(cases(scenes=SCENES))
def test_memory_all_instants_at_once(case: Case) -> None:
    """As it runs in a backtest: points are read once, and reduced here."""
    expected = reference(case)
    if (
        None not in expected.values()
    ):  # a rule refused at one instant is refused for all that are asked together
        (found,) = evaluator([case.rule], memory(case.series), case.instants)
        assert not differences(expected, found)


@many
@given(written_cases())
def test_rules_as_text(case: Case) -> None:
    """As people write them, against a catalog: names, filters, entities, expressions, and the normal forms of the resolver."""
    (found,) = one_by_one([case.rule], memory(case.series), case.instants)
    assert not differences(reference(case), found)


@dataclass(frozen=True)
class Sample:
    """Cases that every store can hold, and what the reference says of them."""

    cases: list[Case]
    expected: dict[int, Expected]

    @property
    def series(self) -> Iterator[Series]:
        """The series of all cases."""
        return (series for case in self.cases for series in case.series)


@pytest.fixture(scope="module")
def sampled() -> Sample:
    """Cases of all scenes."""
    found = sample(cases(storable=True, scenes=SCENES), ASKED or MANY, derandomize=not ASKED)
    return Sample(found, expected_of(found))


@pytest.fixture(scope="module")
def fewer(sampled: Sample) -> Sample:
    """Some of the cases, for stores that share their reads with others."""
    found = sampled.cases if ASKED else sampled.cases[:: MANY // FEW]
    return Sample(found, expected_of(found))


def test_memory_many_rules_at_once(fewer: Sample) -> None:
    """Rules of one shape are decided together, and one rule's series are not another's."""
    assert_agreed(fewer.cases, memory(fewer.series), fewer.expected)


def test_sqlite(fewer: Sample, tmp_path: Path) -> None:
    """The embedded store."""
    _in_sql(f"sqlite:///{tmp_path}/series.db", fewer.cases, fewer.expected)


def test_mariadb(fewer: Sample, mysql: DatabaseServer) -> None:
    """A server whose clock shows another zone."""
    _in_sql(mysql.new_database(), fewer.cases, fewer.expected)


def _in_sql(url: str, sampled: list[Case], expected: dict[int, Expected]) -> None:
    source = SqlSource(url)
    for half in in_two_writes(series for case in sampled for series in case.series):
        source.write(memory(half))
    assert_agreed(sampled, source, expected)
    source.close()


def test_influxdb(sampled: Sample, influx: InfluxDB, influx_bucket: str) -> None:
    """A real InfluxDB through Flux."""
    for half in in_two_writes(sampled.series):
        influx.write_lp(line_protocol(half), bucket=influx_bucket)
    source = InfluxSource(influx.url, influx.org, influx.token, influx_bucket, timeout=60)
    assert_agreed(sampled.cases, source, sampled.expected)
