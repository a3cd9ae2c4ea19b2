"""Whatever people and their data write comes out as it went in, and is never part of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.store import StoreError, label_set
from alertdsl.store.records import Changes, Matcher, NewSilence
from tests.alertdsl.store.samples import T0, alert, fire, new_rule, sets

if TYPE_CHECKING:
    from alertdsl.store import Store

HOSTILE = [
    "it's",
    '"quoted"',
    "back\\slash\\",
    "\\'; DROP TABLE alerts; --",
    "${x} %s %% %(a)s :name ? {{ y }}",
    "line\nbreak\r\ttab",
    "é ß İ ı Å Å",  # composed and decomposed
    "😀👩‍👩‍👧 𝒳",
    "\x01\x1f\x7f\x85\u2028\ufeff\uffff",
    "_like% [a-z]* \\_",
    "NULL",
    "0",
]
# Values that collations or padding take for equal.
ALIKE = ["web1", "WEB1", "web1 ", " web1", "wéb1", "web1\0", "web1\n", "ｗｅｂ1", "", " ", "\0"]


@pytest.mark.parametrize("text", HOSTILE)
def test_rule_texts_round_trip(store: Store, text: str) -> None:
    new = new_rule(f"n{text.strip()}n", text=text, title=text, source=text, canonical=text)
    rule = store.rules.add(new, owner=f"o{text}o", author=f"a{text}a", request_key=text)
    found = store.rules.by_name(new.name, owner=rule.owner)
    assert found == store.rules.get(rule.id, owner=rule.owner) == rule
    assert (found.text, found.title, found.source, found.canonical) == (text, text, text, text)
    assert store.rules.add(new, owner=rule.owner, request_key=text) == rule
    assert [r.id for r in store.rules.list(search=text, owner=rule.owner).items] == [rule.id]
    assert store.rules.history(rule.id)[0].author == f"a{text}a"


def test_labels_that_look_alike_are_different_alerts(store: Store) -> None:
    rule = store.rules.add(new_rule())
    every = [{"host": value} for value in ALIKE + HOSTILE] + [{value: "host"} for value in ALIKE + HOSTILE]
    rows = [alert(rule, labels) for labels in every]
    store.evaluation.commit_unbound(Changes(labels=sets(*every), alerts=rows))
    assert len(store.evaluation.open_alerts()) == len(every)
    for labels, row in zip(every, rows, strict=True):
        found = store.alerts.list(labels=labels).items
        assert [(a.id, a.labels) for a in found] == [(row.id, labels)]


text = st.text(max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    labels=st.dictionaries(text, text, max_size=4), other=st.dictionaries(text, text, min_size=1, max_size=2)
)
def test_any_labels_round_trip_and_are_found(
    store: Store, labels: dict[str, str], other: dict[str, str]
) -> None:
    rule = store.rules.add(new_rule(label_set(labels).hash))
    row = fire(store, rule, labels)
    assert store.alerts.get(row.id).alert.labels == labels
    found = store.alerts.list(rule_id=rule.id, labels=other).items
    assert [a.id for a in found] == ([row.id] if other.items() <= labels.items() else [])
    store.rules.delete(rule.id)


def test_label_filters_look_at_whole_members(store: Store) -> None:
    """Texts made to look like a member of the stored JSON."""
    rule = store.rules.add(new_rule())
    tricks: list[dict[str, str]] = [
        {'a\n"host": "web1': "x"},
        {"a": '\n"host": "web1"'},
        {"a": '", "host": "web1'},
        {"x,": ":", "host": ""},
        {"xhost": "web1"},
        {"host": "web1x"},
        {"host": 'web1"'},
        {"host": "web1\\"},
    ]
    for labels in tricks:
        fire(store, rule, labels)
    assert store.alerts.list(labels={"host": "web1"}).items == ()
    for labels in tricks:
        assert [a.labels for a in store.alerts.list(labels=labels).items] == [labels]


@pytest.mark.parametrize("text", [*HOSTILE, "nul\0"])
def test_notes_and_comments_round_trip(store: Store, text: str) -> None:
    row = fire(store, store.rules.add(new_rule()))
    shown = store.alerts.acknowledge(row.id, by=text, note=text)
    kept = text.replace("\0", "\ufffd")
    assert (shown.acknowledged_by, shown.acknowledged_note) == (kept, kept)
    if "\0" not in text:
        matchers = (Matcher(text, "=", text), Matcher(text + "\0", "!~", "x"))
        silence = store.silences.add(NewSilence(2**62, "ann", matchers=matchers, comment=text))
        assert (silence.comment, silence.matchers) == (text, matchers)
    (item,) = store.outbox.claim(now=T0)
    store.outbox.failed(item, text, retry_at=T0 + 1)
    assert store.outbox.list().items[0].last_error == kept
    assert store.evaluation.partition_error("none", text) is False


def test_owners_that_look_alike_are_different(store: Store) -> None:
    rules = {owner: store.rules.add(new_rule(), owner=owner) for owner in ("ann", "Ann", "ánn", "ａnn")}
    for owner, rule in rules.items():
        assert [r.id for r in store.rules.list(owner=owner).items] == [rule.id]
    for padded in ("ann ", " ann", "ann\t"):
        with pytest.raises(StoreError, match="white space"):
            store.rules.add(new_rule(), owner=padded)
