"""The series of a stream that have been seen, and which of them a selector means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from alertdsl.plan.reads import Stream
from alertdsl.regex import compile_regex
from alertdsl.semantics.typed import Matcher
from alertdsl_runtime.columns import Ints, Labels

OUTSIDE = -1
"""The number of a series that does not belong to the stream."""


class SeriesSet:
    """Numbers the series of a stream in the order of their first appearance.

    A *storage* series is a full tag set, as backends keep it; a *logical* series is what the rules speak of:
    the storage series that agree in the stream's `series_key`, or just the storage series where there is no
    key.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.labels: list[Labels] = []
        self.stored: list[Labels] = []
        self.asked = 0
        """How many storage series the newest answer had."""
        self._logical: list[int] = []
        self._stored_ids: dict[Labels, int] = {}
        self._ids: dict[Labels, int] = {}
        self._having: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def logical(self) -> Ints:
        """For each storage series the number of its logical series, or `OUTSIDE`."""
        return np.array(self._logical, dtype=np.int64)

    def store(self, labels: Sequence[Labels]) -> Ints:
        """The numbers of storage series; those not seen before get new ones."""
        ids = self._stored_ids
        self.asked = len(labels)
        out = np.empty(len(labels), dtype=np.int64)
        for position, one in enumerate(labels):
            number = ids.get(one)
            out[position] = self._add(one) if number is None else number
        return out

    def matching(self, matchers: Sequence[Matcher]) -> list[int]:
        """The logical series that satisfy all `matchers`, in ascending order."""
        exact = [m for m in matchers if m.op == "=" and m.value]
        candidates = (
            min((self._having.get((m.tag, m.value), []) for m in exact), key=len)
            if exact
            else list(range(len(self.labels)))
        )
        rest = [m for m in matchers if m not in exact[:1] or len(exact) > 1]
        return (
            [i for i in candidates if all(fits(m, self.labels[i]) for m in rest)]
            if rest
            else list(candidates)
        )

    def having(self, tag: str, value: str) -> list[int]:
        """The logical series with that value of a tag."""
        return self._having.get((tag, value), [])

    def _add(self, stored: Labels) -> int:
        number = self._stored_ids[stored] = len(self.stored)
        self.stored.append(stored)
        key = self.stream.series_key
        if not all(fits(m, stored) for m in self.stream.points):
            self._logical.append(OUTSIDE)
            return number
        identity = stored if key is None else tuple(pair for pair in stored if pair[0] in key)
        logical = self._ids.get(identity)
        if logical is None:
            logical = self._ids[identity] = len(self.labels)
            self.labels.append(identity)
            for pair in identity:
                self._having[pair].append(logical)
        self._logical.append(logical)
        return number


def fits(matcher: Matcher, labels: Labels) -> bool:
    """Whether a label set satisfies a matcher; an absent tag counts as the empty string."""
    value = next((v for tag, v in labels if tag == matcher.tag), "")
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return compile_regex(matcher.value).search(value) is not None
        case "!~":
            return compile_regex(matcher.value).search(value) is None
