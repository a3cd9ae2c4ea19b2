"""A condition as Flux that storage can run: the series for which it is true at the instant `at`.

Every stream here is a table for each tag set, of one row. Truth is a row with the value 1; ``and`` is the union whose rows sum up to
the number of operands. That is sound for what is *true* (unknown and false both have no row), so ``not`` of anything but a
comparison cannot be said. Every read is reduced in storage; where a condition needs the points themselves, the engine decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from alertdsl.backends.flux.edges import ago, calendar_edges
from alertdsl.backends.flux.expression import NotInFlux, arithmetic, comparison, guards, leaves
from alertdsl.backends.flux.histogram import bucket_increases, known_quantile, quantile_of
from alertdsl.backends.flux.literals import fregex, fstr
from alertdsl.backends.flux.predicates import all_of, matcher_predicate, stream_predicate
from alertdsl.backends.flux.query import value_predicate
from alertdsl.plan.reads import Reducer, held_reads
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf
from alertdsl.semantics.tree import leaves as leaves_of
from alertdsl.semantics.typed import Condition, Selector, Value
from alertdsl.semantics.walk import children

_PUSHED = {
    "avg": "mean",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "count": "count",
    "first": "first",
    "last": "last",
}
_GROUPED = frozenset({"sum", "min", "max", "count"})


@dataclass
class ConditionWriter:
    """Writes one condition.

    `statements` are the assignments that the result refers to.
    """

    prefix: str
    default_bucket: str = ""
    statements: list[str] = field(default_factory=list)
    # The measurement stays: `map` to a constant loses the row of a table that has no other column.
    drop: tuple[str, ...] = ("_start", "_stop", "_time", "_field")

    def write(self, condition: Condition) -> str:
        """The stream of the tag sets for which the condition is true. Raises NotInFlux."""
        _check(condition)
        self.drop += _split_pins(condition)
        return self._truth(condition)

    def _truth(self, node: Condition) -> str:
        match node:
            case typed.Compare():
                return f"{self._compared(node)}\n  |> {_TRUE}"
            case typed.Matches() | typed.Not(typed.Matches()):
                return self._matching(node)
            case typed.And(items):
                return self._all([self._named(self._truth(item)) for item in items])
            case typed.Or(items):
                names = [self._named(self._truth(item)) for item in items]
                return f"union(tables: [{', '.join(names)}])\n  |> max()"
            case typed.Unless(left, right):
                kept, taken = self._named(self._truth(left)), self._named(self._truth(right))
                against = f"{taken} |> map(fn: (r) => ({{r with _value: -1}}))"
                return (
                    f"union(tables: [{kept}, {against}])\n  |> sum()\n  |> filter(fn: (r) => r._value == 1)"
                )
            case typed.For():
                return self._held(node)
            case typed.Missing(selector, duration, None):
                newest = self._read(selector, Reducer.LAST, max(selector.memory, selector.staleness))
                late = f"filter(fn: (r) => r._time < {ago(duration)})"
                return f"{newest}\n  |> {late}\n  |> {self._dropped()}\n  |> {_TRUE}"
        raise NotInFlux(_words(node))

    def _all(self, names: list[str]) -> str:
        enough = f"filter(fn: (r) => r._value == {len(names)})"
        return f"union(tables: [{', '.join(names)}])\n  |> sum()\n  |> {enough}\n  |> {_TRUE}"

    def _held(self, node: typed.For) -> str:
        """``x > c for D``: true just after ``T - D`` and at ``T``, and no point between violates it."""
        reads = held_reads(node)
        compare = node.operand
        if (
            reads is None
            or not isinstance(compare, typed.Compare)
            or not isinstance(compare.left, typed.Current)
        ):
            raise NotInFlux("`for` over this condition needs the points themselves")
        selector = compare.left.selector
        holds = comparison(compare.op, "r._value", compare.right)
        before, *within, _ = reads
        streams = []
        for start, stop in ((before.start, before.stop), (selector.staleness, 0)):
            value = self._read(selector, Reducer.LAST, start, stop)
            streams.append(
                self._named(f"{value}\n  |> filter(fn: (r) => {holds})\n  |> {self._dropped()}\n  |> {_TRUE}")
            )
        for read in within:
            where = None if read.where is None else value_predicate(read.where)
            points = self._read(selector, read.reducer, read.start, read.stop, where)
            # A count is of violating points; an extreme violates where the comparison fails for it.
            violates = (
                "r._value > 0" if where else comparison(_OPPOSITE[compare.op], "r._value", compare.right)
            )
            against = f"filter(fn: (r) => {violates})\n  |> {self._dropped()}\n  |> map(fn: (r) => ({{r with _value: -9}}))"
            streams.append(self._named(f"{points}\n  |> {against}"))
        enough = "filter(fn: (r) => r._value == 2)"
        return f"union(tables: [{', '.join(streams)}])\n  |> sum()\n  |> {enough}\n  |> {_TRUE}"

    def _matching(self, node: typed.Matches | typed.Not) -> str:
        """A pattern found, or not found, in what is there; without a value there is no row either way."""
        inner = node.operand if isinstance(node, typed.Not) else node
        assert isinstance(inner, typed.Matches)
        op = "!~" if isinstance(node, typed.Not) else "=~"
        found = f"filter(fn: (r) => r._value {op} {fregex(inner.pattern)})"
        # `drop` comes last: it makes Flux forget that the values were text, which a union with others would not allow.
        return f"{self._leaf(inner.operand)}\n  |> {found}\n  |> {self._dropped()}\n  |> {_TRUE}"

    def _compared(self, node: typed.Compare) -> str:
        found = list(dict.fromkeys((*leaves(node.left), *leaves(node.right))))
        if not found:
            raise NotInFlux("the condition reads nothing")
        if len(found) == 1 and node.left == found[0] and isinstance(node.right, typed.Const):
            holds = comparison(node.op, "r._value", node.right)
            return f"{self._leaf(found[0])}\n  |> filter(fn: (r) => {holds})"
        columns = {leaf: f"v{i}" for i, leaf in enumerate(found)}
        marked = []
        for leaf, column in columns.items():
            mark = f'set(key: "_leaf", value: "{column}")\n  |> set(key: "_row", value: "")'
            marked.append(self._named(f"{self._leaf(leaf)}\n  |> toFloat()\n  |> {mark}"))
        pivot = 'pivot(rowKey: ["_row"], columnKey: ["_leaf"], valueColumn: "_value")'
        terms = [f"exists r.{column}" for column in columns.values()]
        terms += [*guards(node.left, columns), *guards(node.right, columns)]
        terms.append(f"{arithmetic(node.left, columns)} {node.op} {arithmetic(node.right, columns)}")
        # A leaf without any row makes no column, which a filter takes for null.
        joined = f"union(tables: [{', '.join(marked)}])" if len(marked) > 1 else marked[0]
        whole = f"{joined}\n  |> {pivot}\n  |> filter(fn: (r) => {' and '.join(terms)})"
        return f'{whole}\n  |> drop(columns: ["_row"])'

    def _leaf(self, leaf: Value) -> str:
        """The value of each series (or group) as a table of one row."""
        match leaf:
            case typed.Current(selector, shift):
                read = self._read(selector, Reducer.LAST, shift + selector.staleness, shift)
                return f"{read}\n  |> {self._dropped()}"
            case typed.Window(function, selector, window, group, None, shift) if function in _PUSHED:
                return self._window(function, self._source(selector, shift + window, shift), selector, group)
            case typed.CalendarWindow(function, selector, calendar, group, None) if function in _PUSHED:
                source = self._between(selector, *calendar_edges(calendar))
                return self._window(function, source, selector, group)
            case typed.Extreme(function, selector, window, shift):
                edge = shift + window - 1
                before = self._named(
                    f"{self._read(selector, Reducer.LAST, edge + selector.staleness, edge)}\n  |> {self._dropped()}"
                )
                reducer = Reducer.MIN if function == "min" else Reducer.MAX
                inside = self._named(
                    f"{self._read(selector, reducer, shift + window, shift)}\n  |> {self._dropped()}"
                )
                return f"union(tables: [{before}, {inside}])\n  |> {function}()"
            case typed.Histogram(selector=selector, window=window, shift=shift, calendar=None):
                start = shift + window
                before = self._named(self._read(selector, Reducer.LAST, start + selector.staleness, start))
                within = self._named(self._source(selector, start, shift))
                counted = self._named(bucket_increases(leaf, before, within))
                quantile, whole = (self._named(pipe) for pipe in quantile_of(leaf, counted, self.drop))
                return known_quantile(quantile, whole)
        raise NotInFlux(_words(leaf))

    def _window(self, function: str, source: str, selector: Selector, group: typed.Group | None) -> str:
        if group is None:
            reduced = f"{source}\n  |> {_PUSHED[function]}()\n  |> {self._dropped()}"
            return self._with_zeros(reduced, selector) if function == "count" else reduced
        tags = ["_measurement", *sorted({*group.tags, *(tag for tag, _ in selector.pins)})]
        if function == "count":
            nothing = self._row_of_nothing(selector) if not group.tags else None
            source = self._with_zeros(f"{source}\n  |> count()\n  |> {self._dropped()}", selector, nothing)
            function = "sum"
        if function in _GROUPED:
            columns = ", ".join(map(fstr, tags))
            kept = ", ".join(map(fstr, [*tags, "_value"]))
            return (
                f"{source}\n  |> group(columns: [{columns}])\n  |> {function}()\n  |> keep(columns: [{kept}])"
            )
        raise NotInFlux(f"`{function}` over a group is a sum and a count, divided")

    def _with_zeros(self, counts: str, selector: Selector, *more: str | None) -> str:
        """Counts, and zero for the series that are known but have no points in the window."""
        known = self._read(selector, Reducer.LAST, max(selector.memory, selector.staleness))
        zeros = f"{known}\n  |> {self._dropped()}\n  |> map(fn: (r) => ({{r with _value: 0}}))"
        parts = [self._named(part) for part in (counts, zeros, *more) if part]
        return f"union(tables: [{', '.join(parts)}])\n  |> sum()"

    @staticmethod
    def _row_of_nothing(selector: Selector) -> str:
        """A group of all series is there even where none is known."""
        row = {"_measurement": selector.measurement, **dict(selector.pins)}
        columns = ", ".join(f"{fstr(name)}: {fstr(value)}" for name, value in row.items())
        grouped = f"group(columns: [{', '.join(map(fstr, row))}])"
        return f"array.from(rows: [{{{columns}, _value: 0}}])\n  |> {grouped}"

    def _read(
        self, selector: Selector, reducer: Reducer, start: int, stop: int = 0, where: str | None = None
    ) -> str:
        source = self._source(selector, start, stop)
        filtered = f"{source}\n  |> filter(fn: (r) => {where})" if where else source
        return f"{filtered}\n  |> {reducer}()"

    def _source(self, selector: Selector, start: int, stop: int) -> str:
        return self._between(selector, ago(start), ago(stop))

    def _between(self, selector: Selector, start: str, stop: str) -> str:
        named = stream_predicate(selector.measurement, selector.field)
        series = all_of([named, *(matcher_predicate(m) for m in selector.matchers)])
        return "\n  |> ".join(
            [
                f"from(bucket: {fstr(selector.bucket or self.default_bucket)})",
                f"range(start: {start}, stop: {stop})",
                f"filter(fn: (r) => {series})",
            ]
        )

    def _dropped(self) -> str:
        return f"drop(columns: [{', '.join(map(fstr, self.drop))}])"

    def _named(self, stream: str) -> str:
        name = f"{self.prefix}{len(self.statements) + 1}"
        self.statements.append(f"{name} = {stream}")
        return name


_TRUE = "map(fn: (r) => ({r with _value: 1}))"
_OPPOSITE = {"==": "!=", "!=": "==", ">": "<=", "<=": ">", "<": ">=", ">=": "<"}


def _selectors(node: Condition | Value) -> Iterator[tuple[Selector, typed.Group | None]]:
    match node:
        case typed.Current(selector) | typed.Extreme(_, selector):
            yield selector, None
        case typed.Window(_, selector, _, group) | typed.Delta(_, selector, _, group):
            yield selector, group
        case (
            typed.Histogram(selector=selector, group=group)
            | typed.CalendarWindow(selector=selector, group=group)
        ):
            yield selector, group
        case typed.Missing(selector, _, group):
            yield selector, group
        case typed.And(items) | typed.Or(items):
            for item in items:
                yield from _selectors(item)
        case typed.Compare(_, left, right) | typed.Arithmetic(_, left, right) | typed.Unless(left, right):
            yield from _selectors(left)
            yield from _selectors(right)
        case typed.Not(operand) | typed.For(operand) | typed.Absolute(operand) | typed.Combined(_, operand):
            yield from _selectors(operand)
        case typed.Matches(operand):
            yield from _selectors(operand)
        case typed.Function(_, arguments):
            for argument in arguments:
                yield from _selectors(argument)


def _check(condition: Condition) -> None:
    """Refuse what InfluxDB does not know, and what rows cannot match as labels do."""
    for asked in _asked(condition):
        raise NotInFlux(_words(asked))
    found = list(_selectors(condition))
    if any(selector.series_key is not None for selector, _ in found):
        raise NotInFlux("the catalog's series_key joins series whose other tags change")
    if any(group is not None and group.kind == "across" for _, group in found):
        raise NotInFlux("`across` groups by the tags that a series happens to have")
    if len(found) > 1 and len({s.measurement for s, _ in found}) > 1:
        raise NotInFlux("its operands are of several measurements, whose tags the engine matches")
    if len({group for _, group in found}) > 1:
        raise NotInFlux("its operands are grouped differently, the engine matches their labels")
    if any(group is not None and selector.expect for selector, group in found) or any(
        leaf.selector.expect for leaf in leaves_of(condition) if _is_of_silence(leaf)
    ):
        raise NotInFlux("expected values of tags count as series")


def _is_of_silence(leaf: Leaf) -> bool:
    """Whether a leaf says something of a series without points."""
    counted = isinstance(leaf, typed.Window | typed.CalendarWindow) and leaf.function == "count"
    return isinstance(leaf, typed.Missing) or counted


def _asked(node: Condition) -> Iterator[typed.Firing]:
    """The mentions of other rules."""
    if isinstance(node, typed.Firing):
        yield node
    for child in children(node):
        yield from _asked(child)


def _split_pins(condition: Condition) -> tuple[str, ...]:
    """Tags that operands pin to different values: neither matched nor kept."""
    pins: dict[str, set[str]] = {}
    for selector, _ in _selectors(condition):
        for tag, value in selector.pins:
            pins.setdefault(tag, set()).add(value)
    return tuple(sorted(tag for tag, values in pins.items() if len(values) > 1))


def _words(node: Condition | Value) -> str:
    match node:
        case typed.Not():
            return "`not` has to tell false from unknown"
        case typed.Delta(function):
            return f"`{function}` looks at the steps between points"
        case typed.Window(function) | typed.CalendarWindow(function):
            return f"`{function}` needs the points themselves"
        case typed.Combined():
            return "values of several series are combined at the instant"
        case typed.Missing():
            return "a group is missing when none of its known series has a point"
        case typed.Firing(rule):
            return f"how the alerts of the rule {rule} stand is in the engine's store, not in InfluxDB"
        case typed.Function(name):
            return f"`{name}` of a value that may be unknown"
    return next(
        (words for kinds, words in _WHY if isinstance(node, kinds)), "the points themselves decide it"
    )


_WHY: tuple[tuple[tuple[type, ...], str], ...] = (
    ((typed.HeldFor,), "how long it held in all is added up between the points"),
    ((typed.HeldPoints,), "the newest points are looked at one by one"),
    ((typed.For,), "it is looked at after every point and at every instant"),
    ((typed.Otherwise,), "`else` takes the place of an unknown value"),
    ((typed.Absent,), "`is absent` is true without any row"),
    ((typed.Quantified,), "of how many tag values it holds is counted, unknown ones apart"),
    ((typed.Distinct,), "the values of a tag are counted among series that have a value"),
    ((typed.Counted,), "points that pass a test are counted, and none is 0 for a known series"),
    ((typed.Crosses, typed.CrossedPoints), "each point is compared with the one before it"),
    ((typed.Changes, typed.Steps), "each point is compared with the one before it"),
    ((typed.Trend, typed.Line, typed.Slope), "a line is laid through the points"),
    ((typed.Integral,), "the area under the points is added up"),
    ((typed.Baseline,), "the window ends where the newest value is"),
    ((typed.Histogram,), "the increases of the buckets are added up"),
    ((typed.Clock,), "the age of a time stamp depends on the instant"),
    ((typed.Lookup,), "the bound is a table by a tag"),
    ((typed.Matches,), "text is matched by the engine"),
)
"""Why the engine decides what holds one of these."""
