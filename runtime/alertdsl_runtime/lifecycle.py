"""The life of one alert: ok, pending, firing, resolved, and the reason at each branch.

`step` is the whole state machine, pure, and the text to read when an alert did something unexpected. It is
stable: the same input again changes nothing, which is why `lives.Lives` may hand it only the inputs that
changed. What is *not* here: errors (a rule that could not be evaluated is not stepped at all, so every state is
kept), acknowledgements and silences (they stop notifications, never a state; see `notify.owed`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

FALSE, UNKNOWN, TRUE = 0, 1, 2
"""Truth as in `columns`, as plain integers: one alert at a time is no place for numpy scalars."""

State = Literal["ok", "pending", "firing", "no data"]
OnNoData = Literal["keep", "alert", "resolve"]

GONE = "gone"
NO_DATA = "no data"
DATA_BACK = "data is back"
RULE_CHANGED = "rule changed"
OUTSIDE_HOURS = "outside hours"


class Inputs(NamedTuple):
    """What an instant says about a label set; truth values but for `exists` and `no_data`.

    `rungs` and `fallen` hold, for each rung above the base and lowest first, its condition and whether an
    alert may fall from it. `outside` says that the instant is outside the rule's hours, where the condition and C
    are false and R is true. `edited` is set once, at the first instant after the rule's meaning changed; `disarmed`
    as long as a rule that fires ``once`` has done so for this label set.
    """

    condition: int
    pending: int
    recovered: int
    exists: bool = True
    no_data: bool = False
    rungs: tuple[int, ...] = ()
    fallen: tuple[int, ...] = ()
    outside: bool = False
    edited: bool = False
    disarmed: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """Where an alert stands. Times are instants in nanoseconds, None where the state has none.

    Attributes:
        state: ``no data`` is an alert raised by ``on no data alert``.
        rung: 0 for the base severity, 1 for the first rung above it; 0 unless firing.
        opened_at: first instant of the episode (pending, firing or no data).
        started_at: first instant of the unbroken firing.
        missing: data are missing, whatever the state: shown, and repeats pause.
    """

    state: State = "ok"
    rung: int = 0
    opened_at: int | None = None
    started_at: int | None = None
    missing: bool = False

    @property
    def raised(self) -> bool:
        """Whether people should know: firing, or raised for want of data."""
        return self.state in ("firing", "no data")


OK = Life()


class Change(NamedTuple):
    """One transition. `after` is ``resolved`` where a raised alert ended, ``ok`` where a pending one did."""

    before: State
    after: State | Literal["resolved"]
    rung_before: int
    rung: int
    reason: str = ""


Step = tuple[Life, tuple[Change, ...]]


def step(life: Life, seen: Inputs, on_no_data: OnNoData, instant: int) -> Step:
    """The next state of an alert at an instant, and the transitions on the way (two where one episode ends and
    the next begins). The rules are those of semantics.md, in their order."""
    # An edit ends what is not true under the new text, whatever the clauses below would keep.
    if seen.edited and life.state != "ok" and not _holds(life, seen):
        return _end(life, RULE_CHANGED, seen._replace(edited=False), on_no_data, instant)

    # 2. No known series makes this label set any more.
    if not seen.exists:
        return (OK, ()) if life.state == "ok" else _close(life, GONE)

    # A rule that fires once has done so here: nothing begins any more, what fires goes on to its end.
    if seen.disarmed and life.state != "firing":
        return (OK, ()) if life.state == "ok" else _close(life, "")

    # 3. The condition is true. A firing alert may climb or fall; anything else begins to fire.
    if seen.condition == TRUE:
        return _climb(life, seen) if life.state == "firing" else _fire(life, seen, instant)

    # 4. Firing, and recovered. Without a `recover when`, recovered means that the condition is false.
    if life.state == "firing" and seen.recovered == TRUE:
        return _end(life, _why(seen), seen, on_no_data, instant)

    # 5. C is unknown: for want of data, which has a policy of its own, or otherwise, which changes nothing.
    if seen.pending == UNKNOWN:
        return _without_data(life, seen, on_no_data, instant) if seen.no_data else _stay(life, seen)

    # 6. C is known again, so an alert raised for want of data is over ...
    if life.state == "no data":
        return _end(life, _why(seen) or DATA_BACK, seen, on_no_data, instant)
    # ... firing stays firing, until it recovers ...
    if life.state == "firing":
        return _climb(life, seen)
    # ... and the others follow C.
    if seen.pending == TRUE:
        return _wait(life, instant)
    return (OK, ()) if life.state == "ok" else _close(life, _why(seen))


def retire(life: Life, reason: str) -> Step:
    """The end of an alert whose rule was disabled or deleted; nothing for one that is ok."""
    return (OK, ()) if life.state == "ok" else _close(life, reason)


def _why(seen: Inputs) -> str:
    """The reason of an end that the rule's own conditions, or its hours, brought."""
    return OUTSIDE_HOURS if seen.outside else ""


def _holds(life: Life, seen: Inputs) -> bool:
    """Whether the new text keeps this alert: a pending one by C, a raised one by the condition."""
    return seen.exists and (seen.condition == TRUE or (life.state == "pending" and seen.pending == TRUE))


def _fire(life: Life, seen: Inputs, instant: int) -> Step:
    """Begin to fire, at the highest rung that is true; a pending or no-data episode goes on as this one."""
    opened = instant if life.opened_at is None else life.opened_at
    rung = _highest(seen.rungs)
    new = Life("firing", rung, opened, instant)
    return new, (Change(life.state, "firing", life.rung, rung),)


def _climb(life: Life, seen: Inputs) -> Step:
    """Stay firing, on the highest rung that is true or not fallen from yet."""
    rung = max(_highest(seen.rungs), _held(life.rung, seen.fallen))
    new = replace(life, rung=rung, missing=False)
    if rung == life.rung:
        return new, ()
    reason = "severity rises" if rung > life.rung else "severity falls"
    return new, (Change("firing", "firing", life.rung, rung, reason),)


def _wait(life: Life, instant: int) -> Step:
    """C is true and the condition is not (yet): pending."""
    if life.state == "pending":
        return replace(life, missing=False), ()
    return Life("pending", opened_at=instant), (Change(life.state, "pending", life.rung, 0),)


def _without_data(life: Life, seen: Inputs, on_no_data: OnNoData, instant: int) -> Step:
    """A known series lacks the points that C needs."""
    if on_no_data == "resolve" and life.state != "ok":
        return _close(life, NO_DATA)
    if on_no_data == "alert" and life.state in ("ok", "pending"):
        opened = instant if life.opened_at is None else life.opened_at
        new = Life("no data", 0, opened, instant, missing=True)
        return new, (Change(life.state, "no data", life.rung, 0, NO_DATA),)
    new, changes = _stay(life, seen)
    return (replace(new, missing=True) if new.state != "ok" else new), changes


def _stay(life: Life, seen: Inputs) -> Step:
    """Keep the state. A rung whose own condition is known still applies to a firing alert."""
    if life.state != "firing":
        return life, ()
    new, changes = _climb(life, seen)
    return replace(new, missing=life.missing), changes


def _close(life: Life, reason: str) -> Step:
    """End the episode."""
    after: Literal["resolved", "ok"] = "resolved" if life.raised else "ok"
    return OK, (Change(life.state, after, life.rung, 0, reason),)


def _end(life: Life, reason: str, seen: Inputs, on_no_data: OnNoData, instant: int) -> Step:
    """End the episode, and let the same instant begin the next one: pending where C is true."""
    _, closing = _close(life, reason)
    new, opening = step(OK, seen, on_no_data, instant)
    return new, closing + opening


def _highest(rungs: tuple[int, ...]) -> int:
    """The number of the highest rung whose condition is true, 0 for the base."""
    return max((i for i, truth in enumerate(rungs, 1) if truth == TRUE), default=0)


def _held(rung: int, fallen: tuple[int, ...]) -> int:
    """The highest rung up to the present one that an alert may not fall from yet."""
    return max((i for i, truth in enumerate(fallen[:rung], 1) if truth != TRUE), default=0)


# ---------------------------------------------------------------- packed inputs

EXISTS_BIT, NO_DATA_BIT, OUTSIDE_BIT, RUNG_BIT = 6, 7, 8, 9
"""Bits 0-1 the condition, 2-3 pending, 4-5 recovered, then these; each rung takes four from `RUNG_BIT` up."""

MAX_RUNGS = 13
"""Rungs that fit into the 63 bits of a code."""


@lru_cache(maxsize=65536)
def unpack(code: int, rungs: int) -> Inputs:
    """The inputs that a code stands for, for a ladder of so many rungs above the base."""
    ladder = [(code >> (RUNG_BIT + 4 * i)) & 15 for i in range(rungs)]
    return Inputs(
        condition=code & 3,
        pending=(code >> 2) & 3,
        recovered=(code >> 4) & 3,
        exists=bool((code >> EXISTS_BIT) & 1),
        no_data=bool((code >> NO_DATA_BIT) & 1),
        rungs=tuple(r & 3 for r in ladder),
        fallen=tuple(r >> 2 for r in ladder),
        outside=bool((code >> OUTSIDE_BIT) & 1),
    )
