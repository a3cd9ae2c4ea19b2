"""The driver gives what stepping every alert at every instant gives, and looks only at what changed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl.semantics import typed
from alertdsl_runtime.columns import Labels
from alertdsl_runtime.lifecycle import OK, Change, Inputs, Life, OnNoData, step
from alertdsl_runtime.lives import Event, Key, Lives, Tracked
from tests.runtime.outcomes import MINUTE, host, outcome, rows, rule


def since(firing: Sequence[tuple[typed.Rule, Labels, int]]) -> list[int]:
    return [instant - 1 for _, _, instant in firing]


def tracked(*rules: typed.Rule, active_from: int = 0) -> list[Tracked]:
    return [Tracked(r.name, r, active_from) for r in rules]


def story(events: list[Event]) -> list[tuple[int, str, str]]:
    return [(e.instant // MINUTE, c.before, c.after) for e in events for c in e.changes]


def test_one_episode() -> None:
    high = rule()
    lives = Lives(tracked(high))
    of = rows([high], [host("a")])
    events = lives.advance([outcome(of, [[0, 0, 0, 2, 2, 0]], pending=[[0, 2, 2, 2, 2, 0]])], since)
    assert story(events) == [(1, "ok", "pending"), (3, "pending", "firing"), (5, "firing", "resolved")]
    firing = events[1]
    assert (firing.since, firing.value) == (3 * MINUTE - 1, 7.0)
    assert firing.after == Life("firing", 0, MINUTE, 3 * MINUTE)
    assert list(lives.open()) == []


def test_rows_that_vanish_are_gone() -> None:
    high = rule()
    lives = Lives(tracked(high))
    lives.advance([outcome(rows([high], [host("a"), host("b")]), [[2], [2]])], since)
    events = lives.advance([outcome(rows([high], [host("b")]), [[2]], start=MINUTE)], since)
    assert [(e.key.labels, e.changes[0].reason) for e in events] == [(host("a"), "gone")]
    assert [key.labels for key, _ in lives.open()] == [host("b")]


def test_a_failed_rule_keeps_its_alerts_even_without_rows() -> None:
    high = rule()
    lives = Lives(tracked(high))
    lives.advance([outcome(rows([high], [host("a")]), [[2]])], since)
    empty = rows([high], [])
    assert (
        lives.advance([outcome(empty, np.zeros((0, 1)), start=MINUTE, failed={0: "type changed"})], since)
        == []
    )
    assert len(list(lives.open())) == 1
    events = lives.advance([outcome(empty, np.zeros((0, 1)), start=2 * MINUTE)], since)
    assert [c.reason for e in events for c in e.changes] == ["gone"]


def test_a_failed_rule_with_rows() -> None:
    high = rule()
    of = rows([high], [host("a")])
    lives = Lives(tracked(high))
    lives.advance([outcome(of, [[2]])], since)
    assert lives.advance([outcome(of, [[0]], start=MINUTE, failed={0: "no"})], since) == []
    assert story(lives.advance([outcome(of, [[0]], start=2 * MINUTE)], since)) == [(2, "firing", "resolved")]


def test_nothing_is_evaluated_before_the_rule_was_active() -> None:
    high = rule()
    lives = Lives(tracked(high, active_from=2 * MINUTE))
    events = lives.advance([outcome(rows([high], [host("a")]), [[2, 2, 2, 2]])], since)
    assert story(events) == [(2, "ok", "firing")]


def test_edited_alerts() -> None:
    high = rule()
    keys = [Key("high", host(h)) for h in "abc"]
    stored = {k: Life("firing", 0, 1, 1) for k in keys}
    lives = Lives(tracked(high), stored, edited=keys)
    of = rows([high], [host("a"), host("b")])
    # `recovered` is false, so without the edit b would stay.
    events = lives.advance([outcome(of, [[2], [0]], recovered=[[0], [0]])], since)
    reasons = {(e.key.labels, c.reason) for e in events for c in e.changes}
    assert reasons == {(host("b"), "rule changed"), (host("c"), "rule changed")}
    assert [e.changes for e in events if e.key.labels == host("a")] == [()], "told, to note the version"
    assert lives.advance([outcome(of, [[2], [0]], recovered=[[0], [0]], start=MINUTE)], since) == []


def test_retire() -> None:
    high, low = rule(), rule("low")
    lives = Lives(tracked(high, low))
    lives.advance([outcome(rows([high, low], [host("a"), host("b")], [0, 1]), [[2], [2]])], since)
    events = lives.retire("high", "disabled", MINUTE)
    assert [(e.key.rule, e.changes) for e in events] == [
        ("high", (Change("firing", "resolved", 0, 0, "disabled"),))
    ]
    assert [key.rule for key, _ in lives.open()] == ["low"]


TRUTH = st.integers(0, 2)


@st.composite
def seen(draw: st.DrawFn) -> Inputs:
    c, p, r = draw(TRUTH), draw(TRUTH), draw(TRUTH)
    return Inputs(c, p, r, draw(st.booleans()), draw(st.booleans()), (draw(TRUTH),), (draw(TRUTH),))


@given(
    st.lists(st.lists(seen(), min_size=6, max_size=6), min_size=1, max_size=3),
    st.sampled_from(["keep", "alert", "resolve"]),
    st.lists(st.integers(1, 3), min_size=1, max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_the_driver_equals_stepping_everything(
    grid: list[list[Inputs]], policy: OnNoData, cuts: list[int]
) -> None:
    """Whatever the columns, and however they are cut into batches."""
    high = rule(on_no_data=policy)
    labels = [host(str(i)) for i in range(len(grid))]
    of = rows([high], labels)

    expected: list[tuple[int, Labels, tuple[Change, ...]]] = []
    final: dict[Labels, Life] = {}
    for t in range(6):
        for name, inputs in zip(labels, grid, strict=True):
            life, changes = step(final.get(name, OK), inputs[t], policy, t * MINUTE)
            final[name] = life
            if changes:
                expected.append((t * MINUTE, name, changes))

    lives = Lives(tracked(high))
    found: list[Event] = []
    t = 0
    while t < 6:
        n = min(cuts[t % len(cuts)], 6 - t)
        part = [row[t : t + n] for row in grid]

        def field(name: str, part: list[list[Inputs]] = part) -> list[list[object]]:
            return [[getattr(i, name) for i in row] for row in part]

        found += lives.advance(
            [
                outcome(
                    of,
                    field("condition"),
                    start=t * MINUTE,
                    pending=field("pending"),
                    recovered=field("recovered"),
                    exists=field("exists"),
                    no_data=field("no_data"),
                    rungs=[[[i.rungs[0] for i in row] for row in part]],
                    fallen=[[[i.fallen[0] for i in row] for row in part]],
                )
            ],
            since,
        )
        t += n
    assert [(e.instant, e.key.labels, e.changes) for e in found if e.changes] == expected
    assert {key.labels: life for key, life in lives.open()} == {
        k: v for k, v in final.items() if v.state != "ok"
    }


def test_a_quiet_round_of_ten_thousand_costs_array_operations_only() -> None:
    rules = [rule(f"r{i}") for i in range(10_000)]
    of = rows(rules, [host(str(i)) for i in range(10_000)], range(10_000))
    lives = Lives(tracked(*rules))
    firing = np.zeros((10_000, 1), dtype=np.int8)
    firing[::100] = 2
    lives.advance([outcome(of, firing)], since)
    rounds = [outcome(of, firing, start=t * MINUTE) for t in range(1, 21)]
    best = 1.0
    for quiet in rounds:
        begin = time.perf_counter()
        assert lives.advance([quiet], since) == []
        best = min(best, time.perf_counter() - begin)
    assert best < 0.005


def test_a_year_of_minutes() -> None:
    high = rule()
    truth = np.zeros((1, 525_600), dtype=np.int8)
    truth[0, ::50_000] = 2
    lives = Lives(tracked(high))
    of = rows([high], [host("a")])
    year = outcome(of, truth)
    begin = time.perf_counter()
    events = lives.advance([year], since)
    assert time.perf_counter() - begin < 0.5
    assert len(events) == 2 * 11
