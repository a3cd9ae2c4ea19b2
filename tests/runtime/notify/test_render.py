"""The words of a notification, and templates that misbehave."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl_runtime.notify import filters
from alertdsl_runtime.notify.payload import Payload, as_payload
from alertdsl_runtime.notify.render import render
from alertdsl_runtime.notify.targets import facts_of

SECOND = 10**9


def payload(**given: object) -> Payload:
    facts = {
        "rule": "btc-high",
        "title": "Bitcoin is high",
        "condition": "BTC price > 120k for 5m",
        "message": "{{ labels.symbol }} at {{ value | money }} since {{ since | ago }}",
        "labels": {"symbol": "BTC"},
        "rule_labels": {"team": "markets"},
        "value": 120_345.6,
        "unit": "USD",
        "severity": "warning",
        "instant": 1_752_464_820 * SECOND,
        "since": 1_752_464_520 * SECOND,
    }
    return as_payload(facts | given)


def test_a_message() -> None:
    words = render("firing", payload())
    assert words.title == "[FIRING warning] Bitcoin is high (symbol=BTC)"
    assert words.body.startswith("BTC at $120,345.60 since 5m ago\n")
    assert "Condition: BTC price > 120k for 5m" in words.body
    assert "Since: 2025-07-14T03:42:00Z (5m ago)" in words.body
    assert words.problem == ""


@pytest.mark.parametrize(
    ("kind", "state", "head"),
    [
        ("resolved", "resolved", "[RESOLVED]"),
        ("repeat", "firing", "[STILL FIRING warning]"),
        ("firing", "no data", "[NO DATA warning]"),
        ("severity", "firing", "[SEVERITY warning]"),
    ],
)
def test_heads(kind: str, state: str, head: str) -> None:
    assert render(kind, payload(state=state)).title.startswith(head)


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{",
        "{{ value / 0 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'a'.ljust(999999999) }}",
        "{{ 'a' | center(999999999) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ labels.pop.__globals__ }}",
        "{% for i in range(9) %}{% endfor %}",
        "{% for a in labels %}{% for b in labels %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set a = 'x' %}",
        "{% include '/etc/passwd' %}",
        "{{ labels.symbol | join(labels.symbol) }}",
        "x" * 10_001 + "{{ value }}",
        "{{ ago }}",
        "{{ value | ago | nope }}",
    ],
)
def test_a_bad_template_never_loses_the_notification(template: str) -> None:
    begin = time.perf_counter()
    words = render("firing", payload(message=template))
    assert time.perf_counter() - begin < 1
    assert words.problem
    assert "Condition: BTC price > 120k for 5m" in words.body
    assert "(template error: message: " in words.body


def test_a_long_text_is_cut() -> None:
    words = render("firing", payload(message="{{ labels.symbol }}" * 500, labels={"symbol": "B" * 5000}))
    assert len(words.body) < 40_000


def test_what_templates_can_do() -> None:
    template = (
        "{% if value > 100 %}high{% else %}low{% endif %} {{ team }} {{ labels.values() | join('/') }} "
        "{% for k, v in labels.items() %}{{ k }}={{ v }};{% endfor %} {{ severity | upper }} {{ 0.5 | percent }} "
        "{{ 1500000 | bytes }} {{ 5400 | duration }} {{ value | number(1) }} {{ labels.get('no', '-') }} {{ 7 % 4 }}"
    )
    words = render("firing", payload(message=template))
    assert words.problem == ""
    assert words.body.startswith(
        "high markets markets/BTC team=markets;symbol=BTC; WARNING 50.0% 1.5 MB 1h30m 120,345.6 - 3\n"
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_label_values_make_no_lines_and_no_headers(name: str, value: str) -> None:
    words = render("firing", payload(labels={"l" + name: value}, message=""))
    assert len(words.title.splitlines()) == 1
    assert len(words.body.splitlines()) == 7


def test_the_same_payload_is_worded_the_same() -> None:
    """A retry hours later says what the first attempt said."""
    assert render("firing", payload()) == render("firing", payload())


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234567.891, "1,234,567.89"), (0.00001234, "1.234e-05"), (12.5, "12.5"), (None, "unknown")],
)
def test_number(value: float | None, text: str) -> None:
    assert filters.number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (5400, "1h30m"), (86_405, "1d"), (-60, "-1m")]
)
def test_duration(seconds: int, text: str) -> None:
    assert filters.duration(seconds) == text


def test_money() -> None:
    assert filters.money(-5) == "-$5.00"
    assert filters.money(5, "eur") == "€5.00"
    assert filters.money(5, "CHF") == "5.00 CHF"
    assert filters.money("n/a") == "n/a"


def test_facts_for_programs() -> None:
    facts = facts_of("firing", payload())
    assert facts["instant"] == "2025-07-14T03:47:00Z"
    assert facts["since"] == "2025-07-14T03:42:00Z"
    assert "message" not in facts
