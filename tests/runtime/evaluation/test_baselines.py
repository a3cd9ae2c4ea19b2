"""``its 1h average``: whatever part of the window storage reduces, it is that of the points before the value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl.plan.batch import rule_reads
from alertdsl.plan.reads import Reducer
from alertdsl.semantics import typed
from alertdsl.semantics.typed import DAY, HOUR, MINUTE, SECOND
from alertdsl_runtime.columns import Points
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.sources.memory import MemorySource
from tests.runtime.engine.world import START
from tests.runtime.test_backtesting import compiled

T = START + 3 * HOUR
STATISTICS: dict[str, Any] = {"average": np.mean, "high": np.max, "low": np.min, "median": np.median}


@settings(deadline=None)
@given(
    ages=st.lists(st.integers(1, 90 * 60), min_size=1, max_size=60, unique=True),
    seed=st.integers(0, 2**32 - 1),
    statistic=st.sampled_from(sorted(STATISTICS)),
)
def test_as_defined(ages: list[int], seed: int, statistic: str) -> None:
    """At one instant, which storage reduces, and among others, where the points are laid out."""
    times = np.sort(T - np.array(ages, dtype=np.int64) * SECOND)
    values = np.random.default_rng(seed).integers(-50, 50, len(times)).astype(np.float64)
    points = Points([(("host", "a"),)], np.array([0, len(times)], dtype=np.int64), times, values)
    (rule,) = compiled(f"when load.value > its 1h {statistic}")
    evaluator = Evaluator([rule], MemorySource({("load", "value"): points}))
    (alone,) = evaluator.evaluate(np.array([T], dtype=np.int64))
    (among,) = evaluator.evaluate(np.array([T - MINUTE, T], dtype=np.int64))
    before = values[(times >= times[-1] - HOUR) & (times < times[-1])]
    known = times[-1] >= T - 5 * MINUTE and len(before) > 0
    expected = 1 if not known else 2 if values[-1] > STATISTICS[statistic](before) else 0
    assert alone.condition[0, 0] == expected
    assert among.condition[0, 1] == expected


@pytest.mark.parametrize(
    ("statistic", "points"), [("high", 10 * MINUTE), ("average", 10 * MINUTE), ("median", DAY)]
)
def test_storage_reduces_what_it_can(statistic: str, points: int) -> None:
    """Thirty days of points of a thousand hosts cannot travel at every look."""
    (rule,) = compiled(f"when load.value > its 1d {statistic}")
    assert isinstance(rule, typed.Rule)
    raw = [r.read for r in rule_reads(rule) if r.read.reducer is Reducer.RAW]
    assert sum(read.start - read.stop for read in raw) <= points + 5 * MINUTE
