"""Shapes, and the reads that come of them."""

from __future__ import annotations

from dataclasses import replace

from alertdsl.plan.batch import merge, rule_reads, tree_reads
from alertdsl.plan.reads import Reducer, held_reads, series_matchers
from alertdsl.plan.shape import distribute_for, shape_of
from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, Matcher, Selector

CPU = Selector("b", "cpu", "v", metric="cpu")


def _on(host: str) -> Selector:
    return replace(CPU, matchers=(Matcher("host", "=", host),))


def _above(selector: Selector, bound: float) -> typed.Compare:
    return typed.Compare(">", typed.Current(selector), typed.Const(bound))


def _rule(when: typed.Condition) -> typed.Rule:
    return typed.Rule("r", "", when, when)


def test_constants_and_series_do_not_count_in_a_shape() -> None:
    one, other = (shape_of(_rule(_above(_on(h), b))) for h, b in (("a", 1.0), ("b", 2.0)))
    assert one.shape == other.shape
    assert (one.constants[0], other.constants[0]) == (1.0, 2.0)
    assert one.selectors == (_on("a"),)


def test_text_counts_in_a_shape() -> None:
    one, other = (
        shape_of(_rule(typed.Compare("==", typed.Current(CPU), typed.Const(text)))) for text in ("ok", "down")
    )
    assert one.shape != other.shape


def test_which_operands_are_the_same_counts_in_a_shape() -> None:
    same = shape_of(_rule(typed.And((_above(_on("a"), 1), _above(_on("a"), 2)))))
    different = shape_of(_rule(typed.And((_above(_on("a"), 1), _above(_on("b"), 2)))))
    assert same.shape != different.shape


def test_for_moves_into_and_where_nothing_is_windowed() -> None:
    both = typed.And((_above(_on("a"), 1), _above(_on("b"), 2)))
    assert distribute_for(typed.For(both, MINUTE)) == typed.And(
        (typed.For(both.items[0], MINUTE), typed.For(both.items[1], MINUTE))
    )
    windowed = typed.And((both.items[0], typed.Missing(CPU, MINUTE)))
    assert distribute_for(typed.For(windowed, MINUTE)) == typed.For(windowed, MINUTE)


def test_a_simple_for_is_decided_by_reduced_reads() -> None:
    reads = held_reads(typed.For(_above(CPU, 1), 5 * MINUTE))
    assert reads is not None
    assert [read.reducer for read in reads] == [Reducer.LAST, Reducer.MIN, Reducer.LAST]


def test_reads_of_many_rules_merge() -> None:
    shaped = [shape_of(_rule(_above(_on(h), 1.0))) for h in "abc"]
    requests = merge(
        (read, series_matchers(one.selectors[0]))
        for one in shaped
        for tree in one.shape.trees
        for _, read in tree_reads(tree)
    )
    assert len(requests) == 1
    assert len(requests[0].any_of) == 3


def test_a_rule_without_filters_asks_for_all_series() -> None:
    (request,) = rule_reads(_rule(_above(CPU, 1.0)))
    assert request.any_of == ()
