"""The checked figures of docs/semantics.md on real minutes of a real price, straight from the evaluator."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.typed import DAY, MINUTE, SECOND
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.instants import instants
from alertdsl_runtime.lifecycle import OK, Inputs, step
from alertdsl_runtime.sources.memory import MemorySource
from tests.properties.asking import memory
from tests.reference import Data, Series, evaluate
from tests.services.process import ROOT

FILE = ROOT.parent / "shared" / "data" / "btc_usd_1m.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the price file is not here")

ABOVE = typed.Compare(
    ">", typed.Current(typed.Selector("", "crypto", "close", "float", memory=DAY)), typed.Const(120_000.0)
)
HELD = typed.For(ABOVE, 5 * MINUTE)


def rule(when: typed.Condition) -> typed.Rule:
    """A rule of this condition, every minute."""
    return typed.Rule("btc", "", when, ABOVE)


@pytest.fixture(scope="module")
def price() -> Series:
    """The closing price."""
    with Path(FILE).open(newline="") as file:
        points = [(_nanoseconds(row["time"]), float(row["close"])) for row in csv.DictReader(file)]
    return Series("crypto", "close", (("symbol", "BTC"),), tuple(points))


@pytest.fixture(scope="module")
def source(price: Series) -> MemorySource:
    """The same in memory."""
    return memory([price])


def _nanoseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


def _text(instant: int) -> str:
    return datetime.fromtimestamp(instant // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def episodes(outcome: Outcome) -> list[tuple[str, str | None]]:
    """When the one alert fired and when it resolved."""
    life, found = OK, list[tuple[str, str | None]]()
    for column, instant in enumerate(outcome.times.tolist()):
        seen = Inputs(
            int(outcome.condition[0, column]),
            int(outcome.pending[0, column]),
            int(outcome.recovered[0, column]),
            bool(outcome.exists[0, column]),
            bool(outcome.no_data[0, column]),
        )
        life, changes = step(life, seen, "keep", instant)
        for change in changes:
            if change.after == "firing":
                found.append((_text(instant), None))
            elif change.after == "resolved":
                found[-1] = (found[-1][0], _text(instant))
    return found


def _replay(source: MemorySource, when: typed.Condition) -> Outcome:
    span = source.span()
    assert span is not None
    (outcome,) = Evaluator([rule(when)], source).evaluate(
        instants(typed.Every(), span[0], span[1] + 10 * MINUTE)
    )
    return outcome


def test_held_for_five_minutes(source: MemorySource) -> None:
    """`BTC price > 120000 for 5m` has 14 episodes."""
    found = episodes(_replay(source, HELD))
    assert len(found) == 14
    assert found[:2] == [
        ("2025-07-14T03:47:00Z", "2025-07-14T15:47:00Z"),
        ("2025-07-14T16:57:00Z", "2025-07-14T17:37:00Z"),
    ]


def test_without_for(source: MemorySource) -> None:
    """26 episodes, the first from 03:43."""
    found = episodes(_replay(source, ABOVE))
    assert len(found) == 26
    assert found[0][0] == "2025-07-14T03:43:00Z"


def test_the_reference_agrees_around_the_first_episodes(source: MemorySource, price: Series) -> None:
    """Instant by instant from an hour before the first firing to an hour after the second resolved."""
    start, stop = _nanoseconds("2025-07-14T03:00:00+00:00"), _nanoseconds("2025-07-14T18:37:00+00:00")
    near = tuple((time, value) for time, value in price.points if start - DAY <= time < stop)
    data = Data([Series(price.measurement, price.field, price.tags, near)])
    times = instants(typed.Every(), start, stop)
    (outcome,) = Evaluator([rule(HELD)], source).evaluate(times)
    said = [evaluate(rule(HELD), data, instant)[price.tags] for instant in times.tolist()]
    truths = np.array([2 if v.condition is True else 0 if v.condition is False else 1 for v in said])
    assert (outcome.condition[0] == truths).all()
