"""The nearest known word to a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a slip of the fingers turns into `word`, if one is near enough."""
    word = word.lower()
    best, best_distance = None, 3
    for candidate in known:
        distance = _distance(word, candidate)
        if distance < best_distance and distance <= _allowed(candidate, word):
            best, best_distance = candidate, distance
    return best


def _allowed(candidate: str, word: str) -> int:
    if len(candidate) < 5:
        # Short words are one letter from too many names; only a doubled, lost or swapped letter counts.
        return (
            1
            if len(candidate) != len(word) or sorted(candidate) == sorted(word) or len(candidate) == 3
            else 0
        )
    return 1 if len(candidate) < 7 else 2


def _distance(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours; 9 where the lengths differ by more than two."""
    if abs(len(a) - len(b)) > 2:
        return 9
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
