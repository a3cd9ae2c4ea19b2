"""`temperature > 30 °C in the garage`: an entity or a filter behind a comparison belongs to the value before it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, cast

from alertdsl.diagnostics import Fix, Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.tree import nodes


@dataclass(slots=True)
class Place:
    """The words of an entity, or a filter.

    Attributes:
        words: empty where it is a filter.
        matcher: None where it is an entity.
    """

    words: tuple[ast.Word, ...]
    matcher: ast.TagMatcher | None
    span: Span


def refuse_everyone(node: ast.Condition, place: Place) -> None:
    """`cpu usage > 90% on all hosts`: an alert for each of them, or one for all together?

    Raises:
        AlertDslError: E001 with both readings as fixes.
    """
    from alertdsl.syntax.format import format_condition

    first, *rest = place.words or (None,)
    if first is None or first.text.lower() not in ("all", "every") or not rest:
        return
    each = format_condition(node)
    tag = " ".join(word.text for word in rest)
    together = f"all {tag if tag.endswith('s') else f'{tag}s'} have {each}"
    span = node.span.to(place.span)
    fixes = (
        Fix(span, each, "an alert for each by itself"),
        Fix(span, together, "one for all of them together"),
    )
    message = "an alert for each of them, or one when it holds for all?"
    raise error(codes.UNEXPECTED, message, place.span, f"write {each}   or   {together}", fixes)


def located(node: ast.Value, place: Place) -> ast.Value:
    """The value with the entity or filter on the one metric in it.

    Raises:
        AlertDslError: E001 where there are several metrics, or none.
    """
    metrics = [one for one in nodes(node) if isinstance(one, ast.MetricRef)]
    if len(metrics) != 1:
        hint = "write it behind the metric that it belongs to"
        raise error(codes.UNEXPECTED, "which metric does this belong to?", place.span, hint)
    old = metrics[0]
    if place.matcher is None:
        # The span reaches to the place, so that no one takes the name alone for the whole of it.
        new = replace(old, qualifiers=(*old.qualifiers, place.words), span=old.span.to(place.span))
    else:
        new = replace(old, matchers=(*old.matchers, place.matcher))
    return cast(ast.Value, _with(node, old, new))


def located_condition(node: ast.Condition, place: Place) -> ast.Condition:
    """`cpu usage > 90% for 5m on web1`: one comparison with the entity or filter on its left side.

    Raises:
        AlertDslError: E001 where it is anything else.
    """
    refuse_everyone(node, place)
    if isinstance(node, ast.Compare):
        return replace(node, left=located(node.left, place), span=node.span.to(place.span))
    if isinstance(node, ast.Between):
        return replace(node, operand=located(node.operand, place), span=node.span.to(place.span))
    hint = "write it behind the metric that it belongs to"
    raise error(codes.UNEXPECTED, "which condition does this belong to?", place.span, hint)


def _with(node: Any, old: ast.Node, new: ast.Node) -> Any:
    """The tree with one node exchanged."""
    if node is old:
        return new
    if isinstance(node, tuple):
        return tuple(_with(item, old, new) for item in node)
    if not isinstance(node, ast.Node):
        return node
    found = {f.name: _with(getattr(node, f.name), old, new) for f in fields(node) if f.name != "span"}
    changed = {name: value for name, value in found.items() if value is not getattr(node, name)}
    return replace(node, **changed) if changed else node


def refuse_place_of_some(before: list[ast.Condition], after: list[ast.Condition]) -> None:
    """`cpu usage > 90% or load > 8 on web1`: of the second alone, or of both?

    Raises:
        AlertDslError: E001 with both readings as fixes.
    """
    from alertdsl.syntax.format import format_condition

    place = _place_behind(after[-1])
    if place is None or not all(_has_no_place(item) for item in (*before, *after[:-1])):
        return
    span = before[0].span.to(after[-1].span)
    if len(before) > 1 or len(after) > 1:
        raise error(codes.UNEXPECTED, "which of them does this belong to?", place.span, "say it in each")
    both = ast.Or((located_condition(before[0], place), after[0]))
    readings = [format_condition(ast.Or((before[0], after[0]))), format_condition(both)]
    fixes = [Fix(span, text, f"read as: {text}") for text in readings]
    raise error(
        codes.UNEXPECTED,
        "is this of the second condition, or of both?",
        place.span,
        "write " + "   or   ".join(readings),
        fixes,
    )


def _place_behind(node: ast.Condition) -> Place | None:
    inner = node.operand if isinstance(node, ast.For) else node
    if not isinstance(inner, ast.Compare):
        return None
    for metric in (one for one in nodes(inner.left) if isinstance(one, ast.MetricRef)):
        for words in metric.qualifiers:
            if words[0].span.start > inner.right.span.start:
                return Place(words, None, words[0].span.to(words[-1].span))
        for matcher in metric.matchers:
            if matcher.span.start > inner.right.span.start:
                return Place((), matcher, matcher.span)
    return None


def _has_no_place(node: ast.Condition) -> bool:
    return not any(one.qualifiers or one.matchers for one in nodes(node) if isinstance(one, ast.MetricRef))
