"""Strategies for conditions of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from alertdsl.semantics import typed
from alertdsl.semantics.indicators import counted
from alertdsl.semantics.typed import SECOND, Condition, Group
from tests.properties.schema import LENGTHS
from tests.properties.value_strategy import ORDERS, Values, compare
from tests.reference.nodes import operands

_QUANTITIES = (">=", ">=", ">", "<", "<=", "==", "all", "any", "no")
_STEEP = (0.0, 0.0, 0.013, -1.7)
"""Bounds of slopes, none of which is met by accident but zero."""

Direction = Literal["above", "below"]


class Conditions(Values):
    """Draws conditions."""

    def atom(self) -> Condition:
        """A condition without others in it."""
        choices: list[tuple[int, Callable[[], Condition]]] = [
            (5, self.comparison),
            (5, self.plain),
            (1, self.moves),
            (1, self.missing),
            (1, self.absent),
            (2, self.crosses),
            (1, self.trend),
            (1, self.changes),
            (1, self.growing),
            (1, self.against_its_past),
            (1, self.held_points),
            (2, self.series_counted),
        ]
        if any(stream.moments for stream, _ in self.metrics):
            choices.append((5, self.aged))
        if any(stream.type == "string" for stream, _ in self.metrics):
            choices.append((4, self.matches))
        return self.weighted(*choices)

    def comparison(self) -> Condition:
        """A comparison of numbers."""
        right = self.weighted((4, self.bound), (1, self.value))
        return typed.Compare(self.one(*ORDERS), self.value(), right)

    def plain(self) -> Condition:
        """``x op literal``: what the storage decides by itself under a ``for``; of text and booleans too."""
        stream, selector = self.metric()
        if stream.moments:
            return self.aged()
        op, literal = self.test_of(stream)
        return compare(op, typed.Current(selector, self.shift()), literal)

    def series_counted(self) -> Condition:
        """``count of (C) by tags > n``."""
        parts = tuple(self.weighted((3, self.comparison), (3, self.plain)) for _ in range(self.one(1, 1, 2)))
        joined: Condition = parts[0] if len(parts) == 1 else self.one(typed.And, typed.Or)(parts)
        inner = self.one(joined, joined, typed.Not(joined))
        stream, _ = self.one(*self.metrics)
        count = counted(inner, self.group(stream.tags))
        return compare(self.one(*ORDERS), count, self.one(0.0, 1.0, 2.0))

    def aged(self) -> Condition:
        """``age of x > c``."""
        return compare(self.one(*ORDERS), self.age(), self.one(0.0, 30.0, 60.0, 120.0, 150.0))

    def matches(self) -> Condition:
        """``x matches "..."``."""
        _, selector = self.one(*(m for m in self.metrics if m[0].type == "string"))
        pattern = self.one("o", "^d", "é$", "^$", "^(ok|down)$", "x")
        return typed.Matches(typed.Current(selector, self.shift()), pattern)

    def moves(self) -> Condition:
        """``x rises by d within W`` in its normal form; falls is the mirror."""
        _, selector = self.number()
        function: Literal["min", "max"] = self.one("min", "max")
        now, extreme = typed.Current(selector), typed.Extreme(function, selector, self.length())
        sides = (now, extreme) if function == "min" else (extreme, now)
        return compare(">=", typed.Arithmetic("-", *sides), self.one(0.5, 1.0))

    def against_its_past(self) -> Condition:
        """``x > 2 times its D average``, ``x deviates by 2 sigma from its D average``."""
        _, selector = self.number()
        length, now = self.length(), typed.Current(selector)
        middle, spread = self.one(("avg", "stddev"), ("median", "mad"))
        past = typed.Baseline(middle, selector, length)  # type: ignore[arg-type]
        if self.one(False, True):
            factor = typed.Const(self.one(0.5, 2.0))
            return typed.Compare(self.one(">", "<="), now, typed.Arithmetic("*", past, factor))
        sigma = typed.Baseline(spread, selector, length)  # type: ignore[arg-type]
        far = typed.Arithmetic("*", sigma, typed.Const(self.one(0.5, 1.5)))
        return typed.Compare(">", typed.Absolute(typed.Arithmetic("-", now, past)), far)

    def growing(self) -> Condition:
        """``x is growing for D``, or a slope against a number."""
        slope = typed.Slope(self.number()[1], self.length(), SECOND, self.shift())
        return compare(self.one(">", "<"), slope, self.one(*_STEEP))

    def missing(self) -> Condition:
        """``x is missing for D``."""
        stream, selector = self.metric()
        group = self.group(stream.tags) if self.one(False, False, True) else None
        return typed.Missing(selector, self.length(), group)

    def absent(self) -> Condition:
        """``x is absent``."""
        return typed.Absent(self.metric()[1])

    def crosses(self) -> Condition:
        """``x crosses above c``: of a metric by its points, of anything else by two looks."""
        direction: Direction = self.one("above", "below")
        operand = self.weighted((2, self.current), (1, self.value))
        return typed.Crosses(operand, direction, self.weighted((3, self.bound), (1, self.leaf)))

    def trend(self) -> Condition:
        """``x will fall below c within H at its W trend``."""
        direction: Direction = self.one("above", "below")
        bound = self.weighted((4, self.bound), (1, self.current))
        return typed.Trend(self.number()[1], direction, bound, self.length(), self.length())

    def changes(self) -> Condition:
        """``x changes more than N times within W``."""
        op: typed.CompareOp = self.one(">", ">=", "<", "==")
        return typed.Changes(self.metric()[1], op, self.one(0, 1, 2), self.length())

    def held_points(self) -> Condition:
        """``C for N points`` of one metric."""
        stream, selector = self.metric()
        shift = self.shift()
        items = []
        for _ in range(self.one(1, 1, 2)):
            op, literal = self.test_of(stream)
            items.append(compare(op, typed.Current(selector, shift), literal))
        operand: Condition = items[0]
        if len(items) > 1:
            operand = typed.And(tuple(items)) if self.one(False, True) else typed.Or(tuple(items))
        if self.one(False, False, True):
            operand = typed.Not(operand)
        return typed.HeldPoints(operand, self.one(1, 2, 3, 5))

    # ------------------------------------------------------------ of conditions

    def condition(self, depth: int = 2) -> Condition:
        """Any condition."""
        if not depth:
            return self.atom()
        choices: list[tuple[int, Callable[[], Condition]]] = [
            (2, self.atom),
            (3, lambda: typed.For(self.condition(self.one(0, 0, depth - 1)), self.length())),
            (2, lambda: self.held_for(depth)),
            (2, lambda: typed.And(flat(typed.And, self._two_or_three(depth - 1)))),
            (2, lambda: typed.Or(flat(typed.Or, self._two_or_three(depth - 1)))),
            (2, lambda: typed.Not(self.condition(depth - 1))),
            (1, lambda: typed.Unless(self.condition(depth - 1), self.condition(depth - 1))),
        ]
        if self.with_tags():
            choices.append((2, lambda: self.quantified(depth)))
        return self.weighted(*choices)

    def held_for(self, depth: int) -> Condition:
        """``C for E of D``."""
        duration = self.length()
        held = self.one(*(length for length in LENGTHS if length <= duration), duration // 2)
        return typed.HeldFor(self.condition(self.one(0, 0, depth - 1)), held, duration)

    def quantified(self, depth: int) -> Condition:
        """``at least 2 hosts by region have C``."""
        stream, _ = self.one(*self.with_tags())
        share = self.one(False, True)
        count = self.one(0.0, 50.0, 60.0, 100.0) if share else self.one(1.0, 1.0, 2.0, 3.0)
        op = self.one(*_QUANTITIES)
        if op in ("all", "any", "no"):
            share, count = op == "all", {"all": 100.0, "any": 1.0, "no": 0.0}[op]
        tag = self.one(*stream.tags)
        group = self.one(Group("by"), Group("by"), self.group(stream.tags))
        condition = self.condition(self.one(0, 0, depth - 1))
        if not any(operands(condition)):  # of what is absent, nothing has label sets to count
            return condition
        return typed.Quantified(op, count, share, tag, condition, group)  # type: ignore[arg-type]

    def _two_or_three(self, depth: int) -> tuple[Condition, ...]:
        return tuple(self.condition(depth) for _ in range(self.one(2, 2, 3)))


def flat(kind: type[typed.And | typed.Or], items: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The items, those of inner nodes of the kind taken out of them."""
    return tuple(part for item in items for part in (item.items if isinstance(item, kind) else (item,)))


def unhurried(condition: Condition) -> Condition:
    """The condition with every ``for`` removed."""
    match condition:
        case typed.For() | typed.HeldFor() | typed.HeldPoints():
            return unhurried(condition.operand)
        case typed.And(items):
            return typed.And(flat(typed.And, tuple(unhurried(item) for item in items)))
        case typed.Or(items):
            return typed.Or(flat(typed.Or, tuple(unhurried(item) for item in items)))
        case typed.Not(operand):
            return typed.Not(unhurried(operand))
        case typed.Unless(left, right):
            return typed.Unless(unhurried(left), unhurried(right))
        case typed.Quantified(op, count, share, tag, inner, group):
            return typed.Quantified(op, count, share, tag, unhurried(inner), group)
    return condition
