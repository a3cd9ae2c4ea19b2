"""Laws of the meaning, as properties of the evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alertdsl.semantics import typed
from alertdsl.semantics.tree import children
from alertdsl.semantics.typed import MINUTE, Condition
from alertdsl_runtime.columns import FALSE, TRUE
from alertdsl_runtime.evaluation.evaluator import Evaluator
from tests.properties.asking import differences, memory, one_by_one, said
from tests.properties.case import Case
from tests.properties.condition_strategy import flat, unhurried
from tests.properties.rule_strategy import cases
from tests.properties.schema import COMMON_INSTANTS, LENGTHS
from tests.reference.data import Labels, Series
from tests.reference.moments import is_windowed
from tests.reference.nodes import leaves

law = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
Truths = dict[tuple[int, Labels], int]
"""The truth of a condition by instant and label set, where it was not refused."""


def truths(series: Sequence[Series], *conditions: Condition) -> list[Truths]:
    """The truth of conditions over the same series."""
    rules = [typed.Rule(f"r{n}", "", each, unhurried(each)) for n, each in enumerate(conditions)]
    return [
        {
            (instant, labels): int(str(seen["condition"]))
            for instant, rows in one.items()
            for labels, seen in (rows or {}).items()
        }
        for one in one_by_one(rules, memory(series), COMMON_INSTANTS)
    ]


def some_selector(case: Case) -> typed.Selector:
    """The series of a case's condition; cases that read none (of times alone) are passed over."""
    found = [leaf.selector for leaf in leaves(case.rule.when)]
    assume(found)
    return found[0]


def numeric(case: Case) -> typed.Selector:
    """Series of numbers; cases that begin with others are passed over."""
    selector = some_selector(case)
    assume(selector.field_type not in ("string", "boolean"))
    return selector


def is_dated(case: Case) -> bool:
    """Whether the calendar or the clock has a say."""
    rule = case.rule
    trees = [
        rule.when,
        *(rung.when for rung in rule.rungs),
        *(r.recover for r in rule.rungs),
        rule.recover,
        rule.subject,
    ]
    return rule.during is not None or any(
        isinstance(node, typed.Clock | typed.CalendarWindow)
        for tree in trees
        if tree is not None
        for node in _nodes(tree)
    )


def _nodes(tree: Condition | typed.Value) -> Iterator[Condition | typed.Value]:
    yield tree
    for child in children(tree):
        yield from _nodes(child)


def unwindowed(case: Case) -> Condition:
    """A condition of current values, made of the case's."""
    items = [item for item in _parts(case.rule.pending) if not is_windowed(item)]
    if not items:
        selector = some_selector(case)
        kinds: dict[str, float | str | bool] = {"string": "ok", "boolean": True}
        return typed.Compare("==", typed.Current(selector), typed.Const(kinds.get(selector.field_type, 1.0)))
    return items[0] if len(items) == 1 else typed.Or(flat(typed.Or, tuple(items)))


def _parts(condition: Condition) -> list[Condition]:
    match condition:
        case typed.And(items) | typed.Or(items):
            return [part for item in items for part in _parts(item)]
        case typed.Unless(left, right):
            return [*_parts(left), *_parts(right)]
    return [condition]


@law
@given(cases(ladder=False), st.sampled_from(LENGTHS), st.sampled_from(LENGTHS))
def test_what_holds_long_fails_no_shorter_time(case: Case, one: int, other: int) -> None:
    """Where `for D` is true no shorter `for D'` is false, and `C` itself is true."""
    condition = unwindowed(case)
    now, long, short = truths(
        case.series,
        condition,
        typed.For(condition, max(one, other)),
        typed.For(condition, min(one, other)),
    )
    for place, truth in long.items():
        if truth == TRUE:
            assert short[place] != FALSE
            assert now[place] == TRUE
        if now[place] == FALSE:
            assert truth == FALSE


@law
@given(cases(ladder=False), cases(ladder=False), st.sampled_from(LENGTHS))
def test_and_distributes_over_for(case: Case, other: Case, duration: int) -> None:
    """`(A and B) for D` is `A for D and B for D` where no operand is windowed."""
    a, b = unwindowed(case), unwindowed(other)
    series = {(s.measurement, s.field, s.tags): s for s in (*other.series, *case.series)}
    together, apart = truths(
        list(series.values()),
        typed.For(typed.And(flat(typed.And, (typed.Not(typed.Not(a)), b))), duration),
        typed.And((typed.For(a, duration), typed.For(b, duration))),
    )
    assert together == apart


_OPPOSITES: dict[typed.CompareOp, typed.CompareOp] = {">": "<=", ">=": "<", "==": "!="}


@law
@given(cases(ladder=False))
def test_not_is_the_opposite_comparison(case: Case) -> None:
    """`not x > c` is `x <= c`; twice not is nothing."""
    selector = numeric(case)
    x, c = typed.Current(selector), typed.Const(1.0)
    for op, opposite in _OPPOSITES.items():
        plain, negated, other, twice = truths(
            case.series,
            typed.Compare(op, x, c),
            typed.Not(typed.Compare(op, x, c)),
            typed.Compare(opposite, x, c),
            typed.Not(typed.Not(typed.Compare(op, x, c))),
        )
        assert negated == other == {place: TRUE - truth for place, truth in plain.items()}
        assert twice == plain


@law
@given(cases(ladder=False), st.sampled_from((0.5, 1.0)), st.sampled_from((1.0, 2.0)))
def test_outside_is_not_between(case: Case, low: float, high: float) -> None:
    """`x between a and b` is `not x outside a to b`, with `for` too."""
    selector = numeric(case)
    x = typed.Current(selector)
    between = typed.And((_compare(">=", x, low), _compare("<=", x, high)))
    outside = typed.Or((_compare("<", x, low), _compare(">", x, high)))
    for wrap in (lambda c: c, lambda c: typed.For(c, MINUTE)):
        inside, not_outside = truths(case.series, wrap(between), wrap(typed.Not(outside)))
        assert inside == not_outside


def _compare(op: typed.CompareOp, left: typed.Value, bound: float) -> Condition:
    return typed.Compare(op, left, typed.Const(bound))


@law
@given(cases(ladder=False), cases(ladder=False))
def test_de_morgan(case: Case, other: Case) -> None:
    """`not (A and B)` is `not A or not B`."""
    a, b = case.rule.pending, other.rule.pending
    series = {(s.measurement, s.field, s.tags): s for s in (*other.series, *case.series)}
    left, right = truths(
        list(series.values()),
        typed.Not(typed.And(flat(typed.And, (a, b)))),
        typed.Or((typed.Not(a), typed.Not(b))),
    )
    assert left == right


@law
@given(cases(ladder=False), st.sampled_from(LENGTHS))
def test_increases_of_adjacent_windows_add_up(case: Case, window: int) -> None:
    """Where the value between them is known, and each of the two is."""
    selector = numeric(case)
    finite = [
        replace(s, points=tuple(p for p in s.points if abs(float(p[1])) < 1e9))
        for s in case.series
        if s.field == selector.field
    ]
    early, late = (typed.Delta("increase", selector, window, shift=shift) for shift in (window, 0))
    whole = typed.Delta("increase", selector, 2 * window)
    differ, known = truths(
        finite,
        typed.Compare("!=", typed.Arithmetic("+", early, late), whole),
        typed.Compare("==", typed.Current(selector, window), typed.Current(selector, window)),
    )
    assert not [place for place, truth in differ.items() if truth == TRUE and known[place] == TRUE]


@law
@given(cases())
def test_the_first_instant_asked_does_not_matter(case: Case) -> None:
    """No state is kept: from any instant on, the same truth, from a new evaluator or one that has seen others."""
    source = memory(case.series)
    (single,) = one_by_one([case.rule], source, case.instants)
    used = Evaluator([case.rule], source)
    used.evaluate(np.array(case.instants[-1:], dtype=np.int64))
    for first in range(0, len(case.instants), 2):
        for made in (used, Evaluator([case.rule], source)):
            (rest,) = said([case.rule], made.evaluate(np.array(case.instants[first:], dtype=np.int64)))
            assert not differences({i: single[i] for i in case.instants[first:]}, rest, together=True)


@law
@given(cases(), st.sampled_from((MINUTE, 60 * MINUTE, 24 * 60 * MINUTE)))
def test_a_later_copy_of_the_data_gives_the_same_later(case: Case, delay: int) -> None:
    """Nothing but the distance between points and instants counts, where no calendar and no clock is asked."""
    assume(not is_dated(case))
    later = [replace(s, points=tuple((time + delay, value) for time, value in s.points)) for s in case.series]
    (now,) = one_by_one([case.rule], memory(case.series), case.instants)
    (then,) = one_by_one([case.rule], memory(later), [instant + delay for instant in case.instants])
    assert then == {instant + delay: rows for instant, rows in now.items()}


@law
@given(cases())
def test_the_order_of_arrival_does_not_matter(case: Case) -> None:
    """Late points count like others; only of points of one time does the last written one."""
    sorted_series = [replace(s, points=tuple(sorted(s.points, key=lambda p: p[0]))) for s in case.series]
    assert one_by_one([case.rule], memory(case.series), case.instants) == one_by_one(
        [case.rule], memory(sorted_series), case.instants
    )


@pytest.mark.parametrize("shift", LENGTHS)
@law
@given(case=cases(ladder=False))
def test_ago_is_what_was_said_then(shift: int, case: Case) -> None:
    """`x D ago` at `T` is `x` at `T - D`, for series known at both."""
    selector = numeric(case)
    # A memory shorter than the staleness forgets a value that is still known; what is expected is there without being known.
    selector = replace(selector, memory=max(selector.memory, selector.staleness), expect=())
    ago = typed.Rule("ago", "", *(2 * (_compare(">", typed.Current(selector, shift), 1.0),)))
    now = typed.Rule("now", "", *(2 * (_compare(">", typed.Current(selector), 1.0),)))
    source = memory(case.series)
    (later,) = one_by_one([ago], source, COMMON_INSTANTS)
    (earlier,) = one_by_one([now], source, [instant - shift for instant in COMMON_INSTANTS])
    for instant, rows in later.items():
        before = earlier[instant - shift]
        for labels, seen in (rows or {}).items():
            if before is not None and labels in before:
                assert seen["condition"] == before[labels]["condition"]
