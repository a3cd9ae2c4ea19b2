"""The less common constructs as typed nodes, and said in English."""

from __future__ import annotations

import pytest

from alertdsl.explanation import explain_rule
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.resolve import resolve_file
from alertdsl.semantics.typed import DAY, HOUR, MINUTE
from alertdsl.syntax.parser import parse_rules
from tests.alertdsl.semantics.conftest import CATALOG


def _rule(text: str) -> typed.Rule:
    rules, found = resolve_file(parse_rules(text), parse_catalog(CATALOG, "alertdsl.toml"))
    assert [d for d in found if d.severity == "error"] == []
    (rule,) = rules
    return rule


def _when(text: str) -> typed.Condition:
    return _rule(text).when


def test_a_crossing_has_its_bound_in_the_metrics_unit() -> None:
    found = _when("http latency crosses above 200ms")
    assert isinstance(found, typed.Crosses)
    assert (found.direction, found.bound) == ("above", typed.Const(0.2))


def test_moving_bounds_cross_too() -> None:
    found = _when("avg of price over 50d crosses above avg of price over 200d")
    assert isinstance(found, typed.Crosses)
    assert isinstance(found.bound, typed.Window)


def test_a_trend_looks_back_a_quarter_unless_told() -> None:
    found = _when("price will fall below 5 within 1d")
    assert isinstance(found, typed.Trend)
    assert (found.window, found.within) == (6 * HOUR, DAY)
    told = _when("price will rise above 5 within 1d at its 2h trend")
    assert isinstance(told, typed.Trend)
    assert (told.window, told.direction) == (2 * HOUR, "above")


def test_its_past_is_that_of_the_left_side() -> None:
    found = _when("price > 5 times its 1d average")
    assert isinstance(found, typed.Compare)
    assert isinstance(found.left, typed.Current)
    base = typed.Baseline("avg", found.left.selector, DAY)
    assert found.right == typed.Arithmetic("*", typed.Const(5.0), base)


def test_the_past_of_a_metric_that_falls_as_its_series_rises() -> None:
    found = _when("cpu usage is up 10% from its 1d low")
    assert isinstance(found, typed.Compare)
    assert any(isinstance(leaf, typed.Baseline) and leaf.statistic == "max" for leaf in _leaves(found))


def test_down_from_a_high_is_a_share_of_it() -> None:
    found = _when("price is down 10% from its 30d high")
    assert isinstance(found, typed.Compare)
    assert found.op == "<="
    assert isinstance(found.right, typed.Arithmetic)
    assert found.right.right == typed.Const(0.9)


@pytest.mark.parametrize(
    ("text", "statistic"), [("3 sigma from its 1d average", "stddev"), ("3 mad from its 1d median", "mad")]
)
def test_a_deviation_is_measured_in_its_spread(text: str, statistic: str) -> None:
    found = _when(f"price deviates by {text}")
    assert any(isinstance(leaf, typed.Baseline) and leaf.statistic == statistic for leaf in _leaves(found))


def test_growing_is_a_slope_above_zero() -> None:
    found = _when("queue depth is growing for 30m")
    assert isinstance(found, typed.Compare)
    assert (found.op, found.right) == (">", typed.Const(0.0))
    assert isinstance(found.left, typed.Slope)
    assert found.left.window == 30 * MINUTE


def test_counted_points() -> None:
    found = _when("count of (http latency >= 500ms) over 1m >= 2")
    assert isinstance(found, typed.Compare)
    assert isinstance(found.left, typed.Counted)
    assert found.left.tests == (typed.PointTest(">=", 0.5),)
    text = _when('count of (service status == "down") over 5m overall > 3')
    assert isinstance(text, typed.Compare)
    assert isinstance(text.left, typed.Counted)
    assert (text.left.tests, text.left.group) == ((typed.PointTest("==", "down"),), typed.Group("by"))


def test_quantifiers_count_values_of_a_tag() -> None:
    found = _when("at least 3 hosts by queue have queue depth > 5 for 5m")
    assert isinstance(found, typed.Quantified)
    assert (found.op, found.count, found.share, found.tag) == (">=", 3.0, False, "host")
    assert found.group == typed.Group("by", ("queue",))
    assert isinstance(found.condition, typed.For)
    whole = _rule("at least 3 hosts have queue depth > 5 for 5m")
    assert isinstance(whole.pending, typed.Quantified)
    assert whole.subject is None
    share = _when("more than 20% of hosts have queue depth > 5")
    assert isinstance(share, typed.Quantified)
    assert (share.op, share.count, share.share) == (">", 20.0, True)


def test_parts_of_time_and_points() -> None:
    assert _when("price > 3 for 8m of 10m") == typed.HeldFor(_when("price > 3"), 8 * MINUTE, 10 * MINUTE)
    assert _when("price > 3 for 3 points") == typed.HeldPoints(_when("price > 3"), 3)
    assert _rule("price > 3 for 3 points").pending == _when("price > 3")


def test_else_absent_changes_distinct() -> None:
    found = _when("(http latency else 0) > 5ms")
    assert isinstance(found, typed.Compare)
    assert isinstance(found.left, typed.Otherwise)
    assert isinstance(_when("queue depth is absent"), typed.Absent)
    changes = _when("service status changes more than 5 times within 1h")
    assert isinstance(changes, typed.Changes)
    assert (changes.op, changes.times, changes.window) == (">", 5, HOUR)
    distinct = _when("distinct host of queue depth by queue > 1")
    assert isinstance(distinct, typed.Compare)
    assert isinstance(distinct.left, typed.Distinct)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("price crosses above 70k", "crosses above 70,000 USD"),
        ("price will fall below 5 within 1d", "falls below 5 USD within 1 day"),
        ("price > 5 times its 1d average", "its average of the day before"),
        ("price > 3 for 8m of 10m", "for 8 minutes of the last 10 minutes"),
        ("price > 3 for 3 points", "at each of the newest 3 points"),
        ("at least 3 hosts have queue depth > 5", "for at least 3 values of host"),
        ("queue depth is absent", "has no value at all"),
        ("count of (queue depth >= 500) over 1m >= 2", "that is at least 500"),
        ("service status changes more than 5 times within 1h", "changes within 1 hour"),
    ],
)
def test_explained_in_english(text: str, said: str) -> None:
    assert said in explain_rule(_rule(text))


def _leaves(node: typed.Condition | typed.Value) -> list[object]:
    from alertdsl.semantics.tree import leaves

    return list(leaves(node))
