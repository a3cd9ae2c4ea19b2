"""What rules become: names, normal forms, units, defaults."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog, parse_catalog
from alertdsl.semantics.resolve import resolve_file, resolve_files
from alertdsl.semantics.typed import DAY, HOUR, MINUTE
from alertdsl.syntax.parser import parse_lenient, parse_rules

Rule = Callable[[str], typed.Rule]
Formal = Callable[[str], str]

SAME = [
    ("BTC price > 70000", "Bitcoin price is above $70k"),
    ("BTC price > 70000", "price of BTC > 70000"),
    ("BTC price > 70000", "BTC's price > 70000"),
    ("BTC price > 70000", "xbt PRICE > 70000"),
    ("BTC price > 70000", "any BTC price > 70000"),
    ("BTC price > 70000", 'price{symbol="BTC"} > 70000'),
    ("BTC price > 70000", "BTC quote > 70000"),
    ("BTC price > 70000", "70000 < BTC price"),
    ("cpu usage on web1 > 5", 'cpu usage{host="web1"} > 5'),
    ("cpu usage on web1 > 5", "cpu usage on server web1 > 5"),
    ("cpu usage on web1 > 5", "web1 cpu usage > 5"),
    ("cpu usage on web1 > 5", 'cpu usage where servers is "web1" > 5'),
    ('queue depth{host="db one"} > 5', "db one queue depth > 5"),
    ("cost of goods > 5", '"cost of goods" > 5'),
    ("avg of queue depth over 5m by hosts > 4", "avg of queue depth over 5m by server > 4"),
    ("http latency > 0.2 s", "http latency > 200ms"),
    ("temperature > 25 °C", "temperature > 77 °F"),
    ("used > 3000 MB", "used > 3 GB"),
    ("rate of bytes sent over 1m > 50 MB", "rate of bytes sent over 1m > 50 MB/s"),
    ("rate of bytes sent over 1m > 8 B/s", "rate of bytes sent over 1m > 8 B"),
    ("rate of queue depth over 5m > 5", "rate of queue depth over 5m > 5/s"),
    ("rate of queue depth over 5m > 5/min", "rate of queue depth over 5m > 5 per minute"),
    ("rate of queue depth over 5m > 5/min", "rate of queue depth over 5m > 5 / 1m"),
    (
        "sum of rate of queue depth over 5m overall > 2",
        "sum of rate of queue depth over 5m overall > 120/min",
    ),
    ("not BTC price > 5 for 5m", "BTC price <= 5 for 5m"),
    ('service status in ("a", "b")', 'service status == "a" or service status == "b"'),
    ('service status not in ("a", "b")', 'service status != "a" and service status != "b"'),
    ("temperature between 18 and 27", "temperature >= 18 and temperature <= 27"),
    ("temperature outside 18 to 27", "temperature < 18 or temperature > 27"),
    ("used differs from size by more than 3 GB", "abs(used - size) > 3 GB"),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=[s[1] for s in SAME])
def test_two_ways_to_say_the_same(rule: Rule, one: str, other: str) -> None:
    assert rule(one).when == rule(other).when


FORMS = [
    ("cpu usage > 90%", '(100 - cpu.usage_idle{cpu="cpu-total"}) > 90%'),
    ("cpu usage > 2 * cpu usage 1d ago",
     '(100 - cpu.usage_idle{cpu="cpu-total"}) > (2 * (100 - cpu.usage_idle{cpu="cpu-total"} 1d ago))'),
    ("min of cpu usage over 5m < 3", '(100 - max of cpu.usage_idle{cpu="cpu-total"} over 5m) < 3%'),
    ("p95 of cpu usage over 5m < 3", '(100 - p5 of cpu.usage_idle{cpu="cpu-total"} over 5m) < 3%'),
    ("stddev of cpu usage over 5m > 3", 'stddev of cpu.usage_idle{cpu="cpu-total"} over 5m > 3%'),
    ("cpu usage is missing for 5m", 'cpu.usage_idle{cpu="cpu-total"} is missing for 5m'),
    ("queue depth by hosts is missing for 5m", "queue depth by host is missing for 5m"),
    ("max of queue depth overall > 10k", "max of (queue depth) overall > 10,000"),
    ("max of (used / size) by host > 90%", "max of (((used / size) * 0.001)) by host > 0.9"),
    ("avg of rate of cpu time over 5m by host > 0.8", "avg of (rate of cpu time over 5m) by host > 0.8"),
    ("price / price > 5%", "(price / price) > 0.05"),
    ("percent change of price over 1h > 5%", "percent change of price over 1h > 5%"),
    ("avg of price over 1h < 50% of avg of price over 1h 1w ago",
     "avg of price over 1h < (0.5 * avg of price over 1h 1w ago)"),
    ("price rises by 5% within 1h", "((price - min of price within 1h) / abs(min of price within 1h)) >= 0.05"),
    ("price falls by 100 within 1h", "(max of price within 1h - price) >= 100 USD"),
    ("temperature rises by 9 °F within 1h", "(temperature - min of temperature within 1h) >= 5 °C"),
    ("temperature differs from temperature by more than 3", "abs((temperature - temperature)) > 3 °C"),
    ("used > size", "used > (size * 1,000)"),
    ("count of failures over 5m >= 20 failures", "count of failures over 5m >= 20"),
    ("used > 60 * 60 MB", "used > 3.6 GB"),
    ("BTC price > 5 and used > 3 MB for 5m", '((price{symbol="BTC"} > 5 USD) and (used > 3 MB)) for 5m'),
    ("BTC price > 5 for 5m and used > 3 MB", '((price{symbol="BTC"} > 5 USD) for 5m) and (used > 3 MB)'),
    ("used > 3 MB unless used > 4 MB unless used > 5 MB", "((used > 3 MB) unless (used > 4 MB)) unless (used > 5 MB)"),
    ("not (used < 3 MB or size > 4 GB)", "not ((used < 3 MB) or (size > 4 GB))"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FORMS, ids=[f[0] for f in FORMS])
def test_normal_forms(formal: Formal, text: str, expected: str) -> None:
    assert formal(text) == expected


def test_a_rate_per_written_time_keeps_that_time(rule: Rule) -> None:
    when = rule("rate of bytes sent over 1m > 50 MB/min").when
    assert isinstance(when, typed.Compare)
    assert isinstance(when.left, typed.Delta)
    assert (when.left.per, when.right) == (MINUTE, typed.Const(50e6))
    assert rule("rate of bytes sent over 1m > 50 MB/min").unit == "B/min"


# ---------------------------------------------------------------- defaults and derived parts


def selector(condition: typed.Condition) -> typed.Selector:
    from alertdsl.semantics.walk import selectors

    return next(selectors(condition))


@pytest.mark.parametrize(
    ("interval", "staleness", "every", "expected"),
    [
        (None, None, "1m", 5 * MINUTE),
        ("1m", None, "1m", 5 * MINUTE),
        ("10m", None, "1m", 30 * MINUTE),
        ("1m", None, "1h", HOUR),
        ("10m", "2m", "1h", 2 * MINUTE),
        (None, None, "day at 06:00", DAY),
    ],
)
def test_staleness(interval: str | None, staleness: str | None, every: str, expected: int) -> None:
    keys = "".join(
        f'{key} = "{value}"\n' for key, value in (("interval", interval), ("staleness", staleness)) if value
    )
    catalog = parse_catalog(f'[metrics.x]\nfield = "a.b"\n{keys}')
    text = f"rule r\n  when x > 1\n  every {every}\n"
    (rule,), _ = resolve_file(parse_rules(text), catalog, canonical=lambda _: text)
    assert selector(rule.when).staleness == expected


@pytest.mark.parametrize(
    ("when", "forget", "expected"),
    [
        ("x > 1", None, DAY),
        ("x > 1 for 2d", None, 2 * (2 * DAY + 5 * MINUTE)),
        ("avg of x over 2d 1d ago > 1", None, 6 * DAY),
        ("x is missing for 3d", None, 6 * DAY),
        ("avg of x over 2d > 1", "1h", HOUR),
    ],
)
def test_memory(rule: Rule, when: str, forget: str | None, expected: int) -> None:
    clause = f"  forget after {forget}\n" if forget else ""
    resolved = rule(f"rule r\n  when {when.replace('x', 'queue depth')}\n{clause}")
    assert selector(resolved.when).memory == expected


def test_the_longest_window_of_a_recovery_counts_too(rule: Rule) -> None:
    resolved = rule("rule r\n  when used > 1 MB\n  recover when avg of size over 3d < 1 GB\n")
    assert selector(resolved.when).memory == 6 * DAY


def test_derived_parts(rule: Rule) -> None:
    resolved = rule(
        "rule r\n  when (used > 1 MB for 5m and size > 2 GB for 10m) unless failures > 1 for 1h\n"
        "  severity info, warning when used > 4 MB\n  notify a, b when warning\n"
    )
    assert resolved.base_for == 10 * MINUTE
    assert resolved.pending == rule("(used > 1 MB and size > 2 GB) unless failures > 1").when
    assert isinstance(resolved.subject, typed.Current)
    assert (resolved.subject.selector.metric, resolved.unit) == ("used", "MB")
    assert resolved.notify == (typed.Notify("a"), typed.Notify("b", "warning"))
    assert (resolved.severity, [r.severity for r in resolved.rungs]) == ("info", ["warning"])


def test_types_that_nobody_told_are_taken_from_the_use(rule: Rule) -> None:
    kinds = {
        'x.y == "a"': "string",
        "x.y is true": "boolean",
        "x.y > 1": "number",
        "x.y is missing for 5m": "unknown",
        "count of x.y over 5m > 3": "unknown",
    }
    assert {text: selector(rule(text).when).field_type for text in kinds} == kinds


def test_a_stored_name_beside_a_catalog_keeps_the_facts_of_its_field(rule: Rule) -> None:
    raw = selector(rule('crypto.close{symbol="BTC"} > $1').when)
    assert (raw.unit, raw.series_key) == ("USD", ("symbol",))
    assert selector(rule("cpu.usage_idle > 5").when).matchers == ()  # fixed tags belong to the catalog's name


def test_a_lone_condition_gets_a_short_name(rule: Rule) -> None:
    assert rule("BTC price > 5").name == "BTC price > 5"
    long = " or ".join(f"queue depth > {n}" for n in range(100))
    assert len(rule(long).name) <= 120
    assert rule(long).name != rule(f"{long} or used > 5 MB").name


def test_expected_series(rule: Rule) -> None:
    catalog = parse_catalog(
        '[metrics.x]\nfield = "a.b"\nlabels = ["host"]\n[metrics.y]\nfield = "a.c"\n[tags.host]\nexpect = ["a", "b"]\n'
    )
    rules, _ = resolve_file(parse_rules("x > 1 and y > 1"), catalog, canonical=lambda _: "t")
    from alertdsl.semantics.walk import selectors

    assert [s.expect for s in selectors(rules[0].when)] == [(("host", ("a", "b")),), ()]


# ---------------------------------------------------------------- files


def test_a_bad_rule_hides_no_other(catalog: Catalog) -> None:
    text = "rule a\n  when failures > 1\nrule b\n  when failurs > 1\nrule c\n  when >\nrule d\n  when price > 1\n"
    tree, syntax = parse_lenient(text)
    rules, found = resolve_file(tree, catalog, canonical=lambda _: "t", name="x.alert")
    assert [r.name for r in rules] == ["a", "d"]
    assert len(syntax) == 1
    assert [(d.code, d.file, d.line) for d in found] == [("E201", "x.alert", 4)]


def test_names_are_unique_over_files(catalog: Catalog) -> None:
    files = [(name, parse_rules("rule a\n  when failures > 1\n")) for name in ("x.alert", "y.alert")]
    rules, found = resolve_files(files, catalog)
    assert len(rules) == 1
    assert [(d.code, d.file) for d in found] == [("E212", "y.alert")]
