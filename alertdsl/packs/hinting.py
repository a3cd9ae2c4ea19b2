"""Where a catalog has no name for something, the pack that has one is said in the hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alertdsl.diagnostics import Diagnostic
from alertdsl.packs import phrases_of_packs
from alertdsl.semantics.catalog import phrase
from alertdsl.semantics.phrases import MOST_WORDS
from alertdsl.semantics.problems import UNKNOWN_METRIC


def with_packs(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics, those of unknown metrics with the pack that knows them, if one does."""
    for one in diagnostics:
        found = _known(one.text[one.span.start : one.span.end]) if one.code in UNKNOWN_METRIC else None
        yield one if found is None else replace(one, hint=f"{found}{'; ' if one.hint else ''}{one.hint}")


def _known(said: str) -> str | None:
    words, known = phrase(said)[:MOST_WORDS], phrases_of_packs()
    for length in range(min(len(words), max(map(len, known), default=0)), 0, -1):
        # One word among several says too little to name a pack for it.
        for start in range(len(words) - length + 1 if length > 1 or len(words) == 1 else 0):
            found = known.get(words[start : start + length])
            if found is not None:
                name = " ".join(words[start : start + length])
                return f'{found} has "{name}": alertdsl catalog add {found}'
    return None
