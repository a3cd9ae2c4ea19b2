"""Every script that `compile` prints is run on a real InfluxDB, and its reads stay in storage."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from alertdsl.backends.flux import compile_rule
from alertdsl.plan.reads import Reducer
from alertdsl.semantics import typed
from tests.alertdsl.backends import rules
from tests.services.influxdb import InfluxDB

GOLDEN = Path(__file__).parents[2] / "golden" / "flux"
AT = "option at = 2026-01-01T12:00:00Z\n"
PROFILER = 'import "profiler"\noption profiler.enabledProfilers = ["operator"]\n'
NOT_PUSHED = {"readFilterSource", "filterTransformation", "aggregateWindowTransformation"}


@pytest.fixture(scope="module")
def bucket(influx: InfluxDB) -> str:
    name = influx.new_bucket()
    influx.write_lp(rules.lines(), bucket=name)
    return name


def results(answer: str) -> list[dict[str, str]]:
    """Rows of all tables, by column name."""
    rows: list[dict[str, str]] = []
    header: list[str] = []
    for row in csv.reader(io.StringIO(answer, newline="")):
        if row[1:2] in (["result"], ["error"]):
            header = row
        elif row:
            rows.append(dict(zip(header, row, strict=True)))
    return rows


@pytest.mark.parametrize("name", rules.CASES)
def test_text(name: str) -> None:
    """The texts are kept, so that a change of one is seen. ALERTDSL_UPDATE_GOLDEN=1 writes them anew."""
    text = compile_rule(rules.rule(name, rules.CASES[name][0]), default_bucket="monitors").text
    golden = GOLDEN / f"{name}.flux"
    if os.environ.get("ALERTDSL_UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("name", rules.CASES)
def test_run(name: str, influx: InfluxDB, bucket: str) -> None:
    condition, expected = rules.CASES[name]
    script = compile_rule(rules.rule(name, condition), default_bucket=bucket)
    answer = results(influx.query(at_noon(script.text)))
    assert not any("error" in row for row in answer)
    assert bool(script.engine) == (expected is None)
    true = {
        row.get("host") or row.get("region") or row.get("ex") or ""
        for row in answer
        if row["result"] == "condition"
    }
    assert true == (expected or set())
    assert {row["result"] for row in answer if row["result"] != "condition"} <= {
        name for name, _ in script.reads
    }


@pytest.mark.parametrize("name", rules.CASES)
def test_pushed_down(name: str, influx: InfluxDB, bucket: str) -> None:
    script = compile_rule(rules.rule(name, rules.CASES[name][0]), default_bucket=bucket)
    answer = results(influx.query(at_noon(script.text, PROFILER)))
    read = {row["Type"].rpartition(".")[2] for row in answer if row.get("Type", "")}
    raw = any(request.read.reducer is Reducer.RAW for _, request in script.reads)
    sources = {operation for operation in read if operation.startswith("read")}
    assert sources, "the profiler says nothing"
    if not raw:
        assert sources <= {"readWindowAggregateSource", "readGroupSource"}


def test_runs_as_it_stands(influx: InfluxDB, bucket: str) -> None:
    script = compile_rule(rules.rule("now", rules.CASES["held"][0]), default_bucket=bucket)
    influx.query(script.text)


HOSTILE = 'x" */ \n|> drop() \u2028 from(bucket: "b")\r${1 + 1}\x85\x0b\x00 \\'


def test_hostile_texts_stay_texts(influx: InfluxDB, bucket: str) -> None:
    """What a rule is called and says cannot change what runs."""
    condition, expected = rules.CASES["threshold"]
    rule = typed.Rule(HOSTILE, HOSTILE, condition, condition)
    script = compile_rule(rule, default_bucket=bucket)
    answer = results(influx.query(at_noon(script.text)))
    assert {row["host"] for row in answer if row["result"] == "condition"} == expected


def at_noon(text: str, more: str = "") -> str:
    """The script with its instant set, and further imports."""
    head, _, rest = text.partition("option at = ")
    assert rest
    return head.rstrip() + "\n" + more + AT + rest.partition("\n")[2]
