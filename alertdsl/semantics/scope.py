"""What the resolver knows while it works on one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from alertdsl.diagnostics import Diagnostic, Span, error
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog, Metric, Phrase
from alertdsl.semantics.durations import LONGEST, format_duration, spell_duration
from alertdsl.syntax import ast

if TYPE_CHECKING:
    from alertdsl.semantics.constants import Definition

_INHERITED = ("bucket", "interval", "staleness", "memory", "retention", "series_key", "labels", "expect")
LEAST_STALENESS = 5 * typed.MINUTE


@dataclass
class Scope:
    """One rule being resolved: the catalog, the text that spans refer to and its file, how often it is evaluated, and warnings so far.

    `expanding` are the expression metrics being replaced, `unfolding` the constants, to refuse one that needs itself; `used` the
    constants met so far; `zone` is where the rule's days begin; `buckets` is true below a percentile, which may be one of buckets.
    """

    catalog: Catalog
    text: str = ""
    file: str = ""
    every: int = typed.MINUTE
    expect: tuple[tuple[str, tuple[str, ...]], ...] = ()
    warnings: list[Diagnostic] = field(default_factory=list)
    expanding: tuple[str, ...] = ()
    units: dict[typed.Value, str] = field(default_factory=dict)
    """The unit of each left side of a comparison, for messages."""
    inherited: dict[str, Any] = field(default_factory=dict)
    definitions: Mapping[Phrase, Definition] = field(default_factory=dict)
    unfolding: tuple[str, ...] = ()
    used: dict[Phrase, ast.Let] = field(default_factory=dict)
    zone: str = "UTC"
    buckets: bool = False
    by_name: bool = False
    """Whether metrics that are made of others stand for themselves: for people to read."""
    made_of: dict[str, str] = field(default_factory=dict)
    """The metrics met that are made of others, with their expressions."""
    firing: list[ast.Firing] = field(default_factory=list)
    """The mentions of other rules, for those who know all rules."""
    metrics: dict[tuple[str, str, str], Metric] = field(default_factory=dict)
    """The catalog's metric of each field read, by bucket, measurement and field."""

    def inside(self, metric: Metric) -> Scope:
        """The scope for the expression of a metric, whose facts hold for the series in it that say nothing themselves."""
        given = {name: getattr(metric, name) for name in _INHERITED if getattr(metric, name)}
        return replace(
            self, text="", expanding=(*self.expanding, metric.name), inherited={**given, **self.inherited}
        )

    def inherit(self, metric: Metric) -> Metric:
        """The metric with what it does not say itself taken from the expression metric around it."""
        missing = {name: value for name, value in self.inherited.items() if not getattr(metric, name)}
        return replace(metric, **missing) if missing else metric

    def metric_of(self, selector: typed.Selector) -> Metric | None:
        """The metric that a selector was made from."""
        return self.metrics.get((selector.bucket, selector.measurement, selector.field))

    def staleness(self, metric: Metric) -> int:
        """How old a value of the metric may be: its own staleness, or the largest of 5 m, 3 intervals, and `every`."""
        if metric.staleness is not None:
            return metric.staleness
        return max(LEAST_STALENESS, 3 * (metric.interval or 0), self.every)

    def length(self, duration: ast.Duration, what: str) -> int:
        """A duration in nanoseconds.

        Raises:
            AlertDslError: E250 for zero, a negative one, or more than a century.
        """
        if duration.ns <= 0:
            raise error("E250", f"{what} must be longer than zero", duration.span, "write for example 5m")
        if duration.ns > LONGEST:
            raise error("E250", f"{what} of more than a century", duration.span, "write for example 5m")
        return duration.ns

    def check_kept(self, selector: typed.Selector, back: int, span: Span, what: str) -> None:
        """Refuses to look back further than the source keeps points.

        Raises:
            AlertDslError: E251.
        """
        metric = self.metric_of(selector)
        kept = metric.retention if metric is not None else None
        kept = kept if kept is not None else self.catalog.kept(selector.bucket)
        if kept is not None and back > kept:
            bucket = selector.bucket or self.catalog.default_bucket
            source = f"bucket {bucket}" if metric is None or metric.retention is None else selector.metric
            message = (
                f"{what} needs {spell_duration(back)} of points, but {source} keeps {spell_duration(kept)}"
            )
            raise error("E251", message, span, f"at most {format_duration(kept)} can be looked back")
