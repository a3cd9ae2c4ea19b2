"""Windows and the points that they can expect."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.lint.registry import Finding, Subject, check
from alertdsl.semantics.durations import spell_duration
from alertdsl.semantics.misreadings import whole_name
from alertdsl.semantics.phrases import read_phrase
from alertdsl.semantics.scope import Scope
from alertdsl.syntax import ast
from alertdsl.syntax.tree import nodes

_NEED_TWO = frozenset({"rate", "increase", "change", "percent change", "stddev"})


@check("W415", "window-shorter-than-the-interval")
def window_shorter_than_the_interval(subject: Subject) -> Iterator[Finding]:
    """A window in which too few points are expected for the aggregate ever to be known.

    Found: `rate of bytes sent over 30s`, where the catalog says `interval = "1m"`.
    Way out: a window of several intervals.
    """
    for node in nodes(subject.node):
        if (
            not isinstance(node, ast.Aggregate)
            or node.over is None
            or not isinstance(node.operand, ast.MetricRef)
        ):
            continue
        metric = read_phrase(whole_name(node.operand, Scope(subject.catalog)), subject.catalog).metric
        needed = 2 if node.function in _NEED_TWO else 1
        if metric.interval is not None and node.over.ns < needed * metric.interval:
            every = spell_duration(metric.interval).removeprefix("1 ")
            message = f"{metric.name} has a point every {every}: too few fall into {node.over.text}"
            yield node.over.span, message, "take a window of several intervals"
