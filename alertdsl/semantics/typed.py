"""The typed rule: names looked up, units converted, `for` bound, percentages decided.

This is what the planner, every backend, the evaluator and the reference evaluator read; it holds no words of
the language any more. Durations and times are integers of nanoseconds. All nodes are frozen and hashable;
equal nodes mean the same.

Normal forms that the resolver makes, so that later stages have fewer cases:
  * ``x between a and b`` is ``And(x >= a, x <= b)``, ``outside`` is ``Or(x < a, x > b)``;
  * ``x rises by d within W`` is a comparison of ``Current(x) - Extreme(x, "min", W)`` (percent: of its
    absolute value);
  * a literal stands on the right of its comparison (``5 < x`` becomes ``x > 5``), already in the unit of the
    left side;
  * ``Not`` of a comparison is the opposite comparison (same truth in Kleene's logic), ``And``/``Or`` are
    flat;
  * ``... ago`` is the `shift` of the leaves below it;
  * a metric whose catalog entry is an `expression` is replaced by that expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Nanoseconds = int

SECOND: Nanoseconds = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FieldType = Literal["float", "integer", "unsigned", "string", "boolean", "number", "unknown"]
"""InfluxDB's field types; ``number`` where only that much is known, ``unknown`` without catalog or hint."""

MatchOp = Literal["=", "!=", "=~", "!~"]
CompareOp = Literal[">", ">=", "<", "<=", "==", "!="]
ArithmeticOp = Literal["+", "-", "*", "/"]
WindowFunction = Literal["avg", "sum", "min", "max", "count", "percentile", "stddev", "first", "last"]
DeltaFunction = Literal["rate", "increase", "change", "percent change"]
CalendarKind = Literal["today", "yesterday", "this week", "this month"]
MathFunction = Literal["round", "floor", "ceil", "sqrt", "log", "min", "max"]


@dataclass(frozen=True, slots=True, order=True)
class Matcher:
    """A condition on a tag. An absent tag counts as the empty string; regular expressions are unanchored, RE2
    syntax.

    A tag with an empty value and an absent tag are the same (as in InfluxDB, which drops empty tags).
    """

    tag: str
    op: MatchOp
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """The series that a metric's name stands for: measurement, field and tag conditions, with how to read
    them.

    Attributes:
        bucket: InfluxDB bucket, or the database of a SQL source; "" is the source's default.
        matchers: sorted, without duplicates; fixed tags of the catalog, entities and filters all end up here.
        series_key: tags that identify a series, or None: the whole tag set.
        staleness: how old the newest point may be for the value still to be known.
        memory: how long a series without points stays known.
        expect: values of tags that make a known series even before their first point: ``(("host", ("a",
            "b")),)``.
        metric: the metric's name as people write it, for messages.
        unit: unit of the stored values in canonical spelling, or None.
    """

    bucket: str
    measurement: str
    field: str
    field_type: FieldType = "unknown"
    matchers: tuple[Matcher, ...] = ()
    series_key: tuple[str, ...] | None = None
    staleness: Nanoseconds = 5 * MINUTE
    memory: Nanoseconds = DAY
    expect: tuple[tuple[str, tuple[str, ...]], ...] = ()
    metric: str = ""
    unit: str | None = None

    @property
    def pins(self) -> tuple[tuple[str, str], ...]:
        """Tags pinned to one literal value: they stay in the label set whatever the grouping."""
        return tuple((m.tag, m.value) for m in self.matchers if m.op == "=")


@dataclass(frozen=True, slots=True)
class Group:
    """``by`` these tags, ``across`` them (by all the others), or ``overall`` (kind by, no tags)."""

    kind: Literal["by", "across"]
    tags: tuple[str, ...] = ()


# ---------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Const:
    """A literal, in the unit of what it is compared or combined with."""

    value: float | str | bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A constant's place in a shape (`plan.shape`), where rules that differ in constants share a tree; never in a rule."""

    number: int


@dataclass(frozen=True, slots=True)
class Current:
    """The value of a series at ``T - shift``: its newest point in ``[T - shift - staleness, T - shift)``."""

    selector: Selector
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Window:
    """An aggregate of the points in ``[T - shift - window, T - shift)``: of each series, or of all points of
    a group's series."""

    function: WindowFunction
    selector: Selector
    window: Nanoseconds
    group: Group | None = None
    quantile: float | None = None
    """0 to 1, for ``percentile``."""
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """``rate``, ``increase``, ``change``, ``percent change`` over ``[T - shift - window, T - shift)``, per
    series; added in a group.

    `per` is the time unit of a rate in nanoseconds (per second unless written otherwise).
    """

    function: DeltaFunction
    selector: Selector
    window: Nanoseconds
    group: Group | None = None
    per: Nanoseconds = SECOND
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Extreme:
    """The lowest or highest value over ``[T - window, T)``, the value just after ``T - window`` included
    (rises/falls)."""

    function: Literal["min", "max"]
    selector: Selector
    window: Nanoseconds
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Combined:
    """Values at ``T`` of an expression combined over a group's series, those without a value skipped.

    ``max of queue depth overall``, ``max of (used / size) by host``, ``avg of rate of cpu time over 5m by
    host``.
    `count` counts the series that have a value.
    """

    function: WindowFunction
    operand: Value
    group: Group
    quantile: float | None = None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left op right``; unknown where an operand is unknown or a divisor is zero."""

    op: ArithmeticOp
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Absolute:
    """``abs(x)``."""

    operand: Value


@dataclass(frozen=True, slots=True)
class Function:
    """``round(x)``, ``floor``, ``ceil``, ``sqrt``, ``log``, and ``min(a, b)``, ``max(a, b)`` of two or more values.

    Unknown where an argument is; so are the root of a negative number and the logarithm (natural) of one that is not above
    zero. Halves are rounded away from zero.
    """

    name: MathFunction
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Otherwise:
    """``x else c``: the operand, or the default where it is unknown."""

    operand: Value
    default: Value


@dataclass(frozen=True, slots=True)
class PointTest:
    """A condition on one point: its value compared with a literal."""

    op: CompareOp
    value: float | str | bool


@dataclass(frozen=True, slots=True)
class Counted:
    """``count of (http code >= 500) over 1m``: the points of ``[T - shift - window, T - shift)`` that pass all tests.

    Like ``count`` it is 0 for a known series, and adds up over a group.
    """

    selector: Selector
    tests: tuple[PointTest, ...]
    window: Nanoseconds
    group: Group | None = None
    shift: Nanoseconds = 0
    calendar: Calendar | None = None
    """Takes the place of `window`, which is then 0."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """``distinct version of build info by job``: how many values of a tag the group's series with a value at ``T`` have."""

    selector: Selector
    tag: str
    group: Group
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Histogram:
    """``p95 of http latency over 5m`` of a metric whose series are cumulative buckets, their upper bounds in `bucket_tag`.

    Series equal in all other tags (with a group: in its tags) are one histogram; the increases of its buckets over
    ``[T - shift - window, T - shift)``, as in `Delta`, are added by bound and the percentile is interpolated linearly inside
    its bucket, the lowest of which begins at zero; in the bucket of ``+Inf`` it is the highest other bound. Unknown without the
    increase of that bucket, which is all that was counted, and where it is zero. Label sets have no `bucket_tag`; series
    whose tag is no number are no buckets.
    """

    quantile: float
    selector: Selector
    bucket_tag: str
    window: Nanoseconds
    group: Group | None = None
    shift: Nanoseconds = 0
    calendar: Calendar | None = None
    """Takes the place of `window`, which is then 0."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """``its 1d average``: a statistic of the series over ``[p - window, p)``, `p` the time of its value at ``T - shift``.

    ``mad`` is the median of the absolute deviations from the median.
    """

    statistic: Literal["avg", "max", "min", "median", "stddev", "mad"]
    selector: Selector
    window: Nanoseconds
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Slope:
    """The least-squares slope of the points of ``[T - shift - window, T - shift)``, per `per` nanoseconds; two points at least."""

    selector: Selector
    window: Nanoseconds
    per: Nanoseconds = SECOND
    shift: Nanoseconds = 0
    calendar: Calendar | None = None
    """Takes the place of `window`, which is then 0."""


@dataclass(frozen=True, slots=True)
class Line:
    """The least-squares line of the points of ``[T - window, T)``, read off at ``T + ahead``; three points at least.

    What a `Trend` is decided by.
    """

    selector: Selector
    window: Nanoseconds
    ahead: Nanoseconds
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Steps:
    """How many points of ``[T - window, T)`` differ from the point before them, however old that is within memory.

    What `Changes` is decided by; unknown without points in the window.
    """

    selector: Selector
    window: Nanoseconds
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class CrossedPoints:
    """1 where some point of ``[T - window, T)`` is past the bound and the point before it, however old within memory, is
    not; 0 where none is; without a new point 0, without any unknown. What `Crosses` of a metric is decided by."""

    selector: Selector
    direction: Literal["above", "below"]
    bound: Value
    window: Nanoseconds
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Integral:
    """Trapezoids between the points of ``[T - shift - window, T - shift)``, in the metric's unit times `per`; two points at least."""

    selector: Selector
    window: Nanoseconds
    per: Nanoseconds = SECOND
    shift: Nanoseconds = 0
    calendar: Calendar | None = None
    """Takes the place of `window`, which is then 0."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The instant itself, in units of `per` nanoseconds since the epoch: ``age of x`` is ``Clock - x``."""

    per: Nanoseconds = SECOND


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window of the calendar: from the start of the local day (week, from Monday on; month) to ``T``, or the whole day
    before."""

    kind: CalendarKind
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """``sum of energy today``: an aggregate over the calendar window of ``T - shift``."""

    function: WindowFunction | DeltaFunction
    selector: Selector
    calendar: Calendar
    group: Group | None = None
    quantile: float | None = None
    per: Nanoseconds = SECOND
    shift: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table of thresholds by a tag (``let limit by host = {...}``): makes no label sets; unknown without a row and default."""

    tag: str
    rows: tuple[tuple[str, Value], ...]
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A condition as a number: 1 where it is true, 0 where it is false, unknown where it is unknown."""

    condition: Condition


AnyWindow = Counted | Histogram | Slope | Integral
"""Leaves whose window is a length of time or one of the calendar."""

Value = (
    Const | Slot | Current | Window | Delta | Extreme | Combined | Arithmetic | Absolute | Function | Otherwise
    | Counted | Distinct | Histogram | Baseline | Slope | Line | Steps | CrossedPoints | Integral | Clock
    | CalendarWindow | Lookup | Indicator
)  # fmt: skip

# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right``; unknown with an unknown operand."""

    op: CompareOp
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Matches:
    """``status matches "fail.*"``: text in which the pattern is found, as in a tag condition; unknown with an unknown operand."""

    operand: Value
    pattern: str


@dataclass(frozen=True, slots=True)
class And:
    """Kleene's and of two or more conditions."""

    items: tuple[Condition, ...]
    regular: bool = False
    """Looked at at the rule's instants whatever its items are: they are what a crossing of values is decided by."""


@dataclass(frozen=True, slots=True)
class Or:
    """Kleene's or of two or more conditions."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene's not."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class Unless:
    """``left and not right``, an unknown or missing right side taken as false; the right side makes no label
    sets."""

    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class For:
    """``operand for duration``, data-driven (semantics: Conditions over time)."""

    operand: Condition
    duration: Nanoseconds


@dataclass(frozen=True, slots=True)
class Missing:
    """The series is known and has no point in ``[T - duration, T)``; with a group: no series of the group has
    one."""

    selector: Selector
    duration: Nanoseconds
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class HeldFor:
    """``operand for held of duration``: the time within ``[T - duration, T)`` during which it holds, as a step function."""

    operand: Condition
    held: Nanoseconds
    duration: Nanoseconds


@dataclass(frozen=True, slots=True)
class HeldPoints:
    """``operand for N points``: the newest N points of the one series that it reads all satisfy it."""

    operand: Condition
    points: int


@dataclass(frozen=True, slots=True)
class Absent:
    """``x is absent``: no matching series has a value at ``T``, never seen included; never unknown; makes no label set."""

    selector: Selector


@dataclass(frozen=True, slots=True)
class Crosses:
    """``x crosses above c``: of a metric by its points in ``[T - every, T)``; of anything else ``T - every`` against ``T``."""

    operand: Value
    direction: Literal["above", "below"]
    bound: Value


@dataclass(frozen=True, slots=True)
class Trend:
    """``x will fall below c within H at its W trend``: the least-squares line of ``[T - window, T)`` passes the bound in
    ``(T, T + within]``, and the value is not past it yet. Three points at least."""

    selector: Selector
    direction: Literal["above", "below"]
    bound: Value
    within: Nanoseconds
    window: Nanoseconds


@dataclass(frozen=True, slots=True)
class Changes:
    """``x changes more than N times within W``: adjacent points that differ, the one before the window included."""

    selector: Selector
    op: CompareOp
    times: int
    window: Nanoseconds


@dataclass(frozen=True, slots=True)
class Quantified:
    """``at least N hosts [by region] have C``: of C's label sets in the group, distinct values of a tag that have it true.

    `share` says that `count` is a percentage of them; ``all`` is 100 %, ``any`` at least one, ``no`` at most none.
    """

    op: Literal[">=", ">", "<=", "<", "==", "all", "any", "no"]
    count: float
    share: bool
    tag: str
    condition: Condition
    group: Group


@dataclass(frozen=True, slots=True)
class Awaited:
    """The condition of a rule that another one asks about: it makes the label sets, and decides nothing."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Firing:
    """``rule-name is firing``: another rule's alert with matching labels fires at its newest instant.

    `rule` is its name, or, in a rule that is about to be evaluated, what its alerts are kept under. `of` is known only there,
    and None where that rule has no text that can be read.
    """

    rule: str
    of: Awaited | None = None


Condition = (
    Compare | Matches | And | Or | Not | Unless | For | Missing
    | HeldFor | HeldPoints | Absent | Crosses | Trend | Changes | Quantified | Firing
)  # fmt: skip

# ---------------------------------------------------------------- the rule


@dataclass(frozen=True, slots=True)
class Every:
    """The instants of a rule: every `interval`, aligned to the epoch, or daily at local time `at` (HH:MM) in
    `zone`."""

    interval: Nanoseconds = MINUTE
    at: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the severity ladder. `recover` is None where a fall needs the rung false for the base
    `for`."""

    severity: str
    when: Condition
    recover: Condition | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """A notification target by name; owed on entering and leaving the rung `severity`, or on every change if
    None."""

    target: str
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class During:
    """When a rule counts: local times of day (minutes since midnight; an end at or below its start is the next day),
    weekdays (0 is Monday), and exceptions: times of day and dates (``2026-12-25``)."""

    ranges: tuple[tuple[int, int], ...]
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    zone: str = "UTC"
    excepted: tuple[tuple[int, int], ...] = ()
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when an alert stays unacknowledged for `after`, from the first notification."""

    target: str
    after: Nanoseconds


@dataclass(frozen=True, slots=True)
class Said:
    """A rule as people said it: metrics that the catalog makes of others stand under their own names. Nothing is decided by it.

    `made_of` tells what these metrics are: names, with the catalog's expressions and the tags that it fixes.
    """

    when: Condition
    recover: Condition | None
    rungs: tuple[Rung, ...]
    made_of: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready to plan.

    Attributes:
        name: the rule's name; a lone condition gets one made from its text.
        text: the canonical text (what `format_rule` prints).
        when, recover: the condition, and the condition of recovery or None.
        severity: of the base rung. `rungs` are those above it, lowest first.
        base_for: the longest top-level ``for D`` of `when`, 0 without one (a rung falls after being false
            that long).
        pending: `when` with every ``for`` removed (the C of the life of an alert).
        subject: the value shown in messages: the left side of the first comparison of `when` (the text of a pattern), or None.
        said: the conditions for people to read, where these are others.
    """

    name: str
    text: str
    when: Condition
    pending: Condition
    recover: Condition | None = None
    severity: str = "warning"
    rungs: tuple[Rung, ...] = ()
    base_for: Nanoseconds = 0
    every: Every = Every()
    title: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    notify: tuple[Notify, ...] = ()
    repeat: Nanoseconds | None = None
    on_no_data: Literal["keep", "alert", "resolve"] = "keep"
    forget_after: Nanoseconds | None = None
    message: str | None = None
    subject: Value | None = None
    unit: str | None = None
    """Unit of the subject, for messages."""
    during: During | None = None
    once: bool = False
    escalations: tuple[Escalation, ...] = ()
    said: Said | None = field(default=None, compare=False, repr=False)
