"""Who is owed what: live, after a stop, and after a silence, by one comparison."""

from __future__ import annotations

from alertdsl.semantics.typed import Notify
from alertdsl_runtime.notify.owed import NO_DATA, Owed, owed

LADDER = ("warning", "critical")
SLACK = Notify("slack")
ONCALL = Notify("oncall", "critical")
AT_WARNING = Notify("slack", "warning")


def test_a_firing_and_its_end() -> None:
    messages, told = owed({}, "warning", [SLACK], LADDER)
    assert messages == [Owed("slack", "firing", "warning")]
    assert owed(told, "warning", [SLACK], LADDER) == ([], told)
    assert owed(told, None, [SLACK], LADDER) == ([Owed("slack", "resolved", "warning")], {})


def test_nobody_hears_of_an_end_who_was_not_told_of_the_beginning() -> None:
    assert owed({}, None, [SLACK, ONCALL], LADDER) == ([], {})


def test_a_rise_is_news_and_a_fall_is_not() -> None:
    _, told = owed({}, "warning", [SLACK], LADDER)
    messages, told = owed(told, "critical", [SLACK], LADDER)
    assert messages == [Owed("slack", "severity", "critical")]
    messages, told = owed(told, "warning", [SLACK], LADDER)
    assert messages == []
    messages, told = owed(told, "critical", [SLACK], LADDER)
    assert messages == [Owed("slack", "severity", "critical")], "the next rise is news again"


def test_a_named_rung_hears_of_entering_and_leaving_it() -> None:
    targets = [AT_WARNING, ONCALL]
    messages, told = owed({}, "warning", targets, LADDER)
    assert messages == [Owed("slack", "firing", "warning")]
    messages, told = owed(told, "critical", targets, LADDER)
    assert messages == [Owed("slack", "severity", "critical"), Owed("oncall", "firing", "critical")]
    messages, told = owed(told, "warning", targets, LADDER)
    assert messages == [Owed("slack", "severity", "warning"), Owed("oncall", "severity", "warning")]
    messages, told = owed(told, None, targets, LADDER)
    assert messages == [Owed("slack", "resolved", "warning"), Owed("oncall", "resolved", "warning")]
    assert told == {}


def test_resolving_from_a_rung() -> None:
    told = {"slack": "critical", "oncall": "critical"}
    messages, _ = owed(told, None, [AT_WARNING, ONCALL], LADDER)
    assert {m.target for m in messages} == {"slack", "oncall"}


def test_no_data_counts_as_the_base_rung() -> None:
    messages, _ = owed({}, NO_DATA, [AT_WARNING, ONCALL], LADDER)
    assert messages == [Owed("slack", "firing", NO_DATA)]
    messages, _ = owed({"slack": NO_DATA}, "warning", [SLACK], LADDER)
    assert messages == [Owed("slack", "firing", "warning")], "data are back, and the condition is true"


def test_an_alert_that_ended_and_fired_again_unseen_is_no_news() -> None:
    """After a stop only the final state counts."""
    assert owed({"slack": "warning"}, "warning", [SLACK], LADDER)[0] == []


def test_a_target_that_an_edit_took_out_still_hears_of_the_end() -> None:
    messages, told = owed({"old": "warning"}, "warning", [SLACK], LADDER)
    assert messages == [Owed("slack", "firing", "warning")]
    assert owed(told, None, [SLACK], LADDER)[0][-1] == Owed("old", "resolved", "warning")
