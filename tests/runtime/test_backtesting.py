"""Episodes of recorded points, by the same code as live."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from alertdsl.semantics.typed import MINUTE
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.columns import Points
from alertdsl_runtime.engine import CatalogCompiler
from alertdsl_runtime.sources.memory import MemorySource
from tests.runtime.engine.world import START, Feed


def source(**series: list[float | None]) -> MemorySource:
    """A point a minute, half a minute before each instant; None is a missing one."""
    labels = [(("host", name),) for name in series]
    flat = [
        [(START + i * MINUTE - MINUTE // 2, v) for i, v in enumerate(values) if v is not None]
        for values in series.values()
    ]
    offsets = np.cumsum([0, *map(len, flat)]).astype(np.int64)
    times = np.array([t for part in flat for t, _ in part], dtype=np.int64)
    values = np.array([v for part in flat for _, v in part], dtype=np.float64)
    return MemorySource({("load", "value"): Points(labels, offsets, times, values)})


def compiled(*texts: str) -> list:  # type: ignore[type-arg]
    compiler = CatalogCompiler()
    return [compiler.compile(f"rule r{i}\n  {text}\n", "test")[0][0] for i, text in enumerate(texts)]


def minutes(moment: int | None) -> float | None:
    return None if moment is None else (moment - START) / MINUTE


def test_episodes_in_the_order_of_their_firing() -> None:
    data = source(a=[10, 95, 95, 10, 10], b=[95, 95, 95, 95, 95])
    found = backtest(compiled("when load.value > 90"), data)
    assert [(e.labels["host"], minutes(e.fired_at), minutes(e.resolved_at)) for e in found] == [
        (
            "b",
            0,
            9,
        ),  # its last value goes stale, and on no data it would go on; it is gone only with its memory
        ("a", 1, 3),
    ] or [(e.labels["host"], minutes(e.fired_at), minutes(e.resolved_at)) for e in found] == [
        ("b", 0, None),
        ("a", 1, 3),
    ]
    assert found.failed == {}
    assert json.loads(json.dumps([e.as_dict() for e in found]))[0]["fired_at"] == "2025-07-14T04:00:00Z"


def test_the_highest_severity_counts() -> None:
    data = source(a=[10, 85, 95, 85, 10])
    rules = compiled("when load.value > 80\n  severity warning, critical when load.value > 90")
    [episode] = backtest(rules, data)
    assert episode.severity == "critical"


def test_a_spell_without_data_is_an_episode_of_its_own() -> None:
    data = source(a=[10, 10, None, None, None, None, None, None, None, 95, 10])
    found = backtest(compiled("when load.value > 90\n  on no data alert"), data, START, START + 12 * MINUTE)
    assert [(e.state, minutes(e.fired_at), minutes(e.resolved_at), e.reason) for e in found] == [
        ("no data", 6, 9, "data is back"),
        ("firing", 9, 10, ""),
    ]


def test_between_two_times() -> None:
    data = source(a=[95] * 10)
    [episode] = backtest(compiled("when load.value > 90"), data, START + 3 * MINUTE, START + 5 * MINUTE)
    assert (minutes(episode.fired_at), episode.resolved_at) == (3, None)


def test_rules_of_different_instants() -> None:
    data = source(a=[95, 10, 95, 10, 95, 10])
    found = backtest(compiled("when load.value > 90", "when load.value > 90\n  every 2m"), data)
    assert {e.rule for e in found} == {"r0", "r1"}


def test_a_source_without_times_wants_to_know_them() -> None:
    with pytest.raises(ValueError, match="from when to when"):
        backtest(compiled("when load.value > 90"), Feed())


@pytest.mark.parametrize("text", ["when load.value > 58 for 5m", "when load.value > 58"])
def test_a_year_of_minutes(text: str) -> None:
    values = 50 + 10 * np.sin(np.arange(525_600) / 700) + np.random.default_rng(1).normal(0, 0.05, 525_600)
    times = START + MINUTE * np.arange(525_600, dtype=np.int64) - MINUTE // 2
    points = Points([(("host", "a"),)], np.array([0, 525_600], dtype=np.int64), times, values)
    rules = compiled(text)
    begin = time.perf_counter()
    found = backtest(rules, MemorySource({("load", "value"): points}))
    took = time.perf_counter() - begin
    assert found.instants == 525_605
    assert len(found) > 50
    # Under half a second on an idle machine; this one may be busy.
    assert took < 3, f"{took:.2f} s"


def test_what_the_package_offers_is_not_hidden_by_a_module_of_that_name() -> None:
    import alertdsl_runtime

    assert all(callable(getattr(alertdsl_runtime, name)) for name in alertdsl_runtime.__all__)


def test_a_rule_that_cannot_be_evaluated_at_some_instants_says_so() -> None:
    """From the second disk's first point on nobody can say which belongs to which of the two loads."""

    def points(*series: tuple[str, str, int]) -> Points:
        times = np.concatenate(
            [np.arange(first, 60, dtype=np.int64) * MINUTE + START for _, _, first in series]
        )
        offsets = np.cumsum([0, *(60 - first for _, _, first in series)]).astype(np.int64)
        labels = [tuple(sorted({"host": host, tag: tag}.items())) for host, tag, _ in series]
        return Points(labels, offsets, times, np.full(len(times), 95.0))

    data = MemorySource(
        {
            ("load", "value"): points(("a", "x", 0), ("a", "y", 0)),
            ("disk", "value"): points(("a", "c", 0), ("a", "d", 30)),
        }
    )
    rules = compiled("when load.value > 90 and disk.value > 90", "when load.value > 90")
    found = backtest(rules, data, START, START + 60 * MINUTE)
    assert found.failed == {}
    assert list(found.partly) == ["r0"]
    assert found.partly["r0"].startswith("at 29 of 60 instants: several series on both sides match")
