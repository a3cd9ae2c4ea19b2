"""Metrics whose series are cumulative buckets: only percentiles of their increases mean something."""

from __future__ import annotations

from dataclasses import replace

from alertdsl.diagnostics import AlertDslError, Span, error
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Metric
from alertdsl.semantics.operands import Operand
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast


def bucket_tag(operand: Operand, scope: Scope) -> str | None:
    """The tag that holds the bounds of a histogram's buckets; None for other values, and for one bucket alone."""
    if not isinstance(operand.value, typed.Current):
        return None
    metric = scope.metric_of(operand.value.selector)
    tag = None if metric is None else metric.histogram
    return None if tag in dict(operand.value.selector.pins) else tag


def one_bucket(metric: Metric) -> Metric:
    """One bucket of a histogram by itself: it counts, whatever the bounds of the buckets measure."""
    return replace(metric, unit=None, type="number" if metric.type == "unknown" else metric.type)


def refuse_buckets(metric: Metric, span: Span) -> AlertDslError:
    """The error for a histogram that is read as if it were a value (E227)."""
    message = f"{metric.name} is a histogram: its series count what fell into each bucket"
    hint = (
        f"ask for a percentile, p95 of {metric.name} over 5m, or for the count of all: "
        f'increase of {metric.name}{{{metric.histogram}="+Inf"}} over 5m'
    )
    return error("E227", message, span, hint)


def histogram(
    node: ast.Aggregate, operand: Operand, tag: str, group: typed.Group | None, scope: Scope
) -> typed.Histogram:
    """``p95 of http latency over 5m by service``.

    Raises:
        AlertDslError: E240 without a window, E227 a group of buckets.
    """
    current = operand.value
    assert isinstance(current, typed.Current)
    if node.over is None:
        hint = "say over which time the increases of the buckets count: over 5m"
        raise error("E240", f"a percentile of {operand.name} needs a window", node.span, hint)
    if group is not None and group.kind == "by" and tag in group.tags:
        raise error("E227", f"{tag} holds the buckets: no percentile is of one of them", node.span)
    length = scope.length(node.over, "a window")
    selector = current.selector
    if selector.series_key is not None and tag not in selector.series_key:
        # Buckets are series of their own, whatever the catalog says identifies the thing measured.
        selector = replace(selector, series_key=tuple(sorted((*selector.series_key, tag))))
    quantile = 0.5 if node.parameter is None else float(node.parameter) / 100
    scope.check_kept(selector, length, node.over.span, f"percentile over {node.over.text}")
    return typed.Histogram(quantile, selector, tag, length, group, current.shift)
