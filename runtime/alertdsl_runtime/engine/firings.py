"""The alerts of other rules as the store has them: what ``x is firing`` is decided by, live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from alertdsl_runtime.columns import Labels
from alertdsl_runtime.evaluation.firing import FOREVER, Timeline, timeline_of

if TYPE_CHECKING:
    from alertdsl.store import Store


class StoredFirings:
    """What the store knows of some rules, read when it is asked for and kept for one evaluation.

    Args:
        begins: rule id -> its first instant.
    """

    def __init__(self, store: Store, begins: Mapping[str, int]) -> None:
        self._store = store
        self._begins = begins
        self._from: int | None = None
        self._timelines: dict[str, Timeline] = {}

    def forget(self) -> None:
        """Read afresh from now on: instants have passed."""
        self._from, self._timelines = None, {}

    def timeline(self, rule: str, start: int) -> Timeline:
        """See `Firings`.

        Raises:
            StoreError: the database.
        """
        if self._from is None or start < self._from:
            self._read(start)
        return self._timelines.get(rule) or Timeline(FOREVER)

    def _read(self, start: int) -> None:
        """Read all the rules at once: whoever asks for one asks for the others too."""
        fired = self._store.evaluation.fired(self._begins, start)
        labels = self._labels({span.labels_hash for span in fired})
        spans: dict[str, list[tuple[Labels, int, int | None]]] = {}
        for span in fired:
            spans.setdefault(span.rule_id, []).append((labels[span.labels_hash], span.start, span.end))
        failed: dict[str, list[tuple[int, int | None]]] = {}
        for rule, begin, end in self._store.evaluation.failed(self._begins, start):
            failed.setdefault(rule, []).append((begin, end))
        self._from = start
        self._timelines = {
            rule: timeline_of(begins, spans.get(rule, ()), failed.get(rule, ()))
            for rule, begins in self._begins.items()
        }

    def _labels(self, hashes: Iterable[str]) -> dict[str, Labels]:
        found = self._store.evaluation.labels(hashes)
        return {key: tuple(sorted(labels.items())) for key, labels in found.items()}
