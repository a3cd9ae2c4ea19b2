from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.diagnostics import AlertDslError
from alertdsl.syntax import ast
from alertdsl.syntax.format import format_condition, format_file, format_rule_text
from alertdsl.syntax.format_values import value
from alertdsl.syntax.parser import parse_condition, parse_file, parse_lenient, parse_rules
from tests.alertdsl.syntax import trees

_slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@_slow
@given(trees.values)
def test_a_value_reads_back(node: ast.Value) -> None:
    text = f"{value(node)} > 1"
    parsed = parse_condition(text)
    assert isinstance(parsed, ast.Compare)
    assert parsed.left == node, text


@_slow
@given(trees.conditions)
def test_a_condition_reads_back(node: ast.Condition) -> None:
    text = format_condition(node)
    assert parse_condition(text) == node, text
    assert format_condition(parse_condition(text)) == text


@_slow
@given(trees.files)
def test_a_file_reads_back(node: ast.File) -> None:
    text = format_file(node)
    assert parse_file(text) == node, text
    assert format_rule_text(text) == text


PIECES = [
    "BTC", "price", "for", "and", "or", "not", "unless", "5m", "70k", "$5", "90%", ">", "is above", "over", "by", "avg of",
    "count of", "(", ")", "{", "}", '"x"', "=", ",", "\n", "rule", "when", "let", "severity", "every", "recover when",
    "else", "1w ago", "is missing for", "within", "between", "in", "at least 3 hosts have", "have", "of", "its 1d high",
    "#", "'s", ".", "-", "min(", "5", "points", "today", "“", "message", "on no data", "is", "has", "no", "all",
]  # fmt: skip


@_slow
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)))
def test_any_text_parses_or_is_refused_with_a_place(text: str) -> None:
    for parse in (parse_condition, parse_file, parse_rules):
        try:
            parse(text)
        except AlertDslError as e:
            for d in e.diagnostics:
                assert 0 <= d.span.start <= d.span.end <= len(text)
                assert d.render()
                for fix in d.fixes:
                    assert 0 <= fix.span.start <= fix.span.end <= len(text)
    parsed, problems = parse_lenient(text)
    assert parsed.rules or problems or parsed.lets or parsed.imports


@_slow
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_whatever_parses_formats_to_the_same_and_stays(text: str) -> None:
    try:
        parsed = parse_rules(text)
    except AlertDslError:
        return
    spelled = format_file(parsed)
    assert parse_rules(spelled) == parsed, spelled
    assert format_rule_text(spelled) == spelled


@pytest.mark.parametrize(
    "text",
    [
        "load > 8 # why",
        "# why\nload > 8",
        "load > 8\n# after\n",
        "# a\n\n  # b\nload > 8 # c\n# d",
        'x == "#y"',
    ],
)
def test_a_lone_condition_with_comments_reads_back(text: str) -> None:
    formatted = format_rule_text(text)
    assert format_rule_text(formatted) == formatted
    assert parse_rules(formatted) == parse_rules(text)
