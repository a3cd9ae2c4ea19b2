"""Functions, moments, calendars, patterns, buckets, hours, rules about rules: typed, refused, explained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import alertdsl
from alertdsl.diagnostics import Diagnostic
from alertdsl.explanation import explain_rule
from alertdsl.lint import lint_files
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog, parse_catalog
from alertdsl.semantics.dependencies import circles, in_order, rules_awaited
from alertdsl.semantics.resolve import resolve_file, resolve_files
from alertdsl.semantics.typed import DAY, HOUR, MINUTE, SECOND
from alertdsl.syntax.parser import parse_rules

Rule = Callable[[str], typed.Rule]
Problems = Callable[[str], tuple[Diagnostic, ...]]


def compared(rule: Rule, text: str) -> typed.Compare:
    found = rule(text).when
    assert isinstance(found, typed.Compare)
    return found


# ---------------------------------------------------------------- functions


def test_functions(rule: Rule) -> None:
    found = compared(rule, "round(http latency) > 200ms")
    assert isinstance(found.left, typed.Function)
    assert (found.left.name, found.right) == ("round", typed.Const(0.2))
    highest = compared(rule, "max(used, 3 GB, size) > 5 GB")
    assert isinstance(highest.left, typed.Function)
    assert highest.left.arguments[1] == typed.Const(3000.0)
    assert isinstance(highest.left.arguments[2], typed.Arithmetic)  # GB in the MB of the first
    assert highest.right == typed.Const(5000.0)
    assert isinstance(compared(rule, "log(queue depth) > 3").left, typed.Function)
    assert compared(rule, "sqrt(queue depth * queue depth) > 3").right == typed.Const(3.0)


def test_functions_of_numbers_are_numbers(rule: Rule) -> None:
    for text, number in (
        ("max(3, 7)", 7),
        ("round(2.5)", 3),
        ("floor(-2.5)", -3),
        ("ceil(2.1)", 3),
        ("sqrt(16)", 4),
    ):
        assert compared(rule, f"queue depth > {text}").right == typed.Const(float(number))
    assert compared(rule, "used > max(3 MB, 1 GB)").right == typed.Const(1000.0)
    assert compared(rule, "used > min(3 MB, 1 GB)").right == typed.Const(3.0)


# ---------------------------------------------------------------- moments


def test_the_age_of_a_moment(rule: Rule) -> None:
    found = compared(rule, "age of last backup > 24h")
    assert isinstance(found.left, typed.Arithmetic)
    assert (found.left.op, found.left.left) == ("-", typed.Clock(SECOND // 1000))
    assert found.right == typed.Const(24 * 3600 * 1000.0)
    left = compared(rule, "time until certificate expiry < 14d").left
    assert isinstance(left, typed.Arithmetic)
    assert left.right == typed.Clock(SECOND)


def test_a_moment_is_no_length_of_time(problems: Problems) -> None:
    (found,) = problems("last backup > 24h")
    assert found.code == "E230"
    assert "age of last backup" in found.hint
    (fixable,) = problems("time until seconds left < 14d")
    assert fixable.fixes[0].replacement == "seconds left"


# ---------------------------------------------------------------- windows and units


def test_units_of_slopes_and_integrals(rule: Rule) -> None:
    energy = compared(rule, "integral of power over 1d > 20 kWh")
    assert isinstance(energy.left, typed.Integral)
    assert (energy.left.per, energy.right) == (HOUR, typed.Const(20.0))
    assert rule("integral of power over 1d > 20 kWh").unit == "kWh"
    assert compared(rule, "integral of power over 1d > 2 MWh").right == typed.Const(2000.0)
    growth = compared(rule, "slope of used over 1h > 5 GB/h")
    assert isinstance(growth.left, typed.Slope)
    assert (growth.left.per, growth.right) == (HOUR, typed.Const(5000.0))


def test_the_slope_of_a_metric_that_is_an_expression(rule: Rule) -> None:
    found = compared(rule, "slope of cpu usage over 1h > 0")
    assert isinstance(found.left, typed.Arithmetic)
    assert found.left.right == typed.Const(-1.0)


def test_a_range_is_high_less_low(rule: Rule) -> None:
    found = compared(rule, "range of temperature over 1h > 5 °F")
    assert isinstance(found.left, typed.Arithmetic)
    assert [
        side.function for side in (found.left.left, found.left.right) if isinstance(side, typed.Window)
    ] == ["max", "min"]
    assert isinstance(found.right, typed.Const)
    assert found.right.value == pytest.approx(5 / 1.8)


def test_calendar_windows(rule: Rule) -> None:
    found = compared(rule, "sum of failures today by host > 5")
    today = typed.Calendar("today", "UTC")
    assert isinstance(found.left, typed.CalendarWindow)
    assert (found.left.function, found.left.calendar, found.left.group) == (
        "sum",
        today,
        typed.Group("by", ("host",)),
    )
    zoned = rule("rule r\n  when p95 of price yesterday > 5\n  during 09:00-17:00 in Europe/London\n").when
    assert isinstance(zoned, typed.Compare)
    assert isinstance(zoned.left, typed.CalendarWindow)
    assert (zoned.left.calendar, zoned.left.quantile) == (typed.Calendar("yesterday", "Europe/London"), 0.95)
    daily = rule(
        "rule r\n  when increase of bytes sent this week > 5 GB\n  every day at 06:00 in Asia/Tokyo\n"
    ).when
    assert isinstance(daily, typed.Compare)
    assert isinstance(daily.left, typed.CalendarWindow)
    assert daily.left.calendar == typed.Calendar("this week", "Asia/Tokyo")
    turned = compared(rule, "max of cpu usage today > 90%")
    assert isinstance(turned.left, typed.Arithmetic)
    assert isinstance(turned.left.right, typed.CalendarWindow)
    assert turned.left.right.function == "min"


def test_percentiles_of_buckets(rule: Rule) -> None:
    found = compared(rule, "p95 of latency histogram over 5m by host > 3")
    assert isinstance(found.left, typed.Histogram)
    assert (found.left.quantile, found.left.bucket_tag, found.left.window) == (0.95, "le", 5 * MINUTE)
    count = compared(rule, 'increase of latency histogram{le="+Inf"} over 5m > 3')
    assert isinstance(count.left, typed.Delta)


def test_a_bucket_counts_and_has_no_unit() -> None:
    catalog = parse_catalog('[metrics."http latency"]\nfield = "http.b"\nunit = "s"\nhistogram = "le"\n')
    assert alertdsl.check('increase of http latency{le="+Inf"} over 5m > 1000', catalog) == []
    (asked,) = alertdsl.check("p95 of http latency over 5m > 200", catalog)
    assert asked.code == "E233"


# ---------------------------------------------------------------- patterns


def test_patterns(rule: Rule) -> None:
    found = rule('service status matches "fail.*" for 5m').when
    assert isinstance(found, typed.For)
    assert isinstance(found.operand, typed.Matches)
    assert found.operand.pattern == "fail.*"
    assert isinstance(rule('service status does not match "ok"').when, typed.Not)
    unknown = rule('x.y matches "ok"').when
    assert isinstance(unknown, typed.Matches)
    assert isinstance(unknown.operand, typed.Current)
    assert unknown.operand.selector.field_type == "string"


# ---------------------------------------------------------------- hours


@pytest.mark.parametrize(
    ("said", "during"),
    [
        ("09:00-17:00", typed.During(((540, 1020),))),
        ("22:00-06:00 on fri in Europe/London", typed.During(((1320, 360),), (4,), "Europe/London")),
        ("00:00-24:00 on weekdays", typed.During(((0, 1440),), (0, 1, 2, 3, 4))),
        ("10:00-11:00, 08:00-09:00", typed.During(((480, 540), (600, 660)))),
        (
            "09:00-17:00 except holidays, 2026-01-01",
            typed.During(((540, 1020),), dates=("2026-01-01", "2026-12-25", "2026-12-26")),
        ),
        ("08:00-09:00 on sat to mon", typed.During(((480, 540),), (0, 5, 6))),
        (
            "08:00-18:00 except 12:00-13:00, weekends, 2026-12-25",
            typed.During(((480, 1080),), (0, 1, 2, 3, 4), "UTC", ((720, 780),), ("2026-12-25",)),
        ),
    ],
)
def test_hours(rule: Rule, said: str, during: typed.During) -> None:
    assert rule(f"rule r\n  when price > 1\n  during {said}\n").during == during


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("09:00-17:00 in Europe/Londn", "E215", "Europe/London"),
        ("09:00-17:00 except 2026-02-30", "E215", "no day of the calendar"),
        ("09:00-17:00 on weekdays except mon-fri", "E216", "no day is left"),
        ("24:00-06:00", "E215", "00:00"),
        ("09:00-17:00 except holidas", "E215", 'did you mean "holidays"?'),
        ("09:00-17:00 except feasts", "E215", "[calendars.feasts]"),
    ],
)
def test_bad_hours(problems: Problems, said: str, code: str, words: str) -> None:
    (found,) = problems(f"rule r\n  when price > 1\n  during {said}\n")
    assert found.code == code
    assert words in f"{found.message} {found.hint}"


def test_once_and_escalations(rule: Rule, problems: Problems) -> None:
    found = rule(
        "rule r\n  when price > 1\n  once\n  escalate to boss after 1h\n  escalate to managers after 15m\n"
    )
    assert found.once
    assert found.escalations == (
        typed.Escalation("managers", 15 * MINUTE),
        typed.Escalation("boss", HOUR),
    )
    (twice,) = problems("rule r\n  when price > 1\n  escalate to x after 1h\n  escalate to x after 2h\n")
    assert twice.code == "E211"


# ---------------------------------------------------------------- rules about rules


def test_rules_about_rules(rule: Rule, catalog: Catalog) -> None:
    text = "rule c\n  when a is firing and b is not firing\nrule a\n  when b is firing\nrule b\n  when price > 1\n"
    rules, found = resolve_file(parse_rules(text), catalog)
    assert not found
    assert rules[0].when == typed.And((typed.Firing("a"), typed.Not(typed.Firing("b"))))
    assert rules_awaited(rules[0]) == {"a", "b"}
    assert [r.name for r in in_order(rules)] == ["b", "a", "c"]


def test_circles_are_refused(catalog: Catalog) -> None:
    text = (
        "rule a\n  when b is firing\nrule b\n  when price > 1 unless a is firing\nrule c\n  when price > 2\n"
    )
    rules, found = resolve_file(parse_rules(text), catalog)
    assert [d.code for d in found] == ["E226"]
    assert "a -> b -> a" in found[0].message
    assert [r.name for r in rules] == ["c"]
    (own,) = resolve_file(parse_rules("rule a\n  when a is firing"), catalog)[1]
    assert "waits for itself" in own.message
    over_files = [
        ("a.alert", parse_rules("rule a\n  when b is firing")),
        ("b.alert", parse_rules("rule b\n  when a is firing")),
    ]
    rules, found = resolve_files(over_files, catalog)
    assert (rules, [d.code for d in found]) == ((), ["E226"])


def test_circles() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": []}) == ()
    assert circles({"a": ["b"], "b": ["a", "c"], "c": ["c"]}) == (("a", "b"), ("c",))
    long = {str(i): [str(i + 1)] for i in range(5000)}
    assert circles(long) == ()
    assert len(circles({**long, "5000": ["0"]})) == 1


def test_a_rule_that_is_not_there(catalog: Catalog) -> None:
    text = "rule a\n  when btc-hihg is firing\nrule btc-high\n  when price > 1\n"
    rules, (alone,) = resolve_file(parse_rules(text), catalog)
    assert (alone.code, len(rules)) == ("W405", 2)
    assert 'did you mean "btc-high"?' in alone.hint
    (of_all,) = resolve_files([("a.alert", parse_rules(text))], catalog)[1]
    assert of_all.code == "E225"
    found = lint_files([("a.alert", text), ("b.alert", "rule b\n  when price > 1\n  notify x")], catalog)
    assert [d.code for d in found if d.code in ("E225", "W405")] == ["E225"]


# ---------------------------------------------------------------- in English


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("round(used) > 5 MB", ["used rounded is above 5 MB", "round(used) > 5 MB"]),
        ("max(used, 3 GB) > 5 GB", ["the highest of used and 3 GB is above 5 GB"]),
        ("age of last backup > 24h", ["the age of last backup is above 1 d", "age of last backup > 1 d"]),
        ("time until certificate expiry < 14d", ["the time until certificate expiry is below 14 d"]),
        ("sum of failures today > 5", ["the sum of failures today (UTC) is above 5"]),
        ("integral of power over 1d > 20 kWh", ["the integral of power over 1 day is above 20 kWh"]),
        ("slope of used over 1h > 5 GB/h", ["is above 5 GB/h"]),
        ('service status matches "fail.*"', ['the text of service status matches "fail.*"']),
        ("(http latency else 200ms) > 1s", ["or 200 ms where that is unknown"]),
        ("other is firing", ["an alert of the rule other", "one for each alert of the rule other", "after other"]),
        ("rule r\n  when price > 1\n  during 22:00-06:00 on weekdays in Europe/London except 2026-12-25",
         ["from 22:00 to 06:00 the next day, on Monday,", "in Europe/London", "not on 2026-12-25"]),
        ("rule r\n  when price > 1\n  once\n  escalate to managers after 15m", ["it fires once", "acknowledges it for 15 minutes"]),
        ("let limit by host = { a = 95%, else 90% }\nrule r\n  when cpu usage > limit",
         ['95% for host "a", 90% for any other']),
    ],
)  # fmt: skip
def test_explained(rule: Rule, text: str, sentences: list[str]) -> None:
    out = explain_rule(rule(text))
    for sentence in sentences:
        assert sentence in out, out


def test_the_longest_window_of_a_calendar(rule: Rule) -> None:
    when = rule("sum of failures this week > 5").when
    assert isinstance(when, typed.Compare)
    assert isinstance(when.left, typed.CalendarWindow)
    assert when.left.selector.memory >= 14 * DAY
