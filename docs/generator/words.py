"""What people type for a terminal of the grammar: read from its regular expression."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

from docs.generator.grammar import loaded

# Terminals that stand for a kind of thing rather than for words of the language.
KINDS = {
    "AGO": "5m ago",
    "BARE": "number",
    "CLOCK": "time of day",
    "DATE": "date",
    "DAYS": "days of the week",
    "DURATION": "length of time",
    "KNOWN_UNIT": "unit",
    "LENGTH": "length of time in words",
    "LIMITS": "number-number",
    "NUMBER_WORD": "number in words",
    "POINTS": "N points",
    "QUANTITY": "number with a unit",
    "QUOTED": '"text"',
    "TIME_RANGE": "hours",
    "UNIT": "unit",
    "WORD": "word",
    "ZONE": "time zone",
    "_NL_CLAUSE": "new line",
    "_NL_ITEM": "new line",
}
# Where the first spelling of the expression is not the one that says most.
_SHOWN = {
    "AGGREGATE": "avg of, sum of ...",
    "CALENDAR": "today ...",
    "CHANGES": "changes more than N times",
    "CROSSES_ABOVE": "crosses above",
    "CROSSES_BELOW": "crosses below",
    "DEVIATES_BY": "deviates by",
    "DEVIATION": "sigma, mad",
    "EQ": "==",
    "FALLS_BY": "falls by",
    "FUNCTION": "abs, min ...",
    "LABELS": "labels",
    "LAST_UNIT": "in the last hour",
    "OR_LESS": "or less",
    "OR_MORE": "or more",
    "OUT_OF": "of",
    "PLAIN_AGGREGATE": "average, p95 ...",
    "STRAIGHT": "straight",
    "SUFFIX": "thanks, ? ...",
    "TWICE": "twice, half of ...",
    "MATCHES": "matches",
    "MISSING": "is missing",
    "NOT_MATCHES": "does not match",
    "NO_DATA_ACTION": "keep, alert, resolve",
    "PREFIX": "alert me when",
    "QUANTIFIER": "at least N, all ...",
    "RISES_BY": "rises by",
    "STATISTIC": "average, high ...",
    "TAG_OPERATOR": "=, !=, =~, !~",
}


@functools.cache
def terminals() -> dict[str, str]:
    """The regular expression of each terminal of the grammar, in its order."""
    return {name: _pattern(tree) for name, (tree, _) in loaded().term_defs}


def label(terminal: str) -> str:
    """The one spelling that stands for a terminal in a diagram."""
    return KINDS.get(terminal) or _SHOWN.get(terminal) or _first(_parsed(terminals()[terminal])).strip()


def spellings(terminal: str) -> list[str]:
    """All spellings of a terminal: one for each way to begin, with alternatives inside in brackets."""
    parsed = _parsed(terminals()[terminal])
    branches = [items for _, (_, options) in parsed for items in options] if _is_branch(parsed) else [parsed]
    return list(dict.fromkeys(_tidy(_written(branch)) for branch in branches))


def _tidy(text: str) -> str:
    return re.sub(" +", " ", text).replace("N[.N]", "N").strip()


def _pattern(tree: Any) -> str:
    """The expression of a terminal that is one regular expression or one string."""
    (token,) = tree.scan_values(lambda value: True)
    text = str(token)
    if not text.startswith("/"):
        return re.escape(text[1:-1])
    return _GUARDED.sub(r"\1", text[1 : text.rindex("/")])


def _parsed(pattern: str) -> Any:
    # The parser of `re` itself; it has no public name.
    return re._parser.parse(pattern)


def _is_branch(parsed: Any) -> bool:
    return len(parsed) == 1 and str(parsed[0][0]) == "BRANCH"


def _first(items: Iterable[Any]) -> str:
    """The first text that the expression matches, without what is optional."""
    out = ""
    for kind, value in items:
        match str(kind):
            case "BRANCH":
                out += _first(value[1][0])
            case "SUBPATTERN":
                out += _first(value[3])
            case "MAX_REPEAT":
                out += "" if value[0] == 0 else " " if _is_space(value[2]) else _first(value[2])
            case _:
                out += _sign(kind, value)
    return out


def _written(items: Iterable[Any]) -> str:
    """All that the expression matches, with `( / )` for a choice and `[ ]` for what may be left out."""
    out = ""
    for kind, value in items:
        match str(kind):
            case "BRANCH":
                out = _choice(out, value[1])
            case "SUBPATTERN":
                out = _choice(out, value[3][0][1][1]) if _is_branch(value[3]) else out + _written(value[3])
            case "MAX_REPEAT":
                out += _repeated(*value)
            case _:
                out += _sign(kind, value)
    return out


def _choice(before: str, options: Iterable[Any]) -> str:
    """A choice behind a text. `re` takes out common beginnings (`stop(s|ped)`); people read whole words."""
    start = before.rstrip("abcdefghijklmnopqrstuvwxyz")
    stem = before[len(start) :]
    return f"{start}({' / '.join(stem + _written(option) for option in options)})"


def _repeated(low: int, _: Any, items: Any) -> str:
    if _is_space(items):
        return " " if low else ""
    text = _written(items)
    if low:
        return text
    body = text.strip()
    body = body[1:-1] if _is_one_choice(body) else body
    return f"{' ' * text.startswith(' ')}[{body}]{' ' * text.endswith(' ')}"


def _is_one_choice(text: str) -> bool:
    """Whether a text is one pair of brackets around all."""
    return re.fullmatch(r"\([^()]*\)", text) is not None


def _sign(kind: Any, value: Any) -> str:
    """One character; a digit stands for a number; what only looks ahead is nothing."""
    if str(kind) == "LITERAL":
        return chr(value)
    return "N" if str(kind) == "IN" and any("DIGIT" in str(member) for _, member in value) else ""


def _is_space(items: Any) -> bool:
    return [(str(kind), value) for kind, value in items] == [("IN", [(_LITERAL, 32), (_LITERAL, 9)])]


# The grammar lets the lexer pass over a terminal of many words by the letters that they begin with.
_GUARDED = re.compile(r"^\(\?=\[[^\]]*\]\)\(\?:(.*)\)$")
_LITERAL = _parsed("a")[0][0]
