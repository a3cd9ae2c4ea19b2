"""What is offered at each kind of place, and with what."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol.types import CompletionItem, TextEdit

from alertdsl.lsp.analysis import Analysis, Setting
from alertdsl.lsp.completion import complete
from alertdsl.lsp.names import Names
from alertdsl.lsp.offers import Surroundings
from alertdsl.lsp.positions import Positions
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.syntax.parser import read_rules

from .conftest import CATALOG

DEFINITIONS = """\
let hot = 120k
let hold = 5m
let limit by host = { web1 = 95%, else 90% }
rule slow(service, limit = 200ms)
  when latency > limit
"""
PARSED = parse_catalog(CATALOG)
LIBRARY = Analysis().look(DEFINITIONS, Setting("x", None, PARSED, read_rules)).library
AROUND = Surroundings(
    Names(PARSED), LIBRARY, ("btc-high", "cpu busy"), ("desk", "oncall"), ("shared.alert", "sub/other.alert")
)


def offered(text: str) -> list[CompletionItem]:
    """What is offered where the text has a `|`."""
    offset = text.index("|")
    text = text[:offset] + text[offset + 1 :]
    return list(complete(text, offset, AROUND, Positions(text)).items)


def labels(text: str) -> list[str]:
    return [one.label for one in offered(text)]


def rule(clause: str) -> str:
    return f"{DEFINITIONS}rule x\n  {clause}"


def typed(text: str, label: str) -> str:
    """The text after choosing what has that label, places to fill in as the snippet has them."""
    chosen = next(one for one in offered(text) if one.label == label)
    assert isinstance(chosen.text_edit, TextEdit)
    plain = text.replace("|", "", 1)
    places = Positions(plain)
    span = places.span(chosen.text_edit.range)
    return plain[: span.start] + chosen.text_edit.new_text + plain[span.end :]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("|", ["rule …", "let … = …", 'import "…"', "price", "BTC"]),
        ("ru|", ["rule …"]),
        (rule("|"), ["when …", "severity …", "on no data …", "escalate to … after … unacknowledged"]),
        (rule("wh|"), ["when …"]),
        (rule("on no d|"), ["on no data …"]),
        (rule("repeat e|"), ["repeat every …"]),
        (
            rule("when |"),
            ["price", "cpu usage", "BTC", "hot", "avg of … over …", "btc-high is firing", "not"],
        ),
        (rule("when cpu us|"), ["cpu usage"]),
        (rule("when BTC |"), ["price", "is missing for …", ">"]),
        (rule("when BTC pr|"), ["price"]),
        (rule("when cpu usage is ab|"), ["is above", "is absent"]),
        (rule("when cpu usage |"), [">", "is above", "rises by … within …", "is missing for …"]),
        (rule("when cpu usage > |"), ["hot", "limit", "…%", "load"]),
        (rule("when latency > |"), ["… ms", "… s"]),
        (rule("when latency > 200|"), ["ms", "s", "for …"]),
        (rule("when latency > 200 |"), ["ms", "s", "for …"]),
        (rule("when latency between 5 and |"), ["hot", "… ms"]),
        (rule("when cpu usage > 90% f|"), ["for …", "for … of …", "for … points"]),
        (rule("when cpu usage > 90% for |"), ["hold", "5m", "1h"]),
        (rule("when cpu usage > 90%\n  |"), ["and", "for …", "severity …", "notify …"]),
        (rule("when avg of |"), ["cpu usage", "price", "BTC"]),
        (rule("when avg of cpu usage |"), ["over …", "by …", "across …", "overall", "today"]),
        (rule("when avg of cpu usage over |"), ["5m", "1h"]),
        (rule("when avg of cpu usage over 5m by |"), ["host", "symbol"]),
        (rule("when avg of cpu usage over 5m by host, |"), ["symbol"]),
        (rule("when at least 3 |"), ["host", "hosts"]),
        (rule("when price{|"), ["symbol", "host"]),
        (rule('when price{symbol="BTC", |'), ["host"]),
        (rule("when load{host=|"), ['"web1"', '"web2"']),
        (rule('when load{host="|'), ['"web1"', '"web2"']),
        (rule("when load where host is |"), ['"web1"']),
        (rule("when age of |"), ["price"]),
        (rule("when load on |"), ["web1", "BTC"]),
        (rule("when price > its |"), ["1d", "1h"]),
        (rule("when load > 5 and |"), ["price", "btc-high is firing"]),
        (rule("severity |"), ["warning", "critical"]),
        (rule("severity warning, |"), ["critical"]),
        (rule("severity warning, critical when |"), ["price"]),
        (rule("notify |"), ["desk", "oncall"]),
        (rule("notify desk, |"), ["oncall"]),
        (rule("notify desk when |"), ["critical"]),
        (rule("escalate to |"), ["desk", "oncall"]),
        (rule("during 09:00-17:00 on |"), ["weekdays", "monday"]),
        (rule("during 09:00-17:00 in eu|"), ["Europe/London", "Europe/Berlin"]),
        (rule("during 09:00-17:00 except |"), ["holidays", "weekends"]),
        (rule("on no data |"), ["keep", "alert", "resolve"]),
        (rule("every |"), ["30s", "5m"]),
        (rule('expect host in ("|'), ['"web1"']),
        (rule('expect host in ("web1", |'), ['"web2"']),
        ("let other by |", ["host"]),
        ("let other by host = { |", ["web1", "web2", "else …"]),
        ('import "|', ['"shared.alert"', '"sub/other.alert"']),
        (f"{DEFINITIONS}use |", ["slow"]),
        (f"{DEFINITIONS}use slow(|", ["service = ", "limit = "]),
        ("BTC price > 5 and |", ["price"]),
        ("# a comment\n\ncpu |", ["cpu usage"]),
    ],
)
def test_what_fits_is_offered(text: str, wanted: list[str]) -> None:
    found = labels(text)
    assert not [one for one in wanted if one not in found], found


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        (rule("when |"), ["when …", "severity …", ">", "web9", "rule …"][1:3]),
        (rule("when cpu usage |"), ["price", "load", "severity …"]),
        (rule("notify |"), ["price", "host"]),
        (rule("when load by |"), ["price"]),
        (rule("when load > 5 |"), ["price", "severity …"]),
    ],
)
def test_what_does_not_fit_is_not(text: str, unwanted: list[str]) -> None:
    assert not set(labels(text)) & set(unwanted)


@pytest.mark.parametrize(
    "text", ["# when |", rule('message "{{ |'), rule("when load > 5 # |"), rule("when ) > |")]
)
def test_nothing_is_offered_where_nothing_fits(text: str) -> None:
    assert labels(text) == []


@pytest.mark.parametrize(
    ("text", "label", "after"),
    [
        (rule("when cpu us|"), "cpu usage", rule("when cpu usage")),
        (rule("when cpu usage is ab|"), "is above", rule("when cpu usage is above")),
        (
            rule('when load{host="😀"} > 5 and cpu us|'),
            "cpu usage",
            rule('when load{host="😀"} > 5 and cpu usage'),
        ),
        (rule("when load > 5 fo|"), "for …", rule("when load > 5 for ${1:5m}")),
        (rule('when load{host="w|"}'), '"web1"', rule('when load{host="web1"}')),
        (rule('when load{host="w|'), '"web1"', rule('when load{host="web1"')),
        (f"{DEFINITIONS}use sl|", "slow", f"{DEFINITIONS}use slow(service = ${{1:}}, limit = ${{2:200ms}})"),
        (rule("when cpu|"), "cpu busy is firing", rule("when cpu busy is firing")),
    ],
)
def test_choosing_replaces_what_was_typed_of_it(text: str, label: str, after: str) -> None:
    assert typed(text, label) == after


def test_what_was_begun_comes_first() -> None:
    assert labels(rule("when cpu us|"))[0] == "cpu usage"
    assert labels(rule("when BTC pr|"))[0] == "price"
    assert labels(rule("during 09:00-17:00 in europe/lon|"))[0] == "Europe/London"


def test_an_error_in_an_earlier_clause_does_not_matter() -> None:
    assert "desk" in labels(rule("when load abvoe 5\n  notify |"))


def test_metrics_are_documented() -> None:
    price = next(one for one in offered(rule("when pri|")) if one.label == "price")
    assert price.detail == "crypto.close, USD"
    for fact in ("`crypto.close`", "`monitors`", "`USD`", "5 minutes", "`symbol`", "`rate`"):
        assert fact in price.documentation.value, fact  # type: ignore[union-attr]


def test_words_are_documented_as_the_reference_tells_them() -> None:
    form = next(one for one in offered(rule("when load > 5 fo|")) if one.label == "for …")
    assert "every moment since" in form.documentation.value  # type: ignore[union-attr]


def test_each_aggregate_is_documented_as_itself() -> None:
    shown = {one.label: one.documentation for one in offered(rule("when |"))}
    for label, says in {
        "rate of … over …": "`rate of A over D`",
        "p95 of … over …": "`p95 of A over D",
        "count of … over …": "`count of",
    }.items():
        assert says in shown[label].value, label  # type: ignore[union-attr]


def test_addresses_of_targets_are_never_shown(project: Path) -> None:
    shown = "".join(map(str, offered(rule("notify |"))))
    assert "secret" not in shown


def test_very_many_metrics_are_cut_to_those_that_fit() -> None:
    many = "".join(f'[metrics."thing {i}"]\nmeasurement = "m"\nfield = "f{i}"\n' for i in range(3000))
    around = Surroundings(Names(parse_catalog(many)), LIBRARY)
    text = rule("when thing 29")
    found = [one.label for one in complete(text, len(text), around, Positions(text)).items]
    assert found[0] == "thing 29"
    assert "thing 2999" in found
    assert len(complete(rule("when "), len(rule("when ")), around, Positions(rule("when "))).items) == 200
