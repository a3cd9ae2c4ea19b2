"""Who is told what of one alert, minute by minute: repeats, escalation, acknowledgements and silences."""

from __future__ import annotations

from dataclasses import dataclass, field

Message = tuple[int, str, str, str]
"""The minute that it is about, its kind, to whom, and the severity."""


@dataclass(frozen=True)
class Clauses:
    """What a rule says of telling; minutes.

    Attributes:
        notify: target -> the severity at which it is told, None for every one.
        escalations: target -> after how many minutes.
    """

    notify: dict[str, str | None]
    ladder: tuple[str, ...]
    repeat: int | None = None
    escalations: dict[str, int] = field(default_factory=dict)


@dataclass
class Telling:
    """What was told so far, and what it follows from."""

    clauses: Clauses
    sent: list[Message] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    acknowledged: bool = False
    escalated: set[str] = field(default_factory=set)

    def minute(self, now: int, before: str | None, severity: str | None, *, silent: bool) -> None:
        """A minute at which the alert goes from one severity to another; None is not raised."""
        rises = None not in (before, severity) and self._height(severity) > self._height(before)
        if rises and self.acknowledged:
            # “A rise ... clears the acknowledgement”, and repeats and escalation count from there.
            self.acknowledged, self.escalated = False, set()
            self.first = self.last = now
        if severity is None:
            # “`resolved` goes only to those told of the firing”; a silence keeps it until it ends.
            self.sent += ((now, "resolved", target, was) for target, was in self.told.items())
            self.told, self.first, self.last, self.acknowledged, self.escalated = {}, None, None, False, set()
            return
        self._changes(now, severity, silent=silent)
        if silent:
            self._silent(now)
        else:
            self._reminders(now, severity)

    def _changes(self, now: int, severity: str, *, silent: bool) -> None:
        news: list[Message] = []
        told = dict(self.told)
        for target, rung in self.clauses.notify.items():
            was = self.told.get(target)
            if rung is None:
                kind = (
                    "firing"
                    if was is None
                    else "severity"
                    if self._height(severity) > self._height(was)
                    else ""
                )
            elif was is None:
                kind = "firing" if severity == rung else ""
            else:
                # “Owed on entering and leaving a named rung.”
                kind = "severity" if was != severity and rung in (was, severity) else ""
            if kind:
                news.append((now, kind, target, severity))
            if kind or was is not None:
                told[target] = severity
        if news and silent:
            return
        # A fall is not told, but kept in mind.
        self.told = told
        if news:
            self.sent += news
            self.last = now
            self.first = now if self.first is None else self.first

    def _reminders(self, now: int, severity: str) -> None:
        """“Repeats run from the last one sent, escalation from the first”; “acknowledging stops” both."""
        if self.acknowledged or self.first is None:
            return
        repeat = self.clauses.repeat
        if repeat is not None and self.last is not None and self.told and now >= self.last + repeat:
            for target in self.told:
                rung = self.clauses.notify.get(target)
                if rung is None or rung == severity:
                    self.sent.append((now, "repeat", target, severity))
            self.last = now
        for target, after in sorted(self.clauses.escalations.items(), key=lambda step: step[1]):
            if target not in self.escalated and now >= self.first + after:
                self.sent.append((now, "escalation", target, severity))
                self.escalated.add(target)
                self.told[target] = severity

    def _silent(self, now: int) -> None:
        """“A silence stops sending only”: a repeat that falls into it is left out, everything else waits for its end."""
        repeat = self.clauses.repeat
        if (
            repeat is not None
            and self.last is not None
            and not self.acknowledged
            and now >= self.last + repeat
        ):
            self.last = now

    def _height(self, severity: str | None) -> int:
        return -1 if severity is None else self.clauses.ladder.index(severity)
