"""A clock that only moves when told to: for tests, demonstrations and replays of a store's time."""

from __future__ import annotations

import threading


class ManualClock:
    """Give it to `open_store(url, clock=...)`: then it is the database's clock. Nanoseconds since the epoch."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """The time."""
        with self._lock:
            return self._now

    def advance(self, by: int) -> None:
        """Move on by some nanoseconds."""
        with self._lock:
            self._now += by

    def set(self, to: int) -> None:
        """Move to a time."""
        with self._lock:
            self._now = to
