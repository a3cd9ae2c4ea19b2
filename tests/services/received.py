"""What a receiving server of the tests keeps, and how it is told to misbehave."""

from __future__ import annotations

import threading
import time
from typing import Generic, TypeVar

T = TypeVar("T")


class Received(Generic[T]):
    """The accepted messages, oldest first, and the faults to show next. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._messages: list[T] = []
        self._failures = 0
        self._delay = 0.0
        self.attempts = 0

    @property
    def messages(self) -> list[T]:
        """The messages accepted so far; refused ones are not among them."""
        with self._changed:
            return list(self._messages)

    def fail(self, times: int) -> None:
        """Refuse the next messages, as a server in trouble does."""
        with self._changed:
            self._failures = times

    def delay(self, seconds: float) -> None:
        """Answer only after this long, from now on."""
        with self._changed:
            self._delay = seconds

    def clear(self) -> None:
        """Forget the messages and the faults."""
        with self._changed:
            self._messages.clear()
            self._failures, self._delay, self.attempts = 0, 0.0, 0

    def wait_for(self, count: int, timeout: float = 10) -> list[T]:
        """The messages, once there are `count`; an assertion fails where they do not come in time."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self._messages) >= count, timeout)
            assert arrived, f"{len(self._messages)} of {count} messages within {timeout:g} s"
            return list(self._messages)

    def take(self, message: T) -> bool:
        """Called by the server: whether this message is accepted."""
        time.sleep(self._delay)
        with self._changed:
            self.attempts += 1
            if self._failures > 0:
                self._failures -= 1
                return False
            self._messages.append(message)
            self._changed.notify_all()
            return True
