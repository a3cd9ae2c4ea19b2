"""Who is told what: the engine against the reference, on generated loads, acknowledgements and silences."""

from __future__ import annotations

import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.semantics.typed import MINUTE, SECOND
from alertdsl.store.records import Matcher, NewSilence
from tests.reference import life
from tests.reference.rule import Verdict
from tests.reference.telling import Clauses, Message, Telling
from tests.runtime.engine.world import World

MINUTES = 14
LADDER = ("warning", "critical")
NOTIFY = ({"inbox": None}, {"inbox": None, "other": "critical"}, {"inbox": "warning", "other": "critical"})

clauses = st.builds(
    Clauses,
    st.sampled_from(NOTIFY),
    st.just(LADDER),
    st.sampled_from((None, 2, 3)),
    st.dictionaries(st.sampled_from(("other", "boss")), st.sampled_from((1, 2, 3, 5)), max_size=2),
)
loads = st.lists(st.sampled_from((10.0, 60.0, 60.0, 95.0)), min_size=MINUTES, max_size=MINUTES)
deeds = st.lists(
    st.sampled_from(("", "", "", "", "ack", "silence", "restart")), min_size=MINUTES, max_size=MINUTES
)


def text_of(said: Clauses) -> str:
    """The rule of the clauses."""
    named = (f"{target} when {rung}" if rung else target for target, rung in said.notify.items())
    lines = ["when load > 50", "severity warning, critical when load > 90", f"notify {', '.join(named)}"]
    lines += [f"repeat every {said.repeat}m"] if said.repeat else []
    lines += [f"escalate to {target} after {after}m" for target, after in said.escalations.items()]
    return "\n  ".join(lines)


def expected(said: Clauses, values: list[float], done: list[str]) -> list[Message]:
    """What the reference tells."""
    telling = Telling(said)
    alert, silent_until = life.OK, -1
    for minute, (value, deed) in enumerate(zip(values, done, strict=True)):
        before = LADDER[alert.rung] if alert.state == "firing" else None
        seen = Verdict(value > 50, value > 50, value <= 50, False, (value > 90,), (value <= 90,))
        alert, _ = life.live(alert, seen, "keep", minute)
        now = LADDER[alert.rung] if alert.state == "firing" else None
        telling.minute(minute, before, now, silent=minute < silent_until)
        if deed == "ack" and now is not None:
            telling.acknowledged = True
        if deed == "silence":
            silent_until = max(silent_until, minute + 3)
    return telling.sent


@given(clauses, loads, deeds)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_engine_tells_what_the_reference_tells(
    said: Clauses, values: list[float], done: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(f"sqlite:///{folder}/alerts.db")
        world.rule(text_of(said))
        for minute, (value, deed) in enumerate(zip(values, done, strict=True)):
            world.feed.add("web1", value, world.at(minute) - MINUTE // 2)
            world.clock.set(world.at(minute) + world.options.delay)
            world.engine.tick()
            if deed == "ack":
                for alert in world.store.alerts.list(states=("firing",)).items:
                    world.store.alerts.acknowledge(alert.id, by="me")
            if deed == "silence":
                until = world.at(minute + 3) - SECOND
                world.store.silences.add(NewSilence(until, "me", matchers=(Matcher("host", "=", "web1"),)))
            if deed == "restart":
                world.restart()
        found = [(round((i.t - world.at(0)) / MINUTE), i.kind, i.target, i.severity) for i in world.owed()]
        world.close()
    assert sorted(found) == sorted(expected(said, values, done))
