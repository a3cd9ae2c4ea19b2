"""Drafts as models send them first, tried on the finished server: what is offered, and what must not be."""

from __future__ import annotations

from functools import cache

import pytest

from alertdsl import load_catalog
from alertdsl.semantics.catalog import Catalog
from alertdsl_mcp.examine import Examined, examine
from tests.mcp.requests import CATALOG


@cache
def _catalog() -> Catalog:
    return load_catalog(CATALOG)


def look(text: str) -> Examined:
    return examine(text, _catalog())


@pytest.mark.parametrize(
    ("draft", "suggestion"),
    [
        ("sum by (service) (rate(errors[5m])) > 5", "sum of rate of errors over 5m by service > 5"),
        (
            "sum(rate(errors[5m])) / sum(rate(requests[5m])) > 0.05",
            "sum of rate of errors over 5m overall / sum of rate of requests over 5m overall > 0.05",
        ),
        ("count(http status >= 500) over 5m > 10", "count of (http status >= 500) over 5m > 10"),
        ("`cpu usage > 90%`", "cpu usage > 90%"),
        ("cpu usage &gt; 90%", "cpu usage > 90%"),
        ('{"rule": "cpu usage > 90%", "for": "5m"}', "cpu usage > 90% for 5m"),
        (
            '{"metric": "cpu usage", "operator": "above", "threshold": "90%", "duration": "5m", "tags": {"host": "web1"}}',
            'cpu usage{host="web1"} > 90% for 5m',
        ),
        (
            '{"name": "hot", "condition": {"metric": "cpu usage", "op": "gt", "value": 90}, "notify": ["ops", "desk"]}',
            "rule hot\n  when cpu usage > 90\n  notify ops, desk",
        ),
        (
            '{"alert": "Hot", "expr": "cpu usage > 90", "labels": {"severity": "critical"}, "annotations": {"summary": "it burns"}}',
            'rule Hot\n  when cpu usage > 90\n  severity critical\n  message "it burns"',
        ),
        (
            "alert: cpu usage > 90% and notify ops every 10 minutes",
            "rule cpu-usage-90\n  when cpu usage > 90%\n  notify ops\n  repeat every 10m",
        ),
        (
            "cpu usage > 90% for more than 5 minutes, then page ops if nobody reacts in 15 minutes",
            "rule cpu-usage-90-for\n  when cpu usage > 90% for 5m\n  escalate to ops after 15 minutes unacknowledged",
        ),
        (
            "free disk space predicted to be below 5GB in 24 hours",
            "free disk space will fall below 5GB within 24h",
        ),
        ("BTC price change 1h > 5%", "percent change of BTC price over 1h > 5%"),
    ],
)
def test_a_draft_is_put_right(draft: str, suggestion: str) -> None:
    assert look(draft).suggestion == suggestion


@pytest.mark.parametrize(
    "wish",
    [
        "memory left under 10%",  # memory usage < 10% is the opposite
        "any of cpu, memory, disk above 90%",  # one of three metrics
        "http status >= 500 more than 10 times in 5 minutes",  # without the 10
        "cpu usage > 85% warning, > 95% critical",  # without the 95%
        "revenue this month below 10k euros at 18:00",
    ],
)
def test_no_reading_leaves_out_what_makes_it_another_rule(wish: str) -> None:
    found = look(wish)
    assert (found.suggestion, found.readings) == ("", ())


def test_what_moves_may_go_up_or_down() -> None:
    assert look("BTC price moved more than 5% in 1 hour").readings == (
        "BTC price rises by 5% within 1h or BTC price falls by 5% within 1h",
        "BTC price rises by 5% within 1h",
        "BTC price falls by 5% within 1h",
    )


def test_a_rate_keeps_its_time() -> None:
    assert look("rate of errors > 5/min").readings == (
        "rate of errors over 1m > 5/min",
        "rate of errors over 5m > 5/min",
    )


def test_a_field_that_no_clause_has_is_told() -> None:
    found = look('{"rule": "cpu usage > 90%", "for": "5m", "cooldown": "10m"}')
    assert found.suggestion == ""
    assert found.readings == ("cpu usage > 90% for 5m",)
    assert found.notes == ("not in the readings: cooldown: 10m",)
