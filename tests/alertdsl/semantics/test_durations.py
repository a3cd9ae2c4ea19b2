"""Lengths of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl.semantics.durations import LONGEST, format_duration, parse_duration, spell_duration


@given(st.integers(1, LONGEST))
def test_there_and_back(ns: int) -> None:
    assert parse_duration(format_duration(ns)) == ns


@pytest.mark.parametrize("text", ["", "0s", "5", "5x", "-5m", "5M", "m", "1h-", "99999999d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_spelled() -> None:
    assert spell_duration(parse_duration("1h30m")) == "1 hour 30 minutes"
    assert spell_duration(parse_duration("1m")) == "1 minute"
