"""A year of minutes: the decision alone, beside a plain loop over the points that does the same for one rule."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from alertdsl.semantics import typed
from alertdsl.semantics.typed import DAY, HOUR, MINUTE, SECOND, Selector
from alertdsl_runtime.columns import Points
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.sources.memory import MemorySource

POINTS = 525_600
START = 1_700_000_040 * SECOND


def run() -> Iterator[str]:
    """The figures, a line each."""
    times = START + np.arange(POINTS, dtype=np.int64) * MINUTE
    values = 100 + np.cumsum(np.random.default_rng(0).normal(size=POINTS)) * 0.1
    bound = float(np.median(values))
    labels = [(("symbol", "BTC"),)]
    source = MemorySource({("crypto", "close"): Points(labels, np.array([0, POINTS]), times, values)})
    price = Selector("", "crypto", "close", "float", metric="price")
    above = typed.Compare(">", typed.Current(price), typed.Const(bound))
    loop, episodes = _timed(lambda: _loop(times.tolist(), values.tolist(), bound), rounds=1)
    yield f"a plain Python loop for `x > c for 5m`: {loop:.2f} s, {episodes} true instants"
    for name, when in (
        ("x > c", above),
        ("x > c for 5m", typed.For(above, 5 * MINUTE)),
        ("(x > c or x > d) for 5m", typed.For(typed.Or((above, _above(price, 1e9))), 5 * MINUTE)),
        ("avg of x over 1h > c", typed.Compare(">", typed.Window("avg", price, HOUR), typed.Const(bound))),
        ("max of x over 1d > c", typed.Compare(">", typed.Window("max", price, DAY), typed.Const(bound))),
        (
            "p95 of x over 10m > c",
            typed.Compare(
                ">", typed.Window("percentile", price, 10 * MINUTE, quantile=0.95), typed.Const(bound)
            ),
        ),
    ):
        evaluator = Evaluator([typed.Rule("r", "", when, above, subject=above.left)], source)
        spent, true = _timed(partial(_decide, evaluator, times + MINUTE), rounds=3)
        yield f"`{name}` at {POINTS:,} instants: {spent:.2f} s, {true} true, {loop / spent:.1f} times the loop"


def _above(selector: Selector, bound: float) -> typed.Compare:
    return typed.Compare(">", typed.Current(selector), typed.Const(bound))


def _decide(evaluator: Evaluator, instants: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    (outcome,) = evaluator.evaluate(instants)
    return int((outcome.condition == 2).sum())


def _loop(times: list[int], values: list[float], bound: float) -> int:
    """What one would write by hand: the window of each instant, walked."""
    true = 0
    for i in range(len(times)):
        instant = times[i] + MINUTE
        held = i >= 4
        k = i
        while held and k >= 0 and times[k] >= instant - 5 * MINUTE:
            held = values[k] > bound
            k -= 1
        true += held
    return true


def _timed(work: Callable[[], int], rounds: int) -> tuple[float, int]:
    spent = []
    for _ in range(rounds):
        begun = time.perf_counter()
        found = work()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent), found
