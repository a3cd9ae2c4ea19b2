"""Resolves conditions into their normal forms."""

from __future__ import annotations

import re
from dataclasses import replace

from alertdsl.diagnostics import Fix, Span, error
from alertdsl.semantics import affine, constants, constructs, hints, typed, units
from alertdsl.semantics.aggregates import resolve_group
from alertdsl.semantics.comparisons import compare
from alertdsl.semantics.functions import absolute
from alertdsl.semantics.none_of import check_comes_to
from alertdsl.semantics.operands import Operand, require_number, same_unit
from alertdsl.semantics.problems import each
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.values import combine, resolve_value
from alertdsl.semantics.walk import all_of, any_of, leaves, longest, negate, reach, selectors
from alertdsl.syntax import ast
from alertdsl.syntax.tree import nodes

_NOWHERE = typed.Selector("", "", "")


def resolve_condition(node: ast.Condition, scope: Scope) -> typed.Condition:
    """The typed condition of a node.

    Raises:
        AlertDslError: everything that is wrong in it, all parts of `and` and `or` included.
    """
    match node:
        case ast.Compare():
            return _compare(node, scope)
        case ast.And(items):
            return all_of(tuple(each(resolve_condition, *((item, scope) for item in items))))
        case ast.Or(items):
            return any_of(tuple(each(resolve_condition, *((item, scope) for item in items))))
        case ast.Not(operand):
            return negate(resolve_condition(operand, scope))
        case ast.Unless(left, right):
            return typed.Unless(*each(resolve_condition, (left, scope), (right, scope)))
        case ast.For():
            return _held(node, scope)
        case ast.Missing():
            return _missing(node, scope)
        case _:
            return _spelled_out(node, scope)


def _spelled_out(node: ast.Condition, scope: Scope) -> typed.Condition:
    """Conditions that are made of comparisons."""
    match node:
        case ast.Between():
            return _between(node, scope)
        case ast.OneOf():
            return _one_of(node, scope)
        case ast.Moves():
            return _moves(node, scope)
        case ast.Differs():
            return _differs(node, scope)
        case ast.DownFrom():
            return constructs.down_from(node, scope)
        case ast.Deviates():
            return constructs.deviates(node, scope)
        case ast.Growing():
            return constructs.growing(node, scope)
        case _:
            return _of_its_own(node, scope)


def _of_its_own(node: ast.Condition, scope: Scope) -> typed.Condition:
    """Conditions with a node of their own."""
    match node:
        case ast.Crosses():
            return constructs.crosses(node, scope)
        case ast.Trend():
            return constructs.trend(node, scope)
        case ast.Changes():
            return constructs.changes(node, scope)
        case ast.Absent():
            return constructs.absent(node, scope)
        case ast.ForPoints():
            return constructs.held_points(node, scope, resolve_condition)
        case ast.Quantified():
            return constructs.quantified(node, scope, resolve_condition)
        case ast.Matches():
            return constructs.matches(node, scope)
        case ast.Firing():
            scope.firing.append(node)
            return negate(typed.Firing(node.rule)) if node.negated else typed.Firing(node.rule)
    raise AssertionError(f"a condition that nobody resolves: {type(node).__name__}")


def _compare(node: ast.Compare, scope: Scope) -> typed.Condition:
    check_comes_to(node, scope)
    right = node.right
    if node.op in ("==", "!="):
        _check_quoted(right, node.left, f"{node.op} ", scope)
    text = constants.lone_text(right, scope)
    if text is not None:
        right = ast.Text(text, span=right.span)
    if any(isinstance(part, ast.Baseline) for part in nodes(right)):
        left = resolve_value(node.left, scope)
        return compare(node.op, left, _with_its(right, left, scope), node.span, scope)
    left, other = each(resolve_value, (node.left, scope), (right, scope))
    return compare(node.op, left, other, node.span, scope)


def _with_its(node: ast.Value, subject: Operand, scope: Scope) -> Operand:
    """A right side that speaks of the left one's own past: ``5 times its 1d average``."""
    match node:
        case ast.Baseline():
            return constructs.baseline(node, subject, scope)
        case ast.Arithmetic(op, left, right):
            parts = _with_its(left, subject, scope), _with_its(right, subject, scope)
            return combine(op, *parts, scope)
        case _:
            return resolve_value(node, scope)


def _check_quoted(node: ast.Value, beside: ast.Value, before: str, scope: Scope) -> None:
    """Refuses a lone unknown word beside a metric that holds text (``status == down``): text is quoted (E221)."""
    if not isinstance(node, ast.MetricRef) or len(node.words) != 1 or node.matchers or node.qualifiers:
        return
    text = node.words[0].text
    if "." in text or node.words[0].quoted or constants.definition_of(node, scope) is not None:
        return
    if (text.casefold(),) in scope.catalog.metric_phrases:
        return
    left = resolve_value(beside, scope)
    if left.type == "string" or (left.type == "unknown" and not scope.catalog.metrics):
        if (
            meant := hints.of_words([text.casefold()], scope.catalog)
            if text.casefold() in ("null", "none", "nan")
            else ""
        ):
            raise error("E221", f"nothing equals {text}", node.span, meant)
        fix = Fix(node.span, f'"{text}"', "quote the text")
        raise error("E221", f'text is quoted: {before}"{text}"', node.span, f'write "{text}"', [fix])


def _held(node: ast.For, scope: Scope) -> typed.Condition:
    if node.of is not None:
        return constructs.held_part(node, scope, resolve_condition)
    length = constants.length_of(node.duration, "`for`", scope, resolve_value)
    operand = resolve_condition(node.operand, scope)
    back = length.ns + longest(operand)
    for selector in selectors(operand):
        scope.check_kept(selector, back, length.span, f"for {length.text}")
    return typed.For(operand, length.ns)


def _missing(node: ast.Missing, scope: Scope) -> typed.Missing:
    duration = scope.length(node.duration, "`is missing for`")
    operand = resolve_value(node.operand, scope)
    found = {leaf.selector for leaf in leaves(operand.value)}
    if len(found) != 1:
        name = operand.name or "this"
        raise error(
            "E242", f"{name} is made of several series; say which of them is missing", node.operand.span
        )
    selector = found.pop()
    scope.check_kept(selector, duration, node.duration.span, f"is missing for {node.duration.text}")
    return typed.Missing(selector, duration, resolve_group(node.grouping, operand, scope))


# ---------------------------------------------------------------- made of comparisons


def _between(node: ast.Between, scope: Scope) -> typed.Condition:
    parts = ((node.operand, scope), (node.low, scope), (node.high, scope))
    operand, low, high = each(resolve_value, *parts)
    ops: tuple[typed.CompareOp, typed.CompareOp] = ("<", ">") if node.negated else (">=", "<=")
    low, high = _shared_unit(low, high)
    first = compare(ops[0], operand, low, node.span, scope)
    second = compare(ops[1], operand, high, node.span, scope)
    _check_order(first, second, node, scope)
    return any_of((first, second)) if node.negated else all_of((first, second))


def _shared_unit(low: Operand, high: Operand) -> tuple[Operand, Operand]:
    """``between 18 and 27 °C``: a unit written once holds for both."""
    if low.literal and high.literal:
        if low.unit is None and high.unit is not None:
            return replace(low, unit=high.unit), high
        if high.unit is None and low.unit is not None:
            return low, replace(high, unit=low.unit)
    return low, high


_TWO = re.compile(r"\S+(?:[ \t]\S+)?\s+(?:and|to)\s+\S", re.IGNORECASE)


def _check_order(first: typed.Condition, second: typed.Condition, node: ast.Between, scope: Scope) -> None:
    match first, second:
        case typed.Compare(_, _, typed.Const(float(low))), typed.Compare(_, _, typed.Const(float(high))) if (
            low > high
        ):
            word = "outside" if node.negated else "between"
            span = node.low.span.to(node.high.span)
            text = scope.text[span.start : span.end]
            first_, sign, second_ = (
                re.split(r"(\s+(?:and|to)\s+)", text, maxsplit=1) if _TWO.match(text) else (text, "", "")
            )
            fixes = [Fix(span, f"{second_}{sign}{first_}", "swap the two")] if sign else []
            message = f"`{word}` starts with the higher number"
            raise error("E262", message, span, "write the lower number first", fixes)


def _one_of(node: ast.OneOf, scope: Scope) -> typed.Condition:
    for choice in node.choices:
        _check_quoted(choice, node.operand, "", scope)
    operand, *choices = each(
        resolve_value, (node.operand, scope), *((choice, scope) for choice in node.choices)
    )
    op: typed.CompareOp = "!=" if node.negated else "=="
    items = tuple(compare(op, operand, choice, node.span, scope) for choice in choices)
    return all_of(items) if node.negated else any_of(items)


def _moves(node: ast.Moves, scope: Scope) -> typed.Condition:
    """``rises by d within W``: the value is at least ``d`` above the lowest of the window; percent: of its absolute value."""
    within = scope.length(node.within, "`within`")
    operand, amount = each(resolve_value, (node.operand, scope), (node.amount, scope))
    operand = require_number(operand, f"`{node.direction} by`")
    amount = require_number(amount, f"`{node.direction} by`")
    rises = node.direction == "rises"
    extreme = affine.extreme_of(operand.value, typed.Extreme("min" if rises else "max", _NOWHERE, within))
    if extreme is None:
        message = f"`{node.direction} by` of an aggregate or of several series is not supported yet"
        raise error("E242", message, node.operand.span, "use one metric")
    for leaf in leaves(extreme):
        back = within + leaf.selector.staleness + reach(leaf)
        scope.check_kept(leaf.selector, back, node.within.span, f"within {node.within.text}")
    bound = replace(operand, value=extreme)
    high, low = (operand, bound) if rises else (bound, operand)
    moved = combine("-", high, low, scope)
    if amount.literal and amount.unit is units.PERCENT:
        share = typed.Arithmetic("/", moved.value, typed.Absolute(extreme))
        moved = Operand(share, node.span, unit=units.RATIO, name="the change")
    if amount.literal and amount.number <= 0:
        raise error(
            "E262",
            f"`{node.direction} by` takes an amount above zero",
            node.amount.span,
            "the verb says the direction",
        )
    return compare(">=", replace(moved, name=f"the change of {operand.name}"), amount, node.span, scope)


def _differs(node: ast.Differs, scope: Scope) -> typed.Condition:
    """``a differs from b by more than d``: ``abs(a - b) > d``; percent: of ``abs(b)``."""
    parts = ((node.operand, scope), (node.other, scope), (node.amount, scope))
    left, right, amount = each(resolve_value, *parts)
    left, right = require_number(left, "`differs from`"), require_number(right, "`differs from`")
    amount = require_number(amount, "`differs from`")
    difference = absolute(combine("-", left, right, scope), node.span)
    if amount.literal and amount.unit is units.PERCENT:
        base = _absolute_in(left, right, node.span)
        share = typed.Const(amount.number / 100)
        return typed.Compare(">", difference.value, typed.Arithmetic("*", base, share))
    return compare(">", replace(difference, name="the difference"), amount, node.span, scope)


def _absolute_in(left: Operand, right: Operand, span: Span) -> typed.Value:
    """``abs(right)``, in the unit of the left side."""
    if right.literal or left.literal:
        return absolute(right, span).value
    return absolute(same_unit(left, right), span).value
