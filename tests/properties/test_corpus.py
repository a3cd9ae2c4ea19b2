"""The corpus: what was judged differently once is judged alike, everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.sql import SqlSource
from tests.properties.agreement import assert_agreed
from tests.properties.asking import memory
from tests.properties.case import numbered
from tests.properties.corpus import CASES
from tests.properties.stores import in_two_writes, line_protocol
from tests.services.influxdb import InfluxDB

TOGETHER = [numbered(case, number) for number, case in enumerate(CASES.values())]


@pytest.mark.parametrize("name", CASES)
def test_memory(name: str) -> None:
    """One rule over its own series."""
    case = CASES[name]
    assert_agreed([case], memory(case.series))


def test_memory_together() -> None:
    """All of them in one store."""
    assert_agreed(TOGETHER, memory(s for case in TOGETHER for s in case.series))


def test_sqlite(tmp_path: Path) -> None:
    """The embedded store."""
    source = SqlSource(f"sqlite:///{tmp_path}/series.db")
    for half in in_two_writes(s for case in TOGETHER for s in case.series):
        source.write(memory(half))
    assert_agreed(TOGETHER, source)
    source.close()


def test_influxdb(influx: InfluxDB, influx_bucket: str) -> None:
    """A real InfluxDB through Flux."""
    for half in in_two_writes(s for case in TOGETHER for s in case.series):
        influx.write_lp(line_protocol(half), bucket=influx_bucket)
    assert_agreed(TOGETHER, InfluxSource(influx.url, influx.org, influx.token, influx_bucket, timeout=60))
