"""What people type is understood as meant, or refused with a way out; nothing is taken for something else."""

from __future__ import annotations

from collections import Counter

import pytest

import alertdsl
from tests.alertdsl.people import phrases as people
from tests.alertdsl.people.phrases import Phrase

PHRASES = [phrase for path in people.COLLECTIONS for phrase in people.phrases(path)]
# Shares of the clear phrases (those that have a meaning) that are understood; raise them when the language learns more.
UNDERSTOOD = {"first": 0.87, "second": 0.90, "third": 0.55, "fourth": 0.65}


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda p: p.text)
def test_a_phrase_means_what_was_meant_or_is_refused(phrase: Phrase) -> None:
    errors = phrase.errors()
    assert (errors[0].code if errors else "") == phrase.code
    assert phrase.outcome() != "misread"
    for error in errors:
        assert error.hint or error.fixes or "expected" in error.message, error.render()


@pytest.mark.parametrize("phrase", [p for p in PHRASES if not p.code], ids=lambda p: p.text)
def test_a_phrase_has_a_canonical_spelling_of_the_same_meaning(phrase: Phrase) -> None:
    spelled = alertdsl.format_rule(phrase.text)
    assert people.meaning(spelled) == people.meaning(phrase.text)
    assert alertdsl.format_rule(spelled) == spelled


@pytest.mark.parametrize("path", people.COLLECTIONS, ids=lambda p: p.stem)
def test_most_clear_phrases_are_understood(path: object) -> None:
    counts = Counter(p.outcome() for p in people.phrases(path))  # type: ignore[arg-type]
    clear = counts["understood"] + counts["offered"] + counts["refused"]
    assert counts["understood"] / clear >= UNDERSTOOD[path.stem]  # type: ignore[attr-defined]
