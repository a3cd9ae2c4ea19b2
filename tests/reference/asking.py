"""Rules about rules: what `x is firing` says, from the states that the other rules had at their instants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Nanoseconds
from tests.reference.data import Data, Labels
from tests.reference.kleene import Truth, all_of, negated
from tests.reference.labels import _join, _match, without
from tests.reference.life import OK, Alert, live
from tests.reference.moments import instants_between
from tests.reference.nodes import selectors_of
from tests.reference.rule import Verdict, evaluate
from tests.reference.values import OTHER, Unknown

Asked = dict[Labels, Labels]
"""The label sets of another rule: as they are matched, and as its alerts have them."""


@dataclass(frozen=True)
class Asking:
    """A rule that asks about one or two others.

    Attributes:
        shape: what it says of them; “beside” and “unless” have a rule of their own (`left`) for the series that they range over.
        hold: its ``for``, 0 without.
    """

    name: str
    every: typed.Every
    shape: str
    first: str
    second: str = ""
    left: typed.Rule | None = None
    hold: Nanoseconds = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The rules that it asks about."""
        return (self.first, self.second) if self.second else (self.first,)


@dataclass
class Chronicle:
    """All rules lived through, those that are asked about first.

    Attributes:
        firing: rule -> instant -> the label sets whose alert fires after it.
        episodes: (rule, labels, first instant, instant of the end or None) of every unbroken firing.
    """

    data: Data
    rules: Mapping[str, typed.Rule | Asking]
    start: Nanoseconds
    stop: Nanoseconds
    firing: dict[str, dict[Nanoseconds, frozenset[Labels]]] = field(default_factory=dict)
    episodes: list[tuple[str, Labels, Nanoseconds, Nanoseconds | None]] = field(default_factory=list)

    def live_through(self) -> None:
        """“Rules are evaluated in dependency order.”"""
        for name in self.rules:
            self._live(name)

    def _live(self, name: str) -> None:
        rule = self.rules[name]
        if name in self.firing:
            return
        if isinstance(rule, Asking):
            for other in rule.names:
                self._live(other)
        self.firing[name] = {}
        alerts: dict[Labels, Alert] = {}
        for instant in instants_between(rule.every, self.start - 1, self.stop):
            seen = (
                evaluate(rule, self.data, instant)
                if isinstance(rule, typed.Rule)
                else self.ask(rule, instant)
            )
            for labels in {*alerts, *seen}:
                before = alerts.get(labels, OK)
                after, _ = live(before, seen.get(labels), "keep", instant)
                alerts[labels] = after
                self._note(name, labels, before, after, instant)
            fires = (labels for labels, alert in alerts.items() if alert.state == "firing")
            self.firing[name][instant] = frozenset(fires)
        self.episodes += (
            (name, labels, alert.started_at, None)
            for labels, alert in alerts.items()
            if alert.state == "firing" and alert.started_at is not None
        )

    def _note(self, name: str, labels: Labels, before: Alert, after: Alert, instant: Nanoseconds) -> None:
        if before.state == "firing" and after.started_at != before.started_at:
            assert before.started_at is not None
            self.episodes.append((name, labels, before.started_at, instant))

    # ------------------------------------------------------------ label sets

    def label_sets(self, name: str, instant: Nanoseconds) -> set[Labels]:
        """The label sets that a rule has at a moment."""
        rule = self.rules[name]
        if isinstance(rule, typed.Rule):
            return set(evaluate(rule, self.data, instant))
        asked = [list(self.asked(rule, other, instant)) for other in rule.names]
        if rule.left is not None:
            own = list(evaluate(rule.left, self.data, instant))
            return set(own) if rule.shape == "unless" else set(_join(own, asked[0]))
        return set(asked[0]) if len(asked) == 1 else set(_join(*asked))

    def asked(self, rule: Asking, other: str, instant: Nanoseconds) -> Asked:
        """“The operand has x's label sets”: those that its series make, and those of alerts that fire without; “a tag that
        operands of the rule pin to different literal values is neither matched nor kept”."""
        pins = [set(self.pins(name)) for name in rule.names]
        dropped = frozenset(
            tag for tag, value in pins[0] for other_tag, v in pins[-1] if tag == other_tag and v != value
        )
        found = self.label_sets(other, instant) | (self.fires(other, instant) or frozenset())
        return {without(labels, dropped): labels for labels in sorted(found)}

    def pins(self, name: str) -> Labels:
        """“... and x's pinned tags”."""
        rule = self.rules[name]
        if isinstance(rule, typed.Rule):
            return tuple(sorted({pin for s in _selectors(rule.when) for pin in s.pins}))
        found = [pin for other in rule.names for pin in self.pins(other)]
        return tuple(sorted({pin for pin in found if all(pin[1] == v for tag, v in found if tag == pin[0])}))

    # ------------------------------------------------------------ truth

    def fires(self, name: str, time: Nanoseconds) -> frozenset[Labels] | None:
        """“x's state at its newest instant `<= T`”; None before its first."""
        past = [instant for instant in self.firing[name] if instant <= time]
        return self.firing[name][max(past)] if past else None

    def ask(self, rule: Asking, instant: Nanoseconds) -> dict[Labels, Verdict]:
        """What an instant says of a rule that asks about others."""
        own = {} if rule.left is None else evaluate(rule.left, self.data, instant)
        asked = {other: self.asked(rule, other, instant) for other in rule.names}
        found: dict[Labels, Verdict] = {}
        for labels in self.label_sets(rule.name, instant):
            left = own.get(labels)

            def says(time: Nanoseconds, labels: Labels = labels, left: Verdict | None = left) -> Truth:
                return self._says(rule, asked, labels, OTHER if left is None else left.condition, time)

            pending = says(instant)
            condition = self._for(rule, says, instant) if rule.hold else pending
            no_data = isinstance(pending, Unknown) and pending.no_data
            found[labels] = Verdict(condition, pending, negated(condition), no_data, (), ())
        return found

    def _says(
        self, rule: Asking, asked: Mapping[str, Asked], labels: Labels, left: Truth, time: Nanoseconds
    ) -> Truth:
        def matching(other: str) -> Iterable[Labels]:
            rows = asked[other]
            if rule.shape == "unless":  # it makes no label sets: any that matches
                return [alert for row, alert in rows.items() if _match(row, labels)]
            own = [row for row in rows if set(row) <= set(labels)]
            return [rows[max(own, key=lambda row: (len(row), row))]] if own else []

        def is_firing(other: str) -> Truth:
            """“True if a matching alert fires, else false.”"""
            fires = self.fires(other, time)
            return OTHER if fires is None else any(alert in fires for alert in matching(other))

        first = is_firing(rule.first)
        match rule.shape:
            case "firing":
                return first
            case "not firing":
                return negated(first)
            case "both":
                return all_of([first, is_firing(rule.second)])
            case "beside":
                return all_of([left, negated(first)])
            case "unless":
                return all_of([left, first is not True])
        raise AssertionError(rule.shape)

    @staticmethod
    def _for(rule: Asking, says: Callable[[Nanoseconds], Truth], instant: Nanoseconds) -> Truth:
        """“... and every instant of the rule for `is firing`.”"""
        ends = [says(instant - rule.hold + 1), says(instant)]
        between = instants_between(rule.every, instant - rule.hold, instant)
        if False in ends or any(says(moment) is False for moment in between):
            return False
        unknown = [end for end in ends if isinstance(end, Unknown)]
        return Unknown.of(unknown) if unknown else True


def _selectors(condition: typed.Condition) -> list[typed.Selector]:
    return list(selectors_of(condition))
