"""Strategies for typed rules of all that is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from hypothesis import strategies as st

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Condition, Group, Matcher, Selector, Value
from tests.properties.case import Case
from tests.properties.schema import EVERY, LENGTHS, MEMORY, SPAN, START, STREAMS, TEXTS, THRESHOLDS, Stream
from tests.properties.series_strategy import seldom, series_of, without_simultaneous
from tests.reference.labels import children

_ORDERS: tuple[typed.CompareOp, ...] = (">", ">=", "<", "<=", "==", "!=")
_EQUALITIES: tuple[typed.CompareOp, ...] = ("==", "!=")
_MATCH: tuple[typed.MatchOp, ...] = ("=", "=", "!=", "=~", "!~")

_SIGNS: tuple[typed.ArithmeticOp, ...] = ("+", "-", "*", "/")
_WINDOWS: tuple[typed.WindowFunction, ...] = (
    "avg", "sum", "min", "max", "count", "percentile", "stddev", "first", "last",
)  # fmt: skip
_COMBINED: tuple[typed.WindowFunction, ...] = ("avg", "sum", "min", "max", "count", "percentile", "stddev")
_DELTAS: tuple[typed.DeltaFunction, ...] = ("rate", "increase", "change", "percent change")
_SHIFTS = (0, 0, 0, 0, LENGTHS[1], LENGTHS[2])


Metric = tuple[Stream, Selector]
T = TypeVar("T")


@dataclass(frozen=True)
class Drawer:
    """Draws the parts of one rule: a metric's staleness, filters and expected series are the same all through it."""

    draw: st.DrawFn
    metrics: tuple[Metric, ...]

    def one(self, *choices: T) -> T:
        """One of these."""
        return self.draw(st.sampled_from(choices))

    def metric(self, *, numeric: bool = True) -> Metric:
        """A metric of the rule."""
        return self.one(*(m for m in self.metrics if m[0].numeric or not numeric))

    def group(self, tags: tuple[str, ...]) -> Group:
        """A grouping by some of these tags."""
        kinds = [
            Group("by"),
            *(Group("by", (tag,)) for tag in tags),
            *(Group("across", (tag,)) for tag in tags),
        ]
        return self.one(*kinds)

    # ------------------------------------------------------------ values

    def leaf(self, *, grouped: bool = True) -> Value:
        """A numeric value of series."""
        stream, selector = self.metric()
        shift = self.one(*_SHIFTS)
        kind = self.one("current", "current", "window", "window", "delta")
        if kind == "current":
            return typed.Current(selector, shift)
        window = self.one(*LENGTHS)
        group = self.group(stream.tags) if grouped and self.one(False, True) else None
        if kind == "delta":
            function = self.one(*_DELTAS)
            group = None if function == "percent change" else group
            return typed.Delta(function, selector, window, group, self.one(typed.SECOND, typed.MINUTE), shift)
        aggregate = self.one(*_WINDOWS)
        quantile = self.one(0.25, 0.5, 0.9) if aggregate == "percentile" else None
        return typed.Window(aggregate, selector, window, group, quantile, shift)

    def arithmetic(self, *, grouped: bool = True) -> Value:
        """Leaves combined."""
        right = self.leaf(grouped=grouped) if self.one(False, True) else typed.Const(self.one(*THRESHOLDS))
        made = typed.Arithmetic(self.one(*_SIGNS), self.leaf(grouped=grouped), right)
        return typed.Absolute(made) if self.one(False, False, True) else made

    def combined(self) -> Value:
        """An aggregate of the values at ``T``."""
        operand = self.one(self.leaf, self.leaf, self.arithmetic)(grouped=False)
        function = self.one(*_COMBINED)
        group = self.group(("host", "region"))
        return typed.Combined(function, operand, group, 0.5 if function == "percentile" else None)

    def value(self) -> Value:
        """A numeric value."""
        return self.one(self.leaf, self.leaf, self.leaf, self.arithmetic, self.combined)()

    # ------------------------------------------------------------ conditions

    def comparison(self) -> Condition:
        """A comparison of numbers."""
        right = self.one(lambda: typed.Const(self.one(*THRESHOLDS)), lambda: typed.Const(1.0), self.value)()
        return typed.Compare(self.one(*_ORDERS), self.value(), right)

    def plain(self) -> Condition:
        """``x op literal``: what the storage decides by itself under a ``for``; of text and booleans too."""
        stream, selector = self.metric(numeric=False)
        value = typed.Current(selector, self.one(*_SHIFTS))
        if stream.type == "string":
            return typed.Compare(self.one(*_EQUALITIES), value, typed.Const(self.one(*TEXTS)))
        if stream.type == "boolean":
            return typed.Compare(self.one(*_EQUALITIES), value, typed.Const(self.one(False, True)))
        return typed.Compare(self.one(*_ORDERS), value, typed.Const(self.one(*THRESHOLDS)))

    def moves(self) -> Condition:
        """``x rises by d within W`` in its normal form; falls is the mirror."""
        _, selector = self.metric()
        function: Literal["min", "max"] = self.one("min", "max")
        now, extreme = typed.Current(selector), typed.Extreme(function, selector, self.one(*LENGTHS))
        sides = (now, extreme) if function == "min" else (extreme, now)
        return typed.Compare(">=", typed.Arithmetic("-", *sides), typed.Const(self.one(0.5, 1.0)))

    def missing(self) -> Condition:
        """``x is missing for D``."""
        stream, selector = self.metric(numeric=False)
        group = self.group(stream.tags) if self.one(False, False, True) else None
        return typed.Missing(selector, self.one(*LENGTHS), group)

    def atom(self) -> Condition:
        """A condition without ``and``, ``or``, ``not``, ``unless`` and ``for``."""
        return self.one(self.comparison, self.comparison, self.plain, self.plain, self.moves, self.missing)()

    def condition(self, depth: int = 2) -> Condition:
        """Any condition."""
        kind = self.one("atom", "for", "for", "and", "or", "not", "unless") if depth else "atom"
        match kind:
            case "for":
                return typed.For(self.condition(self.one(0, 0, depth - 1)), self.one(*LENGTHS))
            case "and":
                return typed.And(flat(typed.And, self._two_or_three(depth - 1)))
            case "or":
                return typed.Or(flat(typed.Or, self._two_or_three(depth - 1)))
            case "not":
                return typed.Not(self.condition(depth - 1))
            case "unless":
                return typed.Unless(self.condition(depth - 1), self.condition(depth - 1))
        return self.atom()

    def _two_or_three(self, depth: int) -> tuple[Condition, ...]:
        return tuple(self.condition(depth) for _ in range(self.one(2, 2, 3)))


def flat(kind: type[typed.And | typed.Or], items: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The items, those of inner nodes of the kind taken out of them."""
    return tuple(part for item in items for part in (item.items if isinstance(item, kind) else (item,)))


@st.composite
def _selector(draw: st.DrawFn, stream: Stream) -> Selector:
    filters: list[Matcher] = []
    if seldom(draw, 4) and stream.tags:
        tag = draw(st.sampled_from(stream.tags))
        value = draw(st.sampled_from(sorted({dict(labels).get(tag, "a") for labels in stream.tag_sets})))
        op = draw(st.sampled_from(_MATCH))
        filters = [Matcher(tag, op, value if op in ("=", "!=") else f"^({value}|zz)$")]
    expect: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if seldom(draw, 8) and "host" in stream.tags:
        expect = (("host", ("a", "z")),)
    return Selector(
        bucket="",
        measurement=stream.measurement,
        field=stream.field,
        field_type=stream.type,
        matchers=tuple(filters),
        series_key=stream.key,
        staleness=draw(st.sampled_from(LENGTHS)),
        memory=MEMORY,
        expect=expect,
        metric=f"{stream.measurement} {stream.field}",
    )


def unhurried(condition: Condition) -> Condition:
    """The condition with every ``for`` removed."""
    match condition:
        case typed.For(operand, _):
            return unhurried(operand)
        case typed.And(items):
            return typed.And(flat(typed.And, tuple(unhurried(item) for item in items)))
        case typed.Or(items):
            return typed.Or(flat(typed.Or, tuple(unhurried(item) for item in items)))
        case typed.Not(operand):
            return typed.Not(unhurried(operand))
        case typed.Unless(left, right):
            return typed.Unless(unhurried(left), unhurried(right))
    return condition


def _base_for(condition: Condition) -> int:
    items = condition.items if isinstance(condition, typed.And) else (condition,)
    return max((item.duration for item in items if isinstance(item, typed.For)), default=0)


def _values(node: Condition | Value) -> Iterator[Value]:
    if isinstance(node, typed.Compare):
        yield node.left
    for child in children(node):
        yield from _values(child)


@st.composite
def rules(draw: st.DrawFn, streams: tuple[Stream, ...], *, ladder: bool = True) -> typed.Rule:
    """A rule over some streams."""
    parts = Drawer(draw, tuple((stream, draw(_selector(stream))) for stream in streams))
    when = parts.condition()
    recover = parts.condition(1) if ladder and seldom(draw, 4) else None
    rungs: tuple[typed.Rung, ...] = ()
    if ladder and seldom(draw, 4):
        own = parts.condition(0) if draw(st.booleans()) else None
        rungs = (typed.Rung("critical", parts.condition(1), own),)
    return typed.Rule(
        name="generated",
        text="",
        when=when,
        pending=unhurried(when),
        recover=recover,
        rungs=rungs,
        base_for=_base_for(when),
        every=typed.Every(draw(st.sampled_from(EVERY))),
        subject=next(_values(when), None),
    )


@st.composite
def cases(draw: st.DrawFn, *, storable: bool = False, ladder: bool = True) -> Case:
    """A rule, its series, and the instants; `storable` leaves out what InfluxDB cannot hold."""
    streams = tuple(draw(st.lists(st.sampled_from(STREAMS), min_size=1, max_size=2, unique=True)))
    if not any(stream.numeric for stream in streams):
        streams = (*streams, STREAMS[0])
    rule = draw(rules(streams, ladder=ladder))
    series = [one for stream in streams for one in draw(series_of(stream, storable=storable))]
    # What several points of one series at one time mean is left open.
    series = without_simultaneous(series, {stream.measurement: stream.key for stream in streams})
    every = rule.every.interval
    return Case(rule, tuple(series), tuple(range(START, START + SPAN + 1, every)))
