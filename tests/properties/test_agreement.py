"""One rule means the same everywhere: the reference, and the evaluator over memory, SQLite and InfluxDB.

`ALERTDSL_EXAMPLES` asks for more examples, new ones each time.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.sql import SqlSource
from tests.properties.agreement import assert_agreed
from tests.properties.asking import differences, evaluator, memory, one_by_one, reference
from tests.properties.case import Case
from tests.properties.rule_strategy import cases
from tests.properties.stores import in_two_writes, line_protocol, sample
from tests.properties.text_strategy import written_cases
from tests.services.influxdb import InfluxDB

ASKED = int(os.environ.get("ALERTDSL_EXAMPLES", "0"))
FEW = 300

many = settings(
    max_examples=ASKED or FEW,
    derandomize=not ASKED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    report_multiple_bugs=False,
)


@many
@given(cases())
def test_memory_instant_by_instant(case: Case) -> None:
    """As it runs live: each instant asks the source for reduced reads."""
    (found,) = one_by_one([case.rule], memory(case.series), case.instants)
    assert not differences(reference(case), found)


@many
@given(cases())
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


@pytest.fixture(scope="module")
def sampled() -> list[Case]:
    """Cases that every store can hold, all at the same instants."""
    return sample(cases(storable=True), ASKED or FEW, derandomize=not ASKED)


def test_memory_many_rules_at_once(sampled: list[Case]) -> None:
    """Rules of one shape are decided together, and one rule's series are not another's."""
    assert_agreed(sampled, memory([series for case in sampled for series in case.series]))


def test_sqlite(sampled: list[Case], tmp_path: Path) -> None:
    """The embedded store."""
    source = SqlSource(f"sqlite:///{tmp_path}/series.db")
    for half in in_two_writes(series for case in sampled for series in case.series):
        source.write(memory(half))
    assert_agreed(sampled, source)
    source.close()


def test_influxdb(sampled: list[Case], influx: InfluxDB, influx_bucket: str) -> None:
    """A real InfluxDB through Flux."""
    for half in in_two_writes(series for case in sampled for series in case.series):
        influx.write_lp(line_protocol(half), bucket=influx_bucket)
    assert_agreed(sampled, InfluxSource(influx.url, influx.org, influx.token, influx_bucket, timeout=60))
