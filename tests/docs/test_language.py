"""The language page: what it shows can be written, and means one thing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import alertdsl
from tests.docs.pages import DOCS, ROOT, blocks

PAGE = (DOCS / "language.md").read_text()
EXAMPLES = ROOT / "examples"
CATALOG = alertdsl.load_catalog(EXAMPLES / "alertdsl.toml")
_FILE = re.compile(r"^(?:rule|import) ", re.MULTILINE)


def texts(page: str) -> list[str]:
    """The rules of the page: each file, and each line that is a condition."""
    found: list[str] = []
    for block in blocks(page, "alert"):
        lines = [re.split(r"\s+# ", line)[0].strip() for line in block.text.splitlines()]
        found += [block.text] if _FILE.search(block.text) else lines
    return found


WRITTEN = texts(PAGE)
FILES = [text for text in WRITTEN if _FILE.search(text)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, where a file that imports has something to import."""
    return Path(shutil.copytree(EXAMPLES, tmp_path_factory.mktemp("project") / "examples"))


def placed(text: str, project: Path) -> str | Path:
    """A text as it is given to the compiler."""
    if not text.startswith("import "):
        return text
    file = project / "page.alert"
    file.write_text(text)
    return file


def test_the_page_has_examples() -> None:
    assert len(WRITTEN) >= 70
    assert len(FILES) >= 6


@pytest.mark.parametrize("text", WRITTEN)
def test_what_can_be_written(text: str, project: Path) -> None:
    source = placed(text, project)
    assert alertdsl.check(source, CATALOG) == []
    assert alertdsl.explain(source, CATALOG)
    assert alertdsl.compile(source, CATALOG)


@pytest.mark.parametrize("text", WRITTEN)
def test_the_canonical_text_means_the_same(text: str, project: Path) -> None:
    canonical = alertdsl.format_rule(text)
    assert alertdsl.format_rule(canonical) == canonical
    meant = [alertdsl.meaning_hash(rule) for rule in alertdsl.resolve(placed(text, project), CATALOG)]
    again = [alertdsl.meaning_hash(rule) for rule in alertdsl.resolve(placed(canonical, project), CATALOG)]
    assert meant == again


@pytest.mark.parametrize("text", FILES)
def test_rule_files_are_in_canonical_spelling(text: str) -> None:
    assert alertdsl.format_rule(text) == text


def test_mistakes_are_answered_as_the_page_says() -> None:
    assert "`latency > 200` is asked *200 what?* (`E233`)" in PAGE
    (found,) = alertdsl.check("latency > 200", CATALOG)
    assert (found.code, found.message[:9]) == ("E233", "200 what?")
    assert [one.code for one in alertdsl.check("disk almost full", CATALOG)] == ["E010"]
    assert [one.code for one in alertdsl.check("load > 8 or load < 1 for 5m", CATALOG)] == ["E014"]


def test_a_mistake_is_switched_off_as_the_page_says() -> None:
    text = "cpu usage > 0.9"
    assert [one.code for one in alertdsl.check(text, CATALOG)] == ["W404"]
    assert "`# alertdsl: ignore W404`" in PAGE


def test_severities() -> None:
    from alertdsl.semantics.clauses import SEVERITIES

    assert f"`{' '.join(SEVERITIES)}`" in PAGE
