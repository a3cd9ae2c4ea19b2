"""Nearest names for error messages. difflib does: only errors pay for it, and a base install needs no dependency more."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from alertdsl.diagnostics import Fix, Span

_OPERATOR_WORDS = {
    "above": ">",
    "over": ">",
    "exceeds": ">",
    "greater": ">",
    "more": ">",
    "higher": ">",
    "bigger": ">",
    "below": "<",
    "under": "<",
    "less": "<",
    "lower": "<",
    "fewer": "<",
    "smaller": "<",
    "equals": "==",
    "equal": "==",
    "between": "between",
    "outside": "outside",
    "than": ">",
    "then": ">",
}


def nearest(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known names that look like `name`, best first; case does not count."""
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(name.casefold(), folded, n=limit, cutoff=0.6 if len(name) <= 4 else 0.7)
    return [folded[key] for key in found]


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1; case does not count."""
    return difflib.SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def did_you_mean(said: str, near: Sequence[str], span: Span) -> tuple[str, tuple[Fix, ...]]:
    """A hint that offers the nearest names, and a fix for each; empty without any."""
    if not near:
        return "", ()
    quoted = [f'"{name}"' for name in near]
    offer = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return f"did you mean {offer}?", tuple(Fix(span, name, f'replace "{said}" by "{name}"') for name in near)


def operator_hint(words: Iterable[str]) -> str:
    """A hint where a word looks like a misspelt comparison: names swallow those (``price abvoe 70k``)."""
    for word in words:
        found = difflib.get_close_matches(word, _OPERATOR_WORDS, n=1, cutoff=0.75)
        if found:
            meant = "than" if found[0] == "then" else found[0]
            return f'if "{word}" is meant as a comparison ("{meant}"), write {_OPERATOR_WORDS[found[0]]}'
    return ""
