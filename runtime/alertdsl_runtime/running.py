"""Running an engine in the foreground: logs, the progress line, signals, an orderly end."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from alertdsl_runtime.logs import set_up_logs
from alertdsl_runtime.opening import open_engine
from alertdsl_runtime.progress import ProgressLine

if TYPE_CHECKING:
    from types import FrameType

    from alertdsl_runtime.settings import Settings

_LOG = logging.getLogger("alertdsl.engine")
PATIENCE_S = 60.0
"""How long a start waits for a database that is not up yet."""


def run(
    settings: Settings,
    paths: Iterable[str | Path] = (),
    *,
    stop: threading.Event | None = None,
    progress: bool = True,
) -> None:
    """Evaluate and notify until SIGINT or SIGTERM (or `stop`); what is under way is finished first.

    Raises:
        SettingsError, AlertDslError, StoreError: it cannot start; nothing is raised once it runs.
    """
    ending = stop or threading.Event()
    handler = set_up_logs(settings.log.level, settings.log.format)
    line = ProgressLine()
    line.beside(handler)
    with open_engine(settings, paths, patience_s=PATIENCE_S) as running, _Signals(ending):
        _LOG.info(
            "engine starts",
            extra={
                "source": running.source.name,
                "database": running.store.database.engine.url.render_as_string(hide_password=True),
                "targets": ", ".join(running.worker.targets),
            },
        )
        running.worker.start()
        running.engine.run(ending, show=line.show if progress else None)
        line.clear()
        _LOG.info("engine stops")


class _Signals:
    """Turns the first SIGINT or SIGTERM into an orderly stop, and leaves the second to do what it does."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}
