"""Several programs on one database: every instant has one winner, every notification one sender."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from alertdsl.store import ConflictError, Store, label_set, open_store
from alertdsl.store.records import Changes
from tests.alertdsl.store.samples import (
    MINUTE,
    T0,
    alert,
    firing,
    new_rule,
    notification,
    partition,
    transition,
)

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = 6


def at_once(store: Store, work: Callable[[Store, int], Any], workers: int = WORKERS) -> list[Any]:
    """Run `work` in as many threads, each with connections of its own, started together."""
    gate = threading.Barrier(workers)
    url = store.database.engine.url
    memory = url.database in {None, "", ":memory:"}

    def run(number: int) -> Any:
        own = store if memory else open_store(url)
        try:
            gate.wait(30)
            return work(own, number)
        finally:
            if own is not store:
                own.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(workers)))


def test_of_many_committers_exactly_one_wins_each_instant(store: Store) -> None:
    rule = store.rules.add(new_rule())
    key = partition(store)
    instants = [T0 + n * MINUTE for n in range(15)]

    def work(own: Store, number: int) -> list[int]:
        won = []
        for t in instants:
            labels = {"host": f"web{t}", "by": str(number)}
            if own.evaluation.commit(key, t, t + MINUTE, firing(rule, labels, t)):
                won.append(t)
        return won

    won = Counter(t for mine in at_once(store, work) for t in mine)
    assert won == Counter(instants)
    assert len(store.evaluation.open_alerts()) == len(instants)
    assert len(store.outbox.list(limit=1000).items) == len(instants)


def test_partitions_with_the_same_labels_do_not_hinder_each_other(store: Store) -> None:
    rules = [store.rules.add(new_rule(f"r{n}")) for n in range(WORKERS)]
    keys = [partition(store, f"p{n}") for n in range(WORKERS)]

    def work(own: Store, number: int) -> int:
        done = 0
        for n in range(6):
            t = T0 + n * MINUTE
            labels = [label_set({"host": f"web{h}", "round": str(n)}) for h in range(60)]
            if number % 2:
                labels.reverse()
            rows = [alert(rules[number], one.labels, opened_at=t) for one in labels]
            changes = Changes(
                labels,
                rows,
                [transition(row, t, "ok", "firing") for row in rows],
                [notification(row, t=t) for row in rows],
            )
            done += own.evaluation.commit(keys[number], t, t + MINUTE, changes)
        return done

    assert at_once(store, work) == [6] * WORKERS
    assert len(store.evaluation.open_alerts()) == WORKERS * 6 * 60


def test_of_many_claimers_none_gets_a_notification_twice(store: Store) -> None:
    rule = store.rules.add(new_rule())
    rows = [alert(rule, {"host": f"web{n}"}) for n in range(200)]
    store.outbox.enqueue([notification(row) for row in rows])

    def work(own: Store, _number: int) -> list[int]:
        mine: list[int] = []
        while items := own.outbox.claim(limit=7, now=T0):
            mine += [item.id for item in items]
            own.outbox.sent(items, now=T0)
        return mine

    taken = Counter(i for mine in at_once(store, work) for i in mine)
    while items := store.outbox.claim(limit=50, now=T0):  # a claimer may give up where others were quicker
        taken.update(item.id for item in items)
    assert set(taken.values()) == {1}
    assert len(taken) == 200


def test_people_and_the_engine_at_once(store: Store) -> None:
    """Acknowledging, editing and sending while instants are committed: nothing is lost, no one fails."""
    rule = store.rules.add(new_rule())
    key = partition(store)
    rows = [alert(rule, {"host": f"web{n}"}) for n in range(40)]
    labels = [label_set({"host": f"web{n}"}) for n in range(40)]
    store.evaluation.commit_unbound(Changes(labels, rows, notifications=[notification(row) for row in rows]))

    def work(own: Store, number: int) -> int:
        if number == 0:
            return sum(
                own.evaluation.commit(key, T0 + n * MINUTE, T0 + (n + 1) * MINUTE, Changes(alerts=rows))
                for n in range(20)
            )
        if number == 1:
            return sum(
                own.alerts.acknowledge(row.id, by="ann").acknowledged_by == "ann" for row in reversed(rows)
            )
        if number == 2:
            for n in range(20):
                own.rules.update(rule.id, new_rule(text=f"text {n}"))
            return own.rules.get(rule.id).version
        items = own.outbox.claim(limit=40, now=T0)
        own.outbox.sent(items, now=T0)
        return len(items)

    results = at_once(store, work, 4)
    assert results[:3] == [20, 40, 21]
    found = store.evaluation.open_alerts()
    assert all(o.acknowledged_at is not None for o in found)
    assert sum(o.notified_state == "firing" for o in found) == results[3]


def test_of_many_creations_with_one_name_one_succeeds(store: Store) -> None:
    def work(own: Store, _number: int) -> str | None:
        try:
            return own.rules.add(new_rule()).id
        except ConflictError:
            return None

    made = [rule for rule in at_once(store, work) if rule]
    assert len(made) == 1
    assert len(store.rules.list().items) == 1


def test_of_many_repeated_requests_all_get_the_same_rule(store: Store) -> None:
    made = at_once(store, lambda own, _: own.rules.add(new_rule(), request_key="call").id)
    assert len(set(made)) == 1


def test_of_many_updates_of_one_version_one_succeeds(store: Store) -> None:
    rule = store.rules.add(new_rule())

    def work(own: Store, number: int) -> bool:
        try:
            own.rules.update(rule.id, new_rule(text=f"by {number}"), expected_version=1)
        except ConflictError:
            return False
        return True

    assert sorted(at_once(store, work)) == [False] * (WORKERS - 1) + [True]
    assert store.rules.get(rule.id).version == 2


def test_a_long_reader_does_not_hold_up_a_commit(store_url: str) -> None:
    with open_store(store_url) as store, open_store(store_url) as other:
        key = partition(store)

        def read(tx: Any) -> None:
            tx.rows(_all_partitions())
            assert other.evaluation.commit(key, T0, T0 + MINUTE, Changes())

        store.database.read(read)


def _all_partitions() -> Any:
    from alertdsl.store.tables import partitions

    return partitions.select()


COMMIT_AND_DIE = """
import os, sys
from alertdsl.store import open_store
from alertdsl.store.queries import evaluation
from tests.alertdsl.store.samples import MINUTE, T0, firing

url, when = sys.argv[1:]
store = open_store(url)
rule = store.rules.list().items[0]
if when == "inside":
    write = evaluation.write_changes
    def write_and_die(tx, changes):
        write(tx, changes)
        os._exit(9)
    evaluation.write_changes = write_and_die
assert store.evaluation.commit("p", T0, T0 + MINUTE, firing(rule, {"symbol": "BTC"}))
os._exit(9)
"""


@pytest.mark.parametrize("when", ["inside", "after"])
def test_an_engine_killed_in_a_commit_leaves_all_of_it_or_nothing(store_url: str, when: str) -> None:
    with open_store(store_url) as store:
        rule = store.rules.add(new_rule())
        partition(store)
        died = subprocess.run(
            [sys.executable, "-c", COMMIT_AND_DIE, store_url, when], check=False, timeout=60
        )
        assert died.returncode == 9
        whole = when == "after"
        assert store.evaluation.cursors()["p"].next_t == (T0 + MINUTE if whole else T0)
        assert len(store.evaluation.open_alerts()) == whole
        assert len(store.outbox.list().items) == whole
        assert store.evaluation.commit("p", T0, T0 + MINUTE, firing(rule, {"symbol": "BTC"})) is not whole
