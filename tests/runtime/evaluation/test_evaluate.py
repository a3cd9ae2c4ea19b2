"""What conditions give, by examples small enough to check by eye."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, SECOND, Group
from alertdsl_runtime.columns import text_id
from alertdsl_runtime.evaluation.evaluator import Evaluator
from tests.runtime.evaluation.world import T, above, labels, outcome, points, rule, selector, source, truths

CPU = selector("cpu")


def test_a_value_goes_stale_and_its_series_is_forgotten() -> None:
    world = source(cpu=points({"host=a": {-1: 90}}))
    assert truths(outcome(above(CPU, 80), world, 0, 3, 4, 4.0001, 1438, 1440)) == {"host=a": "TTTUU."}


def test_a_series_may_be_forgotten_before_its_value_goes_stale() -> None:
    world = source(cpu=points({"host=a": {-1: 90}}))
    soon = above(dataclasses.replace(CPU, memory=3 * MINUTE), 80)
    assert truths(outcome(soon, world, 0, 2, 2.0001, 4)) == {"host=a": "TT.."}


def test_windows_are_half_open() -> None:
    world = source(cpu=points({"host=a": {-5: 90, 0: 10}}))
    count = typed.Compare("==", typed.Window("count", CPU, 5 * MINUTE), typed.Const(1.0))
    assert truths(outcome(count, world, 0, 0.00001, 1)) == {"host=a": "TFT"[:1] + "TT"}


def test_rules_of_one_shape_are_decided_together() -> None:
    world = source(cpu=points({"host=a": {-1: 50}, "host=b": {-1: 70}}))
    rules = [
        rule(above(selector("cpu", f"host={h}"), bound), f"{h}{bound}")
        for h in "ab"
        for bound in (40.0, 60.0)
    ]
    (found,) = Evaluator(rules, world).evaluate(np.array([T]))
    names = [found.rows.rules[r].name for r in found.rows.rule]
    assert dict(zip(names, found.condition[:, 0].tolist(), strict=True)) == {
        "a40.0": 2,
        "a60.0": 0,
        "b40.0": 2,
        "b60.0": 2,
    }


def test_for_sees_a_dip_between_instants() -> None:
    held = typed.For(above(CPU, 80), 5 * MINUTE)
    steady = {float(m): 90.0 for m in range(-8, 0)}
    assert truths(outcome(held, source(cpu=points({"host=a": steady})), 0)) == {"host=a": "T"}
    assert truths(outcome(held, source(cpu=points({"host=a": {**steady, -2.5: 10.0}})), 0)) == {"host=a": "F"}


@pytest.mark.parametrize("minutes", [(0.0,), (0.0, 1.0, 2.0)])
def test_storage_and_moments_decide_for_alike(minutes: tuple[float, ...]) -> None:
    world = source(cpu=points({"host=a": {m / 2: 90.0 + m % 3 for m in range(-20, 4)}}))
    held = typed.For(above(CPU, 89.5), 5 * MINUTE)
    # The same meaning in a form that storage cannot decide.
    never = above(CPU, 1e9)
    spelled = typed.For(typed.Or((above(CPU, 89.5), never)), 5 * MINUTE)
    assert truths(outcome(held, world, *minutes)) == truths(outcome(spelled, world, *minutes))


def test_a_group_pools_the_points_of_its_series() -> None:
    world = source(cpu=points({"host=a region=x": {-2: 10, -1: 20}, "host=b region=x": {-1: 90}}))
    average = typed.Window("avg", CPU, 5 * MINUTE, Group("by", ("region",)))
    assert truths(outcome(typed.Compare("==", average, typed.Const(40.0)), world)) == {"region=x": "T"}


def test_overall_exists_without_series() -> None:
    count = typed.Compare("==", typed.Window("count", CPU, 5 * MINUTE, Group("by")), typed.Const(0.0))
    assert truths(outcome(count, source())) == {"": "T"}


def test_an_expected_series_is_missing_until_it_is_seen() -> None:
    expected = selector("cpu", expect=(("host", ("a", "b")),))
    world = source(cpu=points({"host=a": {-1: 1}}))
    found = outcome(typed.Missing(expected, 5 * MINUTE), world)
    assert {k: v for k, v in truths(found).items() if v != "."} == {"host=a": "F", "host=b": "T"}


def test_percent_change_from_zero_is_unknown_but_not_for_want_of_data() -> None:
    change = typed.Compare(">", typed.Delta("percent change", CPU, 5 * MINUTE), typed.Const(5.0))
    found = outcome(change, source(cpu=points({"host=a": {-3: 0, -1: 7}})))
    assert truths(found) == {"host=a": "U"}
    assert not found.no_data.any()


def test_want_of_data_is_told() -> None:
    found = outcome(above(CPU, 1), source(cpu=points({"host=a": {-30: 7}})))
    assert found.no_data.all()


def test_a_rate_counts_a_drop_as_a_reset() -> None:
    rate = typed.Delta("increase", CPU, 10 * MINUTE)
    world = source(cpu=points({"host=a": {-4: 100, -3: 110, -2: 5, -1: 7}}))
    assert truths(outcome(typed.Compare("==", rate, typed.Const(17.0)), world)) == {"host=a": "T"}


def test_tags_pinned_to_different_values_are_not_matched() -> None:
    world = source(cpu=points({"symbol=BTC": {-1: 71}, "symbol=ETH": {-1: 3}}))
    both = typed.And((above(selector("cpu", "symbol=BTC"), 70), above(selector("cpu", "symbol=ETH"), 2)))
    assert truths(outcome(both, world)) == {"": "T"}


def test_an_unpinned_operand_beside_differing_pins_is_refused() -> None:
    world = source(cpu=points({"symbol=BTC": {-1: 71}, "symbol=ETH": {-1: 3}}))
    pins = (above(selector("cpu", f"symbol={s}"), 1) for s in ("BTC", "ETH"))
    found = outcome(typed.And((*pins, above(selector("cpu"), 1))), world)
    assert "by" in found.failed[0]


def test_a_key_makes_one_series_of_many_tag_sets() -> None:
    probe = selector("cpu", series_key=("host",))
    world = source(cpu=points({"code=500 host=a": {-3: 1}, "code=200 host=a": {-1: 0}}))
    assert truths(outcome(above(probe, 0), world, -2, 0)) == {"host=a": "TF"}


def test_a_filter_outside_the_key_selects_points() -> None:
    probe = selector("cpu", "code=500", series_key=("host",))
    world = source(cpu=points({"code=500 host=a": {-3: 1}, "code=200 host=a": {-1: 0}}))
    assert truths(outcome(above(probe, 0), world, 0)) == {"host=a": "T"}


def test_grouping_by_a_tag_outside_the_key_follows_the_newest_point() -> None:
    probe = selector("cpu", series_key=("host",))
    world = source(cpu=points({"code=500 host=a": {-3: 1}, "code=200 host=a": {-1: 1}}))
    grouped = typed.Compare(
        ">", typed.Combined("max", typed.Current(probe), Group("by", ("code",))), typed.Const(0.0)
    )
    assert truths(outcome(grouped, world, -2, 0)) == {"code=200": ".T", "code=500": "T."}


def test_text_is_compared_by_equality() -> None:
    status = points({"host=a": {-3: text_id("ok"), -1: text_id("down")}}, kind="text")
    up = typed.Compare("==", typed.Current(CPU), typed.Const("ok"))
    assert truths(outcome(up, source(cpu=status), -2, 0)) == {"host=a": "TF"}


def test_a_changed_field_type_fails_the_rule_and_says_so() -> None:
    status = points({"host=a": {-1: text_id("ok")}}, kind="text")
    found = outcome(above(CPU, 1), source(cpu=status))
    assert found.failed == {0: "cpu.v holds text values, the rule compares number values"}


def test_since_is_the_first_moment_of_the_unbroken_truth() -> None:
    values = {float(m): 90.0 for m in range(-30, 0)} | {-20.0: 10.0}
    watched = rule(typed.For(above(CPU, 80), 5 * MINUTE))
    evaluator = Evaluator([watched], source(cpu=points({"host=a": values})))
    assert evaluator.since(watched, labels("host=a"), T) == T - 19 * MINUTE


def test_since_ends_a_gap_in_the_data() -> None:
    values = {-30.0: 90.0, -2.0: 90.0, -1.0: 90.0}
    watched = rule(above(CPU, 80))
    evaluator = Evaluator([watched], source(cpu=points({"host=a": values})))
    assert evaluator.since(watched, labels("host=a"), T) == T - 2 * MINUTE


def test_severity_falls_after_the_base_for() -> None:
    rung = typed.Rung("critical", above(CPU, 95))
    held = typed.For(above(CPU, 80), 2 * MINUTE)
    watched = rule(held, rungs=(rung,), base_for=2 * MINUTE)
    values = {float(m): 99.0 for m in range(-20, -3)} | {float(m): 85.0 for m in range(-3, 1)}
    found = outcome(watched, source(cpu=points({"host=a": values})), -3, -2, -1, 0)
    assert found.rungs[0].tolist() == [[2, 0, 0, 0]]
    assert found.fallen[0].tolist() == [[0, 0, 2, 2]]


def test_many_instants_and_one_by_one_agree() -> None:
    rng = np.random.default_rng(3)
    series = {
        f"host={h} region={r}": {float(m): float(rng.integers(0, 4)) for m in rng.integers(-40, 5, 30)}
        for h, r in (("a", "x"), ("b", "x"), ("c", "y"))
    }
    world = source(cpu=points(series))
    by_region = typed.Window("percentile", CPU, 4 * MINUTE, Group("by", ("region",)), quantile=0.7)
    conditions = (
        typed.For(typed.Or((above(CPU, 1), typed.Missing(CPU, 90 * SECOND))), 3 * MINUTE),
        typed.And((above(CPU, 1), typed.Compare(">", by_region, typed.Const(1.0)))),
    )
    for condition in conditions:
        whole = truths(outcome(condition, world, *range(-20, 5)))
        for position, minute in enumerate(range(-20, 5)):
            single = truths(outcome(condition, world, minute))
            assert {k: v[position] for k, v in whole.items() if v[position] != "."} == {
                k: v for k, v in single.items() if v != "."
            }


def test_a_rule_of_the_wrong_type_does_not_stop_others_on_the_same_field() -> None:
    status = source(cpu=points({"host=a": {-1: text_id("ok")}}, kind="text"))
    up = rule(typed.Compare("==", typed.Current(CPU), typed.Const("ok")), "up")
    evaluator = Evaluator([up, rule(above(CPU, 1), "wrong")], status)
    for instants in ([T], [T, T + MINUTE]):
        found = evaluator.evaluate(np.array(instants, dtype=np.int64))
        assert [(o.rows.rules[0].name, bool(o.failed)) for o in found] == [("up", False), ("wrong", True)]
        assert found[0].condition[0, 0] == 2


def test_the_last_text_of_a_window() -> None:
    status = source(cpu=points({"host=a": {-3: text_id("ok"), -1: text_id("down")}}, kind="text"))
    last = typed.Window("last", CPU, 5 * MINUTE)
    assert truths(outcome(typed.Compare("==", last, typed.Const("down")), status)) == {"host=a": "T"}


def test_an_expected_series_is_not_hidden_by_one_that_has_been_forgotten() -> None:
    expected = selector("cpu", expect=(("host", ("a",)),), memory=60 * MINUTE)
    world = source(cpu=points({"host=a": {-61: 1}}))
    held = typed.For(typed.Or((typed.Missing(expected, 5 * MINUTE), above(expected, 5))), 2 * MINUTE)
    assert truths(outcome(held, world)) == {"host=a": "T"}


def test_since_of_operands_that_join() -> None:
    world = source(
        cpu=points({"host=a": {float(m): 90.0 for m in range(-10, 0)}}),
        web=points({"host=a": {float(m): 90.0 if m > -5 else 10.0 for m in range(-10, 0)}}),
    )
    both = rule(typed.And((above(CPU, 80), above(selector("web"), 80))))
    assert Evaluator([both], world).since(both, labels("host=a"), T) == T - 4 * MINUTE
