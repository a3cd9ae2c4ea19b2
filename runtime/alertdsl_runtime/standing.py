"""How a rule's series stand at an instant: each value beside its bound, and how far it is from firing.

The evaluator decides; this only asks it about the parts of the condition, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce

import numpy as np

from alertdsl.explanation.words import condition_lines, in_unit, value_words
from alertdsl.plan.shape import spelled_out
from alertdsl.semantics import typed
from alertdsl.semantics.dependencies import rules_awaited
from alertdsl.semantics.units import format_value
from alertdsl.semantics.value_units import unit_of
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Floats, Source, text_of
from alertdsl_runtime.evaluation.cohort import Cohort
from alertdsl_runtime.evaluation.decide import Decider
from alertdsl_runtime.evaluation.evaluator import QUIET, Evaluator
from alertdsl_runtime.evaluation.frame import Frame
from alertdsl_runtime.evaluation.outcome import Outcome

Amount = float | str | bool | None

_ORDER = ("firing", "pending", "ok", "unknown")
_ORDERED = (">", ">=", "<", "<=")


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of a condition for one series; other conditions have only their text and truth.

    Attributes:
        text: the part in plain English: ``price is 68,412 USD, 1,588 USD below 70,000 USD``.
        truth: True, False, or None where unknown.
        value: the left side, None unknown; in `unit`.
        bound: the right side.
        distance: by how much the value would have to go up (negative: down) for the comparison to change, in `unit`; None
            where it cannot be told.
    """

    text: str
    truth: bool | None
    value: Amount = None
    bound: Amount = None
    distance: float | None = None
    unit: str | None = None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; infinite numbers as text."""
        facts = asdict(self)
        return {k: str(v) if isinstance(v, float) and math.isinf(v) else v for k, v in facts.items()}


@dataclass(frozen=True, slots=True)
class Series:
    """A label set: ``firing``, ``pending`` (true, but not for long enough), ``ok`` or ``unknown``, and its parts.

    `since` is the first moment after the last one at which the condition, its ``for`` left aside, was not true; in
    nanoseconds, None unless firing or pending. `distance` is how far the condition is from true, as a share of its bounds:
    0 where it is true, infinite where that cannot be told.
    """

    labels: dict[str, str]
    state: str
    since: int | None
    distance: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule's series at an instant, those nearest to firing first.

    `failed` says why it could not be evaluated, `untold` why nothing is told of its series, `outside` that the instant is not within
    the rule's hours (``during``), so that nothing fires whatever the values are.
    """

    rule: str
    instant: int
    series: tuple[Series, ...]
    failed: str = ""
    untold: str = ""
    outside: bool = False


@QUIET
def standing(rule: typed.Rule, source: Source, instant: int) -> Standing:
    """How the series of a rule stand at one of its instants (nanoseconds); of a rule about rules it is not told.

    Raises:
        SourceError: the source does not answer.
    """
    awaited = rules_awaited(rule)
    if awaited:
        why = (
            f"it asks about {' and '.join(sorted(awaited))}, whose alerts only an engine or a backtest knows"
        )
        return Standing(rule.name, instant, (), untold=why)
    evaluator = Evaluator([rule], source)
    ((cohort, outcome, frame),) = evaluator.look(instant)
    if frame is None or outcome.failed:
        return Standing(rule.name, instant, (), outcome.failed.get(0, "it could not be evaluated"))
    rows = [row for row in range(len(outcome.rows)) if outcome.exists[row, 0]]
    states = {row: _state(outcome, row) for row in rows}
    active = [row for row in rows if states[row] in ("firing", "pending") and outcome.pending[row, 0] == TRUE]
    moments = evaluator.since_all([(rule, outcome.rows.labels[row], instant) for row in active])
    since = dict(zip(active, moments, strict=True))
    pinned = frozenset(outcome.rows.labels[rows[0]]) if rows else frozenset()
    columns = [*_columns(cohort, frame, pinned)]
    distances = _distance(cohort.shape.pending, cohort.decider, frame, TRUE).tolist()
    found = [
        Series(
            dict(outcome.rows.labels[row]),
            states[row],
            since.get(row),
            distances[row],
            tuple(column[row] for column in columns),
        )
        for row in rows
    ]
    found.sort(key=lambda one: (_ORDER.index(one.state), one.distance, sorted(one.labels.items())))
    outside = outcome.outside is not None and bool(outcome.outside[0])
    return Standing(rule.name, instant, tuple(found), outside=outside)


def _state(outcome: Outcome, row: int) -> str:
    if outcome.condition[row, 0] == TRUE:
        return "firing"
    if outcome.pending[row, 0] == TRUE:
        return "pending"
    return "unknown" if UNKNOWN in (outcome.condition[row, 0], outcome.pending[row, 0]) else "ok"


# ---------------------------------------------------------------- the parts of a condition


def _columns(cohort: Cohort, frame: Frame, pinned: frozenset[tuple[str, str]]) -> Iterator[list[Part]]:
    """Each part of the condition, for all rows; tags that are `pinned` in all of them need no mention."""
    member = cohort.members[0]
    plain = [
        replace(s, matchers=tuple(m for m in s.matchers if m.op != "=" or (m.tag, m.value) not in pinned))
        for s in member.selectors
    ]
    shaped = replace(member, selectors=tuple(plain))
    for node in _decided(cohort.shape.pending):
        said = spelled_out(shaped, node)
        truth = np.broadcast_to(cohort.decider.truth(node, frame), frame.shape)[:, 0]
        truths = [None if one == UNKNOWN else bool(one == TRUE) for one in truth]
        if isinstance(node, typed.Compare) and isinstance(said, typed.Compare):
            yield _comparisons(node, said, truths, cohort.decider, frame)
        else:
            text = " ".join(line.strip() for line in condition_lines(said))
            yield [Part(text, one) for one in truths]


def _decided(node: typed.Condition) -> Iterator[typed.Condition]:
    """The conditions below all `and`, `or`, `not`, `unless`: those that a person compares by eye."""
    match node:
        case typed.And(items) | typed.Or(items):
            for item in items:
                yield from _decided(item)
        case typed.Not(operand):
            yield from _decided(operand)
        case typed.Unless(left, right):
            yield from _decided(left)
            yield from _decided(right)
        case _:
            yield node


def _comparisons(
    node: typed.Compare,
    said: typed.Compare,
    truths: Sequence[bool | None],
    decider: Decider,
    frame: Frame,
) -> list[Part]:
    left, right = _sides(node, decider, frame)
    kind = type(said.right.value) if isinstance(said.right, typed.Const) else float
    unit = unit_of(said.left)
    return [
        _part(said, truth, _amount(a, kind), _amount(b, kind), unit)
        for truth, a, b in zip(truths, left.tolist(), right.tolist(), strict=True)
    ]


def _amount(number: float, kind: type) -> Amount:
    if number != number:
        return None
    if kind is str:
        return text_of(number)
    return bool(number) if kind is bool else number


def _part(said: typed.Compare, truth: bool | None, value: Amount, bound: Amount, unit: str | None) -> Part:
    distance = None
    if (
        said.op in _ORDERED
        and isinstance(value, float)
        and isinstance(bound, float)
        and math.isfinite(bound - value)
    ):
        distance = bound - value
    return Part(_words(said, value, bound, distance, unit), truth, value, bound, distance, unit)


def _words(
    said: typed.Compare, value: Amount, bound: Amount, distance: float | None, unit: str | None
) -> str:
    name = value_words(said.left)
    if value is None:
        return f"{name} is unknown"
    fixed = isinstance(said.right, typed.Const)
    what = (
        ""
        if fixed
        else f" {_in_brackets(value_words(said.right) if unit is None else in_unit(said.right, unit))}"
    )
    if bound is None:
        return f"{name} is {_shown(value, unit)}, its bound{what} is unknown"
    limit = in_unit(typed.Const(bound), unit) + what
    if distance is None:
        return f"{name} is {_shown(value, unit)}, compared with {limit}"
    if distance == 0:
        return f"{name} is {_shown(value, unit)}, the bound itself{what}"
    way = "below" if distance > 0 else "above"
    return f"{name} is {_shown(value, unit)}, {_shown(abs(distance), unit)} {way} {limit}"


def _in_brackets(words: str) -> str:
    """What a bound is made of; a table has brackets of its own."""
    return words if words.startswith("(") and words.endswith(")") else f"({words})"


def _shown(value: float | str | bool, unit: str | None) -> str:
    """A measured value, in as many digits as a person compares."""
    if isinstance(value, str | bool) or not math.isfinite(value):
        return in_unit(typed.Const(value), unit)
    return format_value(float(f"{value:.6g}"), unit)


# ---------------------------------------------------------------- how far from true


def _distance(node: typed.Condition, decider: Decider, frame: Frame, want: np.int8) -> Floats:
    """For each row how far a condition is from being true (or false: `want`), as a share of its bounds; 0 where it is."""
    negated = FALSE if want == TRUE else TRUE
    match node:
        case typed.And(items) | typed.Or(items):
            # All have to become so, or the nearest does.
            together = isinstance(node, typed.And) == (want == TRUE)
            each = [_distance(item, decider, frame, want) for item in items]
            return reduce(np.maximum if together else np.minimum, each)
        case typed.Not(operand):
            return _distance(operand, decider, frame, negated)
        case typed.Unless(left, right):
            parts = (_distance(left, decider, frame, want), _distance(right, decider, frame, negated))
            if want == FALSE:
                return np.minimum(*parts)
            excluded = np.broadcast_to(decider.truth(right, frame), frame.shape)[:, 0] == TRUE
            return np.maximum(
                parts[0], np.where(excluded, parts[1], 0.0)
            )  # an unknown exclusion excludes nothing
    truth = np.broadcast_to(decider.truth(node, frame), frame.shape)[:, 0]
    if isinstance(node, typed.Compare) and node.op in _ORDERED:
        return np.where(truth == want, 0.0, _gap(node, decider, frame))
    return np.where(truth == want, 0.0, np.inf)


def _gap(node: typed.Compare, decider: Decider, frame: Frame) -> Floats:
    value, bound = _sides(node, decider, frame)
    with np.errstate(invalid="ignore"):
        gap = np.abs(value - bound) / np.where(bound == 0, 1.0, np.abs(bound))
    return np.where(np.isnan(gap), np.inf, gap)


def _sides(node: typed.Compare, decider: Decider, frame: Frame) -> tuple[Floats, Floats]:
    """The value and the bound of each row."""
    sides = (np.broadcast_to(decider.value(side, frame), frame.shape) for side in (node.left, node.right))
    value, bound = (side[:, 0] for side in sides)
    return value, bound
