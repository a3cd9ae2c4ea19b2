from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl.store import alert_id, from_ns, label_set, to_ns
from alertdsl.store.identity import is_id, new_id, text_hash

labels = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)


@given(labels, labels)
def test_label_sets_are_equal_exactly_when_their_hashes_are(one: dict[str, str], two: dict[str, str]) -> None:
    assert (label_set(one).hash == label_set(two).hash) == (one == two)


@pytest.mark.parametrize("other", ["A", "a ", " a", "a\0", "ａ", "á"])
def test_what_databases_take_for_equal_is_not(other: str) -> None:
    assert label_set({"host": "a"}).hash != label_set({"host": other}).hash


def test_hashes_know_where_a_text_ends() -> None:
    assert text_hash("ab", "c") != text_hash("a", "bc") != text_hash("abc")


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_alert_ids_are_ordered_by_the_second(one: int, two: int) -> None:
    first, second = sorted((one, two))
    if first // 10**9 < second // 10**9 < 2**35:
        assert alert_id("r", "h", first) < alert_id("r", "h", second)


def test_alert_ids_are_stable() -> None:
    assert alert_id("rule", "hash", 1_760_000_000 * 10**9) == alert_id("rule", "hash", 1_760_000_000 * 10**9)
    assert len(alert_id("rule", "hash", -5)) == 20
    assert is_id(alert_id("rule", "hash", 1_760_000_000 * 10**9))
    assert is_id(new_id())
    assert len({new_id() for _ in range(1000)}) == 1000


@given(st.integers(-(2**55), 2**62))
def test_times_round_trip(ns: int) -> None:
    assert to_ns(from_ns(ns)) == ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-07-14T03:47:00Z", 1_752_464_820 * 10**9),
        ("2025-07-14T05:47:00.000000001+02:00", 1_752_464_820 * 10**9 + 1),
        ("1969-12-31T23:59:59.5Z", -(10**9) // 2),
    ],
)
def test_times_are_read(text: str, ns: int) -> None:
    assert to_ns(text) == ns


@pytest.mark.parametrize(
    "text", ["", "now", "2025-07-14", "2025-07-14T03:47:00", "2025-13-14T03:47:00Z", "٢025-07-14T03:47:00Z"]
)
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month"):
        to_ns(text)
