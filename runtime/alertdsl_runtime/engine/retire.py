"""The end of alerts whose rule was disabled or deleted: they resolve, and those told of them hear of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alertdsl.semantics import typed
from alertdsl.store.records import OpenAlert
from alertdsl.store.records import Rule as StoredRule
from alertdsl_runtime.engine.book import Compiler
from alertdsl_runtime.engine.compiled import Compiled
from alertdsl_runtime.engine.entry import entry_of, ladder_of, life_of
from alertdsl_runtime.engine.ledger import Ledger, Silenced
from alertdsl_runtime.lives import Key, Lives

if TYPE_CHECKING:
    from alertdsl.store import Store

_LOG = logging.getLogger("alertdsl.engine")


def retire_orphans(
    store: Store, compiler: Compiler, silenced: Silenced, default_targets: tuple[typed.Notify, ...]
) -> int:
    """Resolve the open alerts of rules that are evaluated no more, at the moment when they stopped; how many.

    Done twice, by two engines or after a crash, it stores the same rows under the same keys.
    """
    orphans = store.evaluation.orphaned_alerts()
    by_rule: dict[str, list[OpenAlert]] = {}
    for alert in orphans:
        by_rule.setdefault(alert.alert.rule_id, []).append(alert)
    for rule_id, alerts in by_rule.items():
        stored = store.rules.get(rule_id, deleted=True)
        _retire(store, Compiled(stored, _rule_of(stored, compiler)), alerts, silenced, default_targets)
        _LOG.info(
            "alerts resolved",
            extra={"rule": stored.name, "reason": stored.inactive_reason, "alerts": len(alerts)},
        )
    return len(orphans)


def _retire(
    store: Store,
    compiled: Compiled,
    alerts: Sequence[OpenAlert],
    silenced: Silenced,
    default_targets: tuple[typed.Notify, ...],
) -> None:
    rule = compiled.stored
    labels = store.evaluation.labels({alert.alert.labels_hash for alert in alerts})
    ladder = ladder_of(compiled.rule)
    entries = {
        Key(rule.id, tuple(sorted(labels[alert.alert.labels_hash].items()))): entry_of(alert, ladder)
        for alert in alerts
    }
    instant = rule.active_to if rule.active_to is not None else store.now()
    lives = Lives((), {key: life_of(entry, compiled.rule) for key, entry in entries.items()})
    ledger = Ledger({rule.id: compiled}, entries, default_targets)
    ledger.record(lives.retire(rule.id, rule.inactive_reason or "disabled", instant))
    ledger.settle(instant, silenced)
    store.evaluation.commit_unbound(ledger.changes())


def _rule_of(stored: StoredRule, compiler: Compiler) -> typed.Rule:
    """The rule as it was; one whose text no longer compiles still has a name and a severity."""
    rules, _ = compiler.compile(stored.text, stored.name)
    if len(rules) == 1:
        return rules[0]
    never = typed.And(())
    return typed.Rule(
        name=stored.name,
        text=stored.text,
        when=never,
        pending=never,
        severity=stored.severity or "warning",
        title=stored.title or None,
    )
