"""What completion can insert, held to the grammar."""

from __future__ import annotations

import re

import pytest

from alertdsl.lsp import forms
from alertdsl.lsp.names import phrase
from alertdsl.syntax.loader import lark_parser
from alertdsl.syntax.parser import parse_condition

TERMINALS = {one.name: one for one in lark_parser().terminals}


def test_every_terminal_of_the_grammar_is_offered_or_left_out_on_purpose() -> None:
    assert set(forms.FORMS) | forms.UNOFFERED == set(TERMINALS)
    assert not set(forms.FORMS) & forms.UNOFFERED


@pytest.mark.parametrize("terminal", forms.FORMS)
def test_each_form_is_a_spelling_of_its_terminal(terminal: str) -> None:
    pattern = re.compile(TERMINALS[terminal].pattern.to_regexp(), re.IGNORECASE)
    for form in forms.FORMS[terminal]:
        assert pattern.match(forms.example(form)), form


def test_forms_become_snippets() -> None:
    assert forms.snippet("for {8m} of {10m}") == "for ${1:8m} of ${2:10m}"
    assert forms.snippet("{ {web1} = {95%} }") == r"{ ${1:web1} = ${2:95%} \}"
    assert forms.escaped("a$b}c\\") == r"a\$b\}c\\"
    assert forms.label("every day at {06:00} in {UTC}") == "every day at … in …"


@pytest.mark.parametrize(
    "name", ["cpu usage", "for sale", "is up", "a-b.c", "5 minutes", 'say "hi"', "über last"]
)
def test_names_are_inserted_so_that_they_read_as_one_name(name: str) -> None:
    parsed = parse_condition(f"{phrase(name)} > 5")
    assert " ".join(word.text for word in parsed.left.words) == name  # type: ignore[union-attr]
