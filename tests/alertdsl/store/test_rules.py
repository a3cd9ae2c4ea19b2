from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alertdsl.store import ConflictError, NotFoundError, StoreError
from alertdsl.store.records import Changes, Disarmed, ErrorChange
from tests.alertdsl.store.samples import T0, fire, new_rule

if TYPE_CHECKING:
    from alertdsl.store import Store


def test_a_rule_comes_out_as_it_went_in(store: Store) -> None:
    new = new_rule(title="Bitcoin is high", source="prices.alert")
    rule = store.rules.add(new, owner="ann", author="claude")
    assert all(getattr(rule, field) == getattr(new, field) for field in new.__dataclass_fields__)
    assert (rule.owner, rule.version, rule.enabled, rule.active_to) == ("ann", 1, True, None)
    assert rule.created_at == rule.active_from == rule.version_at
    assert store.rules.get(rule.id) == store.rules.by_name("btc-high", owner="ann") == rule
    assert [v.author for v in store.rules.history(rule.id)] == ["claude"]


def test_a_name_is_unique_among_an_owners_living_rules(store: Store) -> None:
    rule = store.rules.add(new_rule(), owner="ann")
    store.rules.add(new_rule(), owner="bob")
    with pytest.raises(ConflictError, match="already a rule with the name 'btc-high'"):
        store.rules.add(new_rule(), owner="ann")
    store.rules.delete(rule.id)
    again = store.rules.add(new_rule(), owner="ann")
    assert again.id != rule.id
    assert [r.id for r in store.rules.list(owner="ann").items] == [again.id]
    assert store.rules.get(rule.id, deleted=True).inactive_reason == "deleted"


@pytest.mark.parametrize("other", ["BTC-HIGH", "btc-hıgh", "btc-hígh", "btc-high2"])
def test_names_that_collations_take_for_equal_are_different(store: Store, other: str) -> None:
    one, two = store.rules.add(new_rule()), store.rules.add(new_rule(other))
    assert store.rules.by_name("btc-high") == one
    assert store.rules.by_name(other) == two


def test_an_update_makes_a_version_and_keeps_the_old_text(store: Store) -> None:
    rule = store.rules.add(new_rule())
    changed = store.rules.update(
        rule.id, new_rule(text="when BTC price > 80k", meaning="m2"), expected_version=1
    )
    assert (changed.version, changed.meaning, changed.id) == (2, "m2", rule.id)
    assert changed.revision > rule.revision
    history = store.rules.history(rule.id)
    assert [(v.version, v.text) for v in history] == [(2, changed.text), (1, rule.text)]
    assert store.evaluation.meanings([rule.id]) == {(rule.id, 1): "m1", (rule.id, 2): "m2"}


def test_an_update_that_changes_nothing_makes_no_version(store: Store) -> None:
    rule = store.rules.add(new_rule())
    before = store.evaluation.revision()
    assert store.rules.update(rule.id, new_rule(), expected_version=1) == rule
    assert store.evaluation.revision() == before


def test_an_update_of_another_version_is_refused(store: Store) -> None:
    rule = store.rules.add(new_rule())
    store.rules.update(rule.id, new_rule(text="second"), expected_version=1)
    with pytest.raises(ConflictError, match="at version 2, not 1"):
        store.rules.update(rule.id, new_rule(text="third"), expected_version=1)
    assert store.rules.get(rule.id).text == "second"


def test_a_rename_may_not_take_a_name(store: Store) -> None:
    rule, _ = store.rules.add(new_rule("a")), store.rules.add(new_rule("b"))
    with pytest.raises(ConflictError):
        store.rules.update(rule.id, new_rule("b"))
    assert store.rules.update(rule.id, new_rule("c")).name == "c"
    store.rules.add(new_rule("a"))


def test_an_edit_arms_again_what_once_disarmed(store: Store) -> None:
    rule = store.rules.add(new_rule())
    row = fire(store, rule)
    store.evaluation.commit_unbound(Changes(disarm=[Disarmed(rule.id, row.labels_hash)]))
    assert store.evaluation.disarmed([rule.id]) == {Disarmed(rule.id, row.labels_hash)}
    store.rules.update(rule.id, new_rule(text="edited"))
    assert store.evaluation.disarmed() == set()


def test_disabling_and_enabling_bound_what_is_evaluated(store: Store) -> None:
    rule = store.rules.add(new_rule())
    off = store.rules.disable(rule.id)
    assert (off.enabled, off.inactive_reason) == (False, "disabled")
    assert off.active_to is not None
    assert off.active_to >= off.active_from
    assert store.rules.disable(rule.id) == off
    assert store.rules.active() == ()
    on = store.rules.enable(rule.id)
    assert (on.enabled, on.active_to, on.version) == (True, None, 1)
    assert on.active_from >= off.active_to
    assert store.rules.active() == (on,)


def test_a_rule_may_be_added_disabled(store: Store) -> None:
    rule = store.rules.add(new_rule(), enabled=False)
    assert (rule.enabled, rule.active_to) == (False, rule.active_from)
    assert store.rules.get(rule.id) == rule


def test_the_engine_sees_what_changed(store: Store) -> None:
    one, two, three = (store.rules.add(new_rule(name)) for name in "abc")
    seen = store.evaluation.revision().rules
    assert store.rules.active() == (one, two, three)
    store.rules.delete(one.id)
    store.rules.update(two.id, new_rule("b", text="other"))
    assert store.evaluation.revision().rules > seen
    assert [(r.name, r.inactive_reason) for r in store.rules.active(since_revision=seen)] == [
        ("a", "deleted"),
        ("b", ""),
    ]


def test_a_repeated_request_makes_one_rule(store: Store) -> None:
    rule = store.rules.add(new_rule(), owner="ann", request_key="call-1")
    assert store.rules.add(new_rule(), owner="ann", request_key="call-1") == rule
    edited = store.rules.update(rule.id, new_rule(text="edited since"))
    assert store.rules.add(new_rule(), owner="ann", request_key="call-1") == edited
    with pytest.raises(ConflictError, match="for another rule"):
        store.rules.add(new_rule("other"), owner="ann", request_key="call-1")
    assert store.rules.add(new_rule(), owner="bob", request_key="call-1").owner == "bob"
    store.rules.delete(rule.id)
    with pytest.raises(ConflictError, match="deleted since"):
        store.rules.add(new_rule(), owner="ann", request_key="call-1")


def test_rules_of_others_are_not_found(store: Store) -> None:
    rule = store.rules.add(new_rule(), owner="ann")
    for call in (
        lambda: store.rules.get(rule.id, owner="bob"),
        lambda: store.rules.by_name("btc-high", owner="bob"),
        lambda: store.rules.update(rule.id, new_rule(text="x"), owner="bob"),
        lambda: store.rules.disable(rule.id, owner="bob"),
        lambda: store.rules.enable(rule.id, owner="bob"),
        lambda: store.rules.delete(rule.id, owner="bob"),
        lambda: store.rules.history(rule.id, owner="bob"),
        lambda: store.rules.errors(rule.id, owner="bob"),
        lambda: store.rules.get("nothing"),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert store.rules.get(rule.id) == rule


def test_lists_are_paged_in_the_order_of_making(store: Store) -> None:
    names = [f"rule-{n}" for n in range(25)]
    for name in names:
        store.rules.add(new_rule(name))
    found, cursor = [], None
    while True:
        got = store.rules.list(cursor=cursor, limit=10)
        found += [rule.name for rule in got.items]
        cursor = got.next_cursor
        if cursor is None:
            break
    assert found == names
    assert store.rules.list(limit=25).next_cursor is None
    for bad in ("x", "1.é", "-1.a", "", "9" * 30 + ".a"):
        with pytest.raises(StoreError, match="not a cursor"):
            store.rules.list(cursor=bad)
    with pytest.raises(StoreError, match="at least one"):
        store.rules.list(limit=0)


def test_lists_are_filtered(store: Store) -> None:
    a = store.rules.add(new_rule("a", severity="critical", title="100% full_disk"), owner="ann")
    b = store.rules.add(new_rule("b"), owner="bob")
    store.rules.disable(b.id)
    assert [r.name for r in store.rules.list(owner="ann").items] == ["a"]
    assert [r.name for r in store.rules.list(enabled=False).items] == ["b"]
    assert [r.name for r in store.rules.list(severity="critical").items] == ["a"]
    for search, names in {
        "100%": ["a"],
        "FULL": [],
        "l_d": ["a"],
        "lxd": [],
        "price": ["a", "b"],
        "\0": [],
    }.items():
        assert [r.name for r in store.rules.list(search=search).items] == names
    assert a.severity == "critical"


@pytest.mark.parametrize(
    "new",
    [
        new_rule(""),
        new_rule(" padded"),
        new_rule("x" * 191),
        new_rule("nul\0"),
        new_rule("lone \ud800"),
        replace(new_rule(), text="nul \0"),
        replace(new_rule(), severity="x" * 65),
    ],
)
def test_what_cannot_be_stored_unchanged_is_refused(store: Store, new: object) -> None:
    with pytest.raises(StoreError):
        store.rules.add(new)  # type: ignore[arg-type]
    assert store.rules.list().items == ()


def test_the_longest_texts_fit(store: Store) -> None:
    new = replace(new_rule("é" * 190), text="😀" * 1_000_000, canonical="x", severity="s" * 64)
    assert store.rules.get(store.rules.add(new).id).text == new.text


def test_errors_are_shown_until_they_end(store: Store) -> None:
    rule = store.rules.add(new_rule())
    for t, message in ((T0, "field type changed"), (T0 + 1, "unit changed"), (T0 + 2, None)):
        store.evaluation.commit_unbound(Changes(errors=[ErrorChange(rule.id, t, message)]))
        assert store.evaluation.rule_errors([rule.id]) == ({rule.id: message} if message else {})
    assert [(e.t, e.message, e.ended_t) for e in store.rules.errors(rule.id)] == [
        (T0 + 1, "unit changed", T0 + 2),
        (T0, "field type changed", T0 + 1),
    ]
