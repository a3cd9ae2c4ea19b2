from __future__ import annotations

from typing import TYPE_CHECKING

from alertdsl.store.records import Changes, OutboxCounts, Told
from tests.alertdsl.store.samples import MINUTE, SECOND, T0, fire, new_rule, notification

if TYPE_CHECKING:
    from alertdsl.store import Store


def test_what_is_due_is_claimed_by_one(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    assert store.outbox.claim(now=T0 - 1) == ()
    (item,) = store.outbox.claim(now=T0)
    assert (item.alert_id, item.target, item.payload, item.attempts) == (
        row.id,
        "slack",
        {"message": "hello"},
        0,
    )
    assert store.outbox.claim(now=T0) == ()


def test_the_claim_of_a_dead_sender_runs_out(store: Store) -> None:
    fire(store, store.rules.add(new_rule()))
    (first,) = store.outbox.claim(now=T0, claim_for=30 * SECOND)
    assert store.outbox.claim(now=T0 + 29 * SECOND) == ()
    (again,) = store.outbox.claim(now=T0 + 30 * SECOND)
    assert again.key == first.key
    # Both senders report: it is counted once, and sent stays sent.
    store.outbox.sent([first], now=T0 + 31 * SECOND)
    store.outbox.failed(again, "timeout", retry_at=T0 + MINUTE)
    store.outbox.sent([again], now=T0 + 32 * SECOND)
    (done,) = store.outbox.list().items
    assert (done.status, done.sent_at, done.attempts) == ("sent", T0 + 31 * SECOND, 1)


def test_a_failure_is_tried_again_and_at_last_given_up(store: Store) -> None:
    fire(store, store.rules.add(new_rule()))
    (item,) = store.outbox.claim(now=T0)
    store.outbox.failed(item, "503 \0", retry_at=T0 + MINUTE)
    assert store.outbox.claim(now=T0 + MINUTE - 1) == ()
    (item,) = store.outbox.claim(now=T0 + MINUTE)
    assert (item.attempts, item.last_error) == (1, "503 \ufffd")
    store.outbox.failed(item, "gone", retry_at=None)
    assert store.outbox.claim(now=T0 + 9 * MINUTE) == ()
    assert store.outbox.counts() == OutboxCounts(failed=1)


def test_one_alert_and_target_is_told_in_order(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    store.outbox.enqueue(
        [notification(row, "resolved", t=T0 + 1), notification(row, target="mail", t=T0 + 2)]
    )
    now = T0 + MINUTE
    first = store.outbox.claim(now=now)
    assert [(i.target, i.kind) for i in first] == [("slack", "firing"), ("mail", "firing")]
    assert store.outbox.claim(now=now) == ()
    assert [i.kind for i in store.outbox.waiting([row.id])] == ["firing", "resolved", "firing"]
    store.outbox.sent(first, now=now)
    assert [(i.target, i.kind) for i in store.outbox.claim(now=now)] == [("slack", "resolved")]


def test_what_was_overtaken_is_dropped(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    items = store.outbox.waiting([row.id])
    store.outbox.drop(items, "resolved before it was told")
    assert store.outbox.claim(now=T0 + MINUTE) == ()
    assert store.outbox.counts() == OutboxCounts(dropped=1)
    assert store.outbox.told([row.id]) == ()


def test_a_claim_may_be_given_back(store: Store) -> None:
    fire(store, store.rules.add(new_rule()))
    items = store.outbox.claim(now=T0)
    store.outbox.release(items)
    assert store.outbox.claim(now=T0) == items
    store.outbox.release(items, due_at=T0 + MINUTE)
    assert store.outbox.claim(now=T0) == ()
    assert len(store.outbox.claim(now=T0 + MINUTE)) == 1


def test_a_silence_holds_what_is_owed_until_it_ends(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    items = store.outbox.claim(now=T0)
    store.outbox.hold(items, "silenced until noon")
    assert store.outbox.claim(now=T0 + 9 * MINUTE) == ()
    assert store.outbox.counts() == OutboxCounts(held=1)
    (held,) = store.outbox.held()
    assert (held.status, held.last_error) == ("held", "silenced until noon")
    assert store.outbox.waiting([row.id]) == (held,)
    # What comes later is not held up by it.
    store.outbox.enqueue([notification(row, "resolved", t=T0 + 1)])
    assert [i.kind for i in store.outbox.claim(now=T0 + MINUTE)] == ["resolved"]
    store.outbox.release([held])
    assert [i.kind for i in store.outbox.claim(now=T0 + MINUTE)] == ["firing"]


def test_what_was_told_is_known(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    store.outbox.enqueue([notification(row, "repeat", t=T0 + 1), notification(row, target="mail")])
    for second in (1, 2):
        store.outbox.sent(
            [i for i in store.outbox.claim(now=T0 + second) if i.target == "slack"], now=T0 + second
        )
    assert store.outbox.told([row.id]) == (Told(row.id, "slack", "repeat", "warning", T0 + 1, T0 + 2, 2),)
    found = store.alerts.get(row.id).alert
    assert (found.last_notified_at, found.notified_state) == (T0 + 2, "firing")


def test_a_resolution_told_is_noted(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    store.outbox.sent(store.outbox.claim(now=T0), now=T0)
    store.outbox.enqueue([notification(row, "resolved", t=T0 + 1)])
    store.outbox.sent(store.outbox.claim(now=T0 + 1), now=T0 + 1)
    assert store.alerts.get(row.id).alert.notified_state == "resolved"


def test_a_key_is_owed_once(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    store.outbox.enqueue([notification(row), notification(row)])
    store.evaluation.commit_unbound(Changes(notifications=[notification(row)]))
    assert store.outbox.counts() == OutboxCounts(pending=1)


def test_the_log_is_paged_newest_first(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule(), owner="ann"))
    store.outbox.enqueue([notification(row, "repeat", t=T0 + n) for n in range(1, 6)])
    store.outbox.sent(store.outbox.claim(now=T0), now=T0)
    page = store.outbox.list(limit=4)
    rest = store.outbox.list(limit=4, cursor=page.next_cursor)
    assert [i.t for i in page.items + rest.items] == [T0 + n for n in (5, 4, 3, 2, 1, 0)]
    assert rest.next_cursor is None
    assert len(store.outbox.list(status="sent").items) == 1
    assert len(store.outbox.list(owner="ann", target="slack").items) == 6
    assert store.outbox.list(owner="bob").items == ()


def test_payloads_round_trip(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    payload = {
        "text": "quotes ' \" \\ ${x} %s %(a)s :b \n \0 \ud800 😀 ",
        "n": 1.5,
        "deep": [None, {"a": True}],
    }
    store.outbox.enqueue([notification(row, target="mail")._replace(payload=payload)])
    assert store.outbox.list(target="mail").items[0].payload == payload
