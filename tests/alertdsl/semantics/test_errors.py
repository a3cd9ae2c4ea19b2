"""What people get wrong, each with the code, the exact place and the way out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alertdsl.diagnostics import Diagnostic, Severity

Problems = Callable[[str], tuple[Diagnostic, ...]]

BAD = [
    # text, code, the words at the place, part of message or hint
    ("BTC prise > 70000", "E201", "prise", 'did you mean "price"?'),
    ("cpu usge > 5", "E201", "cpu usge", 'did you mean "cpu usage"?'),
    ("completely different > 5", "E201", "completely different", "known metrics"),
    ("BTC > 70000", "E201", "BTC", "only an entity"),
    ("BTX price > 70000", "E202", "BTX", '"BTC"'),
    ("price of BTX > 70000", "E202", "BTX", '"BTC"'),
    ("cpu usage on web3 > 5", "E202", "web3", "web1"),
    ("cpu usage greater then > 90%", "E202", "greater then", "write >"),
    ("price eu > 4", "E203", "eu", 'region="eu"'),
    ("load > 4", "E203", "load", "load five, load one"),
    ("not found errors > 4", "E204", "not found errors", '"not found errors"'),
    ("rate of change over 5m > 4", "E204", "rate of change", '"rate of change"'),
    ("I/O wait > 4", "E204", "I/O wait", '"I/O wait"'),
    ("queue depth{regoin=\"eu\"} > 4", "E205", 'regoin="eu"', "its tags: host, queue"),
    ("avg of queue depth over 5m by hosst > 4", "E205", "hosst", 'did you mean "host"?'),
    ("max of (avg of queue depth over 5m by host) by queue > 4", "E205", "by queue", "inner"),
    ("BTC ETH price > 3", "E206", "ETH", "both"),
    ('BTC price{symbol="ETH"} > 3', "E206", 'symbol="ETH"', "both"),
    ('cpu usage{cpu="cpu0"} > 3', "E206", 'cpu="cpu0"', "fixes cpu"),
    ('price{symbol=~"(?=a)"} > 3', "E207", 'symbol=~"(?=a)"', "RE2"),
    ('price{symbol=~"(a"} > 3', "E207", 'symbol=~"(a"', "not a regular expression"),
    ("circle > 3", "E209", "circle", "needs itself"),
    ("latency histogram > 3", "E227", "latency histogram", "p95 of latency histogram over 5m"),
    ("p95 of latency histogram by le over 5m > 3", "E227", None, "buckets"),
    ("p95 of latency histogram by host > 3", "E240", None, "over 5m"),
    ("distinct host of queue depth today > 5", "E262", None, ""),
    ("(integral of queue depth today) 1d ago > 5", "E260", None, ""),
    ("http latency > 200", "E233", "200", "200 s or 200 ms"),
    ("rate of bytes sent over 5m > 200", "E233", "200", "200 B/s, 200 MB/s or 200 GB/s"),
    ("used + 5 > 6 GB", "E233", "5", "5 MB or 5 GB"),
    ("min(used, 5) > 6 GB", "E233", "5", "5 MB or 5 GB"),
    ("min(used, http latency) > 6 GB", "E230", "http latency", "same kind"),
    ("sqrt(0 - 4) > price", "E260", "sqrt(0 - 4)", "no root"),
    ("service up matches \"x\"", "E220", "service up", "needs text"),
    ("service status matches \"(?=a)\"", "E207", '"(?=a)"', "RE2"),
    ("service status in (down, \"failed\")", "E221", "down", 'write "down"'),
    ("age of price > 24h", "E232", "age of price", 'unit = "unix"'),
    ("time until http latency < 24h", "E232", None, "length of time"),
    ("slope of queue depth over 1h by host > 4", "E242", None, "sum of (slope of queue depth over 1h) by host"),
    ("service status > 5", "E220", "5", "text"),
    ("service status is true", "E220", "true", "text is quoted"),
    ('http latency == "5"', "E220", '"5"', "without quotes"),
    ("service up > 3", "E220", "3", "is true or is false"),
    ("avg of service status over 5m > 3", "E220", "service status", "needs a number"),
    ("service status + 1 > 3", "E220", "service status", "needs a number"),
    ('BTC price > "high"', "E220", '"high"', "text"),
    ('x.y > "high"', "E221", '"high"', "no order"),
    ('service status > "ok"', "E221", "service status", "no order"),
    ("service status == down", "E221", "down", 'write "down"'),
    ("cpu usage > 5 GB", "E230", "5 GB", "is in %"),
    ("used > 5 gb", "E230", "5 gb", "did you mean 5 GB"),
    ("count of failures over 5m > 5 GB", "E230", "5 GB", "plain numbers"),
    ("http latency > 90%", "E230", "90%", "not a share"),
    ("http latency > used", "E230", "used", "same kind"),
    ("used + http latency > 4", "E230", "http latency", "same kind"),
    ("rate of bytes sent over 5m > 5%", "E230", "5%", "B/s"),
    ("queue depth > 90%", "E231", "90%", "90 or 0.9"),
    ("queue depth > 5 GB", "E231", "5 GB", "unit"),
    ("max of rate of queue depth over 5m > 4", "E240", "max of rate of queue depth over 5m", "of which series"),
    ("rate of queue depth by host > 4", "E240", "rate of queue depth by host", "window"),
    ("percent change of price over 1h by symbol > 5", "E241", None, "group"),
    ("avg of (used / size) over 5m > 3", "E242", "(used / size)", "avg of (an expression) over 5m"),
    ("increase of cpu usage over 5m > 3", "E242", "cpu usage", "not supported yet"),
    ("(avg of price over 5m) rises by 3 within 1h", "E242", None, "not supported yet"),
    ("BTC price > ETH price and price > 4", "E243", None, "has it open"),
    ("avg of queue depth over 5m by host > avg of queue depth over 5m by queue", "E243", None, "share no tag"),
    ("load one > 5 for 2d", "E251", "2d", "keeps 1 day"),
    ("avg of load one over 2d > 5", "E251", "2d", "keeps 1 day"),
    ("load one 1w ago > 5", "E251", None, "keeps 1 day"),
    ("5 < 6", "E260", "5 < 6", "plain numbers"),
    ("404 responses > 6", "E260", None, "quoted"),
    ("used / 0 > 6", "E261", "0", "division by zero"),
    ("http latency between 1s and 500ms", "E262", "1s and 500ms", "lower number first"),
    ("price rises by 0 within 1h", "E262", "0", "above zero"),
    ("price > 3 and load one > 4 for 3 points", "E242", None, "one metric"),
    ("cpu usage deviates by 3 sigma from its 1d median", "E262", None, "average"),
    ("(price + load one) is growing for 5m", "E242", None, "one metric"),
    ("at least 120% of hosts have cpu usage > 90%", "E262", None, "between 0% and 100%"),
    ("count of (price > load one) over 5m > 3", "E242", None, "points of one metric"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place", "words"), BAD, ids=[b[0] for b in BAD])
def test_bad_rules_are_refused_at_their_place(
    problems: Problems, text: str, code: str, place: str | None, words: str
) -> None:
    found = problems(text)
    assert [d.code for d in found] == [code], "\n".join(d.render() for d in found)
    diagnostic = found[0]
    if place is not None:
        assert text[diagnostic.span.start : diagnostic.span.end] == place
    assert words in f"{diagnostic.message} {diagnostic.hint}"


CLAUSES = [
    ("severity warnig", "E210", "warnig"),
    ("severity critical, warning when BTC price > 9", "E210", "warning when BTC price > 9"),
    ("severity warning, warning when BTC price > 9", "E210", "warning when BTC price > 9"),
    ("notify x when critical", "E211", "critical"),
    ('message "{{ value"', "E214", "{{ value"),
    ("every day at 06:00 in Europe/Londn", "E215", None),
    ("every 5ms", "E250", "5ms"),
    ("recover when BTC prise < 4", "E201", "prise"),
    ("severity warning, critical when BTC prise > 4", "E201", "prise"),
]


@pytest.mark.parametrize(("clause", "code", "place"), CLAUSES, ids=[c[0] for c in CLAUSES])
def test_bad_clauses_are_refused_at_their_place(
    problems: Problems, clause: str, code: str, place: str | None
) -> None:
    text = f"rule a\n  when BTC price > 5\n  {clause}\n"
    found = problems(text)
    assert [d.code for d in found] == [code]
    if place is not None:
        assert text[found[0].span.start : found[0].span.end] == place


def test_all_errors_of_a_rule_are_told_at_once(problems: Problems) -> None:
    text = "rule a\n  when BTC prise > 5 and cpu usge > 3\n  severity warnig\n  notify x when oops\n"
    assert [d.code for d in problems(text)] == ["E201", "E201", "E210", "E211"]


def test_a_fix_repairs_the_text(problems: Problems) -> None:
    text = "BTC prise > 70000"
    fix = problems(text)[0].fixes[0]
    assert text[: fix.span.start] + fix.replacement + text[fix.span.end :] == "BTC price > 70000"


def test_without_a_catalog_the_dotted_form_is_offered() -> None:
    from alertdsl.semantics.resolve import resolve_file
    from alertdsl.syntax.parser import parse_rules

    rules, found = resolve_file(parse_rules("BTC price > 5"))
    assert not rules
    assert found[0].code == "E208"
    assert "measurement.field" in found[0].hint


WARNINGS = [
    ("mains > 200", "W401", "200", "200 V"),
    ("queue depth > $70k", "W402", "$70k", "USD"),
    ("price{symbl=\"BTC\"} > 1", "W403", None, "symbol"),
    ("cpu usage > 0.9", "W404", "0.9", "90%"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place", "words"), WARNINGS, ids=[w[1] for w in WARNINGS])
def test_doubtful_rules_are_warned_of(
    problems: Problems, text: str, code: str, place: str | None, words: str
) -> None:
    (found,) = problems(text)
    assert (found.code, found.severity) == (code, Severity.WARNING)
    assert place is None or text[found.span.start : found.span.end] == place
    assert words in f"{found.message} {found.hint}"
