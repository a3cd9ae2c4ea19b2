"""What people get wrong is told at its place, in words, with a way out; and the fixes really mend it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from alertdsl.lint import codes as all_codes
from alertdsl.syntax import codes
from alertdsl.syntax.loader import lark_parser
from tests.alertdsl.people import mistakes as people
from tests.alertdsl.people.mistakes import Mistake
from tests.alertdsl.syntax import corpus

MISTAKES = [one for path in people.FILES for one in people.mistakes(path)]
REFUSED = [one for one in MISTAKES if one.said]
# Codes of mistakes that a lone text with this catalog cannot show; the tests that do are named.
ELSEWHERE = {
    codes.NOT_UTF8: "tests/alertdsl/syntax/test_parser.py",
    codes.TOO_LARGE: "tests/alertdsl/syntax/test_robust.py",
    codes.TOO_MANY: "tests/alertdsl/syntax/test_parser.py",
    codes.UNREADABLE: "tests/alertdsl/syntax/test_parser.py",
}


def test_there_are_many_mistakes() -> None:
    assert len(REFUSED) >= 350


@pytest.mark.parametrize("one", MISTAKES, ids=lambda m: m.written)
def test_a_mistake_is_told_as_the_corpus_says(one: Mistake) -> None:
    assert list(people.answer(one.text)) == one.said


@pytest.mark.parametrize("one", REFUSED, ids=lambda m: m.written)
def test_a_fix_leads_to_fewer_errors(one: Mistake) -> None:
    found = people.errors(one.text)
    for problem in found:
        for fix in problem.fixes:
            after = people.errors(people.applied(one.text, fix))
            assert (
                len(after) < len(found)
                or problem.code not in {p.code for p in after}
                or not _same(problem, after)
            ), fix


def _same(problem: object, after: object) -> bool:
    """Whether the problem is still there."""
    return any(getattr(problem, "message", "") == p.message for p in after)  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", REFUSED, ids=lambda m: m.written)
def test_a_message_is_for_people(one: Mistake) -> None:
    terminals = {t.name.strip("_") for t in lark_parser().terminals if "_" in t.name or len(t.name) > 8}
    for problem in people.errors(one.text):
        said = f"{problem.message} {problem.hint}"
        assert not {word.strip("`,.;()") for word in said.split()} & terminals
        assert not re.search(r"\b(?:token|parse|lexer|terminal|syntax error|AST)\b", said), said
        assert (
            problem.hint or problem.fixes or "expected" in problem.message or problem.message.endswith(" is")
        ), said
        assert 0 <= problem.span.start <= problem.span.end <= len(one.text)


def test_one_mistake_is_one_error() -> None:
    counts = Counter(sum(line.startswith("!!") for line in one.said) for one in REFUSED)
    assert counts[1] / len(REFUSED) > 0.95, counts


def test_every_code_of_syntax_is_in_the_corpus() -> None:
    shown = {word for one in MISTAKES for line in one.said for word in line.split() if line.startswith("!!")}
    for path in (corpus.INVALID_CONDITIONS, corpus.INVALID_FILES):
        shown |= {word for _, right in corpus.cases(path, "!!") for word in right.split()}
    assert set(codes.MEANINGS) - shown - set(ELSEWHERE) == set()


def test_codes_say_what_they_mean() -> None:
    assert all(all_codes.describe(code) for code in codes.MEANINGS)
