"""Which stored fields a metric of a catalog reads."""

from __future__ import annotations

from functools import lru_cache

from alertdsl.diagnostics import AlertDslError
from alertdsl.semantics.catalog import Metric
from alertdsl.syntax import ast
from alertdsl.syntax.tree import nodes


@lru_cache(maxsize=1024)
def fields_of(metric: Metric) -> tuple[tuple[str, str], ...]:
    """Measurement and field of all that a metric reads."""
    if metric.expression is None:
        return ((metric.measurement, metric.field),)
    from alertdsl.syntax.parser import parse_condition

    try:
        tree = parse_condition(f"({metric.expression}) > 0")
    except AlertDslError:
        return ()  # of a person's catalog; rules that use it are told
    words = [node.words[0].text for node in nodes(tree) if isinstance(node, ast.MetricRef)]
    return tuple((name.rpartition(".")[0], name.rpartition(".")[2]) for name in words)


def of_one_measurement(one: Metric, other: Metric) -> bool:
    """Whether two metrics read fields of the same measurement."""
    measurements = {measurement for measurement, _ in fields_of(one)} - {""}
    return any(measurement in measurements for measurement, _ in fields_of(other))
