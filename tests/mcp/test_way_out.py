"""What is offered for wrong rule text holds whatever the text: it checks, it loses no number, it comes at once."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alertdsl import check, load_catalog
from alertdsl.diagnostics import Severity
from alertdsl_mcp.examine import examine
from alertdsl_mcp.shape import shape_of
from tests.mcp.requests import CATALOG

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

WORDS = (
    *(
        "alert",
        "me",
        "if",
        "when",
        "the",
        "bitcoin",
        "BTC",
        "price",
        "cpu usage",
        "latency",
        "errors",
        "requests",
        "last backup",
    ),
    *(
        "service status",
        "door",
        "above",
        "below",
        "over",
        "is",
        "not",
        "more than",
        "at least",
        "5",
        "90%",
        "70k",
        "$5",
        "200ms",
    ),
    *(
        "5 minutes",
        "an hour",
        "10m",
        "for",
        "in the last",
        "within",
        "and",
        "or",
        "unless",
        "avg of",
        "average",
        "p95",
        "rate of",
    ),
    *(
        "per second",
        "by host",
        "per region",
        "overall",
        "on web1",
        "where host is",
        "any",
        "no",
        "missing",
        "crosses",
        "rises by",
    ),
    *(
        "its",
        "daily",
        "twice",
        "3 sigma",
        "rule a",
        "severity critical",
        "notify ops",
        "every 30s",
        "critical",
        "`",
        '"',
        "(",
        ")",
    ),
    *("{", "}", "[5m]", ":", "\n", "today", "at", "/var", "weekdays"),
)


@cache
def _catalog() -> Catalog:
    return load_catalog(CATALOG)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join))
@example("cpu usage at least 3 of the last 5 minutes above 90%")
def test_whatever_is_offered_checks_and_keeps_what_was_said(text: str) -> None:
    found = examine(text, _catalog())
    for offered in (*([found.suggestion] if found.suggestion else []), *found.readings):
        assert [one for one in check(offered, _catalog()) if one.severity is Severity.ERROR] == [], offered
    if found.suggestion:
        said, kept = (set(re.findall(r"\d+", one)) for one in (text, found.suggestion))
        # "an hour" and "twice" are numbers too, in the suggestion in digits.
        assert said <= kept, (text, found.suggestion)


REPEATED = (
    *(
        "the last ",
        "alert me if ",
        ", notify ",
        "a(",
        "cpu usage over ",
        "  ",
        "\n",
        "rule ",
        "and ",
        "5m ",
        "5 ",
        "of ",
        "avg(cpu[5m]) ",
    ),
    *(
        "{a=",
        "`",
        '"',
        "every ",
        "1",
        "1,",
        "at least 3 hosts have ",
        "cpu > 5 or ",
        ": ",
        "a = b ",
        "no ",
        "critical ",
    ),
)


@pytest.mark.parametrize("repeated", REPEATED)
def test_no_text_keeps_the_server_busy(repeated: str) -> None:
    begun = time.process_time()
    for length in (390, 1990, 19_000):
        for head, tail in (("", ""), ("", " cpu usage > 90%"), ("cpu usage ", "5")):
            examine(head + (repeated * (length // len(repeated)))[:length] + tail, _catalog())
    assert time.process_time() - begun < 15


@pytest.mark.parametrize(
    ("text", "shaped"),
    [
        ("```alert\nrule x\n  when cpu usage > 90%\n```", "rule x\n  when cpu usage > 90%"),
        ("rule hot: cpu usage > 90%", "rule hot\n  when cpu usage > 90%"),
        (
            "rule hot {\n when cpu usage > 90%\n severity critical\n}",
            "rule hot\n  when cpu usage > 90%\n  severity critical",
        ),
        (
            "alert: High CPU\nexpr: cpu usage > 90%\nfor: 5m\nlabels:\n  severity: critical",
            "rule High-CPU\n  when cpu usage > 90% for 5m\n  severity critical",
        ),
        (
            '{"name": "hot", "condition": "cpu usage > 90%", "severity": "info"}',
            "rule hot\n  when cpu usage > 90%\n  severity info",
        ),
        ("rule a when x > 1 for 5m severity critical", "rule a\n  when x > 1 for 5m\n  severity critical"),
        (
            "lag > 30s, tell oncall every 15 minutes until someone acknowledges",
            "rule lag-30s\n  when lag > 30s\n  notify oncall\n  repeat every 15m",
        ),
        (
            'x > 1, critical, send to ops, with the message "x is high"',
            'rule x-1\n  when x > 1\n  severity critical\n  notify ops\n  message "x is high"',
        ),
        ("Could you tell me when x > 1, please?", "x > 1"),
    ],
)
def test_a_rule_is_found_in_what_it_was_wrapped_in(text: str, shaped: str) -> None:
    assert shape_of(text).text == shaped
