"""Small worlds: series written as text, and typed rules without the parser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, Matcher, Selector
from alertdsl_runtime.columns import Labels, Points
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.sources.memory import MemorySource

T = 1_800_000_000_000_000_000
"""An instant on a whole minute."""


def labels(text: str) -> Labels:
    """``"host=a region=x"`` as a label set."""
    return tuple(sorted((tag, value) for tag, value in (pair.split("=") for pair in text.split())))


def points(series: dict[str, dict[float, float]], kind: str = "number") -> Points:
    """Series as ``{"host=a": {minutes from T: value}}``."""
    offsets = np.cumsum([0, *(len(one) for one in series.values())])
    ordered = [sorted(one.items()) for one in series.values()]
    times = [T + round(minute * MINUTE) for one in ordered for minute, _ in one]
    values = [value for one in ordered for _, value in one]
    return Points(
        [labels(text) for text in series],
        offsets.astype(np.int64),
        np.array(times, dtype=np.int64),
        np.array(values),
        kind,
    )


def source(**fields: Points) -> MemorySource:
    """A memory source of measurements, each with the field ``v``."""
    return MemorySource({(name, "v"): found for name, found in fields.items()})


def selector(measurement: str, *matchers: str, **settings: object) -> Selector:
    """The series of ``measurement.v`` with tag filters like ``host=a``."""
    found = (Matcher(tag, "=", value) for tag, value in (m.split("=") for m in matchers))
    chosen = Selector("", measurement, "v", matchers=tuple(found), metric=measurement)
    return replace(chosen, **settings)  # type: ignore[arg-type]


def above(chosen: Selector, bound: float) -> typed.Compare:
    """``x > bound``."""
    return typed.Compare(">", typed.Current(chosen), typed.Const(bound))


def rule(when: typed.Condition, name: str = "rule", **clauses: object) -> typed.Rule:
    """A rule of one condition, evaluated every minute."""
    pending = clauses.pop("pending", when.operand if isinstance(when, typed.For) else when)
    return replace(typed.Rule(name, "", when, pending), **clauses)  # type: ignore[arg-type]


def outcome(when: typed.Rule | typed.Condition, found: MemorySource, *minutes: float) -> Outcome:
    """The outcome of one rule at instants, minutes from T."""
    whole = when if isinstance(when, typed.Rule) else rule(when)
    instants = np.array([T + round(minute * MINUTE) for minute in minutes or (0,)], dtype=np.int64)
    (only,) = Evaluator([whole], found).evaluate(instants)
    return only


def truths(found: Outcome) -> dict[str, str]:
    """The condition by label set, an F, U or T for each instant; a dot where the label set does not exist."""
    text = {}
    for row, one in enumerate(found.rows.labels):
        name = " ".join(f"{tag}={value}" for tag, value in one)
        letters = [
            "FUT"[t] if e else "." for t, e in zip(found.condition[row], found.exists[row], strict=True)
        ]
        text[name] = "".join(letters)
    return text
