"""The language page: what it shows can be written, means one thing, and what it calls not supported is refused by name."""

from __future__ import annotations

import re

import pytest

import alertdsl
from tests.docs.pages import DOCS, ROOT, blocks

PAGE = (DOCS / "language.md").read_text()
CATALOG = alertdsl.load_catalog(ROOT / "examples" / "alertdsl.toml")
CONDITIONS = [
    re.split(r"\s+# ", line)[0].strip()
    for block in blocks(PAGE, "alert")
    if not re.search(r"^rule ", block.text, re.MULTILINE)
    for line in block.text.splitlines()
]
FILES = [block.text for block in blocks(PAGE, "alert") if re.search(r"^rule ", block.text, re.MULTILINE)]
REFUSED = [line for block in blocks(PAGE, "text") for line in block.text.splitlines()]


def test_the_page_has_examples() -> None:
    assert len(CONDITIONS) >= 60
    assert len(FILES) == 1
    assert len(REFUSED) >= 1


@pytest.mark.parametrize("text", [*CONDITIONS, *FILES])
def test_what_can_be_written(text: str) -> None:
    assert alertdsl.check(text, CATALOG) == []
    assert alertdsl.explain(text, CATALOG)
    assert alertdsl.compile(text, CATALOG)


@pytest.mark.parametrize("text", [*CONDITIONS, *FILES])
def test_the_canonical_text_means_the_same(text: str) -> None:
    (rule, *_), canonical = alertdsl.resolve(text, CATALOG), alertdsl.format_rule(text)
    (again, *_) = alertdsl.resolve(canonical, CATALOG)
    assert alertdsl.format_rule(canonical) == canonical
    assert alertdsl.meaning_hash(rule) == alertdsl.meaning_hash(again)


def test_the_rule_file_is_in_canonical_spelling() -> None:
    assert [alertdsl.format_rule(text) for text in FILES] == FILES


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_written_yet(text: str) -> None:
    """One that fails here has come to be supported: move it up on the page."""
    found = alertdsl.check(text, CATALOG)
    assert [one.code for one in found] == ["E200"], found


def test_a_mistake_is_switched_off_as_the_page_says() -> None:
    text = "cpu usage > 0.9"
    assert [one.code for one in alertdsl.check(text, CATALOG)] == ["W404"]
    assert "`# alertdsl: ignore W404`" in PAGE


def test_severities() -> None:
    from alertdsl.semantics.clauses import SEVERITIES

    assert f"`{' '.join(SEVERITIES)}`" in PAGE
