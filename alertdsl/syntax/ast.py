"""The abstract syntax tree: what was written, synonyms folded, names not yet looked up.

Every node carries its `span`, which does not count in comparisons, so that two texts that say the same give
equal trees.
The tree has room for the whole language; the resolver refuses by name what the evaluator cannot do yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from alertdsl.diagnostics import NOWHERE, Span


@dataclass(frozen=True, kw_only=True)
class Node:
    """Base of all nodes."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# ---------------------------------------------------------------- names


@dataclass(frozen=True)
class Word(Node):
    """One word of a name, or a quoted name (`quoted`), which may hold anything."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class TagMatcher(Node):
    """A tag filter: ``host = "web1"``; `op` is one of ``= != =~ !~``."""

    tag: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


@dataclass(frozen=True)
class MetricRef(Node):
    """The words before an operator: a metric and, optionally, entities, in the order written.

    ``BTC price`` is ``words=(BTC, price)``; ``price of BTC``, ``BTC's price`` and ``cpu usage on web1`` put
    the part after ``of``/``on`` (before ``'s``) into `qualifiers`, each an entity's words. ``crypto.close``
    is a single dotted word. The same node stands for `let` names and rule parameters: the resolver tells them
    apart.
    """

    words: tuple[Word, ...]
    qualifiers: tuple[tuple[Word, ...], ...] = ()
    matchers: tuple[TagMatcher, ...] = ()


# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class Number(Node):
    """A literal with magnitudes and digit groups folded in (``$70k`` is 70000, unit ``USD``).

    `unit` is the unit as written in canonical spelling (``%``, ``ms``, ``GB``, ``USD``, ``MB/min`` ...) or
    None. Durations are Numbers with a time unit here; where the grammar demands a duration they are
    `Duration`.
    """

    value: float
    unit: str | None = None


@dataclass(frozen=True)
class Duration(Node):
    """A length of time in nanoseconds, with the canonical spelling (``5m``, ``1h30m``).

    With a `name` it is that of a constant or parameter (``for hold``), and `ns` is 0 until it is looked up.
    """

    ns: int
    text: str = field(default="", compare=False)
    name: str | None = None


@dataclass(frozen=True)
class Text(Node):
    """A quoted text literal (right of ``==``, ``!=``, ``in``, ``matches``)."""

    value: str


@dataclass(frozen=True)
class Bool(Node):
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True)
class Grouping(Node):
    """``by tags``, ``across tags`` or ``overall`` (no tags)."""

    kind: Literal["by", "across", "overall"]
    tags: tuple[str, ...] = ()


AggregateFunction = Literal[
    "avg", "sum", "min", "max", "count", "percentile", "stddev", "first", "last", "range",
    "rate", "increase", "change", "percent change", "slope", "integral", "distinct",
]  # fmt: skip


@dataclass(frozen=True)
class Aggregate(Node):
    """``avg of X over 10m by region``; `parameter` is the percentile (0 to 100) or the tag of ``distinct TAG
    of X``."""

    function: AggregateFunction
    operand: Value
    over: Duration | None = None
    grouping: Grouping | None = None
    parameter: float | str | None = None
    counted: Condition | None = None
    """For ``count of (http code >= 500)``: the condition that the counted points satisfy; `operand` is then
    its metric."""


@dataclass(frozen=True)
class Ago(Node):
    """``X 1w ago``: the value, or the aggregate, shifted back; binds to the name or aggregate before it."""

    operand: Value
    shift: Duration


@dataclass(frozen=True)
class Arithmetic(Node):
    """``left op right`` with ``+ - * /``."""

    op: Literal["+", "-", "*", "/"]
    left: Value
    right: Value


@dataclass(frozen=True)
class Negative(Node):
    """``-x`` (negative literals are Numbers)."""

    operand: Value


@dataclass(frozen=True)
class Call(Node):
    """``abs(x)``, ``round``, ``floor``, ``ceil``, ``sqrt``, ``log``, ``min(a, b)``, ``max(a, b)``."""

    function: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True)
class Else(Node):
    """``x else c``."""

    operand: Value
    default: Value


@dataclass(frozen=True)
class Baseline(Node):
    """``its 1d average`` (``high``, ``low``, ``median``): that aggregate of the series compared with, only on
    the right."""

    window: Duration
    statistic: Literal["average", "high", "low", "median"]


@dataclass(frozen=True)
class TimeOf(Node):
    """``age of x`` or ``time until x``."""

    kind: Literal["age", "until"]
    operand: Value


@dataclass(frozen=True)
class CalendarAggregate(Node):
    """``sum of energy today`` (``yesterday``, ``this week``); the rest as in `Aggregate`."""

    function: AggregateFunction
    operand: Value
    window: str
    grouping: Grouping | None = None
    parameter: float | str | None = None
    counted: Condition | None = None


Value = (
    MetricRef | Number | Duration | Text | Bool | Aggregate | Ago | Arithmetic | Negative | Call | Else |
    Baseline
    | TimeOf | CalendarAggregate
)  # fmt: skip

# ---------------------------------------------------------------- conditions

Operator = Literal[">", ">=", "<", "<=", "==", "!="]


@dataclass(frozen=True)
class Compare(Node):
    """``left op right``."""

    left: Value
    op: Operator
    right: Value


@dataclass(frozen=True)
class Between(Node):
    """``x between a and b`` (inclusive), negated: ``x outside a to b``."""

    operand: Value
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True)
class OneOf(Node):
    """``x in ("a", "b")``."""

    operand: Value
    choices: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True)
class Matches(Node):
    """``x matches "fail.*"``."""

    operand: Value
    pattern: str
    negated: bool = False


@dataclass(frozen=True)
class And(Node):
    """All of `items` (two or more, flat)."""

    items: tuple[Condition, ...]


@dataclass(frozen=True)
class Or(Node):
    """One of `items` (two or more, flat)."""

    items: tuple[Condition, ...]


@dataclass(frozen=True)
class Not(Node):
    """``not C``."""

    operand: Condition


@dataclass(frozen=True)
class Unless(Node):
    """``left unless right``; binds loosest, to the left."""

    left: Condition
    right: Condition


@dataclass(frozen=True)
class For(Node):
    """``C for 5m``; with `of`, ``C for 8m of 10m``."""

    operand: Condition
    duration: Duration
    of: Duration | None = None


@dataclass(frozen=True)
class ForPoints(Node):
    """``C for 3 points``."""

    operand: Condition
    points: int


@dataclass(frozen=True)
class Missing(Node):
    """``x is missing for 10m``, with a grouping ``cpu usage by region is missing for 5m``."""

    operand: MetricRef
    duration: Duration
    grouping: Grouping | None = None


@dataclass(frozen=True)
class Absent(Node):
    """``x is absent``."""

    operand: MetricRef


@dataclass(frozen=True)
class Moves(Node):
    """``x rises by 5% within 1h`` / ``falls by``; a percent amount has unit ``%``."""

    operand: Value
    direction: Literal["rises", "falls"]
    amount: Value
    within: Duration


@dataclass(frozen=True)
class Crosses(Node):
    """``x crosses above 70k`` / ``below``."""

    operand: Value
    direction: Literal["above", "below"]
    bound: Value


@dataclass(frozen=True)
class DownFrom(Node):
    """``x is down 10% from its 30d high`` / ``up 10% from its 30d low``."""

    operand: Value
    direction: Literal["down", "up"]
    amount: Value
    baseline: Baseline


@dataclass(frozen=True)
class Differs(Node):
    """``a differs from b by more than d``."""

    operand: Value
    other: Value
    amount: Value


@dataclass(frozen=True)
class Deviates(Node):
    """``x deviates by 3 sigma from its 1d average`` / ``by 3 mad from its 1d median``."""

    operand: Value
    count: float
    measure: Literal["sigma", "mad"]
    baseline: Baseline


@dataclass(frozen=True)
class Trend(Node):
    """``x will fall below c within 1d at its 6h trend`` / ``will rise above``."""

    operand: Value
    direction: Literal["below", "above"]
    bound: Value
    within: Duration
    window: Duration | None = None


@dataclass(frozen=True)
class Growing(Node):
    """``x is growing for 30m`` / ``shrinking``."""

    operand: Value
    direction: Literal["growing", "shrinking"]
    duration: Duration


@dataclass(frozen=True)
class Changes(Node):
    """``x changes more than 5 times within 1h``."""

    operand: Value
    op: Operator
    times: int
    within: Duration


@dataclass(frozen=True)
class Quantified(Node):
    """``at least 3 hosts [by region] have C``; `share` is True where `count` is a percentage."""

    op: Literal[">=", ">", "<=", "<", "==", "all", "any", "no"]
    count: float
    share: bool
    tag: str
    condition: Condition
    grouping: Grouping | None = None


@dataclass(frozen=True)
class Firing(Node):
    """``rule-name is firing`` / ``is not firing``."""

    rule: str
    negated: bool = False


Condition = (
    Compare | Between | OneOf | Matches | And | Or | Not | Unless | For | ForPoints | Missing | Absent | Moves
    | Crosses
    | DownFrom | Differs | Deviates | Trend | Growing | Changes | Quantified | Firing
)  # fmt: skip

# ---------------------------------------------------------------- rules


@dataclass(frozen=True)
class Rung(Node):
    """A step of the severity ladder above the base: ``critical when C recover when R``."""

    severity: str
    when: Condition
    recover: Condition | None = None


@dataclass(frozen=True)
class Every(Node):
    """``every 30s``, or ``every day at 06:00 in Europe/London`` (`at` as HH:MM, `zone` an IANA name)."""

    interval: Duration | None = None
    at: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class NotifyTarget(Node):
    """A named notification target, with the rung that it is for: ``oncall when critical``."""

    target: str
    severity: str | None = None


@dataclass(frozen=True)
class During(Node):
    """``during 09:00-17:00 on weekdays in Europe/London except 12:00-13:00`` as text parts, read by a later
    stage."""

    ranges: tuple[str, ...]
    days: tuple[str, ...] = ()
    zone: str | None = None
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Escalation(Node):
    """``escalate to managers after 15m unacknowledged``."""

    target: str
    after: Duration


@dataclass(frozen=True)
class Expect(Node):
    """``expect host in ("a", "b")``: series that must exist."""

    tag: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Parameter(Node):
    """A parameter of a template, with what it is unless a `use` says otherwise."""

    name: str
    default: Value | None = None


@dataclass(frozen=True)
class Rule(Node):
    """One rule; `name` is None where only a condition was given. Clauses that were not written are None or
    empty.

    With `parameters` it is a template: only each `Use` of it is a rule.
    """

    name: str | None
    when: Condition
    title: str | None = None
    recover: Condition | None = None
    severity: str | None = None
    rungs: tuple[Rung, ...] = ()
    every: Every | None = None
    during: During | None = None
    labels: tuple[tuple[str, str], ...] = ()
    notify: tuple[NotifyTarget, ...] = ()
    repeat: Duration | None = None
    escalations: tuple[Escalation, ...] = ()
    on_no_data: Literal["keep", "alert", "resolve"] | None = None
    forget_after: Duration | None = None
    once: bool = False
    expect: tuple[Expect, ...] = ()
    message: str | None = None
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Argument(Node):
    """``limit = 200ms`` in a `use`, or just the value, in the place of its parameter."""

    name: str | None
    value: Value


@dataclass(frozen=True)
class Use(Node):
    """``use slow(service = "checkout", limit = 200ms) as slow-checkout``: a rule made from a template."""

    template: str
    arguments: tuple[Argument, ...] = ()
    name: str | None = None


@dataclass(frozen=True)
class TableRow(Node):
    """A row of a table of thresholds; `key` is None for ``else``."""

    key: str | None
    value: Value


@dataclass(frozen=True)
class Let(Node):
    """``let hot = 120k``, or a table ``let limit by host = { db1 = 95%, else 90% }``."""

    name: str
    value: Value | None = None
    by: str | None = None
    rows: tuple[TableRow, ...] = ()


@dataclass(frozen=True)
class Import(Node):
    """``import "shared.alert"``."""

    path: str


@dataclass(frozen=True)
class File(Node):
    """A rule file. `text` is the text as read (after the clean-up that spans refer to)."""

    rules: tuple[Rule, ...]
    lets: tuple[Let, ...] = ()
    imports: tuple[Import, ...] = ()
    text: str = field(default="", compare=False, repr=False)
    comments: tuple[tuple[int, str], ...] = field(default=(), compare=False, repr=False)
    """Comments as (offset, text), for the formatter."""
    uses: tuple[Use, ...] = ()
    broken: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """Names of rules and constants that have errors of syntax: that nobody knows them is no error of its own."""
