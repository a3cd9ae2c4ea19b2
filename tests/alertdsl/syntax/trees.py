"""Strategies for trees that the parser can give: what hypothesis formats and parses back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from alertdsl.syntax import ast
from alertdsl.syntax.quantities import NANOSECONDS, format_duration

FREE_WORDS = [
    "BTC",
    "price",
    "cpu",
    "usage",
    "queue-depth",
    "crypto.close",
    "max",
    "rate",
    "age",
    "high",
    "time",
    "überfluss",
]
TAGS = ["host", "region", "disk.path", "for", "a tag"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)

words = st.one_of(
    st.sampled_from(FREE_WORDS).map(ast.Word),
    st.sampled_from(["for sale", "a & b", 'say "x"', "not", "52 week high"]).map(lambda t: ast.Word(t, True)),
)
names = st.lists(words, min_size=1, max_size=3).map(tuple)
matchers = st.lists(
    st.builds(ast.TagMatcher, st.sampled_from(TAGS), st.sampled_from(["=", "!=", "=~", "!~"]), texts),
    max_size=2,
    unique_by=lambda m: m.tag,
).map(tuple)
refs = st.builds(ast.MetricRef, names, st.lists(names, max_size=1).map(tuple), matchers)
durations = st.one_of(
    st.integers(1, 10**6).map(lambda n: n * NANOSECONDS["s"]),
    st.sampled_from([1, 999, 10**6, NANOSECONDS["w"], NANOSECONDS["d"] * 7, 90 * NANOSECONDS["m"]]),
).map(lambda ns: ast.Duration(ns, format_duration(ns)))
units = st.sampled_from([None, "%", "ms", "h", "GB", "USD", "EUR", "MB/min", "kWh", "°C", "req"])
plain_numbers = st.one_of(
    st.integers(0, 10**12).map(float),
    st.floats(0, 1e300, allow_subnormal=True).map(lambda x: x + 0.0),
    st.sampled_from([0.1, 70_000.0, 1_500_000.0, 70_100.0, 2e9, 1e15, 1e21, 5e-324, 1234.5]),
)
numbers = st.builds(
    lambda v, sign, unit: ast.Number(v * sign, unit), plain_numbers, st.sampled_from([1, 1, -1]), units
)
positive = st.builds(ast.Number, plain_numbers, units)
groupings = st.one_of(
    st.builds(
        ast.Grouping,
        st.sampled_from(["by", "across"]),
        st.lists(st.sampled_from(TAGS), min_size=1, max_size=2).map(tuple),
    ),
    st.just(ast.Grouping("overall")),
)
functions: st.SearchStrategy[ast.AggregateFunction] = st.sampled_from(
    ["avg", "sum", "min", "max", "count", "stddev", "rate", "increase", "percent change", "slope"]
)
baselines = st.builds(ast.Baseline, durations, st.sampled_from(["average", "high", "low", "median"]))


@st.composite
def aggregates(draw: st.DrawFn, operands: st.SearchStrategy[ast.Value]) -> ast.Value:
    operand = draw(operands)
    over, grouping = draw(st.one_of(st.none(), durations)), draw(st.one_of(st.none(), groupings))
    if over is None and grouping is None:
        grouping = draw(groupings)
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return ast.Aggregate(
            "percentile", operand, over, grouping, draw(st.sampled_from([0.0, 50.0, 99.9, 100.0]))
        )
    if kind == 1:
        return ast.Aggregate(
            "distinct", operand, over, grouping, draw(st.sampled_from(["version", "disk.path"]))
        )
    if kind == 2:
        window = draw(st.sampled_from(["today", "yesterday", "this week"]))
        return ast.CalendarAggregate("sum", operand, window, grouping)
    return ast.Aggregate(draw(functions), operand, over, grouping)


def _negative(operand: ast.Value) -> ast.Value:
    return (
        ast.Number(-operand.value, operand.unit) if isinstance(operand, ast.Number) else ast.Negative(operand)
    )


def _grow(inner: st.SearchStrategy[ast.Value]) -> st.SearchStrategy[ast.Value]:
    return st.one_of(
        st.builds(ast.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        aggregates(inner),
        st.builds(ast.Ago, inner, durations),
        st.builds(_negative, inner),
        st.builds(ast.Else, inner, inner),
        st.builds(ast.Call, st.sampled_from(["abs", "sqrt"]), st.tuples(inner)),
        st.builds(ast.Call, st.sampled_from(["min", "max"]), st.tuples(inner, inner)),
    )


leaves = st.one_of(
    refs,
    numbers,
    baselines,
    aggregates(refs),
    st.builds(ast.TimeOf, st.sampled_from(["age", "until"]), refs),
)
# Deferred, here and below, because hypothesis shows a strategy by writing out all that it is made of.
_values = st.recursive(leaves, _grow, max_leaves=4)
values: st.SearchStrategy[ast.Value] = st.deferred(lambda: _values)
bounds: st.SearchStrategy[ast.Value] = st.deferred(lambda: st.one_of(numbers, refs, values))
literals = st.one_of(texts.map(ast.Text), st.booleans().map(ast.Bool))
_lone_quoted = ("==", "!=")


def _comparable(node: ast.Compare) -> bool:
    right = node.right
    lone = (
        isinstance(right, ast.MetricRef)
        and len(right.words) == 1
        and not right.qualifiers
        and not right.matchers
    )
    return not (
        lone and isinstance(right, ast.MetricRef) and right.words[0].quoted and node.op in _lone_quoted
    )


operators = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
choices = st.lists(st.one_of(positive, numbers, texts.map(ast.Text)), min_size=1, max_size=3).map(tuple)
_predicates = st.one_of(
    st.builds(ast.Compare, values, operators, values).filter(_comparable),
    st.builds(ast.Compare, values, st.sampled_from(["==", "!="]), literals),
    st.builds(ast.Between, values, bounds, bounds, st.booleans()),
    st.builds(ast.OneOf, values, choices, st.booleans()),
    st.builds(ast.Matches, values, texts, st.booleans()),
    st.builds(ast.Moves, values, st.sampled_from(["rises", "falls"]), bounds, durations),
    st.builds(ast.Crosses, values, st.sampled_from(["above", "below"]), values),
    st.builds(ast.DownFrom, values, st.sampled_from(["down", "up"]), bounds, baselines),
    st.builds(ast.Differs, values, values, bounds),
    st.builds(
        ast.Deviates, values, st.sampled_from([3.0, 2.5]), st.sampled_from(["sigma", "mad"]), baselines
    ),
    st.builds(
        ast.Trend,
        values,
        st.sampled_from(["below", "above"]),
        bounds,
        durations,
        st.one_of(st.none(), durations),
    ),
    st.builds(ast.Growing, values, st.sampled_from(["growing", "shrinking"]), durations),
    st.builds(ast.Changes, values, st.sampled_from([">", ">="]), st.integers(1, 99), durations),
    st.builds(ast.Missing, refs, durations),
    st.builds(
        ast.Missing,
        refs,
        durations,
        st.lists(st.sampled_from(["host", "region"]), min_size=1, max_size=2).map(
            lambda t: ast.Grouping("by", tuple(t))
        ),
    ),
    st.builds(ast.Absent, refs),
    st.builds(ast.Firing, st.sampled_from(["btc-high", "two words", "not", "when"]), st.booleans()),
)

predicates: st.SearchStrategy[ast.Condition] = st.deferred(lambda: _predicates)


def _flat(kind: type[ast.And | ast.Or]) -> st.SearchStrategy[ast.Condition]:
    def build(items: list[ast.Condition]) -> ast.Condition:
        flat = [x for item in items for x in (item.items if isinstance(item, kind) else (item,))]
        return kind(tuple(flat))

    return st.lists(conditions, min_size=2, max_size=3).map(build)


def _held(operand: ast.Condition, length: ast.Duration, more: ast.Duration | None) -> ast.Condition:
    if more is not None and more.ns < length.ns:
        length, more = more, length
    return ast.For(operand, length, more)


@st.composite
def quantified(draw: st.DrawFn, inner: st.SearchStrategy[ast.Condition]) -> ast.Condition:
    op: Any = draw(st.sampled_from([">=", ">", "<=", "<", "==", "all", "any", "no"]))
    counted = op not in ("all", "any", "no")
    count = float(draw(st.integers(1, 9999))) if counted else 0.0
    grouping = draw(
        st.sampled_from([None, ast.Grouping("by", ("region",)), ast.Grouping("by", ("region", "zone"))])
    )
    share = counted and draw(st.booleans())
    return ast.Quantified(op, count, share, draw(st.sampled_from(["hosts", "host"])), draw(inner), grouping)


conditions: st.SearchStrategy[ast.Condition] = st.deferred(
    lambda: st.one_of(
        predicates,
        predicates,
        _flat(ast.And),
        _flat(ast.Or),
        st.builds(ast.Not, conditions),
        st.builds(ast.Unless, conditions, conditions),
        st.builds(_held, conditions, durations, st.one_of(st.none(), durations)),
        st.builds(ast.ForPoints, conditions, st.integers(1, 99)),
        quantified(conditions),
    )
)

identifiers = st.sampled_from(["a", "btc-high", "two words", "when", "x.y"])
rungs = st.builds(
    ast.Rung, st.sampled_from(["critical", "page"]), conditions, st.one_of(st.none(), conditions)
)
everies = st.one_of(
    st.builds(ast.Every, durations),
    st.builds(
        ast.Every,
        st.none(),
        st.sampled_from(["06:00", "23:59"]),
        st.sampled_from([None, "Europe/London", "UTC"]),
    ),
)
durings = st.builds(
    ast.During,
    st.sampled_from([("09:00-17:00",), ("09:00-12:00", "13:00-17:00")]),
    st.sampled_from([(), ("weekdays",), ("mon-fri", "sun")]),
    st.sampled_from([None, "Europe/London"]),
    st.sampled_from([(), ("12:00-13:00",), ("2026-12-24", "weekends")]),
)


@st.composite
def rules(draw: st.DrawFn) -> ast.Rule:
    severity = draw(st.sampled_from([None, "warning"]))
    optional = st.one_of(st.none(), durations)
    return ast.Rule(
        name=draw(identifiers),
        when=draw(conditions),
        title=draw(st.one_of(st.none(), texts)),
        recover=draw(st.one_of(st.none(), conditions)),
        severity=severity,
        rungs=tuple(draw(st.lists(rungs, max_size=2))) if severity else (),
        every=draw(st.one_of(st.none(), everies)),
        during=draw(st.one_of(st.none(), durings)),
        labels=tuple(draw(st.dictionaries(identifiers, texts, max_size=2)).items()),
        notify=tuple(
            draw(
                st.lists(
                    st.builds(ast.NotifyTarget, identifiers, st.sampled_from([None, "critical"])), max_size=2
                )
            )
        ),
        repeat=draw(optional),
        escalations=tuple(draw(st.lists(st.builds(ast.Escalation, identifiers, durations), max_size=2))),
        on_no_data=draw(st.sampled_from([None, "keep", "alert", "resolve"])),
        forget_after=draw(optional),
        once=draw(st.booleans()),
        expect=tuple(draw(st.lists(st.builds(ast.Expect, identifiers, st.tuples(texts)), max_size=2))),
        message=draw(st.one_of(st.none(), texts)),
    )


_lets = st.one_of(
    st.builds(ast.Let, identifiers, values),
    st.builds(
        lambda name, by, rows, default: ast.Let(
            name,
            None,
            by,
            (
                *(ast.TableRow(k, v) for k, v in rows.items()),
                *([ast.TableRow(None, default)] if default else []),
            ),
        ),
        identifiers,
        identifiers,
        st.dictionaries(identifiers, bounds, min_size=1, max_size=2),
        st.one_of(st.none(), bounds),
    ),
)
lets: st.SearchStrategy[ast.Let] = st.deferred(lambda: _lets)
_files = st.builds(
    ast.File,
    st.lists(rules(), min_size=1, max_size=2, unique_by=lambda r: r.name).map(tuple),
    st.lists(lets, max_size=2, unique_by=lambda x: x.name).map(tuple),
    st.lists(st.builds(ast.Import, texts), max_size=1).map(tuple),
)
files: st.SearchStrategy[ast.File] = st.deferred(lambda: _files)
