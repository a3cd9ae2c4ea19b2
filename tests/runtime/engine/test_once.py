"""Rules that fire once: disarmed by the firing, for its label set, until they are edited or re-armed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.engine.world import START, World

HIGH = "when load > 80\n  once"


@pytest.fixture
def stored(database_url: str) -> Iterator[World]:
    """A world on each kind of database."""
    made = World(database_url)
    yield made
    made.close()


def fired(world: World) -> list[tuple[float, str]]:
    return [(minute, after) for minute, _, after, _ in world.history() if after in ("firing", "resolved")]


def test_it_fires_once_for_each_label_set(stored: World) -> None:
    rule = stored.rule(HIGH)
    for number, (one, two) in enumerate([(95, 1), (1, 1), (95, 95), (95, 1), (1, 95)]):
        # Every other engine is a new one, which knows what the store knows.
        if number % 2:
            stored.restart()
        stored.minute(number, web1=one, web2=two)
    assert fired(stored) == [(0, "firing"), (1, "resolved"), (2, "firing"), (3, "resolved")]
    assert [h for _, kind, h in stored.told() if kind == "firing"] == ["web1", "web2"]
    assert stored.store.alerts.disarmed(rule.id) == ({"host": "web1"}, {"host": "web2"})
    assert stored.store.alerts.list(states=("pending",)).items == ()


def test_it_is_armed_again_by_hand(stored: World) -> None:
    rule = stored.rule(HIGH)
    stored.minute(0, web1=95, web2=95)
    stored.minute(1, web1=1, web2=1)
    assert stored.store.alerts.rearm(rule.id, {"host": "web1"}) == 1
    assert stored.store.alerts.disarmed(rule.id) == ({"host": "web2"},)
    stored.minute(2, web1=95, web2=95)
    assert fired(stored)[4:] == [(2, "firing")]
    assert stored.store.alerts.rearm(rule.id) == 2
    stored.minute(3, web1=1, web2=95)
    assert sorted(fired(stored)[5:]) == [(3, "firing"), (3, "resolved")]


def test_it_is_armed_again_by_an_edit(world: World) -> None:
    rule = world.rule(HIGH)
    world.minute(0, web1=95)
    world.minute(1, web1=1)
    world.minute(2, web1=95)
    assert len(fired(world)) == 2
    # Another text is an edit, whatever it changes.
    world.edit(rule, HIGH + '\n  message "hot"')
    world.minute(3, web1=95)
    assert fired(world)[2:] == [(3, "firing")]


def test_an_edit_while_it_fires_is_not_undone(world: World) -> None:
    """The rule is edited after the engine has read it, and before the firing is stored: the new text is armed."""
    rule = world.rule(HIGH)
    world.minute(0, web1=1)

    def edit(_: int) -> None:
        world.feed.before = None
        world.edit(rule, HIGH + '\n  message "hot"')

    world.feed.before = edit
    world.minute(1, web1=95)
    assert fired(world) == [(1, "firing")]
    assert world.store.alerts.disarmed(rule.id) == ()
    world.minute(2, web1=1)
    world.minute(3, web1=95)
    assert fired(world)[2:] == [(3, "firing")]


def test_what_is_true_when_it_resolves_is_not_pending_again(world: World) -> None:
    world.rule("when load > 80 for 2m\n  recover when load > 90\n  once")
    for number, value in enumerate([85, 85, 85, 1, 95, 95, 95]):
        world.minute(number, web1=value)
    assert [(after, minute) for minute, _, after, _ in world.history()] == [
        ("pending", 0),
        ("firing", 2),
        ("resolved", 4),
    ]
    assert world.store.alerts.count() == {}


def test_catch_up_and_replay_remember_it(world: World, tmp_path: Path) -> None:
    world.rule(HIGH)
    world.minute(0, web1=1)
    for number, value in enumerate([95, 1, 95, 1, 95], 1):
        world.feed.add("web1", value, world.at(number) - 1)
    world.restart()
    world.minute(6, web1=1)
    assert fired(world) == [(1, "firing"), (2, "resolved")]
    again = World(f"sqlite:///{tmp_path / 'again.db'}", feed=world.feed)
    again.clock.set(world.at(1000))
    again.rule(HIGH)
    again.engine.replay(START, world.at(7), batch=2)
    assert fired(again) == fired(world)
    again.close()


def test_a_backtest_too(world: World) -> None:
    from alertdsl_runtime.backtesting import backtest

    for number, value in enumerate([95, 1, 95, 1]):
        world.feed.add("web1", value, world.at(number) - 1)
    [rule], _ = world.compiler.compile(f"rule high\n  {HIGH}\n", "test")
    [episode] = backtest([rule], world.feed, START, world.at(5)).episodes
    assert (episode.fired_at, episode.resolved_at) == (world.at(0), world.at(1))


def test_missing_data_raise_nothing_once_it_has_fired(world: World) -> None:
    world.rule(HIGH + "\n  on no data alert")
    world.minute(0, web1=95)
    world.minute(1, web1=1)
    for number in range(2, 10):
        world.minute(number)
    assert fired(world) == [(0, "firing"), (1, "resolved")]
    assert world.store.alerts.count() == {}
