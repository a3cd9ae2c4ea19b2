from __future__ import annotations

from pathlib import Path

import pytest

from alertdsl.syntax import codes
from alertdsl.syntax.format import format_condition, format_rule_text
from alertdsl.syntax.parser import parse_condition, parse_file
from tests.alertdsl.syntax import corpus

VALID = [(path.stem, text, right) for path in corpus.CONDITIONS for text, right in corpus.cases(path, "=>")]
REFUSED = list(corpus.cases(corpus.INVALID_CONDITIONS, "!!"))
REFUSED_FILES = list(corpus.cases(corpus.INVALID_FILES, "!!"))


@pytest.mark.parametrize(("text", "right"), [case[1:] for case in VALID])
def test_a_condition_has_its_canonical_spelling(text: str, right: str) -> None:
    assert right
    assert corpus.canonical(text) == right


@pytest.mark.parametrize("text", [case[1] for case in VALID])
def test_the_canonical_spelling_means_the_same_and_stays(text: str) -> None:
    tree = parse_condition(text)
    spelled = format_condition(tree)
    assert parse_condition(spelled) == tree
    assert format_condition(parse_condition(spelled)) == spelled


@pytest.mark.parametrize(("text", "right"), REFUSED)
def test_a_mistake_is_refused_at_its_place(text: str, right: str) -> None:
    assert right != "accepted"
    assert corpus.refusal(text) == right


@pytest.mark.parametrize(("text", "right"), REFUSED_FILES)
def test_a_mistake_in_a_file_is_refused_at_its_place(text: str, right: str) -> None:
    assert right != "accepted"
    assert corpus.file_refusal(text) == right


@pytest.mark.parametrize("path", corpus.FILES, ids=lambda p: p.stem)
def test_a_file_has_its_canonical_spelling(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    right = corpus.formatted(path).read_text(encoding="utf-8")
    assert format_rule_text(text) == right
    assert format_rule_text(right) == right
    assert parse_file(right) == parse_file(text)


def test_the_messages_of_the_corpus_show_no_terminal_of_the_grammar() -> None:
    from alertdsl.syntax.loader import lark_parser

    names = {t.name.strip("_") for t in lark_parser().terminals}
    for _, right in REFUSED + REFUSED_FILES:
        assert not {word.strip("`,.;") for word in right.split()} & {n for n in names if "_" in n}


def test_every_code_has_a_meaning() -> None:
    known = {value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)}
    assert known == set(codes.MEANINGS)
    assert all(code.startswith("E0") for code in known)
