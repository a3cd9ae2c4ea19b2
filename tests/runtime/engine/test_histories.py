"""Whatever happens to an engine, the history is that of one to which nothing happened, and what people were told
adds up: nobody hears of an end without a beginning, and the last thing that everybody heard is true."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.semantics.typed import MINUTE
from alertdsl_runtime.engine import Engine
from tests.runtime.engine.world import START, World

RULES = {
    "plain": "when load > 80",
    "held": "when load > 80 for 2m\n  recover when load < 20",
    "ladder": "when load > 50\n  severity warning, critical when load > 90\n  notify inbox, other when critical",
    "watch": "when load > 90\n  on no data alert",
    "single": "when load > 80\n  once",
    "urgent": "when load > 80\n  escalate to other after 2m unacknowledged",
    "about": "when plain is firing for 2m",
    "beside": "when load > 50 unless held is firing\n  every 2m",
}
MINUTES = 14


values = st.lists(
    st.lists(st.sampled_from([None, 10.0, 60.0, 85.0, 95.0]), min_size=MINUTES, max_size=MINUTES),
    min_size=1,
    max_size=2,
)
troubles = st.lists(
    st.sampled_from(["", "", "", "off", "restart", "source", "two"]), min_size=MINUTES, max_size=MINUTES
)


@pytest.mark.slow
@given(values, troubles)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_trouble_leaves_no_trace(series: list[list[float | None]], trouble: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        troubled = World(f"sqlite:///{folder}/troubled.db")
        calm = World(f"sqlite:///{folder}/calm.db", feed=troubled.feed)
        for name, text in RULES.items():
            troubled.rule(text, name)
            calm.rule(text, name)
        fill(troubled, series)
        for minute in range(MINUTES):
            calm.minute(minute)
            live_through(troubled, minute, trouble[minute])
        for minute in (MINUTES, MINUTES + 1):
            calm.minute(minute)
            troubled.minute(minute)
        assert named(troubled) == named(calm)
        for world in (troubled, calm):
            check_what_was_told(world)
        troubled.close()
        calm.close()


def fill(world: World, series: list[list[float | None]]) -> None:
    for number, values in enumerate(series):
        for minute, value in enumerate(values):
            if value is not None:
                world.feed.add(f"web{number}", value, world.at(minute) - MINUTE // 2)


def live_through(world: World, minute: int, trouble: str) -> None:
    if trouble == "off":
        return
    if trouble == "restart":
        world.restart()
    other: Engine | None = world.new_engine() if trouble == "two" else None
    world.feed.down = "away" if trouble == "source" else ""
    world.minute(minute)
    world.feed.down = ""
    if other is not None:
        other.tick()


def named(world: World) -> list[tuple[object, ...]]:
    """All transitions, rules by their name."""
    names = {rule.id: rule.name for rule in world.store.rules.active()}
    found = []
    for alert in world.store.alerts.list(
        limit=200, states=("ok", "pending", "firing", "no data", "resolved")
    ).items:
        detail = world.store.alerts.get(alert.id)
        found += [
            (
                names[alert.rule_id],
                str(alert.labels),
                step.t - START,
                step.from_state,
                step.to_state,
                step.severity,
            )
            for step in detail.transitions
        ]
    return sorted(found, key=str)


def check_what_was_told(world: World) -> None:
    open_now = {
        (a.rule_name, str(sorted(a.labels.items()))): a
        for a in world.store.alerts.list(limit=200, states=("firing", "no data")).items
    }
    told: dict[tuple[str, str, str], str] = {}
    for message in world.inbox.messages:
        facts = message.facts
        place = (str(facts["target"]), str(facts["rule"]), str(sorted(facts["labels"].items())))
        if message.kind == "resolved":
            assert place in told, "an end without a beginning"
            del told[place]
        else:
            told[place] = str(facts["severity"])
    assert {place[1:] for place in told if place[0] == "inbox"} == set(open_now)
    for (target, *alert), severity in told.items():
        if target == "inbox" and open_now[alert[0], alert[1]].state == "firing":
            now = open_now[alert[0], alert[1]].severity
            assert (severity, now) in {(now, now), ("critical", "warning")}, "a fall is not told"
