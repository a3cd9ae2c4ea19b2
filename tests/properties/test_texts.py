"""What is written, formatted, explained and compiled is one rule."""

from __future__ import annotations

from hypothesis import given

import alertdsl
from tests.properties.test_laws import law
from tests.properties.text_strategy import catalog, texts


@law
@given(texts())
def test_formatting_explaining_and_compiling_agree(text: str) -> None:
    """The canonical text, with the parentheses of `for` written, is bound as what was written, explained as it and compiled as
    it; formatted once more it stays."""
    canonical = alertdsl.format_rule(text)
    assert alertdsl.format_rule(canonical) == canonical
    assert alertdsl.resolve(canonical, catalog()) == alertdsl.resolve(text, catalog())
    assert alertdsl.explain(canonical, catalog()) == alertdsl.explain(text, catalog())
    written, formatted = (alertdsl.compile(each, catalog(), default_bucket="b") for each in (text, canonical))
    assert written == formatted
