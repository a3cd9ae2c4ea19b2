"""Thresholds that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.lint.registry import Finding, Subject, check
from alertdsl.semantics import typed
from alertdsl.semantics.walk import children, without_for

_UP = frozenset({">", ">="})
_DOWN = frozenset({"<", "<="})


def _bound(condition: typed.Condition | None) -> tuple[typed.Value, str, float] | None:
    """The value, operator and number of ``x > c``, its ``for`` aside; None for anything else."""
    if condition is None:
        return None
    match without_for(condition):
        case typed.Compare(op, left, typed.Const(number)) if isinstance(number, float):
            return left, op, number
        case _:
            return None


@check("W413", "never-true")
def never_true(subject: Subject) -> Iterator[Finding]:
    """Parts of an `and` that exclude each other, so that the rule never fires.

    Found: `BTC price > 70k and BTC price < 60k`.
    Way out: `or`, or `outside 60k to 70k`.
    """
    for items in _conjunctions(subject.rule.pending):
        if _exclude_each_other([bound for item in items if (bound := _bound(item)) is not None]):
            message = (
                "this is never true: one value would have to be above the higher and below the lower number"
            )
            yield subject.node.when.span, message, "did you mean `or`, or `outside ... to ...`?"
            return


def _exclude_each_other(bounds: list[tuple[typed.Value, str, float]]) -> bool:
    lows: dict[typed.Value, tuple[float, bool]] = {}
    highs: dict[typed.Value, tuple[float, bool]] = {}
    for value, op, number in bounds:
        strict = op in (">", "<")
        if op in _UP:
            lows[value] = max(lows.get(value, (number, strict)), (number, strict))
        elif op in _DOWN:
            high, other = highs.get(value, (number, strict))
            highs[value] = (number, strict) if number < high else (high, other or (strict and number == high))
    for value in lows.keys() & highs.keys():
        (low, low_strict), (high, high_strict) = lows[value], highs[value]
        if low > high or (low == high and (low_strict or high_strict)):
            return True
    return False


def _conjunctions(condition: typed.Condition) -> Iterator[tuple[typed.Condition, ...]]:
    if isinstance(condition, typed.And):
        yield condition.items
    for child in children(condition):
        yield from _conjunctions(child)


@check("W414", "recovery-beyond-the-threshold")
def recovery_beyond_the_threshold(subject: Subject) -> Iterator[Finding]:
    """A `recover when` whose threshold lies on the firing side, so that it holds nothing back.

    An alert resolves when its condition is no longer true and `recover when` is. `recover when BTC price < 130k` is true already
    while `BTC price > 120k` fires, so the alert resolves the moment it falls below 120k, as it would without the clause.

    Found: `when BTC price > 120k`, `recover when BTC price < 130k`.
    Way out: a threshold on the other side: `recover when BTC price < 118k`.
    """
    fires, recovers = _bound(subject.rule.when), _bound(subject.rule.recover)
    if fires is None or recovers is None or subject.node.recover is None or fires[0] != recovers[0]:
        return
    (_, op, threshold), (_, recover_op, limit) = fires, recovers
    if (op in _UP and recover_op in _DOWN and limit > threshold) or (
        op in _DOWN and recover_op in _UP and limit < threshold
    ):
        side = "below" if op in _UP else "above"
        message = "this is already true while the rule fires, so it holds nothing back"
        yield subject.node.recover.span, message, f"recover at a value {side} the threshold of `when`"


@check("W417", "rung-not-above-the-base")
def rung_not_above_the_base(subject: Subject) -> Iterator[Finding]:
    """A rung of the severity ladder that is true whenever the rule fires, so that the base severity never shows.

    Found: `when cpu usage > 90%` with `severity warning, critical when cpu usage > 80%`.
    Way out: a stricter threshold for the higher severity.
    """
    base = _bound(subject.rule.when)
    for rung, node in zip(subject.rule.rungs, subject.node.rungs, strict=True):
        bound = _bound(rung.when)
        if base is None or bound is None or base[0] != bound[0] or isinstance(rung.when, typed.For):
            continue
        (_, op, threshold), (_, rung_op, limit) = base, bound
        if (op in _UP and rung_op in _UP and limit <= threshold) or (
            op in _DOWN and rung_op in _DOWN and limit >= threshold
        ):
            message = f"{rung.severity} applies whenever the rule fires: its threshold is no stricter than that of `when`"
            yield node.span, message, "write a stricter threshold"
