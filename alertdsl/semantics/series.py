"""From a metric reference to the series that it reads: selectors with all their tag conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Severity, Span, error
from alertdsl.regex import check_regex
from alertdsl.semantics import affine, typed, units
from alertdsl.semantics.catalog import Catalog, Metric, phrase, plurals
from alertdsl.semantics.histograms import one_bucket, refuse_buckets
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.semantics.operands import Operand, value_type
from alertdsl.semantics.phrases import Pin, read_phrase
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.value_units import unit_of
from alertdsl.semantics.walk import Leaf, leaves, map_leaves
from alertdsl.syntax import ast


def resolve_reference(ref: ast.MetricRef, scope: Scope) -> Operand:
    """The current value of the series that a reference names (an expression metric gives its expression).

    Raises:
        AlertDslError: names, tags, filters: E201 to E208.
    """
    reading = read_phrase(ref, scope.catalog)
    metric = scope.inherit(reading.metric)
    matchers = _matchers(ref, metric, reading.pins, scope)
    pinned = {matcher.tag for matcher in matchers if matcher.op == "="}
    if metric.histogram is not None and not scope.buckets and metric.histogram not in pinned:
        raise refuse_buckets(metric, ref.span)
    if metric.histogram in pinned:
        metric = one_bucket(metric)
    if metric.expression is not None:
        return _expand(metric, matchers, ref, scope)
    selector = _selector(metric, matchers, scope)
    unit = units.parse_unit(selector.unit) if selector.unit is not None else None
    return Operand(typed.Current(selector), ref.span, value_type(_field_type(metric)), unit, name=metric.name)


def _selector(metric: Metric, matchers: tuple[typed.Matcher, ...], scope: Scope) -> typed.Selector:
    scope.metrics[metric.bucket, metric.measurement, metric.field] = metric
    return typed.Selector(
        bucket=metric.bucket,
        measurement=metric.measurement,
        field=metric.field,
        field_type=_field_type(metric),
        matchers=matchers,
        series_key=metric.series_key,
        staleness=scope.staleness(metric),
        memory=metric.memory or 0,
        expect=_expect(metric, matchers, scope),
        metric=metric.name,
        unit=_unit(metric),
    )


def _unit(metric: Metric) -> str | None:
    """The metric's unit; of a moment that of moments, also where the catalog says only in what they are counted, or not even that."""
    if metric.kind != "timestamp":
        return metric.unit
    counted = units.parse_unit(metric.unit or "s")
    return units.stamp_of(counted) or metric.unit


def _field_type(metric: Metric) -> typed.FieldType:
    """What the catalog says, or that it is a number, because it has a unit or is counted."""
    if metric.type == "unknown" and (
        metric.unit is not None or metric.kind in ("gauge", "counter", "timestamp")
    ):
        return "number"
    return metric.type


def _expect(
    metric: Metric, matchers: tuple[typed.Matcher, ...], scope: Scope
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Values of tags that must exist: the metric's, the rule's, and those of the catalog's tags that the metric surely has."""
    keys = metric.labels or metric.series_key or ()
    found = {tag.name: tag.expect for tag in scope.catalog.tags if tag.expect and tag.name in keys}
    found.update(dict(metric.expect))
    found.update(
        {tag: values for tag, values in scope.expect if metric.labels is None or tag in metric.labels}
    )
    return _narrowed(sorted(found.items()), matchers)


def _narrowed(
    expected: Iterable[tuple[str, tuple[str, ...]]], matchers: Iterable[typed.Matcher]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is expected of series whose tags are fixed: of a fixed tag that one value, if it is among those that must exist."""
    pins = {m.tag: m.value for m in matchers if m.op == "="}
    kept = ((tag, tuple(v for v in values if pins.get(tag, v) == v)) for tag, values in expected)
    return tuple((tag, values) for tag, values in kept if values)


# ---------------------------------------------------------------- tag conditions


def _matchers(
    ref: ast.MetricRef, metric: Metric, pins: tuple[Pin, ...], scope: Scope
) -> tuple[typed.Matcher, ...]:
    """Fixed tags, entities and filters together, sorted.

    Raises:
        AlertDslError: E205 for a tag that the metric has not, E206 for conditions that exclude each other, E207 for a
            regular expression that is none.
    """
    pinned: dict[str, str] = dict(metric.tags)
    for pin in pins:
        if pinned.setdefault(pin.tag, pin.value) != pin.value:
            message = f'{pin.tag} cannot be both "{pinned[pin.tag]}" and "{pin.value}"'
            raise error("E206", message, pin.span, "name one of them, or compare two metrics with and")
        check_tag(pin.tag, metric, pin.span)
    found = {typed.Matcher(tag, "=", value) for tag, value in pinned.items()}
    for written in ref.matchers:
        tag = resolve_tag(written.tag, scope, written.span, (metric,))
        if written.op == "=" and pinned.setdefault(tag, written.value) != written.value:
            message = f'{tag} cannot be both "{pinned[tag]}" and "{written.value}"'
            raise error("E206", message, written.span, _fixed_hint(metric, tag))
        if written.op in ("=~", "!~"):
            check_pattern(written.value, written.span)
        found.add(typed.Matcher(tag, written.op, written.value))
    return tuple(sorted(found))


def _fixed_hint(metric: Metric, tag: str) -> str:
    if tag in dict(metric.tags):
        return f"the catalog fixes {tag} for every use of {metric.name}; measurement.field names the series without that"
    return "a series has one value of a tag; compare two metrics with and, or use a regular expression"


def check_pattern(pattern: str, span: Span) -> None:
    """Refuses a regular expression that backends would read differently (E207)."""
    reason = check_regex(pattern)
    if reason is not None:
        message = f'"{pattern}" is not a regular expression that every database reads alike'
        raise error("E207", message, span, f"{reason} (the syntax is that of RE2)")


def resolve_tag(name: str, scope: Scope, span: Span, metrics: Collection[Metric | None] = ()) -> str:
    """The tag of `metrics` that a word means: one of their own first, then the catalog's names, aliases and plurals, else as written.

    Raises:
        AlertDslError: E203 where the word may be several tags, E205 where the one metric is known not to have the tag.
    """
    own = _own_tag(name, metrics)
    if own is not None:
        name = own
    elif not any(tag.name == name for tag in scope.catalog.tags):
        found = scope.catalog.tag_phrases.get(phrase(name), ())
        if len(found) > 1:
            options = " or ".join(sorted(t.name for t in found))
            raise error("E203", f'"{name}" may be the tag {options}', span, "write the tag's own name")
        singular = _common(name, metrics, "labels")
        if found:
            name = found[0].name
        elif singular is not None:
            name = singular
        else:
            _warn_misspelt_tag(name, scope, span)
    only = next(iter(metrics)) if len(metrics) == 1 else None
    if only is not None:
        check_tag(name, only, span)
    return name


def _own_tag(name: str, metrics: Collection[Metric | None]) -> str | None:
    """The tag that all metrics surely have and that is called so: ``server`` of a database, whatever ``server`` is an alias of."""
    if not metrics or None in metrics:
        return None
    known = [metric for metric in metrics if metric is not None]
    if all(name in (metric.labels or ()) or name in (metric.series_key or ()) for metric in known):
        return name
    return _common(name, metrics, "series_key")


def _common(
    name: str, metrics: Collection[Metric | None], what: Literal["labels", "series_key"]
) -> str | None:
    """The tag that all metrics name and of which `name` is the plural: ``hosts`` for ``host``."""
    named = [set(getattr(metric, what) or ()) for metric in metrics if metric is not None]
    keys = set.intersection(*named) if len(named) == len(metrics) and named else set()
    return next((key for key in sorted(keys) if phrase(name) in plurals(key)), None)


def check_tag(tag: str, metric: Metric, span: Span) -> None:
    """Refuses a tag that the metric is known not to have (E205)."""
    if metric.labels is None or tag in metric.labels or tag in (metric.series_key or ()):
        return
    hint, fixes = did_you_mean(tag, nearest(tag, metric.labels), span)
    hint = hint or f"its tags: {', '.join(metric.labels) or 'none'}"
    raise error("E205", f'{metric.name} has no tag "{tag}"', span, hint, fixes)


def _warn_misspelt_tag(name: str, scope: Scope, span: Span) -> None:
    near = nearest(name, _known_tags(scope.catalog), limit=1)
    if near and near[0] != name:
        fixes = (Fix(span, near[0], f'replace "{name}" by "{near[0]}"'),)
        hint = f'did you mean "{near[0]}"?'
        message = f'the catalog knows no tag "{name}"'
        scope.warnings.append(Diagnostic("W403", message, span, hint, Severity.WARNING, fixes=fixes))


def _known_tags(catalog: Catalog) -> Iterable[str]:
    yield from (t.name for t in catalog.tags)
    yield from (tag for e in catalog.entities for tag, _ in e.tags)
    yield from (tag for m in catalog.metrics for tag in m.series_key or ())


# ---------------------------------------------------------------- expression metrics


def _expand(metric: Metric, matchers: tuple[typed.Matcher, ...], ref: ast.MetricRef, scope: Scope) -> Operand:
    """The expression of a metric, with the tags, bucket and time limits of the metric given to the series in it."""
    from alertdsl.semantics.values import resolve_value

    assert metric.expression is not None
    if metric.name in scope.expanding:
        chain = " -> ".join((*scope.expanding, metric.name))
        raise error("E209", f"the expression of {metric.name} needs itself ({chain})", ref.span)
    inner = scope.inside(metric)
    try:
        operand = resolve_value(_parse_expression(metric.expression), inner)
    except AlertDslError as problem:
        where = f'in the expression of {metric.name} ("{metric.expression}"): '
        raise AlertDslError(
            replace(d, message=where + d.message, span=ref.span, fixes=()) for d in problem.diagnostics
        ) from None
    operand = replace(
        operand, value=_with_matchers(operand.value, matchers, ref), span=ref.span, name=metric.name
    )
    if metric.unit is not None:
        operand = replace(
            operand, unit=units.parse_unit(metric.unit), value=_in_unit(operand.value, metric.unit)
        )
    fixed = ", ".join(f'{tag}="{value}"' for tag, value in metric.tags)
    scope.made_of[metric.name] = metric.expression + (f" with {fixed}" if fixed else "")
    return _by_name(metric, matchers, operand) if scope.by_name else operand


def _by_name(metric: Metric, matchers: tuple[typed.Matcher, ...], operand: Operand) -> Operand:
    """The operand as if its series were kept under the metric's own name."""
    behind = [leaf.selector for leaf in leaves(operand.value)]
    selector = replace(
        behind[0],
        measurement="",
        field=metric.name,
        matchers=tuple(m for m in matchers if (m.tag, m.value) not in metric.tags),
        staleness=min(one.staleness for one in behind),
        memory=max(one.memory for one in behind),
        metric=metric.name,
        unit=metric.unit or unit_of(operand.value),
    )
    return replace(operand, value=typed.Current(selector))


def _in_unit(value: typed.Value, unit: str) -> typed.Value:
    """Where the expression only moves or turns one series (``100 - x``), that series has the unit of the result."""
    line = affine.line_of(value)
    if line is None or abs(line[1]) != 1:
        return value
    return map_leaves(
        value, lambda leaf: replace(leaf, selector=replace(leaf.selector, unit=leaf.selector.unit or unit))
    )


def _with_matchers(
    value: typed.Value, matchers: tuple[typed.Matcher, ...], ref: ast.MetricRef
) -> typed.Value:
    wanted = {m.tag: m.value for m in matchers if m.op == "="}

    def add(leaf: Leaf) -> typed.Value:
        selector = leaf.selector
        for tag, value in selector.pins:
            if wanted.get(tag, value) != value:
                message = f'{tag} cannot be both "{value}" and "{wanted[tag]}"'
                raise error("E206", message, ref.span)
        both = tuple(sorted({*selector.matchers, *matchers}))
        expect = _narrowed(selector.expect, both)
        return replace(leaf, selector=replace(selector, matchers=both, expect=expect))

    return map_leaves(value, add)


@lru_cache(maxsize=1024)
def _parse_expression(text: str) -> ast.Value:
    """The value that a catalog's expression says.

    Raises:
        AlertDslError: it is not a value.
    """
    from alertdsl.syntax.parser import parse_condition

    condition = parse_condition(f"({text}) > 0")
    if not isinstance(condition, ast.Compare):
        raise error("E209", f'"{text}" is not a value', Span(0, 0))
    return condition.left
