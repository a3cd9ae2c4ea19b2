from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alertdsl.store import ConflictError, StoreError
from tests.alertdsl.store.samples import new_rule

if TYPE_CHECKING:
    from alertdsl.store import Store
    from alertdsl.store.records import Rule


def names(rules: tuple[Rule, ...]) -> list[str]:
    return [rule.name for rule in rules]


def test_the_table_follows_the_files(store: Store) -> None:
    a, b, c = (new_rule(name, source="f.alert") for name in "abc")
    first = store.rules.sync("files", [b, a])
    assert names(first.added) == ["b", "a"]
    assert names(store.rules.list().items) == ["b", "a"]
    again = store.rules.sync("files", [b, a])
    assert names(again.unchanged) == ["b", "a"]
    assert (again.added, again.changed, again.removed, again.refused) == ((), (), (), ())

    third = store.rules.sync("files", [replace(a, text="edited"), c])
    assert (names(third.added), names(third.changed), names(third.removed)) == (["c"], ["a"], ["b"])
    assert third.changed[0].version == 2
    assert names(store.rules.list().items) == ["a", "c"]


def test_nothing_to_do_is_no_change_for_the_engine(store: Store) -> None:
    store.rules.sync("files", [new_rule()])
    before = store.evaluation.revision()
    store.rules.sync("files", [new_rule()])
    assert store.evaluation.revision() == before


def test_rules_of_other_origins_and_owners_are_left_alone(store: Store) -> None:
    store.rules.add(new_rule("by hand"))
    store.rules.sync("here", [new_rule("a")])
    store.rules.sync("there", [new_rule("b")])
    store.rules.sync("here", [new_rule("a")], owner="ann")
    store.rules.sync("here", [])
    assert {(r.name, r.owner) for r in store.rules.list().items} == {
        ("by hand", "default"),
        ("b", "default"),
        ("a", "ann"),
    }


def test_one_refused_rule_does_not_stop_the_others(store: Store) -> None:
    store.rules.add(new_rule("taken"))
    wanted = [
        new_rule("taken"),
        new_rule("ok"),
        new_rule("ok", text="twice"),
        new_rule("x" * 200),
        new_rule("fine"),
    ]
    result = store.rules.sync("files", wanted)
    assert names(result.added) == ["ok", "fine"]
    assert {r.rule.name[:5] for r in result.refused} == {"taken", "ok", "xxxxx"}


def test_rules_of_files_that_could_not_be_read_stay(store: Store) -> None:
    a, b = new_rule("a", source="a.alert"), new_rule("b", source="b.alert")
    store.rules.sync("files", [a, b])
    result = store.rules.sync("files", [a], keep_sources=["b.alert"])
    assert result.removed == ()
    assert names(store.rules.list().items) == ["a", "b"]


def test_a_rename_is_another_rule_unless_the_text_gives_an_id(store: Store) -> None:
    (plain, known) = store.rules.sync("files", [new_rule("a"), new_rule("b", declared_id="7")]).added
    result = store.rules.sync("files", [new_rule("a2"), new_rule("b2", declared_id="7")])
    assert (names(result.added), names(result.removed), names(result.changed)) == (["a2"], ["a"], ["b2"])
    assert result.changed[0].id == known.id
    assert result.added[0].id != plain.id


def test_a_name_may_move_from_one_file_rule_to_another(store: Store) -> None:
    (old,) = store.rules.sync("files", [new_rule("a", declared_id="1")]).added
    result = store.rules.sync("files", [new_rule("a", declared_id="2")])
    assert (names(result.added), result.removed[0].id) == (["a"], old.id)


def test_a_disabled_file_rule_stays_disabled_and_may_not_be_edited(store: Store) -> None:
    (rule,) = store.rules.sync("files", [new_rule(source="btc.alert")]).added
    store.rules.disable(rule.id)
    store.rules.sync("files", [new_rule(source="btc.alert", text="edited")])
    assert store.rules.get(rule.id).enabled is False
    with pytest.raises(ConflictError, match=r"comes from a file, btc\.alert"):
        store.rules.update(rule.id, new_rule(text="x"))
    with pytest.raises(ConflictError, match=r"comes from a file, btc\.alert"):
        store.rules.delete(rule.id)


def test_an_origin_needs_a_name(store: Store) -> None:
    with pytest.raises(StoreError, match="origin"):
        store.rules.sync("", [])


def test_ten_thousand_rules_are_synchronised_at_once(store: Store) -> None:
    wanted = [new_rule(f"rule-{n}") for n in range(10_000)]
    began = time.perf_counter()
    assert len(store.rules.sync("files", wanted).added) == 10_000
    assert len(store.rules.sync("files", wanted).unchanged) == 10_000
    assert len(store.rules.active()) == 10_000
    assert time.perf_counter() - began < 30
