"""Which notifications an alert owes: a comparison of what each target was told with how things stand.

Because the comparison is all there is, live evaluation, catch-up after a stop (one notification for the final
state) and the end of a silence (a still-firing alert that was not sent) are the same code: what differs is only
when it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from alertdsl.semantics.typed import Notify

Kind = Literal["firing", "resolved", "severity"]

NO_DATA = "no data"
"""What a target was told of an alert raised for want of data, in place of a severity."""

Told = Mapping[str, str]
"""Target -> the severity at which it last heard of this alert; no entry where it owes the target nothing."""


class Owed(NamedTuple):
    """A notification to send. `severity` is where the alert is, or, for ``resolved``, where the target saw it."""

    target: str
    kind: Kind
    severity: str


def owed(
    told: Told, now: str | None, targets: Sequence[Notify], ladder: Sequence[str]
) -> tuple[list[Owed], dict[str, str]]:
    """What to send, and what the targets will then have been told.

    Args:
        told: what they were told of this alert so far.
        now: the severity at which the alert is raised, `NO_DATA`, or None where it is not raised.
        targets: the rule's ``notify`` clause. A target named twice has several rungs of its own.
        ladder: the rule's severities, the base first.

    A target without a rung hears of the firing, of every rise, and of the end. One with a rung (``when
    critical``) hears when the alert enters that rung and when it leaves it, upwards, downwards or by resolving;
    an alert raised for want of data counts as being on the base rung. Nobody hears of an end who was not told
    of the beginning.
    """
    messages: list[Owed] = []
    after: dict[str, str] = {}
    for target, rungs in _by_target(targets).items():
        was = told.get(target)
        kind = _kind(was, now, rungs, ladder)
        if kind is not None:
            messages.append(Owed(target, kind, now if now is not None else was or ladder[0]))
        if now is not None and (was is not None or kind is not None):
            # A fall is not sent, but remembered, so that the next rise is news again.
            after[target] = now
    # A target taken out of the rule meanwhile still hears of the end of what it was told.
    for target in told.keys() - _by_target(targets).keys():
        if now is None:
            messages.append(Owed(target, "resolved", told[target]))
        else:
            after[target] = told[target]
    return messages, after


def repeated(told: Told, now: str, targets: Sequence[Notify], ladder: Sequence[str]) -> list[str]:
    """Who is told again how an alert stands: those who know, and to whom it matters. Arguments as of `owed`.

    A target with rungs of its own is one only while the alert is on one of them; a target that the clause does not name
    (it was told by escalation) is one all the time.
    """
    named = _by_target(targets)
    found = []
    for target, severity in told.items():
        rungs = named.get(target)
        knows = severity == now and (rungs is None or _rung(now, ladder) in rungs)
        if knows or target not in named:
            found.append(target)
    return found


def _by_target(targets: Sequence[Notify]) -> dict[str, set[str] | None]:
    """Target -> its rungs, or None for all of them."""
    found: dict[str, set[str] | None] = {}
    for notify in targets:
        rungs = found.setdefault(notify.target, set())
        if notify.severity is None:
            found[notify.target] = None
        elif rungs is not None:
            rungs.add(notify.severity)
    return found


def _kind(was: str | None, now: str | None, rungs: set[str] | None, ladder: Sequence[str]) -> Kind | None:
    if now is None:
        return None if was is None else "resolved"
    if was == now:
        return None
    if rungs is None:
        if was is None or was == NO_DATA:
            return "firing"
        return "severity" if _height(now, ladder) > _height(was, ladder) else None
    inside = _rung(now, ladder) in rungs
    if was is None:
        return "firing" if inside else None
    return "severity" if inside or _rung(was, ladder) in rungs else None


def _rung(severity: str, ladder: Sequence[str]) -> str:
    return ladder[0] if severity == NO_DATA else severity


def _height(severity: str, ladder: Sequence[str]) -> int:
    """How high a severity is; one that the ladder lost in an edit is below all."""
    return ladder.index(severity) if severity in ladder else -1
