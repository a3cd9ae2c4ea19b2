"""Laws of what counts, holds in parts, crosses and is defined elsewhere, as properties of the evaluator."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, SECOND, Condition, Group, Selector
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN
from tests.properties.asking import memory, one_by_one
from tests.properties.case import Case
from tests.properties.rule_strategy import cases
from tests.properties.schema import COMMON_INSTANTS, LENGTHS, THRESHOLDS
from tests.properties.test_laws import law, truths, unwindowed
from tests.reference.nodes import operands, selectors_of

OVERALL = Group("by")


def number(case: Case) -> Selector:
    """A metric of numbers that the case reads."""
    found = [s for s in selectors_of(case.rule.when) if s.field_type not in ("string", "boolean")]
    assume(found)
    return found[0]


def over(left: typed.Value, bound: float, op: typed.CompareOp = ">") -> Condition:
    """``left op bound``."""
    return typed.Compare(op, left, typed.Const(bound))


@law
@given(cases(ladder=False), st.sampled_from(LENGTHS), st.sampled_from(LENGTHS), st.sampled_from(LENGTHS))
def test_what_holds_for_more_of_a_time_holds_for_less(case: Case, one: int, other: int, whole: int) -> None:
    """`C for E of D` is monotone in `E`."""
    more, less = (typed.HeldFor(case.rule.when, held, whole) for held in (max(one, other), min(one, other)))
    long, short = truths(case.series, more, less)
    assert all(short[place] >= truth for place, truth in long.items())


@law
@given(cases(ladder=False), st.sampled_from(LENGTHS))
def test_for_all_of_a_time_is_the_strict_for(case: Case, duration: int) -> None:
    """Where nothing is windowed, `for D of D` true leaves `for D` false only by a look at `T`, and false makes it false."""
    condition = unwindowed(case)
    strict, loose = truths(
        case.series, typed.HeldFor(condition, duration, duration), typed.For(condition, duration)
    )
    for place, truth in strict.items():
        if truth == TRUE:
            assert loose[place] != FALSE or truths(case.series, condition)[0][place] == FALSE
        if truth == FALSE:
            assert loose[place] == FALSE


@law
@given(cases(ladder=False), st.sampled_from(("host", "region", "code")))
def test_quantifiers_are_each_others_opposites(case: Case, tag: str) -> None:
    """`no` is `not any`; `all C` is `not any not C` where any is known; at least one is any."""
    condition = case.rule.pending
    assume(any(operands(condition)))

    def quantified(op: str, count: float, what: Condition) -> Condition:
        return typed.Quantified(op, count, op == "all", tag, what, OVERALL)  # type: ignore[arg-type]

    none, some, one, every, none_not = truths(
        case.series,
        quantified("no", 0.0, condition),
        quantified("any", 1.0, condition),
        quantified(">=", 1.0, condition),
        quantified("all", 100.0, condition),
        quantified("no", 0.0, typed.Not(condition)),
    )
    assert none == {place: TRUE - truth for place, truth in some.items()}
    assert one == some
    # A value of the tag with several label sets holds where one of them does, so `all` is no more than that.
    for place, truth in every.items():
        if none_not.get(place) == TRUE and truth != UNKNOWN:
            assert truth == TRUE


@law
@given(cases(ladder=False), st.sampled_from(LENGTHS), st.sampled_from(LENGTHS), st.sampled_from(THRESHOLDS))
def test_longer_windows_count_no_fewer(case: Case, one: int, other: int, bound: float) -> None:
    """`count of (x > c) over W` grows with `W`."""
    tests = (typed.PointTest(">", bound),)
    long, short = (typed.Counted(number(case), tests, w) for w in (max(one, other), min(one, other)))
    (fewer,) = truths(case.series, typed.Compare("<", long, short))
    assert TRUE not in fewer.values()


@law
@given(cases(ladder=False), st.sampled_from(THRESHOLDS))
def test_what_crossed_was_there(case: Case, bound: float) -> None:
    """Where `x crosses above c`, the highest point since the last instant is above `c`, and some point before it is not."""
    x = number(case)
    crossed, high, low = truths(
        case.series,
        typed.Crosses(typed.Current(x), "above", typed.Const(bound)),
        over(typed.Window("max", x, MINUTE), bound),
        over(typed.Window("min", x, x.memory + MINUTE), bound, "<="),
    )
    for place, truth in crossed.items():
        if truth == TRUE:
            assert high[place] == low[place] == TRUE


@law
@given(cases(ladder=False), st.sampled_from(LENGTHS))
def test_changes_of_adjacent_windows_add_up(case: Case, window: int) -> None:
    """All of them are among those of both windows together, each counted once."""
    (selector, *_) = list(selectors_of(case.rule.when))
    selector = replace(selector, memory=60 * MINUTE)
    source = memory(case.series)

    def counts(instant: int, length: int) -> dict[object, int]:
        rules = [
            typed.Rule(f"r{n}", "", *(2 * (typed.Changes(selector, ">=", n, length),))) for n in range(40)
        ]
        found: dict[object, int] = {}
        for told in one_by_one(rules, source, [instant]):
            for labels, seen in (told[instant] or {}).items():
                known = seen["condition"] != UNKNOWN
                found[labels] = found.get(labels, -1) + int(known and seen["condition"] == TRUE)
        return found

    for instant in COMMON_INSTANTS[:2]:
        early, late = counts(instant - window, window), counts(instant, window)
        for labels, whole in counts(instant, 2 * window).items():
            # Unknown is counted as -1: nothing changed in a window without points.
            assert max(whole, 0) == max(early.get(labels, 0), 0) + max(late.get(labels, 0), 0)


@law
@given(cases(ladder=False), st.sampled_from(THRESHOLDS))
def test_a_default_leaves_nothing_unknown(case: Case, bound: float) -> None:
    """`(x else c) > d` is never unknown, and `x is absent` is not either."""
    x = number(case)
    default, absent = truths(
        case.series,
        over(typed.Otherwise(typed.Current(x), typed.Const(bound)), 1.0),
        typed.Absent(x),
    )
    assert UNKNOWN not in {*default.values(), *absent.values()}


@law
@given(cases(ladder=False), st.sampled_from(THRESHOLDS), st.sampled_from(THRESHOLDS))
def test_a_table_is_its_row_for_each(case: Case, first: float, second: float) -> None:
    """`x > limit` is `x > c` for the label sets that have the row of `c`."""
    x = typed.Current(number(case))
    limit = typed.Lookup("host", (("a", typed.Const(first)),), typed.Const(second))
    table, row, rest = truths(case.series, typed.Compare(">", x, limit), over(x, first), over(x, second))
    for place, truth in table.items():
        assert truth == (row if ("host", "a") in place[1] else rest)[place]


@law
@given(cases(ladder=False))
def test_outside_its_hours_nothing_holds(case: Case) -> None:
    """Whatever the condition is, and all is over."""
    shut = typed.During(((0, 24 * 60),), (0,))  # on Mondays; the scene is on a Tuesday
    (told,) = one_by_one([replace(case.rule, during=shut)], memory(case.series), COMMON_INSTANTS)
    for rows in told.values():
        for seen in (rows or {}).values():
            assert (seen["condition"], seen["pending"], seen["recovered"]) == (FALSE, FALSE, TRUE)
            assert not seen["no_data"]


@law
@given(cases(ladder=False), st.sampled_from(("today", "this week", "this month")))
def test_what_was_counted_today_only_grows(case: Case, kind: str) -> None:
    """From one instant of a day to the next, for a series that is known at both."""
    x = replace(number(case), memory=60 * MINUTE)
    today = typed.CalendarWindow("count", x, typed.Calendar(kind))  # type: ignore[arg-type]
    shrinks = typed.Compare("<", today, replace(today, shift=20 * SECOND))
    (told,) = truths(case.series, shrinks)
    assert TRUE not in told.values()
