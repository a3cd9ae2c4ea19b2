"""Explanations say what a rule does, in people's units, and how `for` was bound."""

from __future__ import annotations

import pytest

from alertdsl.explanation import explain_rule
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.resolve import resolve_file
from alertdsl.syntax.parser import parse_rules

CATALOG = parse_catalog(
    """
    [metrics.price]
    field = "crypto.close"
    unit = "USD"
    series_key = ["symbol", "exchange"]
    [metrics."cpu usage"]
    expression = "100 - cpu.usage_idle"
    unit = "%"
    [metrics.waste]
    expression = "cpu.wait / cpu.all"
    tags = { cpu = "total" }
    unit = "%"
    [metrics."http latency"]
    field = "http.latency"
    unit = "s"
    [metrics."queue depth"]
    field = "queue.depth"
    [entities.web1]
    tags = { host = "web1" }
    [entities.BTC]
    tags = { symbol = "BTC" }
    """
)


def explained(text: str) -> str:
    rules, found = resolve_file(parse_rules(text), CATALOG, canonical=lambda _: text)
    assert rules, found
    return explain_rule(rules[0])


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("BTC price > 70k for 5m", ["for 5 minutes without a break:", "is above 70,000 USD", "one for each exchange of"]),
        ("BTC price > 5 and cpu usage > 3 for 5m", ['((price{symbol="BTC"} > 5 USD) and', "> 3%)) for 5m"]),
        ("cpu usage > 90%", ["  cpu usage is above 90%", "where cpu usage is 100 - cpu.usage_idle", "newest point of cpu.usage_idle"]),
        ("max of cpu usage over 5m > 90% for 5m", ["the highest cpu usage over 5 minutes is above 90%"]),
        ("cpu usage rises by 5% within 1h", ["cpu usage has risen by at least 5% within 1 hour"]),
        ("not (waste on web1 < 3%)", ['waste where host is "web1"', "where waste is cpu.wait / cpu.all with cpu=\"total\""]),
        ("p95 of http latency over 5m by region > 200ms", ["the 95th percentile of", "200 ms", "one for each region of"]),
        ("max of queue depth overall > 5", ["of all series together", "one alert"]),
        ("max of queue depth across host > 5", ["that differ only in host", "host left out"]),
        ("queue depth is missing for 10m", ["no point of queue depth for 10 minutes"]),
        ("avg of queue depth over 1h 1w ago > 5", ["over 1 hour, 7 days ago"]),
        ("not (queue depth < 3 or http latency > 1s)", ["not so:", "at least one of these:"]),
        ("queue depth > 3 unless http latency > 1s", ["unless:", "one for each series of queue depth"]),
        ("rate of queue depth over 5m by host > 3", ["the rate of queue depth over 5 minutes (per second), added up"]),
        ("queue depth rises by 5 within 1h", ["queue depth has risen by at least 5 within 1 hour"]),
        ("queue depth > 3", ["newest point of queue.depth in the last 1d, of every series, reduced by the source"]),
        ("queue depth > 3", ["cost: for each series 1 value, every minute"]),
        ("p95 of queue depth over 10m > 3", ["1 value and all points of 10 minutes", "each point is read about 10 times"]),
        ("BTC price rises by 2% within 1h", ['price where symbol is "BTC" has risen by at least 2% within 1 hour']),
        ("BTC price falls by 500 within 1h", ["has fallen by at least 500 USD within 1 hour"]),
        ("BTC price is down 10% from its 30d high", ["is at most 90% of its highest value of the 30 days before"]),
        ("queue depth > 5 times its 1d average", ["is above 5 times its average of the day before"]),
        ("cpu usage < 30% of its 1w average", ["is below 30% of its average of the 7 days before"]),
        ("queue depth deviates by 3 sigma from its 1d average",
         ["differs from its average of the day before by more than 3 times its standard deviation of the day before"]),
        ("cpu usage deviates by 3 mad from its 1d median",
         ["differs from its median of the day before by more than 3 times its median absolute deviation"]),
        ("queue depth is shrinking for 30m", ["queue depth has been shrinking over 30 minutes"]),
        ("not (queue depth will fall below 5 within 4h)", ["a series without points for 1 day is forgotten"]),
        ("not (queue depth changes more than 3 times within 10m)", ["a series without points for 1 day is forgotten"]),
        ("count of (queue depth > 5 or not x.y == \"ok\") by host >= 2",
         ['the number of all series with the same host for which (queue depth is above 5 or x.y is not "ok") is at least 2',
          'count of ((queue depth > 5) or (x.y != "ok")) by host >= 2', "one for each host"]),
        ("http latency > 2 times http latency 1d ago", ["is above 2 times http latency, 1 day ago"]),
    ],
)  # fmt: skip
def test_conditions(text: str, sentences: list[str]) -> None:
    out = explained(text)
    for sentence in sentences:
        assert sentence in out, out


def test_clauses() -> None:
    out = explained(
        'rule r "A title"\n  when BTC price > 5 for 5m\n  recover when BTC price < 4\n'
        "  severity info, critical when BTC price > 9\n  every 30s\n  on no data resolve\n  forget after 2d\n"
        '  labels team = "x"\n  notify a, b when critical\n  repeat every 4h\n  message "{{ value }}"\n'
    )
    for sentence in (
        "Rule r: A title",
        "every 30 seconds",
        "a firing alert resolves",
        "without points for 2 days is forgotten",
        'labelled team = "x"',
        "b when the severity is critical",
        "again every 4 hours",
        "is below 4 USD",
        "critical while firing and:",
        "is false for 5 minutes",
        "with the message: {{ value }}",
    ):
        assert sentence in out, out


def test_days() -> None:
    out = explained("rule r\n  when BTC price > 5\n  every day at 6:00 in Europe/London\n")
    assert "every day at 06:00 in Europe/London" in out
