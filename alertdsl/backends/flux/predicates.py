"""Predicates on series, in the shapes that InfluxDB evaluates in its index.

Measured on 2.7: a pushed-down predicate takes an absent tag for the empty string, in ``!=``, ``=~`` and ``!~`` too, just as the
language does; only ``== ""`` is not pushed down and becomes ``not exists``. A chain of ``or`` past 169 terms is refused as
nested too deeply, so chains are balanced trees, and alternatives of one tag are one anchored regular expression (30 us a
name, a tenth of what ``or`` takes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from alertdsl.backends.flux.literals import any_of_regex, fregex, fstr
from alertdsl.semantics.typed import Matcher

NAMES_PER_REGEX = 1000

Alternatives = Sequence[tuple[Matcher, ...]]


def stream_predicate(measurement: str, field: str) -> str:
    """The series of one field."""
    return f"r._measurement == {fstr(measurement)} and r._field == {fstr(field)}"


def matcher_predicate(matcher: Matcher) -> str:
    """One condition on a tag."""
    column = f"r[{fstr(matcher.tag)}]"
    match matcher.op:
        case "=" if not matcher.value:
            return f"not exists {column}"
        case "!=" if not matcher.value:
            return f"exists {column}"
        case "=":
            return f"{column} == {fstr(matcher.value)}"
        case "!=":
            return f"{column} != {fstr(matcher.value)}"
        case "=~" | "!~":
            return f"{column} {matcher.op} {fregex(matcher.value)}"


def all_of(terms: Iterable[str]) -> str:
    """Their conjunction; ``""`` without terms."""
    return _tree(list(terms), "and")


def any_of(alternatives: Alternatives) -> str:
    """The series that satisfy all matchers of one of the alternatives; ``""`` where that is every series."""
    if not alternatives or not all(alternatives):
        return ""
    tag = _most_varied_tag(alternatives)
    names: dict[tuple[Matcher, ...], list[str]] = defaultdict(list)
    whole: list[tuple[Matcher, ...]] = []
    for matchers in dict.fromkeys(alternatives):
        pinned = next((m for m in matchers if m.op == "=" and m.tag == tag and m.value), None)
        if pinned is None:
            whole.append(matchers)
        else:
            names[tuple(m for m in matchers if m is not pinned)].append(pinned.value)
    terms = [all_of(map(matcher_predicate, matchers)) for matchers in whole]
    return _tree(terms + [_alternative(tag, rest, found) for rest, found in names.items()], "or")


def _alternative(tag: str, rest: tuple[Matcher, ...], names: list[str]) -> str:
    common = map(matcher_predicate, rest)
    if len(names) == 1:
        return all_of([matcher_predicate(Matcher(tag, "=", names[0])), *common])
    parts = [names[i : i + NAMES_PER_REGEX] for i in range(0, len(names), NAMES_PER_REGEX)]
    matched = _tree([f"r[{fstr(tag)}] =~ {any_of_regex(part)}" for part in parts], "or")
    return all_of([matched, *common])


def _most_varied_tag(alternatives: Alternatives) -> str:
    values: dict[str, set[str]] = defaultdict(set)
    for matchers in alternatives:
        for matcher in matchers:
            if matcher.op == "=" and matcher.value:
                values[matcher.tag].add(matcher.value)
    return max(values, key=lambda tag: len(values[tag]), default="")


def _tree(terms: list[str], word: str) -> str:
    """Terms joined in a balanced tree; short chains of `and` stay flat, for the reader's sake."""
    if len(terms) <= 1:
        return "".join(terms)
    if word == "and" and len(terms) <= 8:
        return " and ".join(terms)
    middle = len(terms) // 2
    return f"({_tree(terms[:middle], word)} {word} {_tree(terms[middle:], word)})"
