"""Matching operands by labels."""

from __future__ import annotations

import pytest

from alertdsl_runtime.evaluation.join import MISSING, MatchError, join_all
from tests.runtime.evaluation.world import labels


def _join(*operands: list[str], makers: list[bool] | None = None) -> dict[str, tuple[int, ...]]:
    rows = [[labels(text) for text in operand] for operand in operands]
    joined = join_all(rows, makers or [True] * len(operands), [False] * len(operands))
    return {" ".join(f"{t}={v}" for t, v in j.labels): j.rows for j in joined}


def test_equal_tags_match() -> None:
    assert _join(["h=a", "h=b"], ["h=b", "h=a"]) == {"h=a": (0, 1), "h=b": (1, 0)}


def test_a_missing_partner_still_makes_a_label_set() -> None:
    assert _join(["h=a"], ["h=b"]) == {"h=a": (0, MISSING), "h=b": (MISSING, 0)}


def test_an_operand_without_tags_matches_all() -> None:
    assert _join(["h=a", "h=b"], [""]) == {"h=a": (0, 0), "h=b": (1, 0)}


def test_many_series_match_one_with_fewer_tags() -> None:
    assert _join(["h=a c=0", "h=a c=1"], ["h=a"]) == {"c=0 h=a": (0, 0), "c=1 h=a": (1, 0)}


def test_many_to_many_is_refused() -> None:
    with pytest.raises(MatchError, match=r"both sides match.*`by`"):
        _join(["h=a c=0", "h=a c=1"], ["h=a d=0", "h=a d=1"])


def test_no_common_tag_with_several_on_both_sides_is_refused() -> None:
    with pytest.raises(MatchError, match="share no tag"):
        _join(["h=a", "h=b"], ["z=1", "z=2"])


def test_one_series_without_a_common_tag_matches_all() -> None:
    assert _join(["h=a", "h=b"], ["z=1"]) == {"h=a z=1": (0, 0), "h=b z=1": (1, 0)}


def test_the_right_of_unless_makes_no_label_set() -> None:
    assert _join(["h=a"], ["h=a", "h=b"], makers=[True, False]) == {"h=a": (0, 0)}


def test_an_operand_that_makes_no_label_set_adds_no_tags() -> None:
    assert _join(["h=a"], ["h=a c=0"], makers=[True, False]) == {"h=a": (0, 0)}


def test_several_partners_that_make_no_label_set_are_refused() -> None:
    with pytest.raises(MatchError, match="match the alert"):
        _join(["h=a"], ["h=a c=0", "h=a c=1"], makers=[True, False])


def test_three_operands() -> None:
    assert _join(["h=a", "h=b"], ["h=a"], ["h=b"]) == {"h=a": (0, 0, MISSING), "h=b": (1, MISSING, 0)}
