"""Resolves aggregates: over a window, over a group's series, or both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from alertdsl.diagnostics import Span, error
from alertdsl.semantics import affine, typed, units
from alertdsl.semantics.labels import check_group
from alertdsl.semantics.operands import Operand, require_number, with_type
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.series import resolve_tag
from alertdsl.semantics.unsupported import construct_name, refuse
from alertdsl.semantics.walk import leaves, reach
from alertdsl.syntax import ast

Resolve = Callable[[ast.Value, Scope], Operand]

_DELTAS = frozenset({"rate", "increase", "change", "percent change"})
_NUMBERS_ONLY = frozenset({"avg", "sum", "min", "max", "percentile", "stddev"}) | _DELTAS
_NOWHERE = typed.Selector("", "", "")


def resolve_aggregate(node: ast.Aggregate, scope: Scope, resolve: Resolve) -> Operand:
    """The typed value of an aggregate.

    Raises:
        AlertDslError: E240 without window or group, E241 `percent change` of a group, E242 a window over an expression, E222
            an aggregate of text, E250 to E252 lengths and percentiles.
    """
    if construct_name(node) is not None:
        raise refuse(node)
    if isinstance(node.parameter, float) and not 0 <= node.parameter <= 100:
        raise error("E252", "a percentile is between 0 and 100", node.span)
    operand = resolve(node.operand, scope)
    if not any(True for _ in leaves(operand.value)):
        raise error("E260", f"{node.function} of a number: an aggregate needs a metric", node.operand.span)
    if node.function in _NUMBERS_ONLY:
        operand = require_number(operand, f"{node.function} of")
    group = resolve_group(node.grouping, operand, scope)
    if node.over is None:
        return _combined(node, operand, group)
    length = scope.length(node.over, "a window")
    result = (
        _delta(node, operand, length, group)
        if node.function in _DELTAS
        else _window(node, operand, length, group)
    )
    for leaf in leaves(result.value):
        scope.check_kept(leaf.selector, reach(leaf), node.over.span, f"{node.function} over {node.over.text}")
    return result


def resolve_group(grouping: ast.Grouping | None, operand: Operand, scope: Scope) -> typed.Group | None:
    """The typed group of a grouping; its tags must be tags of the operand, where these are known."""
    if grouping is None:
        return None
    if grouping.kind == "overall":
        return typed.Group("by", ())
    metrics = {scope.metric_of(leaf.selector) for leaf in leaves(operand.value)}
    only = metrics.pop() if len(metrics) == 1 else None
    tags = tuple(resolve_tag(tag, scope, _tag_span(grouping, tag, scope), only) for tag in grouping.tags)
    check_group(grouping, tags, operand)
    return typed.Group(grouping.kind, tuple(sorted(dict.fromkeys(tags))))


def _tag_span(grouping: ast.Grouping, tag: str, scope: Scope) -> Span:
    """The place of one tag of the list, which the tree keeps as a whole."""
    at = scope.text.find(tag, grouping.span.start, grouping.span.end)
    return Span(at, at + len(tag)) if at >= 0 else grouping.span


# ---------------------------------------------------------------- values at T, of a group


def _combined(node: ast.Aggregate, operand: Operand, group: typed.Group | None) -> Operand:
    if group is None:
        hint = "say over which time (over 10m) or over which series (by host, across host, overall)"
        raise error("E240", f"{node.function} of {operand.name or 'what'}: over what?", node.span, hint)
    if node.function in _DELTAS or node.function in ("first", "last"):
        hint = f"write {node.function} of ... over 5m"
        raise error("E240", f"{node.function} of {operand.name or 'a value'} needs a window", node.span, hint)
    function = cast(typed.WindowFunction, node.function)
    value = typed.Combined(function, operand.value, group, _quantile(node))
    return _outcome(node, operand, value)


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
        raise _no_window(node)
    return _outcome(node, operand, value)


def _delta(node: ast.Aggregate, operand: Operand, length: int, group: typed.Group | None) -> Operand:
    function = cast(typed.DeltaFunction, node.function)
    if function == "percent change" and group is not None:
        hint = "take it of an aggregate's values, for example compare sum of ... over 1h with sum of ... over 1h 1h ago"
        raise error("E241", "the percent change of a group has no meaning", node.span, hint)
    value = affine.delta_of(operand.value, typed.Delta(function, _NOWHERE, length, group))
    if value is None:
        raise _no_window(node)
    result = _outcome(node, with_type(operand, "number"), value)
    if function == "percent change":
        return replace(result, unit=units.PERCENT)
    if function == "rate":
        unit = operand.unit.difference if operand.unit is not None else None
        per_second = units.divide(unit, units.SECONDS) if unit is not None else None
        return replace(result, unit=per_second, is_rate=True, rate_of=unit)
    return result


def _no_window(node: ast.Aggregate) -> Exception:
    message = f"`{node.function} of (an expression) over {node.over.text if node.over else ''}` is not supported yet"
    hint = "aggregate each metric and calculate with the results: avg of a over 5m / avg of b over 5m"
    return error("E242", message, node.operand.span, hint)
