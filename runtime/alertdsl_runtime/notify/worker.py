"""The sender: claims what is due in the outbox, delivers it, records how it went.

Delivery is at least once: a notification is marked as sent after the receiver took it, so a sender that is
killed between the two sends it again, under the same key. Any number of senders may run, in any process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alertdsl.semantics.typed import MINUTE, SECOND
from alertdsl.store import StoreError
from alertdsl_runtime.notify.lanes import Lanes, Retry
from alertdsl_runtime.notify.payload import as_payload
from alertdsl_runtime.notify.render import render
from alertdsl_runtime.notify.targets import DeliveryError, Message, Target, facts_of

if TYPE_CHECKING:
    from alertdsl.store import Store
    from alertdsl.store.records import Notification

_LOG = logging.getLogger("alertdsl.notify")

BATCH = 100
"""Notifications claimed at a time."""
AWAY_AFTER = 2
"""Failures one after the other for which a target is taken to be away; the rest of its notifications wait."""


@dataclass(slots=True)
class Delivered:
    """What a pass of the sender did."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """Target -> why its last delivery failed."""

    def add(self, more: Delivered) -> None:
        """Count another pass in."""
        self.sent, self.failed = self.sent + more.sent, self.failed + more.failed
        self.dropped += more.dropped
        self.errors.update(more.errors)

    @property
    def handled(self) -> int:
        """How many notifications it dealt with."""
        return self.sent + self.failed + self.dropped


class OutboxWorker:
    """Delivers what the outbox of `store` owes to `targets`.

    Args:
        targets: name -> where it leads. A name without an entry is an error of its own, retried as any other:
            the settings may be about to name it.
        threads: how many targets are sent to at the same time, where there are more. Each waits for itself only: a receiver
            that hangs holds up none of the others.
        claim_for: nanoseconds after which another sender takes over what this one has claimed and not settled; longer
            than a pass of deliveries may take.
    """

    def __init__(
        self,
        store: Store,
        targets: Mapping[str, Target],
        *,
        retry: Retry | None = None,
        threads: int = 32,
        claim_for: int = 2 * MINUTE,
    ) -> None:
        self._store = store
        self._claim_for = claim_for
        self._targets = targets
        self._retry = retry or Retry()
        self._threads = threads
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lanes = Lanes(self._retry)
        self._errors: dict[str, str] = {}
        self._noting = threading.Lock()

    @property
    def errors(self) -> dict[str, str]:
        """Target -> why its last delivery failed, of those whose last one did."""
        with self._noting:
            return dict(self._errors)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets."""
        return tuple(self._targets)

    # ------------------------------------------------------------ running beside the engine

    def start(self) -> None:
        """Deliver in a thread of its own from now on."""
        self._thread = threading.Thread(target=self._run, name="alertdsl-outbox", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something new may be due."""
        self._wake.set()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish what is being delivered and end the thread; what is left stays owed."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        with ThreadPoolExecutor(self._threads, "alertdsl-send") as pool:
            while not self._stop.is_set():
                if not self._guarded(lambda: self._dispatch(pool)):
                    self._wake.wait(1.0)
                    self._wake.clear()

    def _dispatch(self, pool: ThreadPoolExecutor) -> int:
        """Hand what is due to the targets that are free; each of them is busy until its pass is over."""
        claimed = self._claim(BATCH)
        for target, items in claimed.items():
            self._lanes.enter(target)
            pool.submit(self._lane, target, items)
        return len(claimed)

    def _lane(self, target: str, items: Sequence[Notification]) -> None:
        try:
            self._guarded(lambda: self._deliver(target, items).handled)
        finally:
            self._lanes.leave(target)
            self._wake.set()

    def _guarded(self, work: Callable[[], int]) -> int:
        """What `work` did; what goes wrong is logged, and the others' notifications go on."""
        try:
            return work()
        except StoreError as error:
            _LOG.warning("outbox not reachable", extra={"error": str(error)})
        except Exception:  # noqa: BLE001 - logged, with its traceback
            _LOG.exception("delivery failed")
        return 0

    # ------------------------------------------------------------ one pass

    def drain(self, passes: int = 1000) -> Delivered:
        """Deliver until nothing more is due (what failed waits for its time)."""
        total = Delivered()
        for _ in range(passes):
            done = self.deliver_due()
            total.add(done)
            if not done.handled:
                break
        return total

    def deliver_due(self, limit: int = 100) -> Delivered:
        """Claim what is due now, deliver it, and record each result.

        Raises:
            StoreError: the database cannot be reached; a claim runs out by itself.
        """
        total = Delivered()
        claimed = self._claim(limit)
        if not claimed:
            return total
        with ThreadPoolExecutor(min(self._threads, len(claimed)), "alertdsl-send") as pool:
            for done in pool.map(self._deliver, claimed, claimed.values()):
                total.add(done)
        return total

    def _claim(self, limit: int) -> dict[str, list[Notification]]:
        """What is due, by target, for targets that are neither busy nor resting."""
        without = self._lanes.closed(self._store.now())
        by_target: dict[str, list[Notification]] = {}
        for item in self._store.outbox.claim(limit, claim_for=self._claim_for, without=without):
            by_target.setdefault(item.target, []).append(item)
        return by_target

    def _deliver(self, target: str, items: Sequence[Notification]) -> Delivered:
        """Deliver the notifications of one target, in their order; given back untried where it is away, or slow."""
        done = Delivered()
        untold = self._untold(items)
        until = time.monotonic() + self._claim_for / SECOND / 2
        failed_in_a_row = 0
        for place, item in enumerate(items):
            away = failed_in_a_row >= AWAY_AFTER
            if away:
                self._lanes.rest(target, self._store.now())
            if away or self._stop.is_set() or time.monotonic() > until:
                self._store.outbox.release(items[place:])
                break
            if item.id in untold:
                self._store.outbox.drop([item], "the target was not told of the alert, so not of its end")
                done.dropped += 1
                continue
            error = self._send(item)
            if error is None:
                self._store.outbox.sent([item])
                self._lanes.well(target)
                done.sent += 1
                failed_in_a_row = 0
            else:
                self._record_failure(item, error)
                done.failed += 1
                done.errors[target] = error
                failed_in_a_row += 1
        with self._noting:
            self._errors.pop(target, None)
            self._errors |= done.errors
        return done

    def _send(self, item: Notification) -> str | None:
        """Why it was not delivered, or None where it was."""
        target = self._targets.get(item.target)
        if target is None:
            return f"no notification target is named {item.target!r}; name it under [notify.targets]"
        payload = as_payload(item.payload)
        words = render(item.kind, payload)
        if words.problem:
            _LOG.warning("template failed", extra={"rule": payload["rule"], "error": words.problem})
        facts = facts_of(item.kind, payload) | {"alert": item.alert_id, "target": item.target}
        try:
            target.send(Message(item.key, item.kind, words.title, words.body, facts))
        except DeliveryError as error:
            return str(error)
        _LOG.info(
            "sent", extra={"rule": payload["rule"], "target": item.target, "kind": item.kind, "key": item.key}
        )
        return None

    def _record_failure(self, item: Notification, error: str) -> None:
        now = self._store.now()
        retry_at = self._retry.next_attempt(item.attempts, item.created_at, now)
        self._store.outbox.failed(item, error, retry_at=retry_at)
        _LOG.warning(
            "not sent" if retry_at is not None else "given up",
            extra={"target": item.target, "kind": item.kind, "attempts": item.attempts + 1, "error": error},
        )

    def _untold(self, items: Sequence[Notification]) -> set[int]:
        """Those that tell of the end of an alert whose beginning never arrived."""
        ends = [item for item in items if item.kind == "resolved"]
        if not ends:
            return set()
        told = {(t.alert_id, t.target) for t in self._store.outbox.told([item.alert_id for item in ends])}
        return {item.id for item in ends if (item.alert_id, item.target) not in told}
