"""The generated pages are what the generator makes of the grammar, the constructs and the compiler of today."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from alertdsl import reference
from docs.generator import diagrams, grammar, made, stale, words
from tests.docs.pages import DOCS


def test_the_pages_are_up_to_date() -> None:
    assert stale(DOCS) == [], "run `make docs`, and read what changed before you commit it"


def test_every_rule_of_the_grammar_is_drawn() -> None:
    drawn = {name for _, _, names in grammar.sections() for name in names}
    assert drawn == set(grammar.rules()) == set(grammar.NAMES) | set(grammar.TWINS)
    page = (DOCS / "reference" / "grammar.md").read_text()
    assert set(re.findall(r"diagrams/grammar/(\w+)\.svg", page)) == set(grammar.NAMES)


@pytest.mark.parametrize("path", [path for path in made() if path.endswith(".svg")])
def test_diagrams_are_svg_in_words_that_people_type(path: str) -> None:
    svg = ET.fromstring(made()[path])
    labels = [text.text or "" for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert labels
    assert not [label for label in labels if re.search(r"\\|\(\?|[A-Z]{2}|_", label)], labels


def test_a_rule_that_begins_with_itself_is_drawn_as_a_loop() -> None:
    assert "conditions with and" not in diagrams.of_rule("chain")
    assert diagrams.of_rule("chain").count("simple condition") == 1


def test_words_are_read_from_the_grammar() -> None:
    assert words.spellings("MISSING") == [
        "[(is / are / goes / (has / have) (been / gone))] missing",
        "(stops / stopped / (has / have) stopped) (reporting / sending [data])",
        "(has / have) not (reported / been seen / sent [data])",
        "(hasn't / haven't) (reported / been seen / sent [data])",
        "(has / have) no data",
        "((is / was / (has / have) [been]) not / (is / was / has / have)n't / not) [been] updated",
    ]
    assert words.spellings("NOT_FIRING") == ["(is not / isn't) firing"]
    assert words.label("WILL_RISE_ABOVE") == "will rise above"


def test_the_cheat_sheet_has_every_construct() -> None:
    page = (DOCS / "cheat-sheet.md").read_text()
    for one in reference.constructs().values():
        assert f"[{one.title}](" in page
