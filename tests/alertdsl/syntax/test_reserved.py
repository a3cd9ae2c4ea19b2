from __future__ import annotations

from tests.alertdsl.syntax.corpus import CORPUS
from tests.alertdsl.syntax.reserved import listing


def test_a_new_reserved_word_is_a_decision() -> None:
    assert listing() == (CORPUS / "reserved.txt").read_text(encoding="utf-8")
