"""Escalation: others are told of what nobody takes on, and silences, acknowledgements and stops are respected."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertdsl.semantics.typed import DAY, HOUR, MINUTE
from alertdsl.store.records import Matcher, NewSilence
from alertdsl_runtime.engine.engine import Engine
from tests.runtime.engine.world import START, World

HIGH = "when load > 80\n  escalate to other after 3m unacknowledged"


@pytest.fixture
def stored(database_url: str) -> Iterator[World]:
    """A world on each kind of database."""
    made = World(database_url)
    yield made
    made.close()


def told(world: World) -> list[tuple[int, str, str]]:
    """(minute, kind, target); different targets are sent to at the same time, in any order."""
    found = [
        (minute, message.kind, str(message.facts["target"]))
        for (minute, _, _), message in zip(world.told(), world.inbox.messages, strict=True)
    ]
    return sorted(found, key=lambda one: (one[0], one[2]))


def silence(world: World, until: float) -> str:
    wanted = NewSilence(ends_at=world.at(until), author="me", matchers=(Matcher("host", "~", "web*"),))
    return world.store.silences.add(wanted).id


def test_others_are_told_and_hear_of_the_end(stored: World) -> None:
    stored.rule(HIGH + "\n  escalate to inbox after 5m")
    for number in range(8):
        if number % 2:
            stored.restart()
        stored.minute(number, web1=95)
    stored.minute(8, web1=1)
    assert told(stored) == [
        (0, "firing", "inbox"),
        (3, "escalation", "other"),
        (5, "escalation", "inbox"),
        (8, "resolved", "inbox"),
        (8, "resolved", "other"),
    ]
    assert stored.inbox.messages[1].title == "[ESCALATED warning] high (host=web1)"
    assert len({m.key for m in stored.inbox.messages}) == 5


def test_acknowledging_stops_it(stored: World) -> None:
    stored.rule(HIGH)
    stored.minute(0, web1=95)
    stored.minute(1, web1=95)
    [alert] = stored.store.alerts.list().items
    stored.store.alerts.acknowledge(alert.id, by="me")
    for number in range(2, 6):
        stored.minute(number, web1=95)
    assert told(stored) == [(0, "firing", "inbox")]


def test_resolution_stops_it(world: World) -> None:
    world.rule(HIGH)
    world.minute(0, web1=95)
    world.minute(1, web1=1)
    for number in range(2, 6):
        world.minute(number, web1=1)
    assert [kind for _, kind, _ in told(world)] == ["firing", "resolved"]


def test_it_counts_from_the_first_notification(world: World) -> None:
    world.rule(HIGH)
    world.clock.set(world.at(-0.5))
    silence(world, 2)
    for number in range(6):
        world.minute(number, web1=95)
    assert told(world) == [(2, "firing", "inbox"), (5, "escalation", "other")]


@pytest.mark.parametrize("restart", [False, True])
def test_it_waits_for_the_end_of_a_silence(world: World, *, restart: bool) -> None:
    world.rule(HIGH)
    world.minute(0, web1=95)
    silence(world, 5)
    for number in range(1, 8):
        if restart:
            world.restart()
        world.minute(number, web1=95)
    assert [step[1:] for step in told(world)] == [("firing", "inbox"), ("escalation", "other")]
    assert len(told(world)) == 2
    sent = [item for item in world.owed() if item.kind == "escalation"]
    assert world.at(5) <= sent[0].created_at < world.at(6)


def test_a_rise_after_an_acknowledgement_counts_anew(world: World) -> None:
    world.rule(
        "when load > 80\n  severity warning, critical when load > 90\n"
        "  notify inbox when warning, other when critical\n  escalate to other after 3m"
    )
    world.minute(0, web1=85)
    [alert] = world.store.alerts.list().items
    world.store.alerts.acknowledge(alert.id, by="me")
    for number in range(1, 5):
        world.minute(number, web1=85)
    world.minute(5, web1=95)
    for number in range(6, 10):
        world.minute(number, web1=95)
    assert told(world) == [
        (0, "firing", "inbox"),
        (5, "severity", "inbox"),
        (5, "firing", "other"),
        (8, "escalation", "other"),
    ]


def test_who_was_told_by_escalation_hears_of_a_rung_of_their_own(world: World) -> None:
    world.rule(
        "when load > 80\n  severity warning, critical when load > 90\n"
        "  notify inbox, other when critical\n  escalate to other after 2m"
    )
    for number, value in enumerate([85, 85, 85, 95, 85, 1]):
        world.minute(number, web1=value)
    assert told(world) == [
        (0, "firing", "inbox"),
        (2, "escalation", "other"),
        (3, "severity", "inbox"),
        (3, "severity", "other"),
        (4, "severity", "other"),
        (5, "resolved", "inbox"),
        (5, "resolved", "other"),
    ]


def test_after_a_stop_it_counts_anew(world: World) -> None:
    world.rule(HIGH)
    world.minute(0, web1=95)
    for number in range(1, 10):
        world.feed.add("web1", 95, world.at(number) - 1)
    world.restart()
    world.minute(9, web1=95)
    assert told(world) == [(0, "firing", "inbox")], "what came due while nobody looked is not sent"
    for number in range(10, 14):
        world.minute(number, web1=95)
    assert told(world)[1:] == [(12, "escalation", "other")]


def test_it_comes_between_the_instants_of_a_rule(world: World) -> None:
    """A daily rule escalates after its quarter of an hour, not on the next day."""
    world.rule(
        "when load > 80\n  every day at 06:00 in UTC\n  escalate to other after 15m\n  repeat every 1h"
    )
    first = (START // DAY) * DAY + 6 * HOUR
    world.feed.add("web1", 95, first - MINUTE)
    for moment in (first, first + 15 * MINUTE - 1, first + 15 * MINUTE, first + HOUR, first + 90 * MINUTE):
        world.clock.set(moment + world.options.delay)
        world.engine.tick()
        world.worker.drain()
    assert [(m.kind, m.facts["target"], m.facts["instant"]) for m in world.inbox.messages] == [
        ("firing", "inbox", "2025-07-14T06:00:00Z"),
        ("escalation", "other", "2025-07-14T06:15:00Z"),
        ("repeat", "inbox", "2025-07-14T07:00:00Z"),
        ("repeat", "other", "2025-07-14T07:00:00Z"),
    ]


def test_a_silence_ends_between_the_instants_of_a_rule(world: World) -> None:
    """Who was not told of a daily rule's alert hears of it when the silence ends, not on the next day."""
    world.rule("when load > 80\n  every 6h\n  escalate to other after 15m")
    world.feed.add("web1", 95, world.at(119))
    world.clock.set(world.at(100))
    silence(world, 150)
    others = [world.new_engine() for _ in range(2)]
    for minute in (120, 140, 151, 152, 166, 167):
        world.clock.set(world.at(minute))
        for engine in (world.engine, *others):
            engine.tick()
        world.worker.drain()
    assert told(world) == [(150, "firing", "inbox"), (165, "escalation", "other")]


def test_two_engines_escalate_once(world: World) -> None:
    world.rule("when load > 80\n  every 1h\n  escalate to other after 15m")
    other = world.new_engine()
    world.feed.add("web1", 95, world.at(-1))
    for minute in (0, 15, 16):
        world.clock.set(world.at(minute) + world.options.delay)
        for engine in (world.engine, other):
            engine.tick()
    assert [item.kind for item in world.owed()] == ["firing", "escalation"]


def test_a_replay_tells_what_living_through_it_told(world: World, tmp_path: Path) -> None:
    text = "when load > 80\n  repeat every 90s\n  escalate to other after 100s"
    world.rule(text)
    values = [95, 95, 95, 95, 95, 1]
    for number, value in enumerate(values):
        world.minute(number, web1=value)
    again = World(f"sqlite:///{tmp_path / 'again.db'}", feed=world.feed)
    again.clock.set(world.at(1000))
    again.rule(text)
    again.engine.replay(START, world.at(len(values)), batch=4)
    assert [(i.kind, i.target, i.t) for i in again.owed()] == [(i.kind, i.target, i.t) for i in world.owed()]
    again.close()


class TestRepeatsAfterAPause:
    """What would have been said meanwhile is said once, not as often as it was not said."""

    def test_of_an_acknowledgement_that_is_taken_back(self, world: World) -> None:
        world.rule("when load > 80\n  repeat every 1m")
        world.minute(0, web1=95)
        [alert] = world.store.alerts.list().items
        world.store.alerts.acknowledge(alert.id, by="me")
        for number in range(1, 6):
            world.minute(number, web1=95)
        world.store.alerts.unacknowledge(alert.id)
        world.minute(6, web1=95)
        world.minute(7, web1=95)
        assert [step[:2] for step in told(world)] == [(0, "firing"), (6, "repeat"), (7, "repeat")]

    def test_of_data_that_were_missing(self, world: World) -> None:
        world.rule("when load > 80\n  repeat every 2m")
        world.minute(0, web1=95)
        for number in range(1, 10):
            world.minute(number)
        world.minute(10, web1=95)
        world.minute(11, web1=95)
        world.minute(12, web1=95)
        kinds = [step[:2] for step in told(world)]
        assert kinds == [(0, "firing"), (2, "repeat"), (4, "repeat"), (10, "repeat"), (12, "repeat")]


class TestSilencedEnd:
    def test_who_was_told_of_the_beginning_hears_of_it_when_the_silence_ends(self, stored: World) -> None:
        stored.rule("when load > 80")
        stored.minute(0, web1=95)
        silence(stored, 3)
        stored.minute(1, web1=1)
        stored.minute(2, web1=1)
        assert told(stored) == [(0, "firing", "inbox")]
        stored.restart()
        stored.minute(3, web1=1)
        assert told(stored)[1:] == [(1, "resolved", "inbox")]
        stored.minute(4, web1=1)
        assert len(told(stored)) == 2

    def test_a_silence_that_is_ended_by_hand(self, world: World) -> None:
        world.rule("when load > 80")
        world.minute(0, web1=95)
        named = silence(world, 300)
        world.minute(1, web1=1)
        world.minute(2, web1=95)
        world.store.silences.end(named)
        world.minute(3, web1=95)
        assert told(world) == [(0, "firing", "inbox"), (1, "resolved", "inbox"), (3, "firing", "inbox")]

    def test_of_a_rule_that_was_deleted(self, world: World) -> None:
        rule = world.rule("when load > 80")
        world.minute(0, web1=95)
        silence(world, 2)
        world.store.rules.delete(rule.id)
        world.minute(1, web1=95)
        assert len(told(world)) == 1
        world.minute(2)
        assert [kind for _, kind, _ in told(world)] == ["firing", "resolved"]


def test_targets_that_there_are_not_are_told_when_the_rule_is_read(
    stored: World, caplog: pytest.LogCaptureFixture
) -> None:
    stored.rule("when load > 90\n  notify inbax, other\n  escalate to boss after 5m")
    engine = Engine(stored.store, stored.feed, stored.compiler, options=stored.options, worker=stored.worker)
    with caplog.at_level(logging.WARNING, logger="alertdsl.engine"):
        engine.tick()
    told = [vars(one) for one in caplog.records if one.message == "unknown target"]
    assert [(one["rule"], one["target"]) for one in told] == [("high", "boss"), ("high", "inbax")]
