"""Synonyms: the words that people write, and the one that stands in the tree."""

from __future__ import annotations

import re
from typing import Literal

from alertdsl.syntax.ast import AggregateFunction
from alertdsl.syntax.quantities import count

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Quantity = Literal[">=", ">", "<=", "<", "==", "all", "any", "no"]

AGGREGATES: dict[str, AggregateFunction] = {
    "avg": "avg",
    "average": "avg",
    "mean": "avg",
    "sum": "sum",
    "total": "sum",
    "min": "min",
    "minimum": "min",
    "lowest": "min",
    "max": "max",
    "maximum": "max",
    "highest": "max",
    "peak": "max",
    "count": "count",
    "number": "count",
    "stddev": "stddev",
    "standard deviation": "stddev",
    "first": "first",
    "last": "last",
    "range": "range",
    "rate": "rate",
    "increase": "increase",
    "change": "change",
    "percent change": "percent change",
    "percentage change": "percent change",
    "% change": "percent change",
    "slope": "slope",
    "integral": "integral",
}
_PERCENTILE = re.compile(r"p?(\d+(?:\.\d+)?)")


def function_phrase(text: str) -> str:
    """The words of an aggregate without their ``the`` before and ``of`` or ``in`` behind."""
    words = text.lower().split()
    return " ".join(words[words[0] == "the" : -1 if words[-1] in ("of", "in") else None])


def aggregate(text: str) -> tuple[AggregateFunction, float | None]:
    """The function that ``average of``, ``p95 of``, ``the peak`` or ``95th percentile`` names, with the percentile."""
    phrase = function_phrase(text)
    if phrase in AGGREGATES:
        return AGGREGATES[phrase], None
    if phrase == "median":
        return "percentile", 50.0
    match = _PERCENTILE.match(phrase)
    assert match is not None, text
    return "percentile", float(match[1])


STATISTICS = {
    "average": "average",
    "avg": "average",
    "mean": "average",
    "high": "high",
    "max": "high",
    "maximum": "high",
    "low": "low",
    "min": "low",
    "minimum": "low",
    "median": "median",
}

QUANTIFIERS: dict[str, Quantity] = {
    "at least": ">=",
    "more than": ">",
    "at most": "<=",
    "fewer than": "<",
    "less than": "<",
    "exactly": "==",
    "all": "all",
    "every": "all",
    "each": "all",
    "any": "any",
    "some": "any",
    "a": "any",
    "an": "any",
    "no": "no",
    "none": "no",
}
_OR_MORE: dict[str, Quantity] = {"more": ">=", "fewer": "<=", "less": "<="}
_QUANTIFIER = re.compile(
    r"(at least|at most|more than|fewer than|less than|exactly) ([\w.]+)(?: ?(%|percent))?"
)


def quantifier(text: str) -> tuple[Quantity, float, bool]:
    """What ``at least 3``, ``more than 20% of the``, ``three or more``, ``none of the`` say: comparison, count, share of all."""
    phrase = " ".join(text.lower().split())
    counted = _QUANTIFIER.match(phrase)
    if counted is not None:
        if counted[2] == "half":
            return QUANTIFIERS[counted[1]], 50.0, True
        return QUANTIFIERS[counted[1]], count(counted[2]), counted[3] is not None
    first, *rest = phrase.split()
    if rest[:1] == ["or"]:
        return _OR_MORE[rest[1]], count(first), False
    return QUANTIFIERS[first], 0.0, False


QUANTIFIER_WORDS = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "fewer than",
    "==": "exactly",
    "all": "all",
    "any": "any",
    "no": "no",
}

OPERATOR_WORDS = {
    ">": "is above",
    ">=": "is at least",
    "<": "is below",
    "<=": "is at most",
    "==": "is",
    "!=": "is not",
}
"""How the comparisons read in a sentence."""

RESERVED = frozenset(
    (
        "above across after ago all and any are at below between but by during else every exceeds false for from has have "
        "if in into is isn't its matches no not of on or outside over overall per this times to today true under unless "
        "when whenever where will within yesterday"
    ).split(" ")
)
"""Words that a lone name is quoted for; more than the grammar needs, so that moving a name never changes its reading."""
