"""Counters: values that only rise, so that their level says nothing."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.lint.registry import Finding, Subject, check
from alertdsl.semantics.misreadings import whole_name
from alertdsl.semantics.phrases import read_phrase
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast
from alertdsl.syntax.tree import nodes

_OF_LEVELS = frozenset({"avg", "sum", "min", "max", "percentile", "stddev", "first", "last"})


@check("W410", "level-of-a-counter")
def level_of_a_counter(subject: Subject) -> Iterator[Finding]:
    """An aggregate of the level of a counter.

    A counter counts up since its process started, so its average, its highest value or a percentile over a window tells how
    long that process has been running, and little else.

    Found: `avg of bytes sent over 5m > 10 GB`, where the catalog says `kind = "counter"`.
    Not found: a percentile of a histogram, which is read from the increases of its buckets.
    Way out: `rate of bytes sent over 5m > 10 MB`, or `increase of ...`.
    """
    scope = Scope(subject.catalog)
    for node in nodes(subject.node):
        if (
            isinstance(node, ast.Aggregate)
            and node.function in _OF_LEVELS
            and isinstance(node.operand, ast.MetricRef)
        ):
            metric = read_phrase(whole_name(node.operand, scope), subject.catalog).metric
            of_buckets = metric.histogram is not None and node.function == "percentile"
            if metric.kind == "counter" and not of_buckets:
                message = f"{metric.name} is a counter: its {node.function} says little"
                yield node.span, message, f"take its rate or increase: rate of {metric.name} over 5m"
