from __future__ import annotations

from typing import TYPE_CHECKING

from alertdsl.store.records import Changes, ErrorChange, Gap
from tests.alertdsl.store.samples import MINUTE, T0, fire, new_rule

if TYPE_CHECKING:
    from alertdsl.store import Store


def test_what_ended_long_ago_is_forgotten(store: Store) -> None:
    rule = store.rules.add(new_rule())
    old, waiting, late, still = (fire(store, rule, {"host": host}) for host in "abcd")
    gone = [r for r in store.outbox.claim(now=T0) if r.alert_id != waiting.id]
    store.outbox.sent(gone, now=T0)
    ends = {old: T0 + 1, waiting: T0 + 1, late: T0 + MINUTE}
    store.evaluation.commit_unbound(
        Changes(
            alerts=[row._replace(state="resolved", resolved_at=t) for row, t in ends.items()],
            errors=[ErrorChange(rule.id, T0, "x")],
            gaps=[Gap("p", T0, T0 + 1, "x")],
        )
    )
    store.evaluation.commit_unbound(Changes(errors=[ErrorChange(rule.id, T0 + 1, None)]))
    assert store.prune(T0 + MINUTE) == 1
    assert {a.id for a in store.alerts.list().items} == {waiting.id, late.id, still.id}
    assert len(store.outbox.list().items) == 3
    assert store.evaluation.gaps() == []
    assert store.rules.errors(rule.id) == ()
    assert store.prune(T0 + MINUTE) == 0
