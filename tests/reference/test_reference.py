"""The reference on examples small enough to be worked out by hand."""

from __future__ import annotations

import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.typed import DAY, MINUTE, SECOND, Condition, Group, Selector, Value
from tests.reference import Data, Refused, Series, evaluate, since
from tests.reference.data import Labels, Scalar
from tests.reference.kleene import Truth
from tests.reference.labels import World, label_sets
from tests.reference.values import NO_DATA, OTHER, value
from tests.reference.values import Value as Found

T = 1_700_000_040 * SECOND
HOST: Labels = (("host", "a"),)
X = Selector("", "m", "x", "float")
Y = Selector("", "m", "y", "float")


def series(*points: tuple[float, Scalar], field: str = "x", labels: Labels = HOST) -> Series:
    """Points at so many seconds from `T`."""
    return Series("m", field, labels, tuple((T + round(at * SECOND), v) for at, v in points))


def worth(node: Value, *stored: Series, labels: Labels = HOST) -> Found:
    """The value of an expression at `T`."""
    condition = typed.Compare(">", node, typed.Const(0.0))
    world = World(Data(list(stored)), typed.Rule("r", "", condition, condition), T)
    label_sets(world, condition)
    return value(world, node, labels, T)


def truth(condition: Condition, *stored: Series, labels: Labels = HOST) -> Truth:
    """The truth of a condition at `T`."""
    return evaluate(typed.Rule("r", "", condition, condition), Data(list(stored)), T)[labels].condition


def above(bound: float, selector: Selector = X) -> Condition:
    """``x > bound``."""
    return typed.Compare(">", typed.Current(selector), typed.Const(bound))


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, NO_DATA), (-1e-9, 1.0), (-300, 1.0), (-300 - 1e-9, NO_DATA)],
)
def test_a_value_is_the_newest_point_until_it_is_stale(at: float, expected: Found) -> None:
    """`[T - staleness, T)`: the point at `T` is not there yet, one at `T - staleness` still is."""
    assert worth(typed.Current(X), series((-400, 0.0), (at, 1.0))) == expected


def test_ago_reads_then() -> None:
    """The same window, moved."""
    assert worth(typed.Current(X, MINUTE), series((-61, 1.0), (-60, 2.0))) == 1.0


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("avg", 2.0), ("sum", 6.0), ("min", 1.0), ("max", 3.0), ("count", 3.0),
        ("first", 1.0), ("last", 2.0), ("stddev", 1.0), ("percentile", 2.5),
    ],
)  # fmt: skip
def test_aggregates_of_a_half_open_window(function: typed.WindowFunction, expected: float) -> None:
    """Of 9, 1, 3, 2, 9 the three in the middle lie in `[T-60, T)`."""
    node = typed.Window(function, X, MINUTE, quantile=0.75)
    assert worth(node, series((-61, 9.0), (-60, 1.0), (-30, 3.0), (-1, 2.0), (0, 9.0))) == expected


def test_an_average_of_a_group_weighs_points() -> None:
    """Three points of one host, one of the other."""
    node = typed.Window("avg", X, MINUTE, Group("by"))
    stored = series((-3, 1.0), (-2, 1.0), (-1, 1.0)), series((-1, 5.0), labels=(("host", "b"),))
    assert worth(node, *stored, labels=()) == 2.0


@pytest.mark.parametrize(
    ("points", "increase", "rate", "change", "percent"),
    [
        (((-90, 10.0), (-30, 16.0)), 6.0, 0.1, 6.0, 60.0),  # from the value at T-60, 60 s apart
        (
            ((-400, 10.0), (-50, 10.0), (-30, 16.0)),
            6.0,
            0.3,
            6.0,
            60.0,
        ),  # that one is stale: from the first point
        (((-50, 10.0), (-40, 2.0), (-30, 4.0)), 4.0, 0.2, -6.0, -60.0),  # a reset: 2 from zero, 2 more
        (((-30, 10.0),), NO_DATA, NO_DATA, NO_DATA, NO_DATA),
        (((-90, 10.0),), NO_DATA, NO_DATA, NO_DATA, NO_DATA),
        (((-40, 0.0), (-30, 4.0)), 4.0, 0.4, 4.0, OTHER),
    ],
)
def test_changes(
    points: tuple[tuple[float, float], ...], increase: Found, rate: Found, change: Found, percent: Found
) -> None:
    """The value at the window's start counts as a point."""
    stored = series(*points)
    assert worth(typed.Delta("increase", X, MINUTE), stored) == increase
    assert worth(typed.Delta("rate", X, MINUTE), stored) == (
        pytest.approx(rate) if isinstance(rate, float) else rate
    )
    assert worth(typed.Delta("change", X, MINUTE), stored) == change
    assert worth(typed.Delta("percent change", X, MINUTE), stored) == percent


def test_a_lowest_value_includes_the_one_at_the_start() -> None:
    """The value just after `T-60` is the point at `-90`."""
    assert worth(typed.Extreme("min", X, MINUTE), series((-90, 1.0), (-30, 3.0))) == 1.0
    assert worth(typed.Extreme("min", X, MINUTE), series((-90, 1.0), (-60, 2.0), (-30, 3.0))) == 2.0


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (((-60, 2.0), (-1, 2.0)), True),  # the point at T-60 counts just after it
        (((-59, 2.0), (-1, 2.0)), OTHER),  # nothing was known then
        (((-90, 2.0), (-30, 0.0), (-29, 2.0)), False),  # a dip of a second
        (((-90, 0.0), (-60, 2.0), (-1, 2.0)), True),
        (((-90, 0.0), (-59, 2.0), (-1, 2.0)), False),
        (((-90, 2.0), (-1e-9, 0.0)), False),  # seen at T
        (((-90, 2.0), (0, 0.0)), True),  # not there yet
        (((-359, 2.0),), OTHER),  # stale at T
    ],
)
def test_for_looks_at_every_point(points: tuple[tuple[float, float], ...], expected: Truth) -> None:
    """`x > 1 for 1m`."""
    found = truth(typed.For(above(1.0), MINUTE), series(*points))
    assert found is expected or (expected == OTHER and not isinstance(found, bool))


def test_unknown_inside_does_not_count_against_a_for() -> None:
    """A gap of five minutes and more, in `for 10m`."""
    assert truth(typed.For(above(1.0), 10 * MINUTE), series((-601, 2.0), (-10, 2.0))) is True


def test_a_windowed_operand_is_looked_at_at_the_instants() -> None:
    """The sum over 10 s is low between two instants only: a rule every 15 s sees it, one every minute does not."""
    held = typed.For(typed.Compare(">", typed.Window("count", X, 10 * SECOND), typed.Const(0.0)), MINUTE)
    data = Data([series((-61, 1.0), (-55, 1.0), (-40, 1.0), (-5, 1.0))])
    for every, expected in ((MINUTE, True), (15 * SECOND, False)):
        rule = typed.Rule("r", "", held, held, every=typed.Every(every))
        assert evaluate(rule, data, T)[HOST].condition is expected


def test_missing() -> None:
    """Known and silent."""
    gone = typed.Missing(X, MINUTE)
    assert truth(gone, series((-60 - 1e-9, 1.0))) is True
    assert truth(gone, series((-60, 1.0))) is False
    assert evaluate(typed.Rule("r", "", gone, gone), Data([series((-DAY / SECOND - 1, 1.0))]), T) == {}


def test_kleene() -> None:
    """`y` is unknown."""
    stored = series((-1, 2.0)), series((-400, 0.0), field="y")
    yes, no, unknown = above(1.0), above(3.0), above(0.0, Y)
    assert truth(typed.And((no, unknown)), *stored) is False
    assert truth(typed.And((yes, unknown)), *stored) == NO_DATA
    assert truth(typed.Or((yes, unknown)), *stored) is True
    assert truth(typed.Or((no, unknown)), *stored) == NO_DATA
    assert truth(typed.Not(unknown), *stored) == NO_DATA
    assert truth(typed.Unless(yes, unknown), *stored) is True


def test_label_sets() -> None:
    """One to many is matched, many to many refused; a missing partner is unknown."""
    both = typed.And((above(1.0), above(1.0, Y)))
    rule = typed.Rule("r", "", both, both)
    many = [
        series((-1, 2.0), labels=(("disk", d), ("host", h))) for d, h in (("1", "a"), ("2", "a"), ("1", "b"))
    ]
    one = series((-1, 2.0), field="y")
    verdicts = evaluate(rule, Data([*many, one]), T)
    assert {labels: v.condition for labels, v in verdicts.items()} == {
        (("disk", "1"), ("host", "a")): True,
        (("disk", "2"), ("host", "a")): True,
        (("disk", "1"), ("host", "b")): OTHER,
    }
    other = [series((-1, 2.0), field="y", labels=(("cpu", c), ("host", "a"))) for c in "12"]
    with pytest.raises(Refused):
        evaluate(rule, Data([*many, *other]), T)


def test_since_is_the_first_moment_of_the_unbroken_truth() -> None:
    """Just after the point that made it true."""
    data = Data([series((-90, 0.0), (-70, 2.0), (-30, 2.0))])
    rule = typed.Rule("r", "", above(1.0), above(1.0))
    assert since(rule, data, HOST, T) == T - 70 * SECOND + 1
