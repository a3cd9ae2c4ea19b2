"""Resolves aggregates: over a window, over a group's series, or both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from alertdsl.diagnostics import AlertDslError, Fix, Span, error
from alertdsl.semantics import affine, typed, units
from alertdsl.semantics.calendars import calendar_of, in_calendar
from alertdsl.semantics.comparisons import compare
from alertdsl.semantics.constants import length_of
from alertdsl.semantics.histograms import bucket_tag, histogram
from alertdsl.semantics.indicators import counted
from alertdsl.semantics.labels import check_group
from alertdsl.semantics.operands import Operand, arithmetic, require_number, with_type
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.series import resolve_tag
from alertdsl.semantics.walk import all_of, any_of, leaves, negate, reach, values
from alertdsl.syntax import ast

Resolve = Callable[[ast.Value, Scope], Operand]

_DELTAS = frozenset({"rate", "increase", "change", "percent change"})
_NUMBERS_ONLY = frozenset({"avg", "sum", "min", "max", "percentile", "stddev"}) | _DELTAS
_NOWHERE = typed.Selector("", "", "")


def resolve_aggregate(node: ast.Aggregate, scope: Scope, resolve: Resolve) -> Operand:
    """The typed value of an aggregate.

    Raises:
        AlertDslError: E240 without window or group, E241 `percent change` of a group, E242 a window over an expression, E220
            an aggregate of text, E227 buckets, E250 to E252 lengths and percentiles.
    """
    if node.over is not None:
        node = replace(node, over=length_of(node.over, "a window", scope, resolve))
    if isinstance(node.parameter, float) and not 0 <= node.parameter <= 100:
        raise error("E252", "a percentile is between 0 and 100", node.span)
    if node.counted is not None:
        return _counted(node, scope, resolve)
    if node.function == "range":
        return _range(node, scope, resolve)
    of_metric = node.function == "percentile" and isinstance(node.operand, ast.MetricRef)
    inner = replace(scope, buckets=of_metric) if of_metric or scope.buckets else scope
    operand = resolve(node.operand, inner)
    if not any(True for _ in leaves(operand.value)):
        raise error("E260", f"{node.function} of a number: an aggregate needs a metric", node.operand.span)
    if node.function in _NUMBERS_ONLY:
        operand = require_number(operand, f"{node.function} of")
    group = resolve_group(node.grouping, operand, scope)
    if node.function == "distinct":
        return _distinct(node, operand, group, scope)
    if of_metric and (tag := bucket_tag(operand, scope)) is not None:
        return _outcome(node, operand, histogram(node, operand, tag, group, scope))
    if node.over is None:
        return _combined(node, operand, group)
    length = scope.length(node.over, "a window")
    result = (
        _delta(node, operand, length, group)
        if node.function in _DELTAS
        else _line(node, operand, length, group)
        if node.function in ("slope", "integral")
        else _window(node, operand, length, group)
    )
    for leaf in leaves(result.value):
        scope.check_kept(leaf.selector, reach(leaf), node.over.span, f"{node.function} over {node.over.text}")
    return result


def resolve_calendar(node: ast.CalendarAggregate, scope: Scope, resolve: Resolve) -> Operand:
    """The typed value of ``sum of energy today``.

    Raises:
        AlertDslError: as `resolve_aggregate`.
    """
    calendar = calendar_of(node, scope.zone)
    length = ast.Duration(typed.DAY, "1d", span=node.span)
    plain = ast.Aggregate(
        node.function, node.operand, length, node.grouping, node.parameter, node.counted, span=node.span
    )
    result = resolve_aggregate(plain, scope, resolve)
    value = in_calendar(result.value, calendar, node.span)
    for leaf in leaves(value):
        scope.check_kept(leaf.selector, reach(leaf), node.span, calendar.kind)
    return replace(result, value=value)


def resolve_group(grouping: ast.Grouping | None, operand: Operand, scope: Scope) -> typed.Group | None:
    """The typed group of a grouping; its tags must be tags of the operand, where these are known."""
    if grouping is None:
        return None
    if grouping.kind == "overall":
        return typed.Group("by", ())
    metrics = {scope.metric_of(leaf.selector) for leaf in leaves(operand.value)}
    tags = tuple(resolve_tag(tag, scope, _tag_span(grouping, tag, scope), metrics) for tag in grouping.tags)
    check_group(grouping, tags, operand)
    return typed.Group(grouping.kind, tuple(sorted(dict.fromkeys(tags))))


def _tag_span(grouping: ast.Grouping, tag: str, scope: Scope) -> Span:
    """The place of one tag of the list, which the tree keeps as a whole."""
    at = scope.text.find(tag, grouping.span.start, grouping.span.end)
    return Span(at, at + len(tag)) if at >= 0 else grouping.span


# ---------------------------------------------------------------- values at T, of a group


def _combined(node: ast.Aggregate, operand: Operand, group: typed.Group | None) -> Operand:
    if group is None:
        raise _ungrouped(node, operand)
    if node.function in _DELTAS or node.function in ("first", "last"):
        hint = f"write {node.function} of ... over 5m"
        raise error("E240", f"{node.function} of {operand.name or 'a value'} needs a window", node.span, hint)
    function = cast(typed.WindowFunction, node.function)
    value = typed.Combined(function, operand.value, group, _quantile(node))
    return _outcome(node, operand, value)


def _ungrouped(node: ast.Aggregate, operand: Operand) -> AlertDslError:
    over = getattr(node.operand, "over", None)
    inner = operand.name or "a value"
    if over is None:
        hint = "say over which time (over 10m) or over which series (by host, across host, overall)"
        return error("E240", f"{node.function} of {operand.name or 'what'}: over what?", node.span, hint)
    if node.function in _DELTAS:
        before = f"{inner} over {over.text}"
        message = f"{node.function} is of a metric, and {inner} is made of one already"
        hint = f"compare it with the one before: {before} > 1.5 times {before} {over.text} ago"
        return error("E240", message, node.span, hint)
    message = f"{node.function} of {inner}: there is one for each series, so of which series?"
    hint = f"say of which (by host, across host, overall), or leave out {node.function} of"
    fix = Fix(Span(node.span.start, node.operand.span.start), "", f"leave out {node.function} of")
    return error("E240", message, node.span, hint, [fix])


def _quantile(node: ast.Aggregate) -> float | None:
    return (
        float(node.parameter) / 100 if node.function == "percentile" and node.parameter is not None else None
    )


def _outcome(node: ast.Aggregate, operand: Operand, value: typed.Value) -> Operand:
    """The aggregate with its unit and name."""
    name = f"{node.function} of {operand.name}" if operand.name else ""
    result = replace(operand, value=value, literal=False, name=name)
    if node.function == "count":
        return replace(result, type="number", unit=units.RATIO, is_rate=False, rate_of=None)
    if node.function == "stddev" and operand.unit is not None:
        return replace(result, unit=operand.unit.difference)
    if node.function in ("sum", "change", "increase") and operand.unit is not None:
        return replace(result, unit=operand.unit.difference)
    return result


# ---------------------------------------------------------------- windows


def _window(node: ast.Aggregate, operand: Operand, length: int, group: typed.Group | None) -> Operand:
    function = cast(typed.WindowFunction, node.function)
    window = typed.Window(function, _NOWHERE, length, group, _quantile(node))
    value = affine.window_of(operand.value, window)
    if value is None:
        raise _no_window(node, operand)
    return _outcome(node, operand, value)


def _delta(node: ast.Aggregate, operand: Operand, length: int, group: typed.Group | None) -> Operand:
    function = cast(typed.DeltaFunction, node.function)
    if function == "percent change" and group is not None:
        hint = "take it of an aggregate's values, for example compare sum of ... over 1h with sum of ... over 1h 1h ago"
        raise error("E241", "the percent change of a group has no meaning", node.span, hint)
    value = affine.delta_of(operand.value, typed.Delta(function, _NOWHERE, length, group))
    if value is None:
        raise _no_window(node, operand)
    result = _outcome(node, with_type(operand, "number"), value)
    if function == "percent change":
        return replace(result, unit=units.PERCENT)
    if function == "rate":
        unit = operand.unit.difference if operand.unit is not None else None
        per_second = units.divide(unit, units.SECONDS) if unit is not None else None
        return replace(result, unit=per_second, is_rate=True, rate_of=unit)
    return result


def _line(node: ast.Aggregate, operand: Operand, length: int, group: typed.Group | None) -> Operand:
    """``slope of x over 1h``, in the metric's unit per second; ``integral of x over 1d``, in its unit times hours (power) or seconds."""
    if group is not None:
        hint = (
            f"combine those of each series: sum of ({node.function} of {operand.name or 'x'} over 1h) by host"
        )
        raise error("E242", f"{node.function} is of one series, not of a group", node.span, hint)
    offset, factor, leaf = affine.line_of(operand.value) or (0.0, 1.0, None)
    if leaf is None or (offset and node.function == "integral"):
        raise _no_window(node, operand)
    unit = None if operand.unit is None else operand.unit.difference
    if node.function == "slope":
        slope = typed.Slope(leaf.selector, length, shift=leaf.shift)
        per_second = None if unit is None else units.divide(unit, units.SECONDS)
        rate = replace(operand, unit=per_second, is_rate=True, rate_of=unit)
        return _outcome(node, rate, arithmetic("*", slope, typed.Const(factor)))
    power = unit is not None and unit.dimensions == units.WATTS.dimensions
    time = units.HOURS if power else units.SECONDS
    area = typed.Integral(leaf.selector, length, int(time.scale * typed.SECOND), leaf.shift)
    product = None if unit is None else units.multiply(unit, time)
    whole = replace(operand, unit=product, is_rate=False, rate_of=None)
    return _outcome(node, whole, arithmetic("*", area, typed.Const(factor)))


def _range(node: ast.Aggregate, scope: Scope, resolve: Resolve) -> Operand:
    """``range of x over 1h``: its highest less its lowest."""
    high = resolve_aggregate(replace(node, function="max"), scope, resolve)
    low = resolve_aggregate(replace(node, function="min"), scope, resolve)
    unit = None if high.unit is None else high.unit.difference
    name = high.name.replace("max of", "range of", 1)
    return replace(high, value=typed.Arithmetic("-", high.value, low.value), unit=unit, name=name)


def _counted(node: ast.Aggregate, scope: Scope, resolve: Resolve) -> Operand:
    """``count of (http code >= 500) over 1m``: the points of one metric that pass comparisons with literals."""
    if node.over is None and node.grouping is not None:
        return _series_counted(node, scope, resolve)
    items = node.counted.items if isinstance(node.counted, ast.And) else (node.counted,)
    found: list[typed.Compare] = []
    for item in items:
        if not isinstance(item, ast.Compare):
            hint = "write comparisons with numbers or text: count of (http code >= 500) over 1m"
            raise error("E242", "what is counted is told point by point", node.span, hint)
        left, right = resolve(item.left, scope), resolve(item.right, scope)
        found.append(compare(item.op, left, right, item.span, scope))
    metrics = {one.left.selector for one in found if isinstance(one.left, typed.Current)}
    tests = tuple(
        typed.PointTest(one.op, one.right.value) for one in found if isinstance(one.right, typed.Const)
    )
    if len(metrics) != 1 or len(tests) != len(found):
        hint = "write comparisons of one metric with numbers or text"
        raise error("E242", "what is counted are points of one metric", node.span, hint)
    selector = metrics.pop()
    if node.over is None:
        hint = "say over which time (over 10m), or over which series (by region, overall)"
        raise error("E240", "count of points: over what?", node.span, hint)
    length = scope.length(node.over, "a window")
    scope.check_kept(selector, length, node.over.span, f"count over {node.over.text}")
    operand = Operand(typed.Current(selector), node.span, name=selector.metric)
    group = resolve_group(node.grouping, operand, scope)
    return _outcome(node, operand, typed.Counted(selector, tests, length, group))


def _series_counted(node: ast.Aggregate, scope: Scope, resolve: Resolve) -> Operand:
    """``count of (cpu usage > 90%) by region``: how many label sets fulfil it."""
    assert node.counted is not None
    condition = _compared(node.counted, scope, resolve)
    found = list(dict.fromkeys(leaf for value in values(condition) for leaf in leaves(value)))
    whole = Operand(typed.Function("max", tuple(found)), node.span)
    group = resolve_group(node.grouping, whole, scope) or typed.Group("by")
    return Operand(counted(condition, group), node.span, "number", units.RATIO, name="count of those")


def _compared(node: ast.Condition, scope: Scope, resolve: Resolve) -> typed.Condition:
    match node:
        case ast.Compare(left, op, right):
            return compare(op, resolve(left, scope), resolve(right, scope), node.span, scope)
        case ast.And(items):
            return all_of(tuple(_compared(item, scope, resolve) for item in items))
        case ast.Or(items):
            return any_of(tuple(_compared(item, scope, resolve) for item in items))
        case ast.Not(operand):
            return negate(_compared(operand, scope, resolve))
        case _:
            hint = "write comparisons; others are counted by a tag: at least 3 hosts have load > 8 for 5m"
            raise error("E242", "what is counted over series are comparisons", node.span, hint)


def _distinct(node: ast.Aggregate, operand: Operand, group: typed.Group | None, scope: Scope) -> Operand:
    """``distinct version of build info by job``: how many values the tag has among the series with a value."""
    if not isinstance(operand.value, typed.Current):
        raise _no_window(node, operand)
    if node.over is not None:
        raise error("E262", "`distinct` counts values at one time: it takes no window", node.over.span)
    tag = resolve_tag(str(node.parameter), scope, node.span)
    value = typed.Distinct(operand.value.selector, tag, group or typed.Group("by"), operand.value.shift)
    name = f"distinct {tag} of {operand.name}"
    return replace(operand, value=value, type="number", unit=units.RATIO, literal=False, name=name)


def _no_window(node: ast.Aggregate, operand: Operand) -> Exception:
    over = node.over.text if node.over else ""
    message = f"`{node.function} of (an expression) over {over}` is not supported yet"
    hint = "aggregate each metric and calculate with the results: avg of a over 5m / avg of b over 5m"
    if isinstance(operand.value, typed.Delta):
        of = operand.value.selector.metric
        hint = f"{operand.name} is of a time already; ask for a longer one: {operand.value.function} of {of} over {over}"
    return error("E242", message, node.operand.span, hint)
