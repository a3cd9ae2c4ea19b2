"""Whatever tree the parser may hand over, the resolver answers with rules or diagnostics."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl.diagnostics import Severity
from alertdsl.explanation import explain_rule
from alertdsl.semantics.catalog import Catalog
from alertdsl.semantics.meaning import meaning_hash
from alertdsl.semantics.resolve import resolve_file
from alertdsl.semantics.walk import children
from alertdsl.syntax import ast

WORDS = st.sampled_from(
    ["BTC", "price", "cpu", "usage", "on", "web1", "service", "status", "used", "size", "temperature", "x.y", "any",
     "http", "latency", "load", "queue", "depth", "", "a_b", "circle", "bytes", "sent", "."]
)  # fmt: skip
TAGS = st.sampled_from(["host", "symbol", "region", "hosts", "nope", ""])
DURATIONS = st.builds(
    ast.Duration,
    st.sampled_from([-1, 1, 60 * 10**9, 60 * 10**9, 3600 * 10**9, 3600 * 10**9, 10**30]),
    st.just("d"),
)
NUMBERS = st.builds(
    ast.Number,
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([None, None, None, "%", "s", "GB", "USD", "MB/min", "°F", "things", "/", ""]),
)
GOOD_METRICS = st.sampled_from(
    [
        "BTC price",
        "price",
        "cpu usage",
        "used",
        "size",
        "temperature",
        "x.y",
        "http latency",
        "queue depth",
        "bytes sent",
    ]
).map(lambda name: ast.MetricRef(tuple(ast.Word(word) for word in name.split())))
METRICS = (
    GOOD_METRICS
    | GOOD_METRICS
    | st.builds(
        ast.MetricRef,
        st.lists(st.builds(ast.Word, WORDS, st.booleans()), min_size=1, max_size=3).map(tuple),
        st.lists(st.lists(st.builds(ast.Word, WORDS), min_size=1, max_size=2).map(tuple), max_size=1).map(
            tuple
        ),
        st.lists(
            st.builds(ast.TagMatcher, TAGS, st.sampled_from(["=", "!=", "=~", "!~"]), st.text(max_size=3)),
            max_size=2,
        ).map(tuple),
    )
)
GROUPS = st.none() | st.builds(
    ast.Grouping, st.sampled_from(["by", "across", "overall"]), st.lists(TAGS, max_size=2).map(tuple)
)
FUNCTIONS = st.sampled_from(
    ["avg", "sum", "min", "max", "count", "percentile", "stddev", "first", "last", "rate", "increase", "change",
     "percent change", "slope", "distinct"]
)  # fmt: skip


def values_over(values: st.SearchStrategy[ast.Value]) -> st.SearchStrategy[ast.Value]:
    return st.one_of(
        st.builds(
            ast.Aggregate, FUNCTIONS, values, st.none() | DURATIONS, GROUPS, st.none() | st.floats(-10, 200)
        ),
        st.builds(ast.Ago, values, DURATIONS),
        st.builds(ast.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), values, values),
        st.builds(ast.Negative, values),
        st.builds(ast.Call, st.sampled_from(["abs", "round", "sqrt", "log"]), st.tuples(values)),
        st.builds(ast.Call, st.sampled_from(["min", "max"]), st.tuples(values, values)),
        st.builds(ast.TimeOf, st.sampled_from(["age", "until"]), METRICS),
        st.builds(
            ast.CalendarAggregate,
            FUNCTIONS,
            values,
            st.sampled_from(["today", "yesterday", "this week", "this month"]),
            GROUPS,
            st.none() | st.floats(-10, 200),
        ),
        st.builds(ast.Else, values, values),
    )


VALUES: st.SearchStrategy[ast.Value] = st.recursive(
    st.one_of(
        METRICS,
        METRICS,
        NUMBERS,
        NUMBERS,
        st.builds(ast.Text, st.text(max_size=3)),
        st.builds(ast.Bool, st.booleans()),
    ),
    values_over,
    max_leaves=5,
)
LENGTHS = st.builds(ast.Duration, st.sampled_from([60 * 10**9, 3600 * 10**9]), st.just("d"))
PLAIN = st.builds(ast.Number, st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1e308, -0.0]))
SANE: st.SearchStrategy[ast.Value] = st.one_of(
    GOOD_METRICS,
    st.builds(ast.Aggregate, FUNCTIONS, GOOD_METRICS, LENGTHS, GROUPS, st.just(95.0)),
    st.builds(ast.Ago, GOOD_METRICS, LENGTHS),
    st.builds(ast.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), GOOD_METRICS, PLAIN | GOOD_METRICS),
    st.builds(ast.Negative, GOOD_METRICS),
    st.builds(ast.Call, st.just("abs"), st.tuples(GOOD_METRICS)),
    VALUES,
)
SANE_COMPARISONS = st.one_of(
    st.builds(ast.Compare, SANE, st.sampled_from([">", ">=", "<", "<=", "==", "!="]), PLAIN | SANE),
    st.builds(ast.Moves, GOOD_METRICS, st.sampled_from(["rises", "falls"]), NUMBERS, LENGTHS),
    st.builds(ast.Differs, GOOD_METRICS, GOOD_METRICS, NUMBERS),
    st.builds(ast.Missing, GOOD_METRICS, LENGTHS, GROUPS),
)
OPERATORS = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
LEAVES = st.one_of(
    SANE_COMPARISONS,
    SANE_COMPARISONS,
    SANE_COMPARISONS,
    SANE_COMPARISONS,
    st.builds(ast.Compare, VALUES, OPERATORS, VALUES),
    st.builds(ast.Between, VALUES, VALUES, VALUES, st.booleans()),
    st.builds(ast.OneOf, VALUES, st.lists(VALUES, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(ast.Missing, METRICS, DURATIONS, GROUPS),
    st.builds(ast.Moves, VALUES, st.sampled_from(["rises", "falls"]), VALUES, DURATIONS),
    st.builds(ast.Differs, VALUES, VALUES, VALUES),
    st.builds(ast.Crosses, VALUES, st.just("above"), VALUES),
    st.builds(ast.Matches, VALUES, st.text(max_size=3), st.booleans()),
    st.builds(ast.Firing, st.sampled_from(["r", "other"]), st.booleans()),
)


def conditions_over(conditions: st.SearchStrategy[ast.Condition]) -> st.SearchStrategy[ast.Condition]:
    several = st.lists(conditions, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(ast.And, several),
        st.builds(ast.Or, several),
        st.builds(ast.Not, conditions),
        st.builds(ast.Unless, conditions, conditions),
        st.builds(ast.For, conditions, LENGTHS | DURATIONS),
    )


CONDITIONS: st.SearchStrategy[ast.Condition] = st.recursive(LEAVES, conditions_over, max_leaves=3)


LETS = st.builds(
    ast.Let,
    st.sampled_from(["x", "load", "queue", "hot"]),
    VALUES | PLAIN,
    st.none() | st.none() | TAGS,
    st.lists(
        st.builds(ast.TableRow, st.sampled_from(["a", "b", None]), PLAIN | NUMBERS | VALUES), min_size=1, max_size=3
    ).map(tuple),
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(condition=CONDITIONS, recover=st.none() | SANE_COMPARISONS, lets=st.lists(LETS, max_size=2).map(tuple))
def test_the_resolver_never_crashes(
    catalog: Catalog, condition: ast.Condition, recover: ast.Condition | None, lets: tuple[ast.Let, ...]
) -> None:
    tree = ast.File((ast.Rule("r", condition, recover=recover),), lets)
    rules, found = resolve_file(tree, catalog, canonical=lambda _: "t")
    assert rules or any(d.severity is Severity.ERROR for d in found)
    for rule in rules:
        assert explain_rule(rule)
        assert meaning_hash(rule) == meaning_hash(rule)
        assert not any(type(part).__name__ == "For" for part in every_condition(rule.pending))


def every_condition(condition: object) -> list[object]:
    from alertdsl.semantics import typed

    out: list[object] = [condition]
    for child in children(condition):  # type: ignore[arg-type]
        out.extend(every_condition(child))
    assert not any(
        isinstance(part, typed.And) and any(isinstance(i, typed.And) for i in part.items) for part in out
    )
    return out
