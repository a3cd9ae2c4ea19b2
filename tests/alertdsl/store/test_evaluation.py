from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest

from alertdsl.store import StoreError, label_set
from alertdsl.store.records import (
    AlertRow,
    Changes,
    Cursor,
    ErrorChange,
    Gap,
    NotificationRow,
    PartitionSpec,
    TransitionRow,
)
from tests.alertdsl.store.samples import (
    MINUTE,
    T0,
    alert,
    fire,
    firing,
    new_rule,
    notification,
    partition,
    transition,
)

if TYPE_CHECKING:
    from alertdsl.store import Store

BTC = {"symbol": "BTC"}


def test_an_instant_is_stored_whole_and_once(store: Store) -> None:
    rule = store.rules.add(new_rule())
    key = partition(store)
    changes = firing(rule, BTC)
    assert store.evaluation.commit(key, T0, T0 + MINUTE, changes) is True
    assert store.evaluation.commit(key, T0, T0 + MINUTE, changes) is False
    assert store.evaluation.cursors([key]) == {key: Cursor(key, T0 + MINUTE)}
    (stored,) = store.evaluation.open_alerts([rule.id])
    assert stored.alert == changes.alerts[0]
    detail = store.alerts.get(stored.alert.id)
    assert [(t.t, t.from_state, t.to_state, t.value) for t in detail.transitions] == [
        (T0, "ok", "firing", 71_000.5)
    ]
    assert [(n.target, n.kind, n.status) for n in detail.notifications] == [("slack", "firing", "pending")]


def test_an_instant_that_was_overtaken_leaves_nothing(store: Store) -> None:
    rule = store.rules.add(new_rule())
    key = partition(store)
    assert store.evaluation.commit(key, T0 - MINUTE, T0, firing(rule, BTC)) is False
    assert store.evaluation.commit("unknown", T0, T0 + MINUTE, firing(rule, BTC)) is False
    assert store.evaluation.open_alerts() == []
    assert store.outbox.list().items == ()


def test_a_commit_that_fails_leaves_nothing(store: Store) -> None:
    rule = store.rules.add(new_rule())
    key = partition(store)
    good = firing(rule, BTC)
    bad = good.alerts[0]._replace(id="other", rule_id="nosuchrule")
    with pytest.raises(StoreError):
        store.evaluation.commit(
            key, T0, T0 + MINUTE, Changes(good.labels, [*good.alerts, bad], good.transitions)
        )
    assert store.evaluation.cursors()[key].next_t == T0
    assert store.evaluation.open_alerts() == []
    assert store.evaluation.commit(key, T0, T0 + MINUTE, good)


def test_an_episode_lives_and_ends(store: Store) -> None:
    rule = store.rules.add(new_rule())
    key = partition(store)
    pending = alert(rule, BTC, "pending", started_at=None, since=None)
    firing_ = pending._replace(
        state="firing",
        started_at=T0 + MINUTE,
        since=T0 - 5,
        value="high",
        rung=1,
        severity="critical",
        memo='{"a":1}',
    )
    resolved = firing_._replace(state="resolved", resolved_at=T0 + 2 * MINUTE, reason="gone", no_data=True)
    steps = [("ok", pending), ("pending", firing_), ("firing", resolved)]
    for n, (before, row) in enumerate(steps):
        t = T0 + n * MINUTE
        moved = transition(row, t, before, row.state)  # type: ignore[arg-type]
        assert store.evaluation.commit(key, t, t + MINUTE, Changes([label_set(BTC)], [row], [moved]))
        still = [o.alert for o in store.evaluation.open_alerts()]
        assert still == ([] if row.state == "resolved" else [row])
    detail = store.alerts.get(resolved.id)
    assert [t.to_state for t in detail.transitions] == ["pending", "firing", "resolved"]
    assert (detail.alert.reason, detail.alert.resolved_at, detail.alert.value) == (
        "gone",
        T0 + 2 * MINUTE,
        "high",
    )


def test_one_episode_may_end_and_the_next_begin_at_one_instant(store: Store) -> None:
    rule = store.rules.add(new_rule())
    old = fire(store, rule)
    t = T0 + MINUTE
    new = alert(rule, BTC, "pending", opened_at=t, started_at=None)
    ended = old._replace(state="resolved", resolved_at=t)
    changes = Changes(
        alerts=[new, ended],
        transitions=[transition(old, t, "firing", "resolved"), transition(new, t, "ok", "pending", seq=1)],
    )
    store.evaluation.commit_unbound(changes)
    assert [o.alert.id for o in store.evaluation.open_alerts()] == [new.id]
    assert len(store.alerts.get(old.id).transitions) == 2
    assert len(store.alerts.get(new.id).transitions) == 1


def test_a_pending_episode_that_came_to_nothing_is_not_listed(store: Store) -> None:
    rule = store.rules.add(new_rule())
    row = fire(store, rule)._replace(state="ok", resolved_at=T0 + 1, started_at=None)
    store.evaluation.commit_unbound(Changes(alerts=[row]))
    assert store.alerts.list().items == ()
    assert [a.id for a in store.alerts.list(states=["ok"]).items] == [row.id]


def test_the_engine_does_not_overwrite_what_people_and_senders_did(store: Store) -> None:
    rule = store.rules.add(new_rule())
    row = fire(store, rule)
    store.alerts.acknowledge(row.id, by="ann", note="on it")
    store.outbox.sent(store.outbox.claim(now=T0), now=T0 + 5)
    store.evaluation.commit_unbound(Changes(alerts=[row._replace(value=72_000.0)]))
    (found,) = store.evaluation.open_alerts()
    assert found.acknowledged_at is not None
    assert (found.first_notified_at, found.last_notified_at, found.notified_state) == (
        T0 + 5,
        T0 + 5,
        "firing",
    )
    store.evaluation.commit_unbound(Changes(unacknowledge=[row.id]))
    assert store.evaluation.open_alerts()[0].acknowledged_at is None
    assert store.alerts.get(row.id).alert.acknowledged_by == ""


def test_transitions_and_keys_are_stored_once(store: Store) -> None:
    rule = store.rules.add(new_rule())
    changes = firing(rule, BTC)
    store.evaluation.commit_unbound(changes)
    store.evaluation.commit_unbound(changes)
    detail = store.alerts.get(changes.alerts[0].id)
    assert (len(detail.transitions), len(detail.notifications)) == (1, 1)


@pytest.mark.parametrize(
    "value", [None, 0.0, -1.5, 1e308, 0.1 + 0.2, math.inf, -math.inf, True, False, "down", "", 'a"\\\0\ud800']
)
def test_values_round_trip(store: Store, value: float | str | bool | None) -> None:
    rule = store.rules.add(new_rule())
    row = fire(store, rule)._replace(value=value)
    store.evaluation.commit_unbound(Changes(alerts=[row]))
    found = store.evaluation.open_alerts()[0].alert.value
    assert found == value
    assert type(found) is type(value)


def test_long_text_values_are_shortened(store: Store) -> None:
    rule = store.rules.add(new_rule())
    store.evaluation.commit_unbound(Changes(alerts=[fire(store, rule)._replace(value="😀" * 10_000)]))
    assert store.evaluation.open_alerts()[0].alert.value == "😀" * 199 + "…"


def test_partitions_are_made_once_and_keep_their_cursor(store: Store) -> None:
    specs = [PartitionSpec(f"influx/60/{n}", "influx", MINUTE, T0) for n in range(3)]
    assert {c.next_t for c in store.evaluation.ensure_partitions(specs).values()} == {T0}
    store.evaluation.commit(specs[0].key, T0, T0 + MINUTE, Changes())
    later = [spec._replace(first_t=T0 + 9 * MINUTE) for spec in specs]
    found = store.evaluation.ensure_partitions([*later, PartitionSpec("new", "sql", 0, 7)])
    assert [found[s.key].next_t for s in specs] == [T0 + MINUTE, T0, T0]
    assert found["new"] == Cursor("new", 7)
    assert len(store.evaluation.cursors()) == 4
    store.evaluation.drop_partitions(["new"])
    assert len(store.evaluation.cursors()) == 3


def test_a_partitions_error_is_recorded_once_and_ends_with_the_next_commit(store: Store) -> None:
    key = partition(store)
    assert store.evaluation.partition_error(key, "InfluxDB is down") is True
    assert store.evaluation.partition_error(key, "InfluxDB is down") is False
    assert store.evaluation.cursors()[key] == Cursor(key, T0, "InfluxDB is down")
    store.evaluation.commit(key, T0, T0 + MINUTE, Changes())
    assert store.evaluation.cursors()[key].error == ""
    assert store.evaluation.partition_error(key, "down") is True
    assert store.evaluation.partition_error(key, "") is True
    assert store.evaluation.partition_error(key, "") is False


def test_gaps_are_recorded(store: Store) -> None:
    key = partition(store)
    gaps = [Gap(key, T0, T0 + 5 * MINUTE, "older than catch_up"), Gap("q", T0 + 1, T0 + 2, "x")]
    store.evaluation.commit(key, T0, T0 + 5 * MINUTE, Changes(gaps=gaps))
    assert store.evaluation.gaps() == gaps[::-1]
    assert store.evaluation.gaps(key) == gaps[:1]


def test_alerts_of_rules_that_ended_are_owed_a_resolution(store: Store) -> None:
    on, off, gone = (store.rules.add(new_rule(name)) for name in ("on", "off", "gone"))
    rows = {rule.name: fire(store, rule) for rule in (on, off, gone)}
    store.rules.disable(off.id)
    store.rules.delete(gone.id)
    orphans = store.evaluation.orphaned_alerts()
    assert {o.alert.id for o in orphans} == {rows["off"].id, rows["gone"].id}


def test_rule_errors_that_change_at_one_instant(store: Store) -> None:
    rules = [store.rules.add(new_rule(f"r{n}")) for n in range(3)]
    store.evaluation.commit_unbound(Changes(errors=[ErrorChange(r.id, T0, "a") for r in rules]))
    store.evaluation.commit_unbound(
        Changes(errors=[ErrorChange(rules[0].id, T0, "b"), ErrorChange(rules[1].id, T0, None)])
    )
    assert store.evaluation.rule_errors() == {rules[0].id: "b", rules[2].id: "a"}


def test_signs_of_life(store: Store) -> None:
    store.evaluation.beat("engine-1", T0, {"rules": 3})
    store.evaluation.beat("engine-1", T0, {"rules": 4, "note": "é\0"})
    (beat,) = store.evaluation.heartbeats()
    assert (beat.engine_id, beat.info) == ("engine-1", {"rules": 4, "note": "é\0"})
    assert abs(beat.beat_at - time.time_ns()) < 60e9


def test_the_databases_clock_is_utc(store: Store) -> None:
    assert abs(store.now() - time.time_ns()) < 5e9


def test_label_sets_are_read_back(store: Store) -> None:
    wanted = [label_set({"host": f"web{n}"}) for n in range(1500)]
    store.evaluation.commit_unbound(Changes(labels=wanted))
    assert store.evaluation.labels([w.hash for w in wanted] + ["unknown"]) == {
        w.hash: w.labels for w in wanted
    }


def test_ten_thousand_transitions_are_one_quick_commit(store: Store) -> None:
    """The figure itself is a matter of the benchmark; this catches a statement a row."""
    rule = store.rules.add(new_rule())
    key = partition(store)
    labels = [label_set({"host": f"web{n}"}) for n in range(10_000)]
    rows = [alert(rule, one.labels) for one in labels]
    changes = Changes(
        labels,
        rows,
        [transition(row, T0, "ok", "firing") for row in rows],
        [notification(row) for row in rows],
    )
    began = time.perf_counter()
    assert store.evaluation.commit(key, T0, T0 + MINUTE, changes)
    took = time.perf_counter() - began
    assert len(store.evaluation.open_alerts([rule.id])) == 10_000
    assert took < 8, f"{took:.1f} s"


def test_rows_and_columns_have_the_same_names() -> None:
    from alertdsl.store.tables import alerts, transitions

    assert set(AlertRow._fields) <= set(alerts.c.keys())
    assert set(TransitionRow._fields) == set(transitions.c.keys())
    assert NotificationRow._fields[0] == "key"
