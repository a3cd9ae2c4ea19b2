"""What a name or a word means, in Markdown: for hovers and beside completions."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.diagnostics import AlertDslError
from alertdsl.reference import Construct, constructs, of_terminal
from alertdsl.semantics import units
from alertdsl.semantics.catalog import Catalog, Entity, Metric, Tag
from alertdsl.semantics.constants import Definition
from alertdsl.semantics.durations import spell_duration
from alertdsl.semantics.imports import Template
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.values import resolve_value
from alertdsl.syntax import ast
from alertdsl.syntax.format_values import value as written
from alertdsl.syntax.words import aggregate

_MOST = 12


def metric(one: Metric, catalog: Catalog) -> str:
    """A metric: where its points are, their unit and kind, how long they count, which series it has."""
    lines = [f"**{_plain(one.name)}** (metric)", "", *(f"* {line}" for line in _facts(one, catalog))]
    return "\n".join(lines)


def brief(one: Metric) -> str:
    """A metric in a few words: ``crypto.close, USD``."""
    read = one.expression or f"{one.measurement}.{one.field}"
    return f"{read}, {one.unit}" if one.unit else read


def _facts(one: Metric, catalog: Catalog) -> Iterator[str]:
    bucket = one.bucket or catalog.default_bucket
    if one.expression is not None:
        yield f"is {_code(one.expression)}"
    else:
        yield f"reads {_code(f'{one.measurement}.{one.field}')}" + (
            f" of bucket {_code(bucket)}" if bucket else ""
        )
    if one.unit:
        yield f"unit {_code(one.unit)}"
    if one.kind:
        yield f"kind {one.kind}"
    elif one.type != "unknown":
        yield f"type {one.type}"
    if one.interval is not None:
        yield f"a point is expected every {spell_duration(one.interval).removeprefix('1 ')}"
    if one.staleness is not None:
        yield f"a value counts until it is {spell_duration(one.staleness)} old"
    if one.tags:
        yield "always " + _tags(one.tags)
    if one.series_key is not None:
        yield f"one series for each {_listed(one.series_key)}" if one.series_key else "one series"
    if one.labels:
        yield f"tags {_listed(one.labels)}"
    if one.histogram:
        yield f"a histogram, buckets in the tag {_code(one.histogram)}: read with `p95 of ...`"
    if one.aliases:
        yield f"also called {_listed(one.aliases)}"


def entity(one: Entity) -> str:
    """An entity: the tags that it stands for."""
    also = f"\n\nAlso called {_listed(one.aliases)}." if one.aliases else ""
    return f"**{_plain(one.name)}** stands for {_tags(one.tags)}{also}"


def tag(one: Tag) -> str:
    """A tag: its other names and the values that it is known to have."""
    values = tuple(dict.fromkeys((*one.values, *one.expect)))
    lines = [f"**{_plain(one.name)}** (tag)"]
    if one.aliases:
        lines.append(f"Also called {_listed(one.aliases)}.")
    if values:
        lines.append(f"Values: {_listed(values)}.")
    return "\n\n".join(lines)


def constant(definition: Definition, catalog: Catalog, definitions: dict[tuple[str, ...], Definition]) -> str:
    """A constant: its value as written, and as it counts; or the rows of a table."""
    let = definition.node
    if let.by is not None:
        rows = (
            (_code(row.key) if row.key else "all others", _code(written(row.value)))
            for row in let.rows[:_MOST]
        )
        more = [f"* and {len(let.rows) - _MOST} more"] if len(let.rows) > _MOST else []
        lines = [
            f"**{_plain(let.name)}** is a table by `{let.by}`",
            "",
            *(f"* {key}: {value}" for key, value in rows),
        ]
        return "\n".join((*lines, *more))
    assert let.value is not None
    said = f"**{_plain(let.name)}** = {_code(written(let.value))}"
    counts = _counts(let.value, Scope(catalog, definition.text, definition.file, definitions=definitions))
    return said if counts is None or counts == written(let.value) else f"{said}, which is {counts}"


def _counts(value: ast.Value, scope: Scope) -> str | None:
    """The value with its magnitudes and constants worked out; None where it is no number, or wrong."""
    try:
        operand = resolve_value(value, scope)
        if not operand.literal:
            return None
        return units.format_value(operand.number, operand.unit.name if operand.unit else None)
    except (AlertDslError, ValueError):
        return None


def template(one: Template) -> str:
    """A template: its parameters with what they are unless said otherwise, and its text."""
    name = one.node.name or ""
    body = one.text[one.node.span.start : one.node.span.end].rstrip()
    return f"**{_plain(name)}({signature(one.node)})** (template)\n\n```alert\n{body}\n```"


def signature(rule: ast.Rule) -> str:
    """The parameters of a template: ``service, limit = 200ms``."""
    return ", ".join(
        p.name if p.default is None else f"{p.name} = {written(p.default)}" for p in rule.parameters
    )


def keyword(terminal: str, said: str) -> str:
    """What a word of the language does: how it is written, its meaning and an example; "" for a terminal that is no such word.

    `said` is the word as it is written: ``rate of`` and ``avg of`` are one terminal, and two things.
    """
    parts = []
    for construct in (*_function(terminal, said), *of_terminal(terminal))[:2]:
        example = code_block(construct.examples[0], "alert")
        parts.append(f"**{construct.title}**: {_code(construct.syntax)}\n\n{construct.meaning}\n\n{example}")
    return "\n\n".join(parts)


def _function(terminal: str, said: str) -> Iterator[Construct]:
    """The construct of an aggregate's function, by any of its names."""
    if terminal not in ("AGGREGATE", "COUNT_OF"):
        return
    function, percentile = aggregate(said)
    begins = f"{function if percentile is None else 'p95'} of "
    for construct in constructs().values():
        if any(form.startswith(begins) for form in construct.syntax.split(" | ")):
            yield construct
            return


def code_block(text: str, language: str = "text") -> str:
    """Text that stays as it is."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _tags(tags: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(_code(f'{key} = "{value}"') for key, value in tags)


def _listed(words: tuple[str, ...]) -> str:
    shown = ", ".join(_code(word) for word in words[:_MOST])
    return shown if len(words) <= _MOST else f"{shown} and {len(words) - _MOST} more"


def _code(text: str) -> str:
    """Text between as many backquotes as it needs."""
    text = " ".join(text.split())
    if "`" not in text:
        return f"`{text}`"
    ticks = "``"
    while ticks in text:
        ticks += "`"
    return f"{ticks} {text} {ticks}"


def _plain(text: str) -> str:
    """A name whose signs are not read as Markdown."""
    return "".join(f"\\{sign}" if sign in "\\*_`[]<>#" else sign for sign in text)
