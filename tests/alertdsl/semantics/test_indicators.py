"""Conditions as ones and noughts, and read back."""

from __future__ import annotations

import pytest

import alertdsl
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.indicators import condition_of, indicator

CATALOG = parse_catalog(
    '[metrics.x]\nfield = "m.x"\n[metrics.y]\nfield = "m.y"\n[metrics.z]\nfield = "m.z"\ntype = "string"\n'
)


def condition(text: str) -> typed.Condition:
    return alertdsl.resolve(text, CATALOG)[0].when


@pytest.mark.parametrize(
    "text",
    [
        *(f"x {op} 5" for op in (">", ">=", "<", "<=", "==", "!=")),
        *(f"x {op} y + 1" for op in (">", "<=", "==", "!=")),
        "x > 5 and y < 3",
        "x > 5 or y < 3 and x != 2",
    ],
)
def test_an_indicator_is_read_back(text: str) -> None:
    value = indicator(condition(text))
    assert value is not None
    assert condition_of(value) == condition(text)


@pytest.mark.parametrize("text", ["x > 5 for 5m", 'z == "a"', "x > 5 and x is missing for 5m", "x is absent"])
def test_what_is_no_comparison_of_numbers_has_none(text: str) -> None:
    assert indicator(condition(text)) is None


def test_other_values_are_no_indicators() -> None:
    one = condition("x + 1 > y")
    assert isinstance(one, typed.Compare)
    assert condition_of(one.left) is None
    other = condition("ceil(x) > min(x, y)")
    assert isinstance(other, typed.Compare)
    assert condition_of(other.left) is None
    assert condition_of(other.right) is None
