"""Resolves conditions that are more than comparisons: crossings, trends, quantifiers, absence, counts of changes and points."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from alertdsl.diagnostics import Span, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.affine import baseline_of, line_of
from alertdsl.semantics.comparisons import compare
from alertdsl.semantics.functions import absolute
from alertdsl.semantics.operands import Operand, require_number, with_type
from alertdsl.semantics.problems import each
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.series import check_pattern, resolve_tag
from alertdsl.semantics.values import combine, resolve_value
from alertdsl.semantics.walk import leaves, longest, selectors
from alertdsl.syntax import ast

STATISTICS: dict[str, str] = {"average": "avg", "high": "max", "low": "min", "median": "median"}


class Resolve(Protocol):
    """Resolves a condition: `conditions.resolve_condition`, which knows this module and not the other way."""

    def __call__(self, node: ast.Condition, scope: Scope) -> typed.Condition: ...


def one_series(operand: Operand, what: str) -> typed.Current:
    """The metric that a construct needs as such.

    Raises:
        AlertDslError: E242 for anything but the current value of one metric.
    """
    if not isinstance(operand.value, typed.Current):
        message = f"{what} needs a metric as it is, not something made of metrics"
        raise error(
            "E242", message, operand.span, "name one metric, or give the expression a name in the catalog"
        )
    return operand.value


def crosses(node: ast.Crosses, scope: Scope) -> typed.Condition:
    """``x crosses above c``."""
    operand, bound = each(resolve_value, (node.operand, scope), (node.bound, scope))
    op: typed.CompareOp = ">" if node.direction == "above" else "<"
    found = compare(op, require_number(operand, "`crosses`"), bound, node.span, scope)
    return typed.Crosses(found.left, node.direction, found.right)


def trend(node: ast.Trend, scope: Scope) -> typed.Condition:
    """``x will fall below c within H at its W trend``; W is H / 4 unless written."""
    within = scope.length(node.within, "`within`")
    window = within // 4 if node.window is None else scope.length(node.window, "a trend")
    operand, bound = each(resolve_value, (node.operand, scope), (node.bound, scope))
    op: typed.CompareOp = "<" if node.direction == "below" else ">"
    found = compare(op, require_number(operand, "`will fall`"), bound, node.span, scope)
    current = one_series(replace(operand, value=found.left), "a trend")
    scope.check_kept(current.selector, window, node.span, "its trend")
    return typed.Trend(current.selector, node.direction, found.right, within, window)


def growing(node: ast.Growing, scope: Scope) -> typed.Condition:
    """``x is growing for D``: the slope of the line through its points is above zero."""
    window = scope.length(node.duration, "`for`")
    operand = require_number(resolve_value(node.operand, scope), f"`is {node.direction}`")
    line = line_of(operand.value)
    _, factor, current = line or (0.0, 1.0, one_series(operand, f"`is {node.direction}`"))
    selector = current.selector
    scope.check_kept(selector, window, node.duration.span, f"for {node.duration.text}")
    # What falls as its series rises grows where the series shrinks.
    op: typed.CompareOp = ">" if (node.direction == "growing") == (factor > 0) else "<"
    return typed.Compare(op, typed.Slope(selector, window), typed.Const(0.0))


def matches(node: ast.Matches, scope: Scope) -> typed.Condition:
    """``x matches "fail.*"``, of a metric that holds text."""
    operand = resolve_value(node.operand, scope)
    if operand.type not in ("string", "unknown"):
        kind = "a number" if operand.type == "number" else "true or false"
        hint = 'a pattern is for text; a tag is filtered with where: cpu usage where host matches "web.*"'
        raise error(
            "E220", f"`matches` needs text, but {operand.name or 'this'} is {kind}", operand.span, hint
        )
    current = one_series(with_type(operand, "string"), "`matches`")
    start = scope.text.find('"', node.operand.span.end, node.span.end)
    check_pattern(node.pattern, Span(start, node.span.end) if start >= 0 else node.span)
    found = typed.Matches(current, node.pattern)
    return typed.Not(found) if node.negated else found


def changes(node: ast.Changes, scope: Scope) -> typed.Condition:
    """``x changes more than N times within W``."""
    window = scope.length(node.within, "`within`")
    current = one_series(resolve_value(node.operand, scope), "`changes`")
    scope.check_kept(current.selector, window, node.within.span, f"within {node.within.text}")
    return typed.Changes(current.selector, node.op, node.times, window)


def absent(node: ast.Absent, scope: Scope) -> typed.Condition:
    """``x is absent``."""
    found = {leaf.selector for leaf in leaves(resolve_value(node.operand, scope).value)}
    if len(found) != 1:
        raise error("E242", "say which series is absent: this is made of several", node.operand.span)
    return typed.Absent(found.pop())


def held_points(node: ast.ForPoints, scope: Scope, resolve: Resolve) -> typed.Condition:
    """``C for N points``: C reads one series, as it is."""
    operand = resolve(node.operand, scope)
    if node.points < 1:
        raise error("E262", "`for` takes at least one point", node.span)
    read = set(selectors(operand))
    if len(read) != 1 or not all(isinstance(leaf, typed.Current) for leaf in leaves(operand)):
        message = "`for N points` looks at the points of one metric, and this condition reads more than that"
        raise error("E242", message, node.span, "use a length of time: for 5m")
    return typed.HeldPoints(operand, node.points)


def held_part(node: ast.For, scope: Scope, resolve: Resolve) -> typed.Condition:
    """``C for 8m of 10m``."""
    assert node.of is not None
    held, whole = scope.length(node.duration, "`for`"), scope.length(node.of, "`of`")
    operand = resolve(node.operand, scope)
    for selector in selectors(operand):
        scope.check_kept(selector, whole + longest(operand), node.of.span, f"of {node.of.text}")
    return typed.HeldFor(operand, held, whole)


def quantified(node: ast.Quantified, scope: Scope, resolve: Resolve) -> typed.Condition:
    """``at least 3 hosts by region have C``."""
    condition = resolve(node.condition, scope)
    metrics = {scope.metric_of(selector) for selector in selectors(condition)}
    tag = resolve_tag(node.tag, scope, _place(node.tag, node.span, scope), metrics)
    if node.share and not 0 <= node.count <= 100:
        raise error("E262", "a share is between 0% and 100%", node.span, "write for example 50% of hosts")
    group = typed.Group("by")
    if node.grouping is not None:
        tags = tuple(
            resolve_tag(one, scope, _place(one, node.grouping.span, scope)) for one in node.grouping.tags
        )
        group = typed.Group(
            "across" if node.grouping.kind == "across" else "by", tuple(sorted(dict.fromkeys(tags)))
        )
    return typed.Quantified(node.op, node.count, node.share, tag, condition, group)


def _place(word: str, span: Span, scope: Scope) -> Span:
    at = scope.text.casefold().find(word.casefold(), span.start, span.end)
    return Span(at, at + len(word)) if at >= 0 else span


# ---------------------------------------------------------------- against its own past


def baseline(node: ast.Baseline, subject: Operand, scope: Scope) -> Operand:
    """``its 1d average``, of the series on the left."""
    return replace(
        subject,
        value=_past(STATISTICS[node.statistic], node, subject, scope),
        span=node.span,
        name=f"its {node.statistic}",
    )


def _past(statistic: str, node: ast.Baseline, subject: Operand, scope: Scope) -> typed.Value:
    window = scope.length(node.window, "`its`")
    value = baseline_of(subject.value, statistic, window)
    if value is None:
        one_series(subject, f"`its {node.statistic}`")
        raise error("E242", "`its` speaks of the value now, not of one some time ago", subject.span)
    for leaf in leaves(value):
        scope.check_kept(
            leaf.selector, window + leaf.selector.staleness, node.window.span, f"its {node.window.text}"
        )
    return value


def down_from(node: ast.DownFrom, scope: Scope) -> typed.Condition:
    """``x is down 10% from its 30d high``: at most 90 % of it."""
    subject, amount = each(resolve_value, (node.operand, scope), (node.amount, scope))
    subject = require_number(subject, f"`is {node.direction}`")
    base = baseline(node.baseline, subject, scope)
    down = node.direction == "down"
    if amount.literal and amount.unit is units.PERCENT:
        factor = 1 - amount.number / 100 if down else 1 + amount.number / 100
        bound = typed.Arithmetic("*", base.value, typed.Const(factor))
        return typed.Compare("<=" if down else ">=", subject.value, bound)
    high, low = (base, subject) if down else (subject, base)
    return compare(
        ">=", replace(combine("-", high, low, scope), name="the difference"), amount, node.span, scope
    )


def deviates(node: ast.Deviates, scope: Scope) -> typed.Condition:
    """``x deviates by 3 sigma from its 1d average``: further from it than that many standard deviations."""
    subject = require_number(resolve_value(node.operand, scope), "`deviates`")
    base = baseline(node.baseline, subject, scope)
    expected = "average" if node.measure == "sigma" else "median"
    if node.baseline.statistic != expected:
        message = f"a {node.measure} is measured from the {expected}"
        raise error("E262", message, node.baseline.span, f"write its {node.baseline.window.text} {expected}")
    spread = _past("stddev" if node.measure == "sigma" else "mad", node.baseline, subject, scope)
    distance = absolute(combine("-", subject, base, scope), node.span)
    return typed.Compare(">", distance.value, typed.Arithmetic("*", spread, typed.Const(node.count)))
