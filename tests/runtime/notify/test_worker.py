"""The outbox is delivered to a real SMTP server and a real HTTP endpoint, at least once and under one key."""

from __future__ import annotations

import io
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alertdsl.store import Store, notification_key, open_store
from alertdsl.store.records import NotificationRow
from alertdsl_runtime.notify.lanes import Retry
from alertdsl_runtime.notify.targets import (
    AppriseTarget,
    DeliveryError,
    FileTarget,
    Message,
    Target,
    make_target,
)
from alertdsl_runtime.notify.worker import OutboxWorker
from tests.runtime.notify.test_render import payload

if TYPE_CHECKING:
    from alertdsl.store.records import NotificationKind
    from tests.services.http import HttpEndpoint
    from tests.services.smtp import SmtpServer

SECOND = 10**9


class Clock:
    """The database's time, as a test wants it."""

    def __init__(self) -> None:
        self.now = 1_752_464_830 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'alerts.db'}", clock=clock) as opened:
        yield opened


def owe(store: Store, target: str, kind: NotificationKind = "firing", alert: str = "a" * 20) -> str:
    key = notification_key(alert, target, kind, 1)
    body = dict(payload(state="resolved" if kind == "resolved" else "firing"))
    row = NotificationRow(key, "default", alert, "r" * 12, target, kind, 1, "warning", body, 0)
    store.outbox.enqueue([row])
    return key


def test_mail_and_webhook(store: Store, smtp_server: SmtpServer, http_endpoint: HttpEndpoint) -> None:
    targets = {"mail": make_target(smtp_server.apprise_url()), "hook": make_target(http_endpoint.apprise_url)}
    key = owe(store, "mail")
    hook_key = owe(store, "hook")
    done = OutboxWorker(store, targets).drain()
    assert (done.sent, done.failed) == (2, 0)

    [mail] = smtp_server.wait_for(1)
    assert mail["Subject"] == "[FIRING warning] Bitcoin is high (symbol=BTC)"
    assert mail["Idempotency-Key"] == key
    assert "BTC at $120,345.60 since 5m ago" in mail.get_content()

    [posted] = http_endpoint.wait_for(1)
    assert posted.headers["idempotency-key"] == hook_key
    assert posted.json["title"] == "[FIRING warning] Bitcoin is high (symbol=BTC)"
    alert = posted.json["alert"]
    assert (alert["rule"], alert["labels"], alert["kind"]) == ("btc-high", {"symbol": "BTC"}, "firing")
    assert alert["instant"] == "2025-07-14T03:47:00Z"
    assert store.outbox.counts().sent == 2


def test_a_receiver_in_trouble_is_tried_again(
    store: Store, clock: Clock, http_endpoint: HttpEndpoint
) -> None:
    worker = OutboxWorker(store, {"hook": make_target(http_endpoint.apprise_url)})
    key = owe(store, "hook")
    http_endpoint.fail(2)
    assert worker.drain().failed == 1
    [waiting] = store.outbox.list().items
    assert waiting.status == "pending"
    assert "503" in waiting.last_error
    assert worker.errors["hook"] == waiting.last_error
    assert worker.drain().handled == 0, "not before its time"

    clock.now += 3 * SECOND
    assert worker.drain().failed == 1
    clock.now += 3 * SECOND
    assert worker.drain().handled == 0, "the wait grows"
    clock.now += 3 * SECOND
    assert worker.drain().sent == 1
    assert [m.headers["idempotency-key"] for m in http_endpoint.messages] == [key]
    assert worker.errors == {}


def test_given_up_after_a_day_and_then_no_end_is_told(
    store: Store, clock: Clock, http_endpoint: HttpEndpoint
) -> None:
    worker = OutboxWorker(store, {"hook": make_target(http_endpoint.apprise_url)})
    owe(store, "hook")
    owe(store, "hook", "resolved")
    http_endpoint.fail(1000)
    for _ in range(400):
        worker.drain()
        clock.now += 600 * SECOND
    assert store.outbox.counts().failed == 1
    assert store.outbox.counts().dropped == 1
    assert http_endpoint.attempts > 100


def test_one_dead_target_does_not_hold_up_the_others(store: Store, http_endpoint: HttpEndpoint) -> None:
    targets = {"dead": make_target("json://127.0.0.1:1/"), "hook": make_target(http_endpoint.apprise_url)}
    worker = OutboxWorker(store, targets)
    owe(store, "dead")
    owe(store, "hook")
    owe(store, "unknown")
    done = worker.drain()
    assert (done.sent, done.failed) == (1, 2)
    assert "Connection" in worker.errors["dead"]
    assert "[notify.targets]" in worker.errors["unknown"]


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a receiver that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"json://127.0.0.1:{server.getsockname()[1]}/?cto=1&rto=1"


def test_a_target_that_hangs_holds_up_none_of_the_others(
    store: Store, silent: str, http_endpoint: HttpEndpoint
) -> None:
    for number in range(150):
        owe(store, "silent", alert=f"{number:020}")
    worker = OutboxWorker(
        store, {"silent": make_target(silent), "hook": make_target(http_endpoint.apprise_url)}
    )
    worker.start()
    try:
        time.sleep(0.3)  # it has begun with the first hundred
        owe(store, "hook")
        worker.wake()
        http_endpoint.wait_for(1, timeout=1.0)
    finally:
        worker.stop()


def test_a_target_that_is_away_is_tried_once_or_twice_and_then_rests(
    store: Store, clock: Clock, http_endpoint: HttpEndpoint
) -> None:
    for number in range(20):
        owe(store, "hook", alert=f"{number:020}")
    http_endpoint.fail(5)
    worker = OutboxWorker(store, {"hook": make_target(http_endpoint.apprise_url)})
    assert worker.drain().failed == 2
    assert worker.drain().handled == 0  # it rests
    clock.now += 2 * SECOND
    assert worker.drain().failed == 2
    clock.now += 2 * SECOND
    assert worker.drain().handled == 0  # longer each time
    clock.now += 2 * SECOND
    done = worker.drain()  # one more failure, and then it is back
    assert (done.failed, done.sent) == (1, 19)
    clock.now += 60 * SECOND
    assert worker.drain().sent == 1
    assert len({m.headers["idempotency-key"] for m in http_endpoint.messages}) == 20
    assert len(http_endpoint.messages) == 20


def test_a_slow_target_gives_back_what_it_cannot_send_before_its_claim_ends(store: Store) -> None:
    class Slow:
        def send(self, message: Message) -> None:
            time.sleep(0.2)

        def check(self) -> str:
            return "slow"

    for number in range(10):
        owe(store, "slow", alert=f"{number:020}")
    worker = OutboxWorker(store, {"slow": Slow()}, claim_for=SECOND)
    done = worker.deliver_due()
    assert 2 <= done.sent <= 4
    assert len(store.outbox.claim(20)) == 10 - done.sent  # nobody has to wait for the claim's end


def test_a_sender_that_died_is_succeeded(store: Store, clock: Clock, http_endpoint: HttpEndpoint) -> None:
    """Claimed, delivered, and killed before it could say so: sent again, under the same key."""
    key = owe(store, "hook")
    worker = OutboxWorker(store, {"hook": make_target(http_endpoint.apprise_url)})
    assert len(store.outbox.claim()) == 1
    assert worker.drain().handled == 0
    clock.now += 121 * SECOND
    assert worker.drain().sent == 1
    assert http_endpoint.messages[0].headers["idempotency-key"] == key


def test_order_is_kept(store: Store, http_endpoint: HttpEndpoint) -> None:
    worker = OutboxWorker(store, {"hook": make_target(http_endpoint.apprise_url)})
    owe(store, "hook")
    owe(store, "hook", "severity")
    owe(store, "hook", "resolved")
    assert worker.drain().sent == 3
    assert [m.json["alert"]["kind"] for m in http_endpoint.messages] == ["firing", "severity", "resolved"]


def test_no_secret_is_shown(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A command run in this process before may have set our logs up for a terminal.
    monkeypatch.setattr(logging.getLogger("alertdsl"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("alertdsl"), "level", logging.NOTSET)
    # Not caplog: pytest listens even to loggers that keep to themselves, as the engine makes apprise's do.
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        target = make_target("json://alice:hunter2secret@127.0.0.1:1/hooks/T0KEN-path?+X-Key=headersecret")
        owe(store, "hook")
        OutboxWorker(store, {"hook": target}).drain()
    finally:
        root.removeHandler(handler)
    out, err = capsys.readouterr()
    last_error = store.outbox.list().items[0].last_error
    shown = lines.getvalue() + out + err + last_error + repr(target) + target.check()
    for secret in ("hunter2secret", "T0KEN-path", "headersecret"):
        assert secret not in shown
    assert "not sent" in lines.getvalue()
    assert "refused" in last_error


@pytest.mark.parametrize("url", ["nosuch://x", "", "slack://short"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(DeliveryError):
        make_target(url)


def test_terminal_and_file(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sent.jsonl"
    targets: dict[str, Target] = {"terminal": make_target("log://"), "file": make_target(f"file://{path}")}
    owe(store, "terminal")
    owe(store, "file")
    assert OutboxWorker(store, targets).drain().sent == 2
    assert "*** [FIRING warning] Bitcoin is high" in capsys.readouterr().out
    assert '"rule": "btc-high"' in path.read_text()
    with pytest.raises(DeliveryError, match="does not exist"):
        FileTarget(tmp_path / "no" / "such").check()


def test_the_thread_delivers(store: Store, http_endpoint: HttpEndpoint) -> None:
    worker = OutboxWorker(store, {"hook": AppriseTarget(http_endpoint.apprise_url)})
    worker.start()
    try:
        owe(store, "hook")
        worker.wake()
        http_endpoint.wait_for(1)
    finally:
        worker.stop()


def test_retry_waits_grow_to_a_limit() -> None:
    retry = Retry()
    waits = [(retry.next_attempt(n, 0, 0) or 0) / SECOND for n in range(12)]
    assert 1.5 <= waits[0] <= 2
    assert 450 <= waits[-1] <= 600
    assert retry.next_attempt(3, 0, 86_400 * SECOND) is None
