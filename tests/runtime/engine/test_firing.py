"""Rules about rules through the engine: what they see is what the store holds, whoever evaluated it and when."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertdsl.store.records import Rule
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.engine import Result
from tests.runtime.engine.world import START, World

HIGH = "when load > 80"


@pytest.fixture
def stored(database_url: str) -> Iterator[World]:
    """A world on each kind of database."""
    made = World(database_url)
    yield made
    made.close()


def of(world: World, rule: Rule) -> list[tuple[float, str, str]]:
    """(minute, state, reason) of a rule's alerts."""
    found = [
        (step.t, step.to_state, step.reason)
        for alert in world.store.alerts.list(rule_id=rule.id, limit=200).items
        for step in world.store.alerts.get(alert.id).transitions
    ]
    return [((t - START) / 60e9, state, reason) for t, state, reason in sorted(found)]


def test_it_is_seen_at_the_same_instant(stored: World) -> None:
    both = stored.rule("when high is firing", "both")
    stored.rule(HIGH)
    for number, value in enumerate([1, 95, 95, 1]):
        if number % 2:
            stored.restart()
        stored.minute(number, web1=value, web2=1)
    assert of(stored, both) == [(1, "firing", ""), (3, "resolved", "")]
    [alert] = stored.store.alerts.list(rule_id=both.id).items
    assert dict(alert.labels) == {"host": "web1"}
    assert alert.since == stored.at(1)


def test_for_asks_the_past_that_the_store_has(stored: World) -> None:
    stored.rule(HIGH)
    long = stored.rule("when high is firing for 3m", "long")
    for number, value in enumerate([1, 95, 95, 95, 95, 1, 95]):
        stored.restart()
        stored.minute(number, web1=value)
    assert [step for step in of(stored, long) if step[1] in ("firing", "resolved")] == [
        (4, "firing", ""),
        (5, "resolved", ""),
    ]


def test_not_firing_is_known_from_the_first_instant_on(world: World) -> None:
    world.rule(HIGH)
    quiet = world.rule("when high is not firing for 2m", "quiet")
    for number, value in enumerate([1, 1, 1, 95, 1]):
        world.minute(number, web1=value)
    assert [step for step in of(world, quiet) if step[1] != "pending"] == [
        (2, "firing", ""),
        (3, "resolved", ""),
    ], "two minutes after the first look, not before"


def test_what_fires_elsewhere_holds_back(world: World) -> None:
    world.rule("when max of load overall > 90", "outage")
    noise = world.rule("when load > 50 unless outage is firing", "noise")
    for number, value in enumerate([60, 60, 95, 60]):
        world.minute(number, web1=value, web2=60)
    assert of(world, noise) == [
        (0, "firing", ""),
        (0, "firing", ""),
        (2, "resolved", ""),
        (2, "resolved", ""),
        (3, "firing", ""),
        (3, "firing", ""),
    ]


def test_chains_and_different_instants(world: World) -> None:
    world.rule(HIGH + "\n  every 3m", "slow")
    middle = world.rule("when slow is firing", "middle")
    last = world.rule("when middle is firing\n  every 2m", "last")
    for number, value in enumerate([1, 95, 95, 95, 1, 1, 1, 1, 1]):
        world.minute(number, web1=value)
    assert of(world, middle) == [(3, "firing", ""), (6, "resolved", "")]
    assert of(world, last) == [(4, "firing", ""), (6, "resolved", "")]
    assert [r.key for r in world.engine.runners.values()] == [
        "feed/180s/0",
        "feed/60s/after-1/0",
        "feed/120s/after-2/0",
    ]


def test_an_instant_is_early_until_what_it_waits_for_has_passed(world: World) -> None:
    world.rule(HIGH)
    world.rule("when high is firing", "both")
    world.feed.add("web1", 95, world.at(-0.5))
    world.engine.refresh()
    first, second = world.engine.runners
    world.clock.set(world.at(0) + world.options.delay)
    assert world.engine.evaluate(second, world.at(0)) is Result.EARLY
    assert world.engine.evaluate(first, world.at(0)) is Result.DONE
    assert world.engine.evaluate(second, world.at(0)) is Result.DONE
    assert [h[2] for h in world.history()] == ["firing", "firing"]


def test_it_waits_for_a_source_that_is_away(world: World) -> None:
    world.rule(HIGH)
    both = world.rule("when high is firing", "both")
    world.minute(0, web1=95)
    world.feed.down = "away"
    world.minute(1, web1=95)
    assert len(of(world, both)) == 1
    world.feed.down = ""
    world.minute(2, web1=1)
    assert of(world, both) == [(0, "firing", ""), (2, "resolved", "")]


def test_slots_wait_for_each_other(world: World) -> None:
    world.options = dataclasses.replace(world.options, slots=4)
    engines = [world.new_engine() for _ in range(2)]
    world.rule(HIGH)
    both = world.rule("when high is firing and heat.value > 1", "both")
    for number, value in enumerate([95, 1, 95]):
        world.feed.add("web1", value, world.at(number) - 1)
        world.feed.add("web1", 5, world.at(number) - 1, ("heat", "value"))
        world.clock.set(world.at(number) + world.options.delay)
        for engine in engines if number % 2 else reversed(engines):
            engine.tick()
    assert of(world, both) == [(0, "firing", ""), (1, "resolved", ""), (2, "firing", "")]


def test_catch_up_sees_every_instant(world: World) -> None:
    world.rule(HIGH)
    both = world.rule("when high is firing\n  notify other", "both")
    world.minute(0, web1=1)
    for number, value in enumerate([95, 1, 95, 95, 1], 1):
        world.feed.add("web1", value, world.at(number) - 1)
    world.restart()
    world.minute(6, web1=95)
    assert of(world, both) == [
        (1, "firing", ""),
        (2, "resolved", ""),
        (3, "firing", ""),
        (5, "resolved", ""),
        (6, "firing", ""),
    ]
    assert [i.t for i in world.owed() if i.target == "other"] == [world.at(6)]


class TestOtherRuleChanges:
    def test_disabled_it_fires_nothing(self, world: World) -> None:
        high = world.rule(HIGH)
        both = world.rule("when high is firing", "both")
        quiet = world.rule("when high is not firing", "quiet")
        world.minute(0, web1=95)
        world.store.rules.disable(high.id)
        world.minute(1, web1=95)
        assert of(world, both) == [(0, "firing", ""), (1, "resolved", "")]
        assert of(world, quiet) == [(1, "firing", "")]
        world.store.rules.enable(high.id)
        world.minute(2, web1=95)
        assert of(world, both)[2:] == [(2, "firing", "")]

    def test_deleted_it_is_an_error_that_ends_nothing(self, world: World) -> None:
        high = world.rule(HIGH)
        both = world.rule("when high is firing", "both")
        world.minute(0, web1=95)
        world.store.rules.delete(high.id)
        world.minute(1, web1=95)
        assert of(world, both) == [(0, "firing", "")]
        assert 'there is no rule "high" now' in world.store.rules.errors(both.id)[0].message
        assert world.engine.status().bad == 1
        world.rule("when load > 99")
        world.minute(2, web1=95)
        assert of(world, both)[1:] == [(2, "resolved", "")]
        assert world.store.rules.errors(both.id)[0].ended_t == world.at(2)

    def test_it_may_come_later(self, world: World) -> None:
        both = world.rule("when high is firing", "both")
        world.minute(0, web1=95)
        assert world.engine.status().bad == 1
        world.rule(HIGH)
        world.minute(1, web1=95)
        assert of(world, both) == [(1, "firing", "")]

    def test_an_edit_is_seen(self, world: World) -> None:
        high = world.rule(HIGH)
        both = world.rule("when high is firing", "both")
        world.minute(0, web1=95)
        world.edit(high, "when load > 99")
        world.minute(1, web1=95)
        assert of(world, both) == [(0, "firing", ""), (1, "resolved", "")]

    def test_an_error_makes_it_unknown(self, world: World) -> None:
        high = world.rule(HIGH)
        both = world.rule("when high is firing\n  recover when high is not firing", "both")
        world.minute(0, web1=95)
        world.edit(high, "when nonsense metric > 1")
        world.minute(1, web1=95)
        world.minute(2, web1=95)
        assert of(world, both) == [(0, "firing", "")], "unknown keeps the state"
        assert world.store.rules.errors(high.id)[0].ended_t is None
        world.edit(high, "when load > 99")
        world.minute(3, web1=95)
        assert of(world, both)[1:] == [(3, "resolved", "")]

    def test_one_that_comes_to_ask_moves_those_that_ask_about_it(self, world: World) -> None:
        """A rule that gets more rules before it gets another partition, and no instant twice."""
        world.rule("when load > 90", "base")
        middle = world.rule("when load > 50", "middle")
        last = world.rule("when middle is firing", "last")
        world.minute(0, web1=95)
        world.edit(middle, "when base is firing")
        for number, value in enumerate([60, 95, 1], 1):
            world.minute(number, web1=value)
        assert of(world, last) == [
            (0, "firing", ""),
            (1, "resolved", ""),
            (2, "firing", ""),
            (3, "resolved", ""),
        ]
        assert "feed/60s/after-2/0" in world.engine.runners


class TestCircles:
    def test_in_the_store_are_refused_with_the_chain(self, stored: World) -> None:
        from alertdsl.store import ConflictError

        stored.rule("when b is firing", "a")
        stored.rule("when c is firing", "b")
        with pytest.raises(ConflictError, match=r"rules wait for each other: c -> a -> b -> c"):
            stored.rule("when a is firing", "c")
        c = stored.rule(HIGH, "c")
        with pytest.raises(ConflictError, match="c -> a -> b -> c"):
            stored.edit(c, "when load > 5 and a is firing")
        text = "rule d\n  when d is firing\n"
        alone = dataclasses.replace(stored.new_rule(HIGH, "d"), text=text, canonical=text)
        with pytest.raises(ConflictError, match="d waits for itself"):
            stored.store.rules.add(alone)

    def test_of_files_leave_what_was_there_before(self, world: World, tmp_path: Path) -> None:
        folder = tmp_path / "rules"
        folder.mkdir()
        (folder / "a.alert").write_text("rule a\n  when b is firing\n")
        (folder / "b.alert").write_text("rule b\n  when load > 80\n")
        world.paths = [str(folder)]
        world.restart()
        world.engine.refresh()
        world.minute(0, web1=95)
        assert {h[2] for h in world.history()} == {"firing"}
        (folder / "b.alert").write_text("rule b\n  when a is firing\n")
        world.minute(1, web1=1)
        [told] = world.engine.book.errors.values()
        assert "rules wait for each other: b -> a -> b" in told
        assert {h[0]: h[2] for h in world.history()}[1] == "resolved", "the old text of b still counts"
        (folder / "b.alert").write_text("rule b\n  when load > 90\n")
        world.minute(2, web1=95)
        assert world.engine.book.errors == {}

    def test_that_got_in_all_the_same_stop_no_other(self, world: World) -> None:
        import sqlalchemy as sa

        from alertdsl.store.tables import rules

        high = world.rule(HIGH)
        b = world.rule(HIGH, "b")
        world.rule("when b is firing", "a")
        text = "rule b\n  when a is firing\n"
        world.store.database.write(
            lambda tx: tx.execute(
                sa.update(rules).where(rules.c.id == b.id).values(text=text, canonical=text)
            )
        )
        world.minute(0, web1=95)
        assert [h[0] for h in world.history()] == [0]
        assert of(world, high) == [(0, "firing", "")]
        assert (
            "a -> b -> a" in world.engine.book.errors["rule a"]
            or "b -> a -> b" in (world.engine.book.errors["rule a"])
        )


def test_owners_have_rules_of_their_own(world: World) -> None:
    new = world.new_rule(HIGH)
    world.store.rules.add(new, owner="one")
    mine = world.store.rules.add(world.new_rule("when high is firing", "both"), owner="one")
    other = world.store.rules.add(world.new_rule("when high is firing", "both"), owner="two")
    world.minute(0, web1=95)
    assert of(world, mine) == [(0, "firing", "")]
    assert of(world, other) == []
    assert 'no rule "high"' in world.store.rules.errors(other.id)[0].message


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_replay_and_backtest_are_what_living_through_it_was(world: World, tmp_path: Path, batch: int) -> None:
    texts = {
        "high": "when load > 80 for 1m",
        "long": "when high is firing for 2m\n  recover when high is not firing for 1m",
        "calm": "when load > 0 unless high is firing\n  during 04:00-04:09 in UTC",
    }
    values = [1, 95, 95, 95, 1, 95, 95, 95, 95, 95, 1, 1]
    for name, text in texts.items():
        world.rule(text, name)
    for number, value in enumerate(values):
        world.minute(number, web1=value, web2=60)
    again = World(f"sqlite:///{tmp_path / 'again.db'}", feed=world.feed)
    again.clock.set(world.at(1000))
    for name, text in texts.items():
        again.rule(text, name)
    again.engine.replay(START, world.at(len(values)), batch=batch)
    assert sorted(again.history()) == sorted(world.history())
    again.close()
    rules, wrong = world.compiler.compile(
        "\n".join(f"rule {name}\n  {text}\n" for name, text in texts.items()), "all"
    )
    assert not wrong
    lived = sorted(
        (alert.rule_name, str(alert.labels), alert.started_at, alert.resolved_at, alert.since, alert.reason)
        for alert in world.store.alerts.list(limit=200).items
        if alert.started_at is not None
    )
    found = backtest(rules, world.feed, START, world.at(len(values)))
    assert found.failed == {}
    assert lived == sorted(
        (one.rule, str(one.labels), one.fired_at, one.resolved_at, one.since, one.reason)
        for one in found.episodes
    )
