"""Outcomes made by hand, for tests that need no evaluator."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alertdsl.semantics import typed
from alertdsl_runtime.columns import Labels
from alertdsl_runtime.evaluation.outcome import Outcome, Rows

MINUTE = typed.MINUTE
PRICE = typed.Selector("monitors", "crypto", "close", metric="price")
ABOVE = typed.Compare(">", typed.Current(PRICE), typed.Const(100.0))


def rule(name: str = "high", **clauses: object) -> typed.Rule:
    """A rule whose condition the outcomes of a test decide, whatever it says."""
    made = typed.Rule(name=name, text=f"rule {name}\n  when price > 100\n", when=ABOVE, pending=ABOVE)
    return dataclasses.replace(made, **clauses)  # type: ignore[arg-type]


def host(name: str) -> Labels:
    return (("host", name),)


def rows(rules: Sequence[typed.Rule], labels: Sequence[Labels], owner: Sequence[int] | None = None) -> Rows:
    owners = np.zeros(len(labels), dtype=np.int64) if owner is None else np.array(owner, dtype=np.int64)
    return Rows(rules, owners, labels)


def outcome(
    of: Rows,
    condition: object,
    *,
    start: int = 0,
    every: int = MINUTE,
    pending: object = None,
    recovered: object = None,
    exists: object = None,
    no_data: object = None,
    rungs: Sequence[object] = (),
    fallen: Sequence[object] = (),
    failed: dict[int, str] | None = None,
) -> Outcome:
    """An outcome from nested lists, rows x instants; what is left out follows from the condition."""
    truth = np.array(condition, dtype=np.int8)

    def like(given: object, default: object) -> NDArray[Any]:
        return np.broadcast_to(np.array(default if given is None else given), truth.shape).copy()

    return Outcome(
        rows=of,
        times=start + every * np.arange(truth.shape[1], dtype=np.int64),
        condition=truth,
        pending=like(pending, truth).astype(np.int8),
        recovered=like(recovered, 2 - truth).astype(np.int8),
        exists=like(exists, True).astype(np.bool_),
        no_data=like(no_data, False).astype(np.bool_),
        value=like(None, 7.0).astype(np.float64),
        rungs=tuple(like(r, 0).astype(np.int8) for r in rungs),
        fallen=tuple(like(f, 0).astype(np.int8) for f in fallen),
        failed=failed or {},
    )
