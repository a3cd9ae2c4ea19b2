"""The life of an alert, instant by instant: `ok -> pending -> firing -> resolved`, and `no data` beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from alertdsl.semantics.typed import Nanoseconds
from tests.reference.kleene import Truth
from tests.reference.rule import Verdict

OnNoData = Literal["keep", "alert", "resolve"]


@dataclass(frozen=True)
class Alert:
    """Where an alert stands after an instant.

    Attributes:
        state: “no data” is the alert that `on no data alert` raises; “resolved” is a transition, after which it is ok.
        rung: 0 is the base severity; 0 unless firing.
        started_at: “the first instant of the unbroken firing”.
        shown_as_no_data: “state kept, shown as no data”.
    """

    state: Literal["ok", "pending", "firing", "no data"] = "ok"
    rung: int = 0
    started_at: Nanoseconds | None = None
    shown_as_no_data: bool = False


OK = Alert()

Transition = tuple[str, str]
"""What it was and what it became: ``("firing", "resolved")``; a change of severity is ``("firing", "firing")``."""


def edited(
    alert: Alert, seen: Verdict | None, on_no_data: OnNoData, instant: Nanoseconds
) -> tuple[Alert, list[Transition]]:
    """The first instant after an edit: “a changed meaning resolves alerts that are not true under the new text”; what the same
    instant says of an alert that is ok applies at once."""
    true = seen is not None and (
        seen.condition is True or (alert.state == "pending" and seen.pending is True)
    )
    if alert.state == "ok" or true:
        return live(alert, seen, on_no_data, instant)
    following, changes = live(OK, seen, on_no_data, instant)
    return following, [*_ended(alert), *changes]


def live(
    alert: Alert, seen: Verdict | Literal["error"] | None, on_no_data: OnNoData, instant: Nanoseconds
) -> tuple[Alert, list[Transition]]:
    """The next state: “the first that applies” of six. `seen` is None where no known series makes the label set."""
    # 1. “the rule could not be evaluated: the state is kept; an error never resolves”
    if seen == "error":
        return alert, []
    # 2. “the rule no longer has this label set: resolved, reason gone”
    if seen is None:
        return OK, _ended(alert)
    # 3. “the condition is true: firing”
    if seen.condition is True:
        return _firing(alert, seen, instant)
    # 4. “firing, and recovered: resolved, and pending in the same transition if C is true”
    if alert.state == "firing" and seen.recovered is True:
        return _after_firing(alert, seen, on_no_data, instant)
    # 5. “C is unknown because a known series lacks the points that it needs; every other unknown keeps the state”
    if isinstance(seen.pending, bool):
        return _known(alert, seen)
    if not seen.no_data:
        return _on_its_rung(alert, seen)
    return _without_data(alert, seen, on_no_data, instant)


def once(
    alert: Alert, seen: Verdict | None, on_no_data: OnNoData, instant: Nanoseconds, *, disarmed: bool
) -> tuple[Alert, list[Transition], bool]:
    """An instant of a rule that fires once, and whether it is disarmed after it: “when the alert first fires the rule is
    disarmed for that label set; it still resolves”. Disarmed, nothing begins, whatever the data say or lack."""
    if disarmed and alert.state != "firing":
        return OK, _ended(alert), True
    following, changes = live(alert, seen, on_no_data, instant)
    if disarmed and following.state != "firing":
        return OK, _ended(alert), True
    return following, changes, disarmed or (following.state == "firing" and alert.state != "firing")


def why(alert: Alert, seen: Verdict | None, *, outside: bool) -> str:
    """The reason with which an alert ends, "" where it just recovered: “gone”, “outside hours”, no data or its return."""
    if seen is None:
        return "gone"
    if outside:
        return "outside hours"
    if alert.state == "firing" and seen.recovered is True:
        return ""
    if seen.no_data:
        return "no data"
    return "data is back" if alert.state == "no data" else ""


def _known(alert: Alert, seen: Verdict) -> tuple[Alert, list[Transition]]:
    """6. “firing stays firing; C true: pending; else ok”; a no-data alert ends “as soon as C is known”."""
    if alert.state == "firing":
        return _on_its_rung(replace(alert, shown_as_no_data=False), seen)
    if seen.pending is not True:
        return OK, _ended(alert)
    if alert.state == "pending":
        return replace(alert, shown_as_no_data=False), []
    if alert.state == "no data":
        return Alert("pending"), [("no data", "resolved"), ("ok", "pending")]
    return Alert("pending"), [("ok", "pending")]


def _without_data(
    alert: Alert, seen: Verdict, on_no_data: OnNoData, instant: Nanoseconds
) -> tuple[Alert, list[Transition]]:
    """5. “`on no data keep`: state kept, shown as no data; `alert`: a firing alert stays firing; or `resolve`”."""
    if on_no_data == "resolve":
        return OK, _ended(alert)
    if on_no_data == "alert" and alert.state in ("ok", "pending"):
        return Alert("no data", 0, instant, True), [(alert.state, "no data")]
    kept, changes = _on_its_rung(alert, seen)
    return replace(kept, shown_as_no_data=kept.state != "ok"), changes


def _after_firing(
    alert: Alert, seen: Verdict, on_no_data: OnNoData, instant: Nanoseconds
) -> tuple[Alert, list[Transition]]:
    """4. Resolved; what the same instant says of an alert that is ok applies at once."""
    following, changes = live(OK, seen, on_no_data, instant)
    return following, [*_ended(alert), *changes]


def _firing(alert: Alert, seen: Verdict, instant: Nanoseconds) -> tuple[Alert, list[Transition]]:
    if alert.state == "firing":
        return _on_its_rung(replace(alert, shown_as_no_data=False), seen)
    return Alert("firing", _highest(seen.rungs), instant), [(alert.state, "firing")]


def _on_its_rung(alert: Alert, seen: Verdict) -> tuple[Alert, list[Transition]]:
    """“A firing alert has the highest rung whose condition is true; unknown keeps the rung; a rise applies at once; a fall
    needs the rung false for the base `for` (or its own `recover when`)”. Rungs are left one by one, from the top."""
    if alert.state != "firing":
        return alert, []
    rung = alert.rung
    while rung > 0 and seen.fallen[rung - 1] is True:
        rung -= 1
    rung = max(rung, _highest(seen.rungs))
    return replace(alert, rung=rung), ([("firing", "firing")] if rung != alert.rung else [])


def _highest(rungs: Sequence[Truth]) -> int:
    return max((number for number, truth in enumerate(rungs, 1) if truth is True), default=0)


def _ended(alert: Alert) -> list[Transition]:
    """“Resolved” is for what people were told of; a pending alert just ends."""
    if alert.state == "ok":
        return []
    return [(alert.state, "ok" if alert.state == "pending" else "resolved")]
