from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alertdsl.store import NotFoundError, StoreError
from alertdsl.store.records import Changes, Disarmed, ErrorChange
from tests.alertdsl.store.samples import MINUTE, T0, alert, fire, new_rule, sets

if TYPE_CHECKING:
    from alertdsl.store import Store
    from alertdsl.store.records import Alert


def test_an_alert_is_shown_with_its_rule_and_labels(store: Store) -> None:
    rule = store.rules.add(new_rule(), owner="ann")
    row = fire(store, rule, {"symbol": "BTC", "exchange": "binance"})
    (shown,) = store.alerts.list().items
    assert (shown.id, shown.rule_name, shown.rule_version, shown.owner) == (row.id, "btc-high", 1, "ann")
    assert shown.labels == {"symbol": "BTC", "exchange": "binance"}
    assert (shown.state, shown.started_at, shown.error, shown.acknowledged_by) == ("firing", T0, "", "")


def test_an_open_alert_shows_its_rules_error(store: Store) -> None:
    rule = store.rules.add(new_rule())
    row = fire(store, rule)
    for t, message in ((T0, "first"), (T0 + 1, "second")):
        store.evaluation.commit_unbound(Changes(errors=[ErrorChange(rule.id, t, message)]))
    assert [a.error for a in store.alerts.list().items] == ["second"]
    store.evaluation.commit_unbound(Changes(alerts=[row._replace(state="resolved", resolved_at=T0 + 2)]))
    assert [a.error for a in store.alerts.list().items] == [""]


def test_lists_are_filtered(store: Store) -> None:
    rule, other = store.rules.add(new_rule(), owner="ann"), store.rules.add(new_rule("other"), owner="bob")
    a = fire(store, rule, {"host": "web1", "region": "eu"})
    b = fire(store, rule, {"host": "web2", "region": "eu"}, T0 + MINUTE)
    c = fire(store, other, {"host": "web1"}, T0 + 2 * MINUTE)
    store.evaluation.commit_unbound(
        Changes(alerts=[b._replace(state="resolved", resolved_at=T0 + 3 * MINUTE, severity="critical")])
    )
    store.alerts.acknowledge(a.id, by="ann")

    def ids(**filters: object) -> list[str]:
        return [found.id for found in store.alerts.list(**filters).items]  # type: ignore[arg-type]

    assert ids() == [c.id, b.id, a.id]
    assert ids(owner="ann") == [b.id, a.id]
    assert ids(states=["firing"]) == [c.id, a.id]
    assert ids(rule_id=rule.id, states=["resolved"]) == [b.id]
    assert ids(severity="critical") == [b.id]
    assert ids(labels={"host": "web1"}) == [c.id, a.id]
    assert ids(labels={"host": "web1", "region": "eu"}) == [a.id]
    assert ids(labels={"host": "web"}) == ids(labels={"ost": "web1"}) == ids(labels={"host": ""}) == []
    assert ids(acknowledged=True) == [a.id]
    assert ids(acknowledged=False) == [c.id, b.id]
    assert ids(since=T0 + 3 * MINUTE) == [c.id, b.id, a.id]
    assert ids(since=T0 + 3 * MINUTE + 1) == [c.id, a.id]
    assert ids(rule_id="é") == ids(rule_id="x' OR 1=1 --") == ids(owner="x' OR 1=1 --") == []
    assert store.alerts.count() == {"firing": 2}
    assert store.alerts.count(owner="bob") == {"firing": 1}


def test_lists_are_paged_newest_first(store: Store) -> None:
    rule = store.rules.add(new_rule())
    labels = [{"host": f"web{n}"} for n in range(25)]
    rows = [alert(rule, one, opened_at=T0 + n // 5 * MINUTE) for n, one in enumerate(labels)]
    store.evaluation.commit_unbound(Changes(labels=sets(*labels), alerts=rows))
    found: list[Alert] = []
    cursor = None
    while True:
        page = store.alerts.list(cursor=cursor, limit=7)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len({a.id for a in found}) == 25
    assert [a.opened_at for a in found] == sorted((row.opened_at for row in rows), reverse=True)
    with pytest.raises(StoreError, match="not a cursor"):
        store.alerts.list(cursor="' OR 1=1 --")


def test_acknowledging(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule(), owner="ann"))
    before = store.evaluation.revision()
    first = store.alerts.acknowledge(row.id, by="ann", note="looking", owner="ann")
    assert (first.acknowledged_by, first.acknowledged_note) == ("ann", "looking")
    assert store.evaluation.revision().attention > before.attention
    again = store.alerts.acknowledge(row.id, by="bob")
    assert (again.acknowledged_by, again.acknowledged_at) == ("bob", first.acknowledged_at)
    assert store.alerts.unacknowledge(row.id).acknowledged_at is None


def test_an_alert_that_ended_is_not_acknowledged(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule()))
    store.evaluation.commit_unbound(Changes(alerts=[row._replace(state="resolved", resolved_at=T0 + 1)]))
    assert store.alerts.acknowledge(row.id, by="ann").acknowledged_at is None


def test_alerts_of_others_are_not_found(store: Store) -> None:
    row = fire(store, store.rules.add(new_rule(), owner="ann"))
    for call in (
        lambda: store.alerts.get(row.id, owner="bob"),
        lambda: store.alerts.acknowledge(row.id, by="bob", owner="bob"),
        lambda: store.alerts.unacknowledge(row.id, owner="bob"),
        lambda: store.alerts.rearm(row.rule_id, owner="bob"),
        lambda: store.alerts.get("x' OR 1=1 --"),
        lambda: store.alerts.get("é\0"),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_alerts_of_deleted_rules_are_still_shown(store: Store) -> None:
    rule = store.rules.add(new_rule())
    row = fire(store, rule)
    store.rules.delete(rule.id)
    assert store.alerts.get(row.id).alert.rule_name == "btc-high"


def test_rearming(store: Store) -> None:
    rule = store.rules.add(new_rule())
    labels = sets({"host": "a"}, {"host": "b"}, {"host": "c"})
    store.evaluation.commit_unbound(Changes(disarm=[Disarmed(rule.id, one.hash) for one in labels]))
    before = store.evaluation.revision()
    assert store.alerts.rearm(rule.id, labels[0].labels) == 1
    assert store.alerts.rearm(rule.id) == 2
    assert store.alerts.rearm(rule.id) == 0
    assert store.evaluation.revision().attention == before.attention + 2
