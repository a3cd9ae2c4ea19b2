"""Columns: the arrays in which values travel from a source to a decision.

Numbers are float64 and NaN is *unknown*. Text is interned: each distinct string has a number of its own for
the life of the process, so that equality of text is equality of numbers and the same code serves both.
Booleans are 0 and 1. Times are int64 nanoseconds since the Unix epoch. Truth is int8: FALSE < UNKNOWN < TRUE,
so Kleene's ``and`` is the minimum, ``or`` the maximum, ``not x`` is ``TRUE - x``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alertdsl.plan.reads import Read, Reducer, Request

Labels = tuple[tuple[str, str], ...]
"""A label set: (tag, value) pairs sorted by tag, no empty values."""

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Ints = NDArray[np.int64]
Truth = NDArray[np.int8]
Flags = NDArray[np.bool_]

FALSE, UNKNOWN, TRUE = np.int8(0), np.int8(1), np.int8(2)

NEVER = np.iinfo(np.int64).min
"""The time of no point."""

_TEXT_IDS: dict[str, float] = {}
_TEXTS: list[str] = []


def text_id(text: str) -> float:
    """The number that stands for a text in value columns."""
    number = _TEXT_IDS.get(text)
    if number is None:
        number = _TEXT_IDS[text] = float(len(_TEXTS))
        _TEXTS.append(text)
    return number


def text_of(number: float) -> str:
    """The text that a number of a text column stands for."""
    return _TEXTS[int(number)]


@dataclass(frozen=True, slots=True)
class Points:
    """Points of many series: series `i` has ``times[offsets[i]:offsets[i + 1]]`` and the values there.

    Within a series times ascend strictly (of duplicates the last written is kept) and no value is NaN.
    `kind` tells what the values are: ``number``, ``text`` (ids of `text_id`) or ``bool``.
    """

    labels: Sequence[Labels]
    offsets: Ints
    times: Times
    values: Floats
    kind: str = "number"


@dataclass(frozen=True, slots=True)
class Reduced:
    """A reduced read at one instant: one row per storage series that has points in the window.

    `times` is the time of the point chosen by ``last`` and ``first`` (`NEVER` filled for other reducers).
    """

    labels: Sequence[Labels]
    values: Floats
    times: Times
    kind: str = "number"


Answer = Reduced | Points


def nothing(read: Read) -> Answer:
    """The answer of no points."""
    values, times = np.zeros(0), np.zeros(0, dtype=np.int64)
    if read.reducer is Reducer.RAW:
        return Points((), np.zeros(1, dtype=np.int64), times, values)
    return Reduced((), values, times)


class SourceError(Exception):
    """A source could not answer.

    Attributes:
        transient: True where the backend is down, slow or overloaded (the instant is asked again later);
            False where this request itself cannot be answered (field type changed, no such bucket, token
            revoked ...).
    """

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class Source(Protocol):
    """What answers reads. One small file per backend; see `alertdsl_runtime.sources`."""

    @property
    def name(self) -> str:
        """What to call this source in messages."""
        ...

    def answer(self, requests: Sequence[Request], instant: int) -> list[Answer | SourceError]:
        """Answer each request at `instant` (nanoseconds): `Points` for a raw read, `Reduced` for the others.

        All requests travel in as few queries as the backend allows. A request that cannot be answered gets a
        `SourceError` in its place; labels of series are tuples that stay the same objects from call to call
        where that is cheap.

        Raises:
            SourceError: transient, when nothing could be asked at all.
        """
        ...

    def points(self, requests: Sequence[Request], start: int, stop: int) -> list[Points | SourceError]:
        """All points with ``start <= time < stop`` of the streams and series of each request (its reducer and
        window ignored).

        For backtests and catch-up: the evaluator reduces them itself.
        """
        ...

    def check(self) -> str:
        """A line that says what answers (name and version); raises SourceError with the reason where nothing
        does."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
