"""Synonyms: the words that people write, and the one that stands in the tree."""

from __future__ import annotations

import re

from alertdsl.syntax.ast import AggregateFunction

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


def aggregate(text: str) -> tuple[AggregateFunction, float | None]:
    """The function that ``average of``, ``p95 of`` or ``95th percentile of`` names, with the percentile."""
    words = text.lower().split()[:-1]
    phrase = " ".join(words)
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

QUANTIFIERS = {
    "at least": ">=",
    "more than": ">",
    "at most": "<=",
    "fewer than": "<",
    "less than": "<",
    "exactly": "==",
    "all": "all",
    "every": "all",
    "any": "any",
    "no": "no",
}

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
