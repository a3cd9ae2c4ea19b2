"""The state machine: every branch by name, and its laws over all combinations of its inputs."""

from __future__ import annotations

import itertools

import pytest

from alertdsl_runtime.lifecycle import (
    FALSE,
    OK,
    TRUE,
    UNKNOWN,
    Change,
    Inputs,
    Life,
    OnNoData,
    retire,
    step,
    unpack,
)

T = 600
PENDING = Life("pending", opened_at=60)
FIRING = Life("firing", 0, 60, 120)
NO_DATA = Life("no data", 0, 60, 120, missing=True)
STATES = (OK, PENDING, FIRING, Life("firing", 1, 60, 120), Life("firing", 2, 60, 120, missing=True), NO_DATA)
POLICIES: tuple[OnNoData, ...] = ("keep", "alert", "resolve")

QUIET = Inputs(FALSE, FALSE, TRUE)
HIGH = Inputs(TRUE, TRUE, FALSE)
ABOVE = Inputs(FALSE, TRUE, FALSE)
"""C is true, the condition (with its `for`) is not yet; a `recover when` that does not hold."""
BLIND = Inputs(UNKNOWN, UNKNOWN, UNKNOWN, no_data=True)
DIM = Inputs(UNKNOWN, UNKNOWN, UNKNOWN)


def names(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [(c.before, c.after, c.reason) for c in changes]


@pytest.mark.parametrize(
    ("life", "seen", "policy", "after", "changes"),
    [
        # 2: the label set is gone
        (FIRING, QUIET._replace(exists=False), "keep", OK, [("firing", "resolved", "gone")]),
        (PENDING, HIGH._replace(exists=False), "keep", OK, [("pending", "ok", "gone")]),
        (OK, HIGH._replace(exists=False), "keep", OK, []),
        # 3: firing
        (OK, HIGH, "keep", Life("firing", 0, T, T), [("ok", "firing", "")]),
        (PENDING, HIGH, "keep", Life("firing", 0, 60, T), [("pending", "firing", "")]),
        (NO_DATA, HIGH, "alert", Life("firing", 0, 60, T), [("no data", "firing", "")]),
        (FIRING, HIGH, "keep", FIRING, []),
        # 4: recovered, and pending in the same transition
        (FIRING, QUIET, "keep", OK, [("firing", "resolved", "")]),
        (
            FIRING,
            Inputs(FALSE, TRUE, TRUE),
            "keep",
            Life("pending", opened_at=T),
            [("firing", "resolved", ""), ("ok", "pending", "")],
        ),
        # 5: no data, by policy
        (FIRING, BLIND, "keep", Life("firing", 0, 60, 120, missing=True), []),
        (PENDING, BLIND, "keep", Life("pending", 0, 60, missing=True), []),
        (OK, BLIND, "keep", OK, []),
        (OK, BLIND, "alert", Life("no data", 0, T, T, missing=True), [("ok", "no data", "no data")]),
        (
            PENDING,
            BLIND,
            "alert",
            Life("no data", 0, 60, T, missing=True),
            [("pending", "no data", "no data")],
        ),
        (FIRING, BLIND, "alert", Life("firing", 0, 60, 120, missing=True), []),
        (FIRING, BLIND, "resolve", OK, [("firing", "resolved", "no data")]),
        (PENDING, BLIND, "resolve", OK, [("pending", "ok", "no data")]),
        (FIRING, DIM, "resolve", FIRING, []),
        (PENDING, DIM, "alert", PENDING, []),
        (NO_DATA, DIM, "alert", NO_DATA, []),
        # 6: the rest
        (NO_DATA, QUIET, "alert", OK, [("no data", "resolved", "data is back")]),
        (
            NO_DATA,
            ABOVE,
            "alert",
            Life("pending", opened_at=T),
            [("no data", "resolved", "data is back"), ("ok", "pending", "")],
        ),
        (FIRING, ABOVE, "keep", FIRING, []),
        (FIRING, Inputs(FALSE, FALSE, FALSE), "keep", FIRING, []),
        (OK, ABOVE, "keep", Life("pending", opened_at=T), [("ok", "pending", "")]),
        (PENDING, QUIET, "keep", OK, [("pending", "ok", "")]),
        # an edit ends what is not true under the new text
        (FIRING, ABOVE._replace(edited=True), "keep", Life("pending", opened_at=T), None),
        (FIRING, DIM._replace(edited=True), "keep", OK, [("firing", "resolved", "rule changed")]),
        (FIRING, HIGH._replace(edited=True), "keep", FIRING, []),
        (PENDING, ABOVE._replace(edited=True), "keep", PENDING, []),
        (PENDING, QUIET._replace(edited=True), "keep", OK, [("pending", "ok", "rule changed")]),
    ],
)
def test_each_branch(
    life: Life, seen: Inputs, policy: OnNoData, after: Life, changes: list[tuple[str, str, str]] | None
) -> None:
    new, done = step(life, seen, policy, T)
    assert new == after
    if changes is not None:
        assert names(done) == changes


class TestLadder:
    def test_fires_at_the_highest_true_rung(self) -> None:
        life, _ = step(OK, HIGH._replace(rungs=(TRUE, TRUE), fallen=(FALSE, FALSE)), "keep", T)
        assert life.rung == 2

    def test_never_fires_alone(self) -> None:
        assert step(OK, QUIET._replace(rungs=(TRUE,), fallen=(FALSE,)), "keep", T) == (OK, ())

    def test_rises_at_once(self) -> None:
        life, changes = step(FIRING, HIGH._replace(rungs=(TRUE,), fallen=(FALSE,)), "keep", T)
        assert life.rung == 1
        assert changes == (Change("firing", "firing", 0, 1, "severity rises"),)

    def test_unknown_keeps_the_rung(self) -> None:
        at_one = Life("firing", 1, 60, 120)
        assert step(at_one, HIGH._replace(rungs=(UNKNOWN,), fallen=(UNKNOWN,)), "keep", T) == (at_one, ())

    def test_falls_when_allowed(self) -> None:
        at_two = Life("firing", 2, 60, 120)
        life, _ = step(at_two, HIGH._replace(rungs=(FALSE, FALSE), fallen=(FALSE, TRUE)), "keep", T)
        assert life.rung == 1
        life, _ = step(at_two, HIGH._replace(rungs=(FALSE, FALSE), fallen=(TRUE, TRUE)), "keep", T)
        assert life.rung == 0

    def test_a_shorter_ladder_is_climbed_down(self) -> None:
        life, _ = step(Life("firing", 3, 60, 120), HIGH._replace(rungs=(TRUE,), fallen=(FALSE,)), "keep", T)
        assert life.rung == 1

    def test_rises_while_the_base_keeps_firing_until_it_recovers(self) -> None:
        life, _ = step(FIRING, ABOVE._replace(rungs=(TRUE,), fallen=(FALSE,)), "keep", T)
        assert life.rung == 1


def all_inputs() -> list[Inputs]:
    truths = (FALSE, UNKNOWN, TRUE)
    flags = (False, True)
    return [
        Inputs(c, p, r, exists, missing, (rung, top), (fallen, fallen), edited)
        for c, p, r, exists, missing, rung, top, fallen, edited in itertools.product(
            truths, truths, truths, flags, flags, truths, truths, truths, flags
        )
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_laws_over_all_combinations(policy: OnNoData) -> None:
    for life, seen in itertools.product(STATES, all_inputs()):
        new, changes = step(life, seen, policy, T)
        again, nothing = step(new, seen._replace(edited=False), policy, T + 60)
        assert (again, nothing) == (new, ()), "the same input again changes nothing"

        assert (new.state == "ok") == (new.opened_at is None)
        assert new.raised == (new.started_at is not None)
        assert new.state == "firing" or new.rung == 0
        if seen.exists and seen.condition == TRUE:
            assert new.state == "firing"
        elif life.state != "firing":
            assert new.state != "firing", "nothing else makes an alert fire"
        if not seen.exists:
            assert new == OK
        if new.state == "no data":
            assert policy == "alert" or life.state == "no data"
        if new.state == "pending":
            assert life.state == "pending" or seen.pending == TRUE
        # The transitions lead from the old state to the new one.
        at = life.state
        for change in changes:
            assert change.before == at
            at = "ok" if change.after == "resolved" else change.after
        assert at == new.state
        assert len(changes) <= 2


def test_retire() -> None:
    assert retire(OK, "deleted") == (OK, ())
    life, changes = retire(FIRING, "disabled")
    assert life == OK
    assert names(changes) == [("firing", "resolved", "disabled")]


def test_unpack() -> None:
    code = TRUE | UNKNOWN << 2 | FALSE << 4 | 1 << 6 | 0 << 7 | 1 << 8 | (UNKNOWN | TRUE << 2) << 9
    assert unpack(code, 1) == Inputs(TRUE, UNKNOWN, FALSE, True, False, (UNKNOWN,), (TRUE,), outside=True)
