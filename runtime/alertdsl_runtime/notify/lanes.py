"""When a target may be sent to: it is not busy, and not resting after failures; and when a notification is tried again."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

from alertdsl.semantics.typed import DAY, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Retry:
    """How long to wait between attempts, and when to give up; nanoseconds. Waits double, with up to a quarter
    off at random so that a receiver that comes back is not met by all at once."""

    first: int = 2 * SECOND
    longest: int = 600 * SECOND
    give_up_after: int = DAY

    def next_attempt(self, attempts: int, owed_at: int, now: int) -> int | None:
        """When to try again after so many failed attempts, or None to give up."""
        if now - owed_at >= self.give_up_after:
            return None
        wait = min(self.first * 2 ** min(attempts, 30), self.longest)
        return now + int(wait * random.uniform(0.75, 1.0))  # noqa: S311 - not for secrets


class Lanes:
    """Which targets are busy or resting. A target that is away costs the sender a try or two, and then waits: its
    notifications would else be tried one after the other, each for as long as it takes to time out."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._resting: dict[str, int] = {}
        self._rests: dict[str, int] = {}

    def closed(self, now: int) -> frozenset[str]:
        """The targets that nothing is to be claimed for at `now` (nanoseconds)."""
        with self._lock:
            return frozenset(self._busy | {target for target, until in self._resting.items() if until > now})

    def enter(self, target: str) -> None:
        """Somebody sends to it from now on."""
        with self._lock:
            self._busy.add(target)

    def leave(self, target: str) -> None:
        """Nobody sends to it any more."""
        with self._lock:
            self._busy.discard(target)

    def rest(self, target: str, now: int) -> None:
        """It is away: longer each time, up to a minute, so that it is found soon when it returns."""
        with self._lock:
            times = self._rests.get(target, 0)
            self._rests[target] = times + 1
            self._resting[target] = now + min(self._retry.first * 2 ** min(times, 30), LONGEST_REST)

    def well(self, target: str) -> None:
        """It took something."""
        with self._lock:
            self._rests.pop(target, None)
            self._resting.pop(target, None)


LONGEST_REST = MINUTE
