"""Conditions over time, decided from looks at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alertdsl.semantics.typed import Nanoseconds
from tests.reference.kleene import Truth
from tests.reference.values import Unknown

Look = Callable[[Nanoseconds], Truth]
"""The truth of a condition at a moment."""


def all_through(
    look: Look, moments: Mapping[Nanoseconds, Nanoseconds], start: Nanoseconds, stop: Nanoseconds
) -> Truth:
    """“Look at `C` just after `T - D`, at every moment in `(T-D, T)`, and at `T`: false when false at any of them; else unknown
    when unknown just after `T - D` or at `T`; else true”."""
    first, last = look(start + 1), look(stop)
    if first is False or last is False or any(look(moment) is False for moment in moments):
        return False
    unknown = [each for each in (first, last) if isinstance(each, Unknown)]
    return Unknown.of(unknown) if unknown else True


def part_of(
    look: Look,
    moments: Mapping[Nanoseconds, Nanoseconds],
    start: Nanoseconds,
    stop: Nanoseconds,
    wanted: Nanoseconds,
) -> Truth:
    """“The time within `[T-D, T)` during which `C` holds, as a step function between moments: true if held >= E, false if held +
    unknown < E, else unknown”."""
    steps = [(start, look(start + 1)), *((since, look(moment)) for moment, since in moments.items())]
    ends = [since for since, _ in steps[1:]] + [stop]
    lengths = [(truth, end - since) for (since, truth), end in zip(steps, ends, strict=True)]
    held = sum(length for truth, length in lengths if truth is True)
    unsure = sum(length for truth, length in lengths if isinstance(truth, Unknown))
    if held >= wanted:
        return True
    if held + unsure < wanted:
        return False
    return Unknown.of([truth for truth, _ in lengths if isinstance(truth, Unknown)])
