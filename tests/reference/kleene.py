"""The three truths."""

from __future__ import annotations

from collections.abc import Sequence

from tests.reference.values import Unknown

Truth = bool | Unknown


def all_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's and."""
    if any(each is False for each in truths):
        return False
    unknown = [each for each in truths if isinstance(each, Unknown)]
    return Unknown.of(unknown) if unknown else True


def any_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's or."""
    return negated(all_of([negated(each) for each in truths]))


def negated(one: Truth) -> Truth:
    """Kleene's not."""
    return one if isinstance(one, Unknown) else not one
