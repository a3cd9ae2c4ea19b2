"""Texts that nobody means: the parser answers soon and in words, whatever it is given."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alertdsl
from alertdsl import AlertDslError
from alertdsl.syntax import ast
from alertdsl.syntax.loader import lark_parser
from alertdsl.syntax.parser import MAX_CHARACTERS, parse_lenient, parse_rules
from tests.alertdsl.people import mistakes, phrases

CATALOG = phrases.CATALOG
# Texts of a length, many of which make a regular expression that backtracks show it.
SHAPES: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "words": lambda n: "cpu " * (n // 4),
    "words of the language": lambda n: "is above over for and by not " * (n // 29),
    "polite words": lambda n: "please tell me " * (n // 15),
    "polite words at the end": lambda n: "x > 5 please " + "thanks me please " * (n // 17) + "x",
    "question marks": lambda n: "x > 5" + "?" * n + "x",
    "digits": lambda n: "x > " + "1" * n,
    "groups": lambda n: "x > 1" + ",000" * (n // 4),
    "groups by spaces": lambda n: "x > 1" + " 000" * (n // 4),
    "points": lambda n: "x > 1" + ".000" * (n // 4),
    "quotes": lambda n: '"' * n,
    "an open quote": lambda n: 'x == "' + "a" * n,
    "backslashes": lambda n: 'x == "' + "\\" * n,
    "comments": lambda n: "#" * n,
    "lines of comments": lambda n: "# a\n" * (n // 4),
    "line ends": lambda n: "\n" * n,
    "blanks": lambda n: "x" + " " * n + "> 5",
    "tabs and line ends": lambda n: "x" + "\t\n" * (n // 2) + "> 5",
    "operators": lambda n: "x " + "> " * (n // 2),
    "commas": lambda n: "x by a" + ", a" * (n // 3) + " is missing for 5m",
    "tags": lambda n: "avg of x by a" + ", a" * (n // 3) + " > 5",
    "brackets": lambda n: "(" * n,
    "closing brackets": lambda n: ")" * n,
    "braces": lambda n: "x{" * (n // 2),
    "ands": lambda n: "x > 5" + " and x > 5" * (n // 10),
    "ors": lambda n: "x > 5" + " or x > 5" * (n // 9),
    "or quotes": lambda n: 'x is "a"' + ' or "a"' * (n // 7),
    "clauses": lambda n: "rule a\n  when x > 5\n" + "  message\n" * (n // 10),
    "rules": lambda n: "rule\n" * (n // 5),
    "aggregates": lambda n: "avg of " * (n // 7) + "x > 5",
    "plain aggregates": lambda n: "average " * (n // 8) + "x > 5",
    "at leasts": lambda n: "at least 3 " * (n // 11),
    "durations": lambda n: "x > 5 for " + "1h" * (n // 2),
    "null bytes": lambda n: "x\0" * (n // 2),
    "surrogates": lambda n: "\udc80" * n,
    "signs": lambda n: "é°€≥" * (n // 4),
    "yaml": lambda n: "- alert: x\n  expr: y\n" * (n // 21),
    "colons": lambda n: "x: " * (n // 3),
    "calls": lambda n: "avg(" * (n // 4),
}


def _seconds(text: str) -> float:
    start = time.process_time()
    parse_lenient(text)
    return time.process_time() - start


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_takes_about_twice_the_time(shape: str) -> None:
    make = SHAPES[shape]
    parse_lenient("x > 5")
    short, long = (min(_seconds(make(n)) for _ in range(2)) for n in (5_000, 10_000))
    assert long < max(0.25, 3.2 * short), (short, long)


def test_a_text_too_large_is_refused() -> None:
    with pytest.raises(AlertDslError, match="characters") as refused:
        parse_rules("a" * (MAX_CHARACTERS + 1))
    assert refused.value.code == "E004"


@pytest.mark.parametrize(
    "deep", ["(" * 10_000 + "x > 5" + ")" * 10_000, "not " * 10_000 + "x > 5", "-" * 10_000 + "5 < x"]
)
def test_deep_nesting_is_refused_in_words(deep: str) -> None:
    with pytest.raises(AlertDslError) as refused:
        parse_rules(deep)
    assert refused.value.code == "E005"


WIDE = [
    "cpu usage > 5" + " and cpu usage > 5" * 5_000,
    "cpu usage > 5" + " or cpu usage > 5" * 5_000,
    "(" * 49 + "cpu usage > 5" + ")" * 49,
    "cpu usage" + " + 1" * 99 + " > 5",
    "not " * 99 + "cpu usage > 5",
    'service status is "a"' + ' or "a"' * 5_000,
]


@pytest.mark.parametrize("text", WIDE, ids=range(len(WIDE)))
def test_wide_and_deep_rules_are_resolved_and_explained(text: str) -> None:
    assert alertdsl.format_rule(text)
    assert not [d for d in alertdsl.check(text, CATALOG) if d.severity == "error"]
    assert alertdsl.explain(text, CATALOG)


def test_each_terminal_passes_over_what_it_does_not_match() -> None:
    """The letters that a terminal is said to begin with are those with which it begins."""
    texts = [m.text for path in mistakes.FILES for m in mistakes.mistakes(path)]
    texts += [p.text for path in phrases.COLLECTIONS for p in phrases.phrases(path)]
    for terminal in lark_parser().terminals:
        guarded = re.fullmatch(r"\(\?=\[(?:\\.|[^\]\\])*\]\)\(\?:(.*)\)", terminal.pattern.value, re.DOTALL)
        if guarded is None:
            continue
        whole, inner = (re.compile(one, re.IGNORECASE) for one in (terminal.pattern.value, guarded[1]))
        for text in texts:
            for at in (0, *(m.start() for m in re.finditer(r"\b|(?<=\s)", text))):
                a, b = whole.match(text, at), inner.match(text, at)
                assert (a and a[0]) == (b and b[0]), (terminal.name, text[at:])


# ---------------------------------------------------------------- comments and arbitrary bytes

_COMMENT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85"), max_size=12
).map(lambda t: f"# {t}".rstrip())
_CLAUSES = [
    "when load > 8 for 5m",
    "severity warning",
    "every 1m",
    'message "hot # {{ value }}"',
    "notify a, b",
    "once",
    'labels a = "b"',
]
_LINES = ["let hot = 5", "let t by host = { a = 1, else 2 }", 'import "x.alert"']


@st.composite
def commented_files(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A rule file with comments on lines of their own and beside clauses, and its comments in order."""
    lines: list[str] = []
    comments: list[str] = []

    def comment() -> str:
        comments.append(draw(_COMMENT))
        return comments[-1]

    def line(text: str) -> None:
        for _ in range(draw(st.integers(0, 2))):
            lines.append(comment())
        lines.append(f"{text}  {comment()}" if draw(st.booleans()) else text)

    for item in draw(st.lists(st.sampled_from(_LINES), max_size=2, unique=True)):
        line(item)
    for number in range(draw(st.integers(1, 3))):
        line(f"rule r{number}")
        line("  " + _CLAUSES[0])
        for clause in draw(st.lists(st.sampled_from(_CLAUSES[1:]), max_size=3, unique=True)):
            line("  " + clause)
    for _ in range(draw(st.integers(0, 2))):
        lines.append(comment())
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"])), comments


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(commented_files())
def test_each_comment_stays(case: tuple[str, list[str]]) -> None:
    text, comments = case
    formatted = alertdsl.format_rule(text)
    assert sorted(found for _, found in parse_rules(formatted).comments) == sorted(comments)
    assert parse_rules(formatted) == parse_rules(text)
    assert alertdsl.format_rule(formatted) == formatted


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    b"rule a\n",
                    b"  when ",
                    b"cpu usage",
                    b" > ",
                    b"90%",
                    b" for 5m",
                    b'"',
                    b"\\",
                    b"{",
                    b"}",
                    b"(",
                    b")",
                    b"\xff",
                    b"\0",
                    b"#",
                    b"\r\n",
                    b",",
                    b"avg(",
                    b"is ",
                    b"let x = ",
                    b"every ",
                    b"\t",
                    b"\xef\xbb\xbf",
                    b" and ",
                    b" or ",
                    b"in ",
                    b"more than 3 ",
                    b"its ",
                    b"?",
                ]
            ),
            max_size=16,
        ).map(b"".join),
    )
)
def test_any_bytes_are_answered(data: bytes) -> None:
    text = data.decode("utf-8", errors="replace")
    for problem in alertdsl.check(text, CATALOG):
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        assert problem.render()
        for fix in problem.fixes:
            alertdsl.check(text[: fix.span.start] + fix.replacement + text[fix.span.end :], CATALOG)


def test_a_megabyte_of_rules_is_parsed_within_seconds() -> None:
    clauses = "when cpu usage > 90% and load > 8 for 10m\n  severity warning, critical when cpu usage > 95%\n  every 1m"
    rule = f"rule r{{}}\n  {clauses}\n"
    text = "".join(rule.format(n) for n in range(1_000_000 // len(rule)))
    start = time.process_time()
    parsed = parse_rules(text)
    assert time.process_time() - start < 30
    assert all(isinstance(one, ast.Rule) for one in parsed.rules)
