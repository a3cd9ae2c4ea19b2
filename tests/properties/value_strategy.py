"""Strategies for values of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, SECOND, Condition, Group, PointTest, Value
from tests.properties.drawing import Drawer
from tests.properties.schema import TEXTS, THRESHOLDS, Stream

ORDERS: tuple[typed.CompareOp, ...] = (">", ">", ">=", ">=", "<", "<", "<=", "<=", "==", "!=")
EQUALITIES: tuple[typed.CompareOp, ...] = ("==", "!=")
_SIGNS: tuple[typed.ArithmeticOp, ...] = ("+", "-", "*", "/")
_WINDOWS: tuple[typed.WindowFunction, ...] = (
    "avg", "sum", "min", "max", "count", "percentile", "stddev", "first", "last",
)  # fmt: skip
_COMBINED: tuple[typed.WindowFunction, ...] = ("avg", "sum", "min", "max", "count", "percentile", "stddev")
_DELTAS: tuple[typed.DeltaFunction, ...] = ("rate", "increase", "change", "percent change")
_FUNCTIONS: tuple[typed.MathFunction, ...] = ("round", "floor", "ceil", "sqrt", "log", "min", "max")


class Values(Drawer):
    """Draws values: what is compared."""

    def value(self) -> Value:
        """A number that changes."""
        choices: list[tuple[int, Callable[[], Value]]] = [
            (6, self.leaf),
            (2, self.arithmetic),
            (2, self.combined),
            (2, self.otherwise),
            (2, self.function),
        ]
        if self.with_tags():
            choices.append((2, self.distinct))
        if any(stream.buckets for stream, _ in self.metrics):
            choices.append((8, self.histogram))
        made: Value = self.one(*(make for weight, make in choices for _ in range(weight)))()
        return made

    def bound(self) -> Value:
        """What a value is compared with, where it is no other value: a number, or a table of them."""
        choices: list[tuple[int, Callable[[], Value]]] = [(5, self.constant), (1, self.table)]
        return self.weighted(*choices)

    def constant(self) -> typed.Const:
        """A number."""
        return typed.Const(self.one(*THRESHOLDS))

    def table(self) -> typed.Lookup:
        """``let limit by host = {...}``."""
        tag, values = self.one(("host", ("a", "b")), ("host", ("c",)), ("region", ("x", "z")))
        rows = tuple((value, self.constant()) for value in values)
        return typed.Lookup(tag, rows, self.one(None, self.constant()))

    # ------------------------------------------------------------ of series

    def leaf(self, *, grouped: bool = True) -> Value:
        """A numeric value of series."""
        return self.weighted(
            (4, self.current),
            (3, lambda: self.window(grouped=grouped)),
            (2, lambda: self.delta(grouped=grouped)),
            (1, lambda: self.counted(grouped=grouped)),
            (1, lambda: self.calendar(grouped=grouped)),
            (1, self.slope),
            (1, self.integral),
            (1, self.baseline),
        )

    def current(self) -> Value:
        """The value now, or some time ago."""
        return typed.Current(self.number()[1], self.shift())

    def some_group(self, stream: Stream, *, grouped: bool) -> Group | None:
        """No group at times."""
        return self.group(stream.tags) if grouped and self.one(False, True) else None

    def window(self, *, grouped: bool = True) -> Value:
        """An aggregate over a window."""
        stream, selector = self.number()
        function = self.one(*_WINDOWS)
        group = self.some_group(stream, grouped=grouped)
        return typed.Window(function, selector, self.length(), group, self._quantile(function), self.shift())

    def _quantile(self, function: str) -> float | None:
        return self.one(0.25, 0.5, 0.9) if function == "percentile" else None

    def delta(self, *, grouped: bool = True) -> Value:
        """A change or a rate."""
        stream, selector = self.number()
        function = self.one(*_DELTAS)
        group = None if function == "percent change" else self.some_group(stream, grouped=grouped)
        return typed.Delta(function, selector, self.length(), group, self.one(SECOND, MINUTE), self.shift())

    def counted(self, *, grouped: bool = True) -> Value:
        """``count of (x > c) over W``."""
        stream, selector = self.metric()
        tests = tuple(self._test(stream) for _ in range(self.one(1, 1, 2)))
        group = self.some_group(stream, grouped=grouped)
        return self._or_dated(typed.Counted(selector, tests, self.length(), group, self.shift()))

    def _test(self, stream: Stream) -> PointTest:
        op, literal = self.test_of(stream)
        return PointTest(op, literal)

    def test_of(self, stream: Stream) -> tuple[typed.CompareOp, float | str | bool]:
        """A comparison of a stream's values with a literal."""
        match stream.type:
            case "string":
                return self.one(*EQUALITIES), str(self.one(*TEXTS))
            case "boolean":
                return self.one(*EQUALITIES), self.one(False, True)
        return self.one(*ORDERS), self.one(*THRESHOLDS)

    def calendar(self, *, grouped: bool = True) -> Value:
        """``sum of x today``."""
        stream, selector = self.number()
        function = self.one(*_WINDOWS, *_DELTAS)
        group = None if function == "percent change" else self.some_group(stream, grouped=grouped)
        per = self.one(SECOND, MINUTE)
        quantile = self._quantile(function)
        return typed.CalendarWindow(function, selector, self._calendar(), group, quantile, per)

    def _calendar(self) -> typed.Calendar:
        kind = self.one("today", "today", "yesterday", "this week", "this month")
        return typed.Calendar(kind, self.zone())  # type: ignore[arg-type]

    def _or_dated(self, value: typed.AnyWindow) -> Value:
        """The value, or the same over a window of the calendar."""
        if self.one(False, False, False, True):
            return replace(value, window=0, shift=0, calendar=self._calendar())
        return value

    def slope(self) -> Value:
        """How steep the line through the points is, per 13 seconds: so that no bound but zero is met to the last bit."""
        return self._or_dated(typed.Slope(self.number()[1], self.length(), 13 * SECOND, self.shift()))

    def integral(self) -> Value:
        """The area below the points."""
        return self._or_dated(typed.Integral(self.number()[1], self.length(), MINUTE, self.shift()))

    def baseline(self) -> Value:
        """``its 1d average``."""
        statistic = self.one("avg", "max", "min", "median", "stddev", "mad")
        return typed.Baseline(statistic, self.number()[1], self.length())  # type: ignore[arg-type]

    def distinct(self) -> Value:
        """``distinct version of build info by job``."""
        stream, selector = self.one(*self.with_tags())
        tag = self.one(*stream.tags)
        return typed.Distinct(selector, tag, self.group(stream.tags), self.shift())

    def histogram(self) -> Value:
        """A percentile of buckets."""
        _, selector = self.one(*(m for m in self.metrics if m[0].buckets))
        group = self.one(None, Group("by"), Group("by", ("host",)), Group("across", ("host",)))
        quantile = self.one(0.25, 0.5, 0.9)
        return self._or_dated(typed.Histogram(quantile, selector, "le", self.length(), group, self.shift()))

    def age(self) -> Value:
        """``age of x`` and ``time until x``."""
        _, selector = self.one(*(m for m in self.metrics if m[0].moments))
        now, moment = typed.Clock(SECOND), typed.Current(selector)
        age, until = typed.Arithmetic("-", now, moment), typed.Arithmetic("-", moment, now)
        return self.one(age, until)

    # ------------------------------------------------------------ of values

    def arithmetic(self, *, grouped: bool = True) -> Value:
        """Two values, combined."""
        left = self.leaf(grouped=grouped)
        right = self.leaf(grouped=grouped) if self.one(False, True) else self.bound()
        made = typed.Arithmetic(self.one(*_SIGNS), left, right)
        return typed.Absolute(made) if self.one(False, False, True) else made

    def combined(self) -> Value:
        """An aggregate of the values at ``T``."""
        operand = self.weighted(
            (4, lambda: self.leaf(grouped=False)),
            (2, lambda: self.arithmetic(grouped=False)),
            (1, lambda: typed.Otherwise(self.leaf(grouped=False), self.constant())),
        )
        function = self.one(*_COMBINED)
        group = self.group(("host", "region"))
        return typed.Combined(function, operand, group, 0.5 if function == "percentile" else None)

    def otherwise(self) -> Value:
        """``x else c``."""
        operand = self.weighted((3, self.leaf), (1, self.arithmetic), (1, self.combined))
        return typed.Otherwise(operand, self.weighted((3, self.constant), (1, self.leaf), (1, self.table)))

    def function(self) -> Value:
        """``round(x)`` and its kin."""
        name = self.one(*_FUNCTIONS)
        if name in ("min", "max"):
            return typed.Function(name, (self.leaf(), self.weighted((1, self.leaf), (1, self.bound))))
        return typed.Function(name, (self.weighted((2, self.leaf), (1, self.arithmetic)),))


def compare(op: typed.CompareOp, left: Value, bound: float | str | bool) -> Condition:
    """``left op bound``."""
    return typed.Compare(op, left, typed.Const(bound))
