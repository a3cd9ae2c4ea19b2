"""What a plugin writes over a while, and which alerts must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alertdsl.semantics.typed import MINUTE, SECOND

START = 1_760_000_040 * SECOND
STEP = 30
"""Seconds between two readings of the plugin."""

Line = str | Callable[[int], str]


@dataclass(frozen=True)
class During:
    """Lines that the plugin writes at each reading from one minute on and before another; a function gets the seconds since START."""

    since: int
    until: int
    lines: tuple[Line, ...]

    def written(self) -> Iterator[str]:
        """Line protocol, five seconds after each reading begins."""
        for second in range(self.since * 60, self.until * 60, STEP):
            for line in self.lines:
                text = line if isinstance(line, str) else line(second)
                yield f"{text} {START + (second + 5) * SECOND}"


def during(since: int, until: int, *lines: Line) -> During:
    """See `During`."""
    return During(since, until, lines)


@dataclass(frozen=True)
class Story:
    """A pack, what its plugin writes, and for each rule its alerts.

    An alert is told as ``web1 16-31``: values of its labels in the order of their names, the minute in which it fired, the one
    in which it resolved; nothing after the stroke where it fires to the end, which is `MINUTES`.
    """

    pack: str
    points: tuple[During, ...]
    alerts: dict[str, list[str]]

    def lines(self) -> list[str]:
        """All lines."""
        return [line for one in self.points for line in one.written()]


MINUTES = 60


def minute(moment: int | None) -> str:
    """An instant as told in a story."""
    return "" if moment is None else str((moment - START) // MINUTE)
