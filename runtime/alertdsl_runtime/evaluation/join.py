"""Matching operands by their labels (semantics: Which alerts), for one rule.

Joining happens once per rule and set of known series; what comes out are row numbers, by which values are
gathered.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alertdsl_runtime.columns import Labels

MISSING = -1
"""The row number of a partner that is not there."""


class MatchError(Exception):
    """The operands of a rule cannot be matched; the message says why and names the way out."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A label set with the row of each operand that belongs to it (`MISSING` where there is none)."""

    labels: Labels
    rows: tuple[int, ...]


def join_all(
    operands: Sequence[Sequence[Labels]], makers: Sequence[bool], strict: Sequence[bool]
) -> list[Joined]:
    """Join operands, given as the label sets of their rows: those that make label sets in order, then the
    others, of which the strict ones match as those that make label sets.

    Raises:
        MatchError: for many-to-many matches, several series on both sides without a common tag, and several
            series of an operand that makes no label sets for one alert.
    """
    blank = (MISSING,) * len(operands)
    joined: list[Joined] | None = None
    for k in range(len(operands)):
        if makers[k]:
            own = [Joined(labels, _put(blank, k, row)) for row, labels in enumerate(operands[k])]
            joined = own if joined is None else _join(joined, k, operands[k], own)
    if len({j.labels for j in joined or ()}) < len(joined or ()):
        raise MatchError("several series give the same label set; group them with `by` or `overall`")
    for k in range(len(operands)):
        joined = _follow(joined or [], k, operands[k], makes=makers[k] or strict[k])
    return joined or []


def _join(left: list[Joined], k: int, right: Sequence[Labels], own: list[Joined]) -> list[Joined]:
    """Match two operands that make label sets; a row without a partner makes one alone."""
    partners, matched = _match([j.labels for j in left], right)
    out: list[Joined] = []
    for number, row in enumerate(left):
        found = partners.get(number)
        if not found:
            out.append(row)
        for partner in found or ():
            out.append(Joined(_union(row.labels, right[partner]), _put(row.rows, k, partner)))
    return out + [one for number, one in enumerate(own) if number not in matched]


def _follow(joined: list[Joined], k: int, right: Sequence[Labels], *, makes: bool) -> list[Joined]:
    """Give each label set that has none yet its row of an operand: the one whose tags it has (``overall`` has
    none, so it goes with every label set). Of an operand that makes no label sets it may also be the only row
    that agrees."""
    alone = [number for number, row in enumerate(joined) if row.rows[k] == MISSING]
    partners = _agreeing([joined[number].labels for number in alone], right)
    out = list(joined)
    for position, number in enumerate(alone):
        row, found = joined[number], partners.get(position, [])
        tags = {tag for tag, _ in row.labels}
        inside = [p for p in found if all(tag in tags for tag, _ in right[p])]
        if inside or makes:
            found = [max(inside, key=lambda p: (len(right[p]), right[p]))] if inside else []
        if len(found) > 1:
            raise MatchError(
                f"several series of {_names(_tags(right))} match the alert of {dict(row.labels)}; "
                "group them with `by` or `overall`"
            )
        if found:
            out[number] = Joined(row.labels, _put(row.rows, k, found[0]))
    return out


def _match(left: Sequence[Labels], right: Sequence[Labels]) -> tuple[dict[int, list[int]], set[int]]:
    """Partners of two operands that make label sets: for each left row its right rows, and all right rows
    matched."""
    _refuse_strangers(left, right)
    partners = _agreeing(left, right)
    degree = Counter(partner for found in partners.values() for partner in found)
    for row, found in partners.items():
        if len(found) > 1 and any(degree[partner] > 1 for partner in found):
            raise MatchError(
                f"several series on both sides match {dict(left[row])}; group one side with `by` or `overall`"
            )
    return partners, set(degree)


def partners_of(left: Sequence[Labels], right: Sequence[Labels]) -> dict[int, list[int]]:
    """For each left label set all the right ones that agree with it on the tags that both have.

    Raises:
        MatchError: several on both sides share no tag.
    """
    _refuse_strangers(left, right)
    return _agreeing(left, right)


def _refuse_strangers(left: Sequence[Labels], right: Sequence[Labels]) -> None:
    if len(left) > 1 and len(right) > 1:
        for left_tags in _by_tags(left):
            for right_tags in _by_tags(right):
                if left_tags and right_tags and not left_tags & right_tags:
                    raise MatchError(
                        f"{_names(left_tags)} and {_names(right_tags)} share no tag, with several series "
                        "on both sides; group one side with `by` or `overall`"
                    )


def _agreeing(left: Sequence[Labels], right: Sequence[Labels]) -> dict[int, list[int]]:
    """For each left row the right rows that have equal values of the tags that both have."""
    partners: defaultdict[int, list[int]] = defaultdict(list)
    right_classes = _by_tags(right)
    for left_tags, left_rows in _by_tags(left).items():
        for right_tags, right_rows in right_classes.items():
            shared = left_tags & right_tags
            table: defaultdict[Labels, list[int]] = defaultdict(list)
            for row in right_rows:
                table[_only(right[row], shared)].append(row)
            for row in left_rows:
                partners[row].extend(table.get(_only(left[row], shared), ()))
    return partners


def _by_tags(rows: Sequence[Labels]) -> dict[frozenset[str], list[int]]:
    classes: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for number, labels in enumerate(rows):
        classes[frozenset(tag for tag, _ in labels)].append(number)
    return classes


def without(labels: Labels, tags: Iterable[str]) -> Labels:
    """The label set without some tags."""
    return tuple(pair for pair in labels if pair[0] not in tags)


def _only(labels: Labels, tags: frozenset[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] in tags)


def _union(left: Labels, right: Labels) -> Labels:
    return left if left == right else tuple(sorted({*left, *right}))


def _put(rows: Sequence[int], k: int, row: int) -> tuple[int, ...]:
    return (*rows[:k], row, *rows[k + 1 :])


def _tags(rows: Sequence[Labels]) -> frozenset[str]:
    return frozenset(tag for labels in rows for tag, _ in labels)


def _names(tags: frozenset[str]) -> str:
    return ", ".join(sorted(tags))
