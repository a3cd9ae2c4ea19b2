"""The page for those who come from elsewhere: the rules in its tables can be written and compiled."""

from __future__ import annotations

import re

import pytest

import alertdsl
from alertdsl.syntax.expected import CLAUSES
from tests.docs.pages import DOCS, ROOT

PAGE = (DOCS / "coming-from.md").read_text()
CATALOG = alertdsl.load_catalog(ROOT / "examples" / "alertdsl.toml")
SECTIONS = re.findall(r"^## From (.*?)$(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)


def rules(section: str) -> list[str]:
    """The rules of a section's table, as rule text; a clause alone is put into a rule."""
    found = []
    for line in section.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and cells[1].startswith("`"):
            text = re.sub(r"^`|`$", "", cells[1]).replace("`<br>`", "\n")
            clause = text.startswith(CLAUSES)
            found.append(f"rule r\n  when cpu usage > 90% for 5m\n  {text}" if clause else text)
    return found


CASES = [(name, text) for name, section in SECTIONS for text in rules(section)]


def test_there_are_enough_of_each() -> None:
    counts = {name: len(rules(section)) for name, section in SECTIONS}
    assert len(counts) == 4
    assert min(counts.values()) >= 15
    assert sum(counts.values()) >= 90
    assert PAGE.count("No counterpart: ") == 4


@pytest.mark.parametrize(("source", "text"), CASES)
def test_the_rule_can_be_written(source: str, text: str) -> None:
    assert alertdsl.check(text, CATALOG) == []
    assert alertdsl.compile(text, CATALOG)
    assert alertdsl.explain(text, CATALOG)
