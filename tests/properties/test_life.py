"""The state machine: every combination of its inputs against the life that the reference tells, and its properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl_runtime import lifecycle
from alertdsl_runtime.columns import Flags
from alertdsl_runtime.columns import Truth as Truth8
from alertdsl_runtime.evaluation.outcome import Outcome, Rows
from alertdsl_runtime.lifecycle import FALSE, OK, TRUE, UNKNOWN, Change, Inputs, Life, OnNoData, State
from alertdsl_runtime.lives import Key, Lives, Tracked
from tests.reference import Verdict
from tests.reference import life as reference
from tests.reference.kleene import Truth
from tests.reference.values import NO_DATA, OTHER
from tests.runtime.outcomes import host, rows, rule

TRUTHS = (FALSE, UNKNOWN, TRUE)
POLICIES: tuple[OnNoData, ...] = get_args(OnNoData)
RUNGS = 2
NOW = 1_000


def inputs(rungs: int) -> Iterator[Inputs]:
    """All that an instant can say of a rule with a ladder of so many rungs."""
    ladder = list(product(TRUTHS, repeat=rungs))
    for condition, pending, recovered in product(TRUTHS, repeat=3):
        for exists, no_data in product((False, True), repeat=2):
            for each, fallen in product(ladder, repeat=2):
                yield Inputs(condition, pending, recovered, exists, no_data, each, fallen)
    for exists in (False, True):
        for each, fallen in product(ladder, repeat=2):
            # "Outside it the condition and C count as false and R as true."
            yield Inputs(FALSE, FALSE, TRUE, exists, False, each, fallen, outside=True)


def lives(rungs: int) -> Iterator[Life]:
    """All states of an alert."""
    yield OK
    for missing in (False, True):
        yield Life("pending", 0, 10, None, missing)
        for rung in range(rungs + 1):
            yield Life("firing", rung, 10, 20, missing)
    yield Life("no data", 0, 10, 20, missing=True)


def as_verdict(seen: Inputs) -> Verdict | None:
    """The same for the reference; None where no known series makes the label set."""

    def truth(number: int) -> Truth:
        return OTHER if number == UNKNOWN else number == TRUE

    if not seen.exists:
        return None
    pending = NO_DATA if seen.no_data and seen.pending == UNKNOWN else truth(seen.pending)
    return Verdict(
        condition=truth(seen.condition),
        pending=pending,
        recovered=truth(seen.recovered),
        no_data=seen.no_data and seen.pending == UNKNOWN,
        rungs=tuple(truth(each) for each in seen.rungs),
        fallen=tuple(truth(each) for each in seen.fallen),
    )


def as_alert(life: Life) -> reference.Alert:
    """The same alert for the reference."""
    return reference.Alert(life.state, life.rung, life.started_at, life.missing)


def as_transition(change: Change) -> reference.Transition:
    """The same transition for the reference."""
    return change.before, change.after


@pytest.mark.parametrize("on_no_data", POLICIES)
@pytest.mark.parametrize("rungs", range(RUNGS + 1))
def test_every_combination_is_what_the_reference_says(rungs: int, on_no_data: OnNoData) -> None:
    """State x condition x C x recovered x exists x no data x rungs x falls x policy."""
    verdicts = [(seen, as_verdict(seen)) for seen in inputs(rungs)]
    for life in lives(rungs):
        for seen, verdict in verdicts:
            new, changes = lifecycle.step(life, seen, on_no_data, NOW)
            alert, transitions = reference.live(as_alert(life), verdict, on_no_data, NOW)
            said = (as_alert(new), [as_transition(change) for change in changes])
            assert said == (alert, transitions), (life, seen, on_no_data)


@pytest.mark.parametrize("on_no_data", POLICIES)
@pytest.mark.parametrize("rungs", range(RUNGS))
def test_after_an_edit_too(rungs: int, on_no_data: OnNoData) -> None:
    """The same at the first instant after the rule's meaning changed."""
    for life in lives(rungs):
        for seen in inputs(rungs):
            new, changes = lifecycle.step(life, seen._replace(edited=True), on_no_data, NOW)
            alert, transitions = reference.edited(as_alert(life), as_verdict(seen), on_no_data, NOW)
            said = (as_alert(new), [as_transition(change) for change in changes])
            assert said == (alert, transitions), (life, seen, on_no_data)


@pytest.mark.parametrize("on_no_data", POLICIES)
@pytest.mark.parametrize("rungs", range(RUNGS + 1))
def test_the_same_inputs_again_change_nothing(rungs: int, on_no_data: OnNoData) -> None:
    """A second look at what was seen makes no transition and leaves the alert as it is."""
    for life in lives(rungs):
        for seen in inputs(rungs):
            new, _ = lifecycle.step(life, seen, on_no_data, NOW)
            assert lifecycle.step(new, seen, on_no_data, NOW + 1) == (new, ()), (life, seen)


@pytest.mark.parametrize("on_no_data", POLICIES)
def test_an_end_has_its_reason(on_no_data: OnNoData) -> None:
    """What the last transition of an episode says is what the reference says."""
    for life in lives(1):
        for seen in inputs(1):
            for change in lifecycle.step(life, seen, on_no_data, NOW)[1]:
                if change.after in ("resolved", "ok"):
                    expected = reference.why(as_alert(life), as_verdict(seen), outside=seen.outside)
                    assert change.reason == expected, (life, seen, on_no_data)


@pytest.mark.parametrize("on_no_data", POLICIES)
@pytest.mark.parametrize("rungs", range(RUNGS))
def test_what_is_disarmed_ends_and_begins_no_more(rungs: int, on_no_data: OnNoData) -> None:
    """Every combination once more, for a rule that has fired once."""
    for life in lives(rungs):
        for seen in inputs(rungs):
            new, changes = lifecycle.step(life, seen._replace(disarmed=True), on_no_data, NOW)
            alert, transitions, _ = reference.once(
                as_alert(life), as_verdict(seen), on_no_data, NOW, disarmed=True
            )
            said = (as_alert(new), [as_transition(change) for change in changes])
            assert said == (alert, transitions), (life, seen, on_no_data)


@given(
    st.lists(st.sampled_from(list(inputs(1))) | st.just("re-armed"), max_size=40),
    st.sampled_from(POLICIES),
)
def test_a_rule_that_fires_once(seen: list[Inputs | str], on_no_data: OnNoData) -> None:
    """Through the driver as through the reference: one firing between one arming and the next."""
    high = replace(rule(on_no_data=on_no_data), once=True)
    of = rows([high], [host("a")])
    key = Key("high", host("a"))
    driver = Lives([Tracked("high", high)])
    alert, disarmed, firings = reference.OK, False, 0
    for number, each in enumerate(seen):
        if isinstance(each, str):
            # An edit that keeps the meaning and a re-arming are the same to the alert.
            driver = Lives([Tracked("high", high)], dict(driver.open()))
            disarmed, firings = False, 0
            continue
        events = driver.advance([single(of, each, number)], lambda firing: [0] * len(firing))
        alert, transitions, disarmed = reference.once(
            alert, as_verdict(each), on_no_data, number, disarmed=disarmed
        )
        found = [as_transition(change) for event in events for change in event.changes]
        assert (as_alert(driver[key]), found) == (alert, transitions), (number, each)
        firings += sum(after == "firing" != before for before, after in found)
        assert firings <= 1


def single(of: Rows, seen: Inputs, instant: int) -> Outcome:
    """The outcome of one instant that says this of its one row."""

    def cell(number: int) -> Truth8:
        return np.array([[number]], dtype=np.int8)

    def flag(on: bool) -> Flags:
        return np.array([[on]], dtype=np.bool_)

    return Outcome(
        rows=of,
        times=np.array([instant], dtype=np.int64),
        condition=cell(seen.condition),
        pending=cell(seen.pending),
        recovered=cell(seen.recovered),
        exists=flag(seen.exists),
        no_data=flag(seen.no_data and seen.pending == UNKNOWN),
        value=np.array([[1.0]]),
        rungs=tuple(cell(truth) for truth in seen.rungs),
        fallen=tuple(cell(truth) for truth in seen.fallen),
        failed={},
        outside=np.array([seen.outside], dtype=np.bool_),
    )


def test_an_error_never_resolves() -> None:
    """A rule that could not be evaluated keeps every state; the machine is not stepped at all then."""
    for life in lives(RUNGS):
        assert reference.live(as_alert(life), "error", "resolve", NOW) == (as_alert(life), [])


@pytest.mark.parametrize("on_no_data", POLICIES)
def test_a_transition_tells_what_it_changed(on_no_data: OnNoData) -> None:
    """Transitions form a chain from the old state to the new, without steps that go nowhere."""
    for life in lives(1):
        for seen in inputs(1):
            new, changes = lifecycle.step(life, seen, on_no_data, NOW)
            state: State = life.state
            rung = life.rung
            for change in changes:
                assert (change.before, change.rung_before) == (state, rung)
                assert (change.before, change.rung_before) != (change.after, change.rung)
                state, rung = ("ok" if change.after == "resolved" else change.after), change.rung
            assert (state, rung) == (new.state, new.rung), (life, seen, changes)


@pytest.mark.parametrize("on_no_data", POLICIES)
def test_only_what_was_raised_is_resolved(on_no_data: OnNoData) -> None:
    """A pending alert ends without a word to anyone."""
    for life in lives(1):
        for seen in inputs(1):
            for change in lifecycle.step(life, seen, on_no_data, NOW)[1]:
                assert (change.after == "resolved") == (
                    change.before in ("firing", "no data") and change.after not in ("firing", "no data")
                )


@pytest.mark.parametrize("on_no_data", POLICIES)
def test_a_true_condition_fires_and_only_that(on_no_data: OnNoData) -> None:
    """Rungs never fire alone, and nothing but the condition begins a firing."""
    for life in lives(RUNGS):
        for seen in inputs(RUNGS):
            new, _ = lifecycle.step(life, seen, on_no_data, NOW)
            if seen.exists and seen.condition == TRUE:
                assert new.state == "firing"
            elif life.state != "firing":
                assert new.state != "firing"


@given(
    st.lists(st.sampled_from([*inputs(1)]), max_size=30),
    st.lists(st.integers(0, 3), min_size=30, max_size=30),
    st.sampled_from(POLICIES),
)
def test_a_repeated_instant_changes_no_history(
    seen: list[Inputs], repeats: list[int], on_no_data: OnNoData
) -> None:
    """Looking only at inputs that changed gives the same alerts and transitions as looking at all."""
    one, other = OK, OK
    for number, (each, times) in enumerate(zip(seen, repeats, strict=False)):
        one, changes = lifecycle.step(one, each, on_no_data, number)
        again: list[Change] = []
        for _ in range(times + 1):
            other, found = lifecycle.step(other, each, on_no_data, number)
            again += found
        assert (other, tuple(again)) == (one, changes)
