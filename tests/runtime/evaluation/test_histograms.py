"""Percentiles of cumulative buckets, by examples small enough to check by eye."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, Group, Matcher
from alertdsl_runtime.reading.histograms import bound_of, percentile
from alertdsl_runtime.sources.memory import MemorySource
from tests.runtime.evaluation.world import outcome, points, selector, source, truths

HTTP = selector("http")
INF = math.inf


def _percentile(quantile: float, **buckets: float) -> float:
    """Of one histogram, `le_0_1=5` being the count of the bucket up to 0.1."""
    bounds = [float(name.removeprefix("le_").replace("_", ".")) for name in buckets]
    counts = np.array([[count] for count in buckets.values()], dtype=np.float64)
    owner = np.zeros(len(bounds), dtype=np.int64)
    return float(percentile(quantile, np.array(bounds), owner, 1, counts)[0, 0])


@pytest.mark.parametrize(
    ("quantile", "expected"),
    [
        (0.0, 0.0),  # the lowest bucket begins at zero
        (0.25, 0.5),  # 5 of the 10 in it
        (0.5, 1.0),
        (0.75, 2.0),  # 1 + (3 - 1) * 5 / 10
        (0.8, 2.2),
        (1.0, 3.0),
    ],
)
def test_inside_a_bucket(quantile: float, expected: float) -> None:
    assert _percentile(quantile, le_1=10, le_3=20, le_inf=20) == pytest.approx(expected)


def test_above_the_highest_bound_it_is_that_bound() -> None:
    assert _percentile(0.95, le_1=10, le_3=18, le_inf=20) == 3.0
    assert _percentile(0.95, le_3=0, le_inf=20) == 3.0
    assert math.isnan(_percentile(0.95, le_inf=20))


def test_without_all_there_is_no_share_of_it() -> None:
    assert math.isnan(_percentile(0.5, le_1=10, le_3=20))
    assert math.isnan(_percentile(0.5, le_1=10, le_3=20, le_inf=math.nan))


def test_nothing_counted_is_unknown() -> None:
    assert math.isnan(_percentile(0.5, le_1=0, le_inf=0))


def test_a_bucket_without_an_increase_is_left_out() -> None:
    # Between 1 and 5: 10 + (20 - 10) of 20.
    assert _percentile(0.75, le_1=10, le_3=math.nan, le_5=20, le_inf=20) == 3.0
    assert _percentile(0.25, le_1=math.nan, le_3=10, le_inf=20) == 1.5


def test_a_bucket_holds_at_least_what_those_below_hold() -> None:
    assert _percentile(0.75, le_1=10, le_2=8, le_3=20, le_inf=16) == pytest.approx(2 + 0.5)


def test_empty_buckets_are_passed() -> None:
    assert _percentile(0.0, le_1=0, le_3=10, le_inf=10) == 1.0


def test_bounds_below_zero() -> None:
    assert _percentile(0.5, **{"le_-1": 10, "le_1": 10, "le_inf": 10}) == -1.0
    assert _percentile(0.75, **{"le_-1": 10, "le_1": 20, "le_inf": 20}) == 0.0


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("0.5", 0.5), ("+Inf", INF), ("inf", INF), ("Infinity", INF), ("1e+06", 1e6), (".5", 0.5), ("5.", 5.0), ("-1", -1.0),
        ("", None), ("all", None), ("1_000", None), (" 1", None), ("NaN", None), ("-Inf", None), ("0x10", None),
    ],
)  # fmt: skip
def test_bounds_are_numbers(text: str, bound: float | None) -> None:
    assert bound_of(text) == bound


# ---------------------------------------------------------------- series


def _buckets(**hosts: dict[str, list[float]]) -> MemorySource:
    """Counts at the minutes -4, -3, ... of each bucket of each host; none where NaN."""
    series: dict[str, dict[float, float]] = {}
    for host, buckets in hosts.items():
        for bound, counts in buckets.items():
            found = {-4.0 + k: count for k, count in enumerate(counts) if not math.isnan(count)}
            series[f"host={host} le={bound}" if bound else f"host={host}"] = found
    return source(http=points(series))


def _p(quantile: float, group: Group | None = None, window: int = 5 * MINUTE) -> typed.Histogram:
    return typed.Histogram(quantile, HTTP, "le", window, group)


def _between(value: typed.Value, low: float, high: float) -> typed.Condition:
    return typed.And(
        (
            typed.Compare(">=", value, typed.Const(low - 1e-9)),
            typed.Compare("<=", value, typed.Const(high + 1e-9)),
        )
    )


WORLD = _buckets(
    a={"1": [0, 10, 20, 2], "3": [0, 10, 20, 4], "+Inf": [0, 10, 20, 4]},  # a reset: 22, 24, 24
    b={"1": [0, 0, 0, 0], "3.0": [5, 5, 5, 25], "Inf": [5, 5, 5, 45]},  # 0, 20, 40
    c={"1": [7], "+Inf": [9]},  # one point each
    d={"": [1, 2, 3, 4]},  # no bucket
)


def test_what_differs_only_in_its_bound_is_one_histogram() -> None:
    found = outcome(_between(_p(0.5), 12 / 22, 12 / 22), WORLD)
    assert truths(found) == {"host=a": "T", "host=b": "F", "host=c": "U"}
    assert found.no_data[:, 0].tolist() == [False, False, True]
    assert truths(outcome(_between(_p(0.25), 2.0, 2.0), WORLD))["host=b"] == "T"


def test_groups_add_up_equal_bounds() -> None:
    # 22 up to 1, 44 up to 3, 64 in all: half is 1 + 2 * (32 - 22) / 22.
    middle = 1 + 2 * 10 / 22
    for group in (Group("by"), Group("across", ("host",))):
        assert truths(outcome(_between(_p(0.5, group), middle, middle), WORLD)) == {"": "T"}
    by_host = outcome(_between(_p(0.5, Group("by", ("host",))), 3.0, 3.0), WORLD)
    assert truths(by_host) == {"host=a": "F", "host=b": "T", "host=c": "U"}


def test_the_value_before_the_window_counts() -> None:
    # Over two minutes from minute -2 on: from 20 at -3 (the value there) to a reset, 2 and 4 counted since.
    short = _p(1.0, window=2 * MINUTE)
    assert truths(outcome(_between(short, 3.0, 3.0), WORLD))["host=a"] == "T"
    assert truths(outcome(_between(short, 3.0, 3.0), WORLD, 9))["host=a"] == "U"


def test_at_many_instants_as_at_one() -> None:
    rule = typed.Compare(">", _p(0.4), typed.Const(0.5))
    together = truths(outcome(rule, WORLD, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6))
    for place, minute in enumerate((-3, -2, -1, 0, 1, 2, 3, 4, 5, 6)):
        for name, one in truths(outcome(rule, WORLD, minute)).items():
            assert together[name][place] == one


def test_beside_buckets_that_are_picked() -> None:
    """Other operands may fix the tag of the bounds: it is no label of a histogram."""
    ends = [typed.Current(selector("http", f"le={bound}")) for bound in ("1", "+Inf")]
    share = typed.Arithmetic("/", *ends)
    rule = typed.And(
        (typed.Compare("<", share, typed.Const(0.9)), typed.Compare(">", _p(0.5), typed.Const(0.1)))
    )
    found = outcome(rule, WORLD)
    assert not found.failed
    assert truths(found) == {"host=a": "T", "host=b": "U", "host=c": "U"}


def test_a_histogram_that_is_expected() -> None:
    awaited = selector("http", expect=(("host", ("a", "z")),))
    value = typed.Histogram(0.5, awaited, "le", 5 * MINUTE)
    found = outcome(typed.Compare(">", value, typed.Const(0.1)), WORLD)
    assert truths(found) == {"host=a": "T", "host=b": "T", "host=c": "U", "host=z": "U"}


def test_a_histogram_of_series_that_are_picked() -> None:
    some = selector("http")
    some = typed.Selector("", some.measurement, some.field, matchers=(Matcher("host", "=~", "a|b"),))
    value = typed.Histogram(0.5, some, "le", 5 * MINUTE, Group("by"))
    assert truths(outcome(_between(value, 1 + 20 / 22, 1 + 20 / 22), WORLD)) == {"": "T"}


def test_under_for() -> None:
    rule = typed.For(typed.Compare(">", _p(0.4), typed.Const(0.1)), 2 * MINUTE)
    assert truths(outcome(rule, WORLD, 0, 1)) == truths(outcome(rule, WORLD, 0, 1))
    together = truths(outcome(rule, WORLD, -1, 0, 1))
    assert together["host=a"] == "TTT"
    assert [truths(outcome(rule, WORLD, m))["host=a"] for m in (-1, 0, 1)] == ["T", "T", "T"]
