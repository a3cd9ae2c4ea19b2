"""The less common constructs, by examples small enough to check by eye."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.typed import DAY, HOUR, MINUTE, SECOND, Group, PointTest
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.sources.memory import MemorySource
from tests.runtime.evaluation.world import T, above, outcome, points, rule, selector, source, truths

CPU = selector("cpu", memory=3 * DAY)
NOW = typed.Current(CPU)


def _is(value: typed.Value, expected: float, op: typed.CompareOp = "==") -> typed.Compare:
    return typed.Compare(op, value, typed.Const(expected))


def _hosts(**series: dict[float, float]) -> MemorySource:
    return source(cpu=points({f"host={host}": found for host, found in series.items()}))


def test_else_takes_the_place_of_the_unknown() -> None:
    value = typed.Otherwise(NOW, typed.Const(0.0))
    assert truths(outcome(_is(value, 0), _hosts(a={-30: 5}), 0, -27)) == {"host=a": "TF"}


def test_points_are_counted_by_what_they_hold() -> None:
    world = _hosts(a={-4: 500, -3: 200, -2: 503, -1: 404}, b={-2: 200})
    failed = typed.Counted(CPU, (PointTest(">=", 500.0),), 5 * MINUTE)
    assert truths(outcome(_is(failed, 2), world)) == {"host=a": "T", "host=b": "F"}
    overall = typed.Counted(CPU, (PointTest(">=", 400.0),), 5 * MINUTE, Group("by"))
    assert truths(outcome(_is(overall, 3), world)) == {"": "T"}


def test_distinct_values_of_a_tag() -> None:
    world = source(
        cpu=points({"host=a version=1": {-1: 1}, "host=b version=2": {-1: 1}, "host=c version=2": {-1: 1}})
    )
    versions = typed.Distinct(CPU, "version", Group("by"))
    assert truths(outcome(_is(versions, 2), world, 0, 6)) == {"": "TF"}


def test_a_baseline_ends_before_the_value() -> None:
    world = _hosts(a={-60: 10, -40: 20, -20: 30, -1: 100})
    assert truths(outcome(_is(typed.Baseline("avg", CPU, HOUR), 20), world)) == {"host=a": "T"}
    assert truths(outcome(_is(typed.Baseline("max", CPU, HOUR), 30), world)) == {"host=a": "T"}
    assert truths(outcome(_is(typed.Baseline("median", CPU, HOUR), 20), world)) == {"host=a": "T"}
    assert truths(outcome(_is(typed.Baseline("mad", CPU, HOUR), 10), world)) == {"host=a": "T"}


def test_slope_and_integral_of_a_line() -> None:
    world = _hosts(a={float(m): 2.0 * m for m in range(-10, 0)})
    slope = typed.Slope(CPU, 10 * MINUTE, per=MINUTE)
    assert truths(outcome(typed.And((_is(slope, 1.999, ">"), _is(slope, 2.001, "<"))), world)) == {
        "host=a": "T"
    }
    # Trapezoids from minute -10 to -1 of 2m: m squared between the ends, 1 - 100.
    assert truths(outcome(_is(typed.Integral(CPU, 10 * MINUTE, per=MINUTE), -99), world)) == {"host=a": "T"}


@pytest.mark.parametrize(("bound", "expected"), [(5.0, "T"), (-1000.0, "F"), (50.0, "F")])
def test_a_trend_will_fall_below(bound: float, expected: str) -> None:
    world = _hosts(a={float(m): 30.0 - m - 10 for m in range(-10, 0)})  # 30 down to 21, a minute each
    trend = typed.Trend(CPU, "below", typed.Const(bound), 30 * MINUTE, 10 * MINUTE)
    assert truths(outcome(trend, world)) == {"host=a": expected}


def test_a_trend_takes_three_points() -> None:
    trend = typed.Trend(CPU, "below", typed.Const(5.0), HOUR, 10 * MINUTE)
    assert truths(outcome(trend, _hosts(a={-2: 30, -1: 20}))) == {"host=a": "U"}


def test_changes_count_the_point_before_the_window() -> None:
    world = _hosts(a={-90: 0, -30: 1, -20: 1, -10: 0})
    changes = typed.Changes(CPU, "==", 2, HOUR)
    assert truths(outcome(changes, world)) == {"host=a": "T"}


@pytest.mark.parametrize("minutes", [(0.0,), (-1.0, 0.0, 1.0)])
def test_a_crossing_between_instants_is_seen(minutes: tuple[float, ...]) -> None:
    world = _hosts(a={-3: 60, -0.8: 75, -0.4: 60})
    crosses = typed.Crosses(NOW, "above", typed.Const(70.0))
    expected = {-1.0: "F", 0.0: "T", 1.0: "F"}
    assert truths(outcome(crosses, world, *minutes)) == {"host=a": "".join(expected[m] for m in minutes)}


def test_an_aggregate_crosses_between_two_instants() -> None:
    world = _hosts(a={-3: 60, -2: 60, -1: 90})
    average = typed.Window("avg", CPU, 2 * MINUTE)
    crosses = typed.Crosses(average, "above", typed.Const(70.0))
    assert truths(outcome(crosses, world, -1, 0, 1)) == {"host=a": "FTF"}


def test_for_part_of_the_time() -> None:
    world = _hosts(a={-12: 90, -7: 10, -5: 90})
    assert truths(outcome(typed.HeldFor(above(CPU, 80), 8 * MINUTE, 10 * MINUTE), world)) == {"host=a": "T"}
    assert truths(outcome(typed.HeldFor(above(CPU, 80), 9 * MINUTE, 10 * MINUTE), world)) == {"host=a": "F"}


def test_time_after_going_stale_may_count() -> None:
    world = _hosts(a={-10: 90})  # stale from minute -5 on
    assert truths(outcome(typed.HeldFor(above(CPU, 80), 5 * MINUTE, 10 * MINUTE), world)) == {"host=a": "T"}
    assert truths(outcome(typed.HeldFor(above(CPU, 80), 6 * MINUTE, 10 * MINUTE), world)) == {"host=a": "U"}


def test_for_a_number_of_points() -> None:
    held = typed.HeldPoints(above(CPU, 80), 3)
    assert truths(outcome(held, _hosts(a={-9: 10, -3: 90, -2: 90, -1: 90}), -1, 0)) == {"host=a": "FT"}
    assert truths(outcome(held, _hosts(a={-2: 90, -1: 90}), 0)) == {"host=a": "U"}
    assert truths(outcome(held, _hosts(a={-9: 90, -8: 90, -7: 90}), 0)) == {"host=a": "U"}


def test_absent_is_never_unknown() -> None:
    absent = typed.Absent(CPU)
    assert truths(outcome(absent, source())) == {"": "T"}
    assert truths(outcome(absent, _hosts(a={-3: 1}), 0, 3)) == {"": "FT"}


def test_absence_makes_no_label_set_beside_others() -> None:
    other = selector("web")
    world = source(cpu=points({"host=a": {-1: 90}}))
    assert truths(outcome(typed.And((above(CPU, 80), typed.Absent(other))), world)) == {"host=a": "T"}


@pytest.mark.parametrize(
    ("op", "count", "share", "expected"),
    [
        (">=", 2, False, "T"),
        (">=", 3, False, "U"),
        (">=", 4, False, "F"),
        (">", 20, True, "T"),
        ("all", 0, False, "F"),
        ("any", 0, False, "T"),
        ("no", 0, False, "F"),
    ],
)
def test_quantifiers(op: str, count: float, share: bool, expected: str) -> None:
    world = _hosts(a={-1: 90}, b={-1: 90}, c={-1: 10}, d={-30: 90})
    many = typed.Quantified(op, count, share, "host", above(CPU, 80), Group("by"))  # type: ignore[arg-type]
    assert truths(outcome(many, world)) == {"": expected}


def test_a_share_of_none_is_unknown() -> None:
    share = typed.Quantified(">", 20, True, "host", above(CPU, 80), Group("by"))
    assert truths(outcome(share, source())) == {"": "U"}


def test_hosts_that_have_held_for_a_while() -> None:
    steady = {float(m): 90.0 for m in range(-8, 0)}
    held = typed.For(above(CPU, 80), 5 * MINUTE)
    many = typed.Quantified(">=", 2, False, "host", held, Group("by", ("region",)))
    world = source(
        cpu=points({"host=a region=x": steady, "host=b region=x": steady, "host=c region=y": {-1.0: 90.0}})
    )
    assert truths(outcome(many, world)) == {"region=x": "T", "region=y": "F"}


def test_a_table_gives_each_host_its_bound() -> None:
    bounds = typed.Lookup("host", (("a", typed.Const(95.0)), ("b", typed.Const(80.0))), typed.Const(50.0))
    world = _hosts(a={-1: 90}, b={-1: 90}, c={-1: 60})
    assert truths(outcome(typed.Compare(">", NOW, bounds), world)) == {
        "host=a": "F",
        "host=b": "T",
        "host=c": "T",
    }
    strict = typed.Lookup("host", (("a", typed.Const(95.0)),), None)
    assert truths(outcome(typed.Compare(">", NOW, strict), world))["host=c"] == "U"


def test_age_of_a_time_stamp() -> None:
    backup = float((T - 25 * HOUR) // SECOND)
    age = typed.Arithmetic("-", typed.Clock(SECOND), NOW)
    assert truths(outcome(_is(age, 24 * 3600.0, ">"), _hosts(a={-1: backup}))) == {"host=a": "T"}


@pytest.mark.parametrize(("kind", "expected"), [("today", 6.0), ("yesterday", 1.0)])
def test_calendar_windows_follow_local_midnight(kind: str, expected: float) -> None:
    # T is 2027-01-15T08:00Z, 03:00 in New York, whose midnight was three hours ago.
    assert datetime.fromtimestamp(T / 1e9, UTC).hour == 8
    world = _hosts(a={-200: 1, -170: 2, -60: 4})
    window = typed.CalendarWindow("sum", CPU, typed.Calendar(kind, "America/New_York"))  # type: ignore[arg-type]
    assert truths(outcome(_is(window, expected), world)) == {"host=a": "T"}


def test_outside_its_hours_a_rule_is_false_and_recovered() -> None:
    hours = typed.During(((7 * 60, 8 * 60 + 30),), zone="UTC")
    watched = rule(above(CPU, 80), during=hours)
    found = outcome(watched, _hosts(a={float(m): 90.0 for m in range(-90, 90)}), -61, -60, 29, 30)
    assert truths(found) == {"host=a": "FTTF"}
    assert found.recovered.tolist() == [[2, 0, 0, 2]]


def test_hours_over_midnight_belong_to_the_day_they_start_on() -> None:
    # 2027-01-15 is a Friday; Thursday's night ends at 08:30 on Friday.
    night = typed.During(((22 * 60, 8 * 60 + 30),), days=(3,), zone="UTC")
    watched = rule(above(CPU, 80), during=night)
    assert truths(outcome(watched, _hosts(a={float(m): 90.0 for m in range(-9, 60)}), 0, 29, 30)) == {
        "host=a": "TTF"
    }


def test_every_construct_alike_one_by_one_and_together() -> None:
    rng = np.random.default_rng(5)
    series = {
        f"host={h} region={r}": {float(m): float(rng.integers(0, 5)) for m in rng.integers(-60, 8, 45)}
        for h, r in (("a", "x"), ("b", "x"), ("c", "y"))
    }
    world = source(cpu=points(series))
    plain = above(CPU, 1)
    conditions: tuple[typed.Condition, ...] = (
        _is(typed.Baseline("avg", CPU, 20 * MINUTE), 2, ">"),
        _is(typed.Counted(CPU, (PointTest(">", 2.0),), 6 * MINUTE), 1, ">"),
        _is(typed.Slope(CPU, 10 * MINUTE), 0, ">"),
        _is(typed.Integral(CPU, 10 * MINUTE), 900, ">"),
        _is(typed.Distinct(CPU, "host", Group("by", ("region",))), 1, ">"),
        _is(typed.CalendarWindow("max", CPU, typed.Calendar("today"), Group("by", ("region",))), 3, ">"),
        typed.Trend(CPU, "above", typed.Const(3.0), 10 * MINUTE, 10 * MINUTE),
        typed.Changes(CPU, ">", 3, 10 * MINUTE),
        typed.Crosses(NOW, "above", typed.Const(2.0)),
        typed.Crosses(typed.Window("avg", CPU, 4 * MINUTE), "below", typed.Const(2.0)),
        typed.HeldFor(plain, 3 * MINUTE, 5 * MINUTE),
        typed.HeldPoints(plain, 3),
        typed.Quantified(">=", 2, False, "host", typed.For(plain, 2 * MINUTE), Group("by")),
        typed.For(typed.Quantified(">=", 2, False, "host", plain, Group("by")), 2 * MINUTE),
        typed.For(_is(typed.Otherwise(NOW, typed.Const(3.0)), 1, ">"), 3 * MINUTE),
        typed.For(_is(typed.Baseline("max", CPU, 10 * MINUTE), 3, ">="), 3 * MINUTE),
        typed.For(typed.Absent(selector("web")), 3 * MINUTE),
        typed.For(_is(typed.Distinct(CPU, "host", Group("by")), 1, ">"), 2 * MINUTE),
    )
    instants = np.array([T + m * MINUTE for m in range(-30, 8)], dtype=np.int64)
    evaluator = Evaluator([rule(c, f"r{k}") for k, c in enumerate(conditions)], world)
    whole = [truths(found) for found in evaluator.evaluate(instants)]
    for position, instant in enumerate(instants):
        single = [truths(found) for found in evaluator.evaluate(np.array([instant]))]
        for k, (one, other) in enumerate(zip(whole, single, strict=True)):
            alike = {key: v[position] for key, v in one.items() if v[position] != "."}
            assert alike == {key: v for key, v in other.items() if v != "."}, (conditions[k], position)
