from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from alertdsl.store import NotFoundError, StoreError, silence_matches
from alertdsl.store.records import Matcher, NewSilence, Silence
from tests.alertdsl.store.samples import MINUTE, new_rule

if TYPE_CHECKING:
    from alertdsl.store import Store

HOST = (Matcher("host", "=", "web1"),)


def later(minutes: int = 60) -> int:
    return time.time_ns() + minutes * MINUTE


def test_a_silence_begins_is_listed_and_ends(store: Store) -> None:
    silence = store.silences.add(NewSilence(later(), "ann", matchers=HOST, comment="reboot"), owner="ann")
    assert (silence.author, silence.comment, silence.matchers) == ("ann", "reboot", HOST)
    assert store.silences.get(silence.id) == silence
    assert store.silences.active(now=silence.starts_at) == (silence,)
    assert store.silences.active(now=silence.starts_at - 1) == ()
    assert store.silences.active(now=silence.ends_at) == ()
    assert store.silences.list(owner="ann").items == (silence,)
    assert store.silences.list(owner="bob").items == ()
    before = store.evaluation.revision()
    ended = store.silences.end(silence.id)
    assert ended.ends_at < silence.ends_at
    assert store.evaluation.revision().attention > before.attention
    assert store.silences.end(silence.id) == ended
    assert store.silences.list().items == ()
    assert store.silences.list(ended=True).items == (ended,)


def test_a_silence_may_begin_later(store: Store) -> None:
    silence = store.silences.add(NewSilence(later(60), "ann", starts_at=later(30), matchers=HOST))
    assert store.silences.active() == ()
    assert store.silences.list().items == (silence,)


def test_what_a_silence_must_say(store: Store) -> None:
    rule = store.rules.add(new_rule(), owner="ann")
    store.silences.add(NewSilence(later(), "ann", rule_id=rule.id), owner="ann")
    for bad in (
        NewSilence(later(), "ann"),
        NewSilence(later(-1), "ann", matchers=HOST),
        NewSilence(later(1), "ann", starts_at=later(2), matchers=HOST),
        NewSilence(later(), "ann", matchers=(Matcher("", "=", "x"),)),
        NewSilence(later(), "ann", matchers=(Matcher("host", "=~", "x"),)),  # type: ignore[arg-type]
        NewSilence(later(), "ann", matchers=(Matcher("host", "~", "x" * 501),)),
        NewSilence(later(), "ann", matchers=HOST * 51),
    ):
        with pytest.raises(StoreError):
            store.silences.add(bad, owner="ann")
    with pytest.raises(NotFoundError):
        store.silences.add(NewSilence(later(), "bob", rule_id=rule.id), owner="bob")
    assert len(store.silences.list().items) == 1


def test_silences_of_others_are_not_found(store: Store) -> None:
    silence = store.silences.add(NewSilence(later(), "ann", matchers=HOST), owner="ann")
    with pytest.raises(NotFoundError):
        store.silences.end(silence.id, owner="bob")
    with pytest.raises(NotFoundError):
        store.silences.get("é'")


def test_lists_are_paged_newest_first(store: Store) -> None:
    made = [store.silences.add(NewSilence(later(n + 1), "ann", matchers=HOST)) for n in range(5)]
    first = store.silences.list(limit=3)
    rest = store.silences.list(limit=3, cursor=first.next_cursor)
    assert [s.id for s in first.items + rest.items] == [s.id for s in reversed(made)]


@pytest.mark.parametrize(
    ("matcher", "labels", "holds"),
    [
        (Matcher("host", "=", "web1"), {"host": "web1"}, True),
        (Matcher("host", "=", "web1"), {"host": "WEB1"}, False),
        (Matcher("host", "=", ""), {}, True),
        (Matcher("host", "!=", "web1"), {}, True),
        (Matcher("host", "~", "web*"), {"host": "web1\n"}, True),
        (Matcher("host", "~", "web*"), {"host": "db-web1"}, False),
        (Matcher("host", "~", "web?"), {"host": "web12"}, False),
        (Matcher("host", "!~", "web*"), {"host": "db"}, True),
        (Matcher("host", "~", "a.c"), {"host": "abc"}, False),
    ],
)
def test_matchers(matcher: Matcher, labels: dict[str, str], holds: bool) -> None:
    silence = Silence("s", "ann", None, (matcher,), 0, 1, "ann", "", 0)
    assert silence_matches(silence, "ann", "rule", labels) is holds
    assert silence_matches(silence, "bob", "rule", labels) is False


def test_a_silence_of_a_rule_is_for_that_rule() -> None:
    silence = Silence("s", "ann", "one", HOST, 0, 1, "ann", "", 0)
    assert silence_matches(silence, "ann", "one", {"host": "web1"})
    assert not silence_matches(silence, "ann", "two", {"host": "web1"})
    assert not silence_matches(silence, "ann", "one", {"host": "web2"})


def test_no_pattern_takes_forever() -> None:
    silence = Silence("s", "ann", None, (Matcher("host", "~", "*a" * 200 + "b"),), 0, 1, "ann", "", 0)
    began = time.perf_counter()
    assert not silence_matches(silence, "ann", "one", {"host": "a" * 5000})
    assert time.perf_counter() - began < 2
