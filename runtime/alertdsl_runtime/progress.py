"""A line on the terminal that says how the engine is doing, rewritten in place; log lines go above it."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
from typing import TextIO

from alertdsl_runtime.engine.status import Status
from alertdsl_runtime.logs import redact

_SPINNER = "|/-\\"


class ProgressLine:
    """Shows a status. On anything but a terminal it stays silent: there the logs and the heartbeat tell."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._turn = 0
        self._shown = ""
        self._lock = threading.Lock()

    def show(self, status: Status) -> None:
        """Rewrite the line."""
        if not self._live:
            return
        with self._lock:
            self._turn += 1
            width = max(20, shutil.get_terminal_size().columns - 1)
            mark = _SPINNER[self._turn % len(_SPINNER)] if status.healthy else "!"
            self._shown = redact(f"{mark} {status.line()}").replace("\n", " ")[:width]
            self._stream.write(f"\r\x1b[K{self._shown}")
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away, before something else is printed or at the end."""
        if self._live and self._shown:
            with self._lock:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
                self._shown = ""

    def beside(self, handler: logging.Handler) -> None:
        """Let a log handler clear the line before it writes."""
        if self._live:
            handler.addFilter(self._clearing)

    def _clearing(self, _record: logging.LogRecord) -> bool:
        self.clear()
        return True
