"""Matching operands by their labels (semantics: Which alerts), for one rule.

Joining happens once per rule and set of known series; what comes out are row numbers, by which values are
gathered.
"""

from __future__ import annotations

from collections import defaultdict
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


def join_all(operands: Sequence[Sequence[Labels]], makers: Sequence[bool]) -> list[Joined]:
    """Join operands, given as the label sets of their rows, in order; only `makers` make label sets of their
    own.

    Raises:
        MatchError: for many-to-many matches, and several series on both sides without a common tag.
    """
    joined: list[Joined] = []
    first = True
    order = sorted(range(len(operands)), key=lambda k: not makers[k])
    for k in order:
        if first and makers[k]:
            blank = [MISSING] * len(operands)
            joined = [Joined(labels, _put(blank, k, row)) for row, labels in enumerate(operands[k])]
        else:
            joined = _join(joined, k, operands[k], makers[k], len(operands))
        first = False
    if len({j.labels for j in joined}) < len(joined):
        raise MatchError("several series give the same label set; group them with `by` or `overall`")
    return joined


def _join(left: list[Joined], k: int, right: Sequence[Labels], make: bool, width: int) -> list[Joined]:
    partners, matched = _match([j.labels for j in left], right)
    out: list[Joined] = []
    for number, row in enumerate(left):
        found = partners.get(number)
        if not found:
            out.append(row)
        if found and len(found) > 1 and not make:
            raise MatchError(
                f"several series of {_names(_tags(right))} match the alert of {dict(row.labels)}; "
                "group them with `by` or `overall`"
            )
        for partner in found or ():
            labels = _union(row.labels, right[partner]) if make else row.labels
            out.append(Joined(labels, _put(row.rows, k, partner)))
    if make:
        blank = [MISSING] * width
        out.extend(Joined(labels, _put(blank, k, n)) for n, labels in enumerate(right) if n not in matched)
    return out


def _match(left: Sequence[Labels], right: Sequence[Labels]) -> tuple[dict[int, list[int]], set[int]]:
    """Partners by equal values of the tags that both have: for each left row its right rows, and all right
    rows matched."""
    partners: defaultdict[int, list[int]] = defaultdict(list)
    degree: defaultdict[int, int] = defaultdict(int)
    right_classes = _by_tags(right)
    for left_tags, left_rows in _by_tags(left).items():
        for right_tags, right_rows in right_classes.items():
            shared = left_tags & right_tags
            if not shared and left_tags and right_tags and len(left) > 1 and len(right) > 1:
                raise MatchError(
                    f"{_names(left_tags)} and {_names(right_tags)} share no tag, with several series "
                    "on both sides; group one side with `by` or `overall`"
                )
            table: defaultdict[Labels, list[int]] = defaultdict(list)
            for row in right_rows:
                table[_only(right[row], shared)].append(row)
            for row in left_rows:
                for partner in table.get(_only(left[row], shared), ()):
                    partners[row].append(partner)
                    degree[partner] += 1
    for row, found in partners.items():
        if len(found) > 1 and any(degree[partner] > 1 for partner in found):
            raise MatchError(
                f"several series on both sides match {dict(left[row])}; group one side with `by` or `overall`"
            )
    return partners, set(degree)


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
