"""The sender: claims what is due in the outbox, delivers it, records how it went.

Delivery is at least once: a notification is marked as sent after the receiver took it, so a sender that is
killed between the two sends it again, under the same key. Any number of senders may run, in any process.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alertdsl.semantics.typed import DAY, MINUTE, SECOND
from alertdsl.store import StoreError
from alertdsl_runtime.notify.payload import as_payload
from alertdsl_runtime.notify.render import render
from alertdsl_runtime.notify.targets import DeliveryError, Message, Target, facts_of

if TYPE_CHECKING:
    from alertdsl.store import Store
    from alertdsl.store.records import Notification

_LOG = logging.getLogger("alertdsl.notify")


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


@dataclass(slots=True)
class Delivered:
    """What a pass of the sender did."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """Target -> why its last delivery failed."""

    @property
    def handled(self) -> int:
        """How many notifications it dealt with."""
        return self.sent + self.failed + self.dropped


class OutboxWorker:
    """Delivers what the outbox of `store` owes to `targets`.

    Args:
        targets: name -> where it leads. A name without an entry is an error of its own, retried as any other:
            the settings may be about to name it.
        threads: how many targets are sent to at the same time.
        claim_for: nanoseconds after which another sender takes over what this one has claimed and not settled; longer
            than a pass of deliveries may take.
    """

    def __init__(
        self,
        store: Store,
        targets: Mapping[str, Target],
        *,
        retry: Retry | None = None,
        threads: int = 4,
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
        self.errors: dict[str, str] = {}

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
        while not self._stop.is_set():
            try:
                handled = self.deliver_due().handled
            except StoreError as error:
                _LOG.warning("outbox not reachable", extra={"error": str(error)})
                handled = 0
            except Exception:  # noqa: BLE001 - logged, with its traceback; the others' notifications go on
                _LOG.exception("delivery failed")
                handled = 0
            if not handled:
                self._wake.wait(1.0)
                self._wake.clear()

    # ------------------------------------------------------------ one pass

    def drain(self, passes: int = 1000) -> Delivered:
        """Deliver until nothing more is due (what failed waits for its time)."""
        total = Delivered()
        for _ in range(passes):
            done = self.deliver_due()
            total.sent, total.failed = total.sent + done.sent, total.failed + done.failed
            total.dropped += done.dropped
            total.errors.update(done.errors)
            if not done.handled:
                break
        return total

    def deliver_due(self, limit: int = 100) -> Delivered:
        """Claim what is due now, deliver it, and record each result.

        Raises:
            StoreError: the database cannot be reached; a claim runs out by itself.
        """
        claimed = self._store.outbox.claim(limit, claim_for=self._claim_for)
        by_target: dict[str, list[Notification]] = {}
        for item in claimed:
            by_target.setdefault(item.target, []).append(item)
        total = Delivered()
        if not by_target:
            return total
        with ThreadPoolExecutor(min(self._threads, len(by_target)), "alertdsl-send") as pool:
            for done in pool.map(self._deliver, by_target.values()):
                total.sent, total.failed = total.sent + done.sent, total.failed + done.failed
                total.dropped += done.dropped
                total.errors.update(done.errors)
        self.errors = {t: e for t, e in self.errors.items() if t not in by_target} | total.errors
        return total

    def _deliver(self, items: Sequence[Notification]) -> Delivered:
        """Deliver the notifications of one target, in their order."""
        done = Delivered()
        untold = self._untold(items)
        for place, item in enumerate(items):
            if self._stop.is_set():
                self._store.outbox.release(items[place:])
                break
            if item.id in untold:
                self._store.outbox.drop([item], "the target was not told of the alert, so not of its end")
                done.dropped += 1
                continue
            error = self._send(item)
            if error is None:
                self._store.outbox.sent([item])
                done.sent += 1
            else:
                self._record_failure(item, error)
                done.failed += 1
                done.errors[item.target] = error
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
