"""The life of alerts through the engine and its store, minute by minute."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from alertdsl.semantics.typed import HOUR, MINUTE
from alertdsl.store.records import Matcher, NewSilence
from alertdsl_runtime.engine import Result
from tests.runtime.engine.world import START, World


def test_from_points_to_notifications(world: World) -> None:
    world.rule("when load > 90 for 2m")
    for number, value in enumerate([10, 95, 96, 97, 20, 10]):
        world.minute(number, web1=value)
    assert world.history() == [
        (1, "ok", "pending", ""),
        (3, "pending", "firing", ""),
        (4, "firing", "resolved", ""),
    ]
    assert world.told() == [(3, "firing", "web1"), (4, "resolved", "web1")]
    [alert] = world.store.alerts.list().items
    assert (alert.state, dict(alert.labels), alert.value) == ("resolved", {"host": "web1"}, 20.0)
    assert alert.since == world.at(0.5)
    assert alert.started_at == world.at(3)
    assert world.inbox.messages[0].title == "[FIRING warning] high (host=web1)"


def test_a_quiet_round_writes_the_cursor_only(world: World) -> None:
    world.rule("when load > 90")
    for number in range(5):
        world.minute(number, web1=1)
    assert world.history() == []
    [runner] = world.engine.runners.values()
    assert world.store.evaluation.cursors()[runner.key].next_t == world.at(5)


def test_nothing_before_its_time_and_nothing_twice(world: World) -> None:
    world.rule("when load > 90")
    world.feed.add("web1", 95, world.at(-0.5))
    world.engine.refresh()
    [key] = world.engine.runners
    world.clock.set(world.at(0) + world.options.delay - 1)
    assert world.engine.evaluate(key, world.at(0)) is Result.EARLY
    world.clock.advance(1)
    assert world.engine.evaluate(key, world.at(0)) is Result.DONE
    assert world.engine.evaluate(key, world.at(0)) is Result.OVERTAKEN
    assert world.new_engine().runners == {}
    assert len(world.history()) == 1


def test_a_restart_forgets_nothing(world: World) -> None:
    world.rule("when load > 90 for 2m\n  recover when load < 50")
    for number, value in enumerate([10, 95, 96, 97, 60, 60, 40]):
        world.restart()
        world.minute(number, web1=value)
    assert [h[:3] for h in world.history()] == [
        (1, "ok", "pending"),
        (3, "pending", "firing"),
        (6, "firing", "resolved"),
    ]
    assert len(world.told()) == 2


def test_two_engines_make_one_history(world: World) -> None:
    world.rule("when load > 90")
    other = world.new_engine()
    for number, value in enumerate([95, 10, 95, 95, 10]):
        world.feed.add("web1", value, world.at(number) - 1)
        world.clock.set(world.at(number) + world.options.delay)
        first, second = (world.engine, other) if number % 2 else (other, world.engine)
        first.tick()
        second.tick()
    world.worker.drain()
    assert [h[:3] for h in world.history()] == [
        (0, "ok", "firing"),
        (1, "firing", "resolved"),
        (2, "ok", "firing"),
        (4, "firing", "resolved"),
    ]
    assert len(world.told()) == 4


def test_overtaken_in_the_middle(world: World) -> None:
    """Another engine commits the instant while this one reads: nothing of ours is stored."""
    world.rule("when load > 90")
    world.feed.add("web1", 95, world.at(-0.5))
    world.engine.refresh()
    other = world.new_engine()
    world.clock.set(world.at(0) + world.options.delay)

    def overtake(_: int) -> None:
        world.feed.before = None
        other.tick()

    world.feed.before = overtake
    assert set(world.engine.tick().results.values()) == {Result.OVERTAKEN}
    assert len(world.history()) == 1
    assert len(world.owed()) == 1
    world.minute(1, web1=10)
    assert len(world.history()) == 2


class TestSource:
    def test_down_and_back(self, world: World) -> None:
        world.rule("when load > 90")
        world.minute(0, web1=95)
        world.feed.down = "connection refused"
        world.minute(1, web1=96)
        world.minute(2, web1=97)
        assert world.engine.status().source_error == "connection refused"
        assert world.engine.status().firing == 1, "what was known stays shown"
        [cursor] = world.store.evaluation.cursors().values()
        assert (cursor.next_t, cursor.error) == (world.at(1), "connection refused")
        assert [a.state for a in world.store.alerts.list().items] == ["firing"], "the state is kept"
        world.feed.down = ""
        world.minute(3, web1=10)
        assert world.engine.status().source_error == ""
        [cursor] = world.store.evaluation.cursors().values()
        assert (cursor.next_t, cursor.error) == (world.at(4), "")
        assert [h[:3] for h in world.history()] == [(0, "ok", "firing"), (3, "firing", "resolved")]

    def test_an_error_of_a_rule_is_recorded_once_and_passes_its_instants(self, world: World) -> None:
        rule = world.rule("when load > 90")
        world.minute(0, web1=95)
        world.feed.refuses = "field type changed"
        world.minute(1, web1=95)
        world.minute(2, web1=95)
        assert [(e.t, e.message) for e in world.store.rules.errors(rule.id)] == [
            (world.at(1), "field type changed")
        ]
        assert world.engine.status().failing == 1
        world.feed.refuses = ""
        world.minute(3, web1=95)
        [error] = world.store.rules.errors(rule.id)
        assert error.ended_t == world.at(3)
        assert [h[:3] for h in world.history()] == [(0, "ok", "firing")], "an error never resolves"

    def test_a_bug_in_one_partition_stops_no_other(self, world: World) -> None:
        world.rule("when load > 90")
        world.rule("when load > 90\n  every 30s", "often")
        world.engine.refresh()
        slow = next(r for r in world.engine.runners.values() if "/60s/" in r.key)
        slow._evaluator = None  # type: ignore[assignment]
        world.minute(0, web1=95)
        assert {h[1:3] for h in world.history()} == {("ok", "firing")}
        assert world.engine.status().source_error == "evaluation failed, see the log"


class TestCatchUp:
    def test_missed_instants_are_evaluated_and_told_once(self, world: World) -> None:
        world.rule("when load > 90")
        world.minute(0, web1=10)
        for number, value in enumerate([95, 10, 96, 10, 97], 1):
            world.feed.add("web1", value, world.at(number) - 1)
        world.restart()
        world.minute(6, web1=98)
        assert [h[0] for h in world.history()] == [1, 2, 3, 4, 5], "all transitions are stored"
        assert world.told() == [(6, "firing", "web1")], "and one notification, for the final state"
        world.minute(7, web1=1)
        assert world.told()[1:] == [(7, "resolved", "web1")]

    def test_a_firing_told_before_the_stop_is_no_news_after_it(self, world: World) -> None:
        world.rule("when load > 90")
        world.minute(0, web1=95)
        for number, value in enumerate([10, 95, 10, 95], 1):
            world.feed.add("web1", value, world.at(number) - 1)
        world.minute(5, web1=95)
        assert len(world.history()) == 5
        assert world.told() == [(0, "firing", "web1")]
        world.minute(6, web1=1)
        assert world.told()[1:] == [(6, "resolved", "web1")], (
            "it ends for those who were told of its beginning"
        )
        assert world.inbox.messages[0].facts["alert"] == world.inbox.messages[1].facts["alert"]

    def test_what_ended_during_the_stop_is_told(self, world: World) -> None:
        world.rule("when load > 90")
        world.minute(0, web1=95)
        world.minute(6, web1=1)
        assert world.told() == [(0, "firing", "web1"), (6, "resolved", "web1")]

    def test_older_ones_are_a_gap(self, world: World) -> None:
        world.rule("when load > 90")
        world.minute(0, web1=1)
        world.minute(180, web1=1)
        [gap] = world.store.evaluation.gaps()
        assert (gap.start_t, gap.end_t) == (world.at(1), world.at(121))
        assert [t for t in world.feed.asked if t > START] == [world.at(m) for m in range(121, 181)]

    def test_the_newest_missed_instant_is_evaluated_however_old(self, world: World) -> None:
        world.rule("when load > 90\n  every 4h")
        world.clock.set(START + world.options.delay)
        world.engine.tick()
        world.feed.add("web1", 95, START + 12 * HOUR - MINUTE)
        world.clock.set(START + 15 * HOUR)
        world.engine.tick()
        assert [h[0] for h in world.history()] == [12 * 60]

    def test_nothing_before_the_rule_was_made(self, world: World) -> None:
        world.rule("when load > 90", "old")
        world.minute(0, web1=1)
        for number in range(1, 6):
            world.feed.add("web1", 95 if number < 4 else 1, world.at(number) - 1)
        world.clock.set(world.at(4) + 1)
        world.rule("when load > 90", "new")
        world.minute(6, web1=1)
        assert [h[0] for h in world.history()] == [1, 4], "the new rule did not see minutes 1 to 4"


class TestRules:
    def test_disabled_and_deleted_resolve_and_tell(self, world: World) -> None:
        one = world.rule("when load > 90", "one")
        two = world.rule("when load > 80", "two")
        world.minute(0, web1=95)
        world.store.rules.disable(one.id)
        world.store.rules.delete(two.id)
        world.minute(1, web1=95)
        assert {h[2:] for h in world.history()[2:]} == {("resolved", "disabled"), ("resolved", "deleted")}
        assert [kind for _, kind, _ in world.told()] == ["firing", "firing", "resolved", "resolved"]
        assert world.store.evaluation.cursors() == {}
        world.minute(60, web1=95)
        world.store.rules.enable(one.id)
        world.minute(61, web1=95)
        assert world.history()[-1] == (61, "ok", "firing", "")
        assert world.store.evaluation.gaps() == [], "no instant while disabled is missed"

    def test_an_edit_resolves_what_is_not_true_under_the_new_text(self, world: World) -> None:
        rule = world.rule("when load > 50\n  recover when load < 10")
        world.minute(0, web1=60, web2=95)
        world.edit(rule, "when load > 90\n  recover when load < 10")
        world.minute(1, web1=60, web2=95)
        assert world.history()[2:] == [(1, "firing", "resolved", "rule changed")]
        assert world.told()[-1] == (1, "resolved", "web1")

    def test_another_message_keeps_the_alerts(self, world: World) -> None:
        rule = world.rule("when load > 50\n  recover when load < 10")
        world.minute(0, web1=60)
        world.edit(rule, 'when load > 50\n  recover when load < 10\n  message "hot"')
        world.minute(1, web1=40)
        assert len(world.history()) == 1
        world.minute(2, web1=4)
        assert world.inbox.messages[-1].body.startswith("hot\n")

    def test_a_bad_text_is_shown_and_stops_no_other(self, world: World) -> None:
        world.rule("when load > 90", "good")
        bad = world.rule("when nonsense metric > 90", "bad")
        world.minute(0, web1=95)
        assert [h[:3] for h in world.history()] == [(0, "ok", "firing")]
        assert "unknown metric" in world.engine.book.errors["rule bad"]
        assert "unknown metric" in world.store.rules.errors(bad.id)[0].message
        assert world.engine.status().bad == 1
        world.edit(bad, "when load > 80")
        world.minute(1, web1=95)
        assert world.engine.status().bad == 0
        assert world.store.rules.errors(bad.id)[0].ended_t == world.at(1)

    def test_files(self, world: World, tmp_path: Path) -> None:
        folder = tmp_path / "rules"
        folder.mkdir()
        (folder / "a.alert").write_text("rule one\n  when load > 90\n\nrule two\n  when load > 80\n")
        (folder / "b.alert").write_bytes(b"rule \xff\n")
        world.paths = [str(folder)]
        world.restart()
        world.engine.refresh()
        world.minute(0, web1=85)
        assert {r.name for r in world.store.rules.active()} == {"one", "two"}
        assert "not UTF-8" in world.engine.book.errors[str(folder / "b.alert")]
        assert len(world.history()) == 1

        # A mistake in a file leaves what it said before in force, and takes over what is right.
        (folder / "b.alert").unlink()
        (folder / "a.alert").write_text("rule one\n  when load > 50\n\nrule two\n  when nonsense > 80\n")
        world.minute(1, web1=60)
        assert {r.name for r in world.store.rules.active()} == {"one", "two"}
        assert "unknown metric" in world.engine.book.errors[str(folder / "a.alert")]
        assert world.history()[1:] == [(1, "firing", "resolved", "")]

        (folder / "a.alert").write_text("rule one\n  when load > 50\n")
        world.minute(2, web1=60)
        assert {r.name for r in world.store.rules.active()} == {"one"}
        assert world.engine.book.errors == {}
        assert world.history()[2:] == [(2, "ok", "firing", "")]

        # A folder that is gone (not mounted) deletes nothing.
        (folder / "a.alert").unlink()
        folder.rmdir()
        world.minute(3, web1=60)
        assert {r.name for r in world.store.rules.active()} == {"one"}
        assert "no such file" in world.engine.book.errors[str(folder)]

    def test_slots_share_the_rules(self, world: World) -> None:
        world.options = dataclasses.replace(world.options, slots=16)
        world.restart()
        for number in range(8):
            world.rule(f"when m{number}.value > 90", f"r{number}")
        world.engine.refresh()
        assert len(world.engine.runners) > 1
        assert sum(len(r.rules) for r in world.engine.runners.values()) == 8


class TestTelling:
    def test_severity(self, world: World) -> None:
        world.rule(
            "when load > 80\n  severity warning, critical when load > 90\n  notify inbox, other when critical"
        )
        for number, value in enumerate([85, 95, 85, 85, 10]):
            world.minute(number, web1=value)
        told = [(m, k) for m, k, _ in world.told()]
        assert told == [
            (0, "firing"),
            (1, "severity"),
            (1, "firing"),
            (2, "severity"),
            (4, "resolved"),
            (4, "resolved"),
        ]

    def test_repeats_until_acknowledged(self, world: World) -> None:
        world.rule("when load > 80\n  repeat every 2m")
        for number in range(5):
            world.minute(number, web1=90 + number)
        assert [(m, k) for m, k, _ in world.told()] == [(0, "firing"), (2, "repeat"), (4, "repeat")]
        assert world.inbox.messages[-1].facts["value"] == 94
        [alert] = world.store.alerts.list().items
        world.store.alerts.acknowledge(alert.id, by="me")
        for number in range(5, 9):
            world.minute(number, web1=95)
        assert len(world.told()) == 3
        world.minute(9, web1=1)
        assert world.told()[-1][1] == "resolved"

    def test_a_restart_keeps_the_repeats(self, world: World) -> None:
        world.rule("when load > 80\n  repeat every 2m")
        for number in range(5):
            world.restart()
            world.minute(number, web1=90)
        assert [m for m, _, _ in world.told()] == [0, 2, 4]

    def test_a_rise_clears_the_acknowledgement(self, world: World) -> None:
        world.rule("when load > 80\n  severity warning, critical when load > 90\n  repeat every 2m")
        world.minute(0, web1=85)
        [alert] = world.store.alerts.list().items
        world.store.alerts.acknowledge(alert.id, by="me")
        world.minute(1, web1=95)
        assert world.store.alerts.list().items[0].acknowledged_at is None
        world.minute(2, web1=95)
        world.minute(3, web1=95)
        assert [(m, k) for m, k, _ in world.told()] == [(0, "firing"), (1, "severity"), (3, "repeat")]

    def test_a_silence_stops_sending_only(self, world: World) -> None:
        world.rule("when load > 80")
        world.clock.set(world.at(-0.5))
        world.store.silences.add(
            NewSilence(ends_at=world.at(3), author="me", matchers=(Matcher("host", "=", "web1"),))
        )
        world.minute(0, web1=95, web2=95)
        world.minute(1, web1=95, web2=95)
        assert world.told() == [(0, "firing", "web2")]
        assert len(world.history()) == 2
        world.minute(2, web1=95, web2=95)
        world.minute(3, web1=95, web2=95)
        assert world.told()[1:] == [(3, "firing", "web1")], "still firing when the silence ends"

    def test_what_ended_silenced_is_not_told(self, world: World) -> None:
        world.rule("when load > 80")
        world.clock.set(world.at(-0.5))
        silence = world.store.silences.add(
            NewSilence(ends_at=world.at(300), author="me", matchers=(Matcher("host", "~", "web*"),))
        )
        world.minute(0, web1=95)
        world.minute(1, web1=1)
        world.store.silences.end(silence.id)
        world.minute(2, web1=1)
        assert world.told() == []

    def test_no_data(self, world: World) -> None:
        world.rule("when load > 80\n  on no data alert", "watch")
        world.rule("when load > 80", "keep")
        world.minute(0, web1=95)
        for number in range(1, 9):
            world.minute(number)
        states = {a.rule_name: (a.state, a.no_data) for a in world.store.alerts.list().items}
        assert states == {"watch": ("firing", True), "keep": ("firing", True)}
        world.minute(9, web1=1)
        for number in range(10, 17):
            world.minute(number)
        assert [k for _, k, _ in world.told()] == ["firing", "firing", "resolved", "resolved", "firing"]
        assert world.inbox.messages[-1].title.startswith("[NO DATA warning] watch")
        world.minute(17, web1=1)
        assert world.history()[-1][1:] == ("no data", "resolved", "data is back")

    def test_a_target_that_is_down_loses_nothing(self, world: World) -> None:
        world.rule("when load > 80")
        world.inbox.down = True
        world.minute(0, web1=95)
        world.minute(1, web1=1)
        assert world.told() == []
        assert world.worker.errors == {"inbox": "closed"}
        world.inbox.down = False
        for number in range(2, 6):
            world.minute(number, web1=1)
        assert [k for _, k, _ in world.told()] == ["firing", "resolved"]


class TestReplay:
    @pytest.mark.parametrize("batch", [1, 3, 100])
    def test_equals_living_through_it(self, world: World, tmp_path: Path, batch: int) -> None:
        values = [10, 95, 96, 97, 20, 95, 10, 95, 95, 95, 95, 1]
        text = "when load > 90 for 2m\n  repeat every 1m"
        world.rule(text)
        for number, value in enumerate(values):
            world.minute(number, web1=value)
        again = World(f"sqlite:///{tmp_path / 'again.db'}", feed=world.feed)
        again.clock.set(world.at(1000))
        again.rule(text)
        assert again.engine.replay(START, world.at(len(values)), batch=batch) == len(values)
        again.worker.drain()
        assert again.history() == world.history()
        # They arrive in the order of each alert, not of all.
        assert sorted(again.told()) == sorted(world.told())
        with pytest.raises(ValueError, match="cannot be replayed"):
            again.engine.replay(START, world.at(3))
        again.close()


def test_the_heartbeat_tells_how_things_stand(world: World) -> None:
    world.rule("when load > 90")
    world.minute(0, web1=95)
    [beat] = world.store.evaluation.heartbeats()
    assert beat.info["rules"] == 1
    assert beat.info["firing"] == 1
    assert beat.info["last_instant"] == "2025-07-14T04:00:00Z"
    assert world.engine.status().line().startswith("1 rule | 1 firing")
