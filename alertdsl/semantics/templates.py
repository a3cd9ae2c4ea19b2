"""Rules made from templates: ``use slow(service = "checkout", limit = 200ms)``.

The parameters are put into the tree, so that the rule's text is complete without its template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from alertdsl.diagnostics import AlertDslError, error
from alertdsl.semantics.catalog import Phrase, phrase
from alertdsl.semantics.constants import key_of
from alertdsl.semantics.durations import format_duration
from alertdsl.semantics.imports import Library, Template
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.semantics.units import NANOSECONDS, SECONDS, convert, parse_unit
from alertdsl.syntax import ast

_NAME = re.compile(r"\{\{\s*([^\W\d]\w*(?:[.-]\w+)*)\s*((?:\|[^{}]*)?)\}\}")


@dataclass(frozen=True, slots=True)
class Instance:
    """A rule made from a template, with the text that its places refer to."""

    node: ast.Rule
    template: Template


def instance_of(use: ast.Use, library: Library) -> Instance:
    """The rule that a `use` makes.

    Raises:
        AlertDslError: E224 for a template that is not there, or arguments that are not its parameters.
    """
    template = library.templates.get(use.template)
    if template is None:
        hint, _ = did_you_mean(use.template, nearest(use.template, library.templates), use.span)
        hint = hint or f'a template is a rule with parameters: rule {use.template}(limit) "..."'
        raise error("E224", f'there is no rule "{use.template}" with parameters', use.span, hint)
    arguments = _arguments(use, template.node)
    values = {phrase(name): value for name, value in arguments.items()}
    node = replace(template.node, parameters=(), name=use.name or _name(use, template.node, arguments))
    return Instance(_filled(node, values), template)


def _arguments(use: ast.Use, rule: ast.Rule) -> dict[str, ast.Value]:
    """The value of each parameter, by its name."""
    names = [parameter.name for parameter in rule.parameters]
    given = _given(use, names)
    defaults = {p.name: p.default for p in rule.parameters if p.default is not None}
    missing = [name for name in names if name not in given and name not in defaults]
    if missing:
        message = f"{use.template} needs {' and '.join(missing)} too"
        raise error("E224", message, use.span, f"write {missing[0]} = ...")
    return {**defaults, **given}


def _given(use: ast.Use, names: list[str]) -> dict[str, ast.Value]:
    """The arguments that a `use` writes, by the names of their parameters."""
    found: dict[str, ast.Value] = {}
    for position, argument in enumerate(use.arguments):
        name = argument.name
        if name is None:
            if position >= len(names):
                message = f"{use.template} takes {len(names)} arguments: {', '.join(names)}"
                raise error("E224", message, argument.span, "leave out what is too much")
            name = names[position]
        if name not in names:
            hint, _ = did_you_mean(name, nearest(name, names), argument.span)
            hint = hint or f"its parameters: {', '.join(names)}"
            raise error("E224", f'{use.template} has no parameter "{name}"', argument.span, hint)
        if name in found:
            raise error("E224", f'the parameter "{name}" is given twice', argument.span)
        found[name] = argument.value
    return found


def _name(use: ast.Use, rule: ast.Rule, arguments: Mapping[str, ast.Value]) -> str:
    """``slow checkout``: the template with the names among what was given, or with all of it where there is none."""
    given = _given(use, [parameter.name for parameter in rule.parameters])
    names = [value for value in given.values() if isinstance(value, ast.MetricRef)]
    return " ".join((use.template, *(_text(value) for value in names or given.values())))


def _text(value: ast.Value) -> str:
    """A value as it stands inside a text."""
    from alertdsl.syntax.format_values import value as written

    if isinstance(value, ast.MetricRef) and not value.matchers and not value.qualifiers:
        return " ".join(word.text for word in value.words)
    return written(value)


# ---------------------------------------------------------------- putting values in


def _filled(node: Any, values: Mapping[Phrase, ast.Value]) -> Any:
    """The tree with each parameter replaced; places stay those of the template."""
    if isinstance(node, str):
        return _NAME.sub(lambda found: _in_text(found, values), node)
    if isinstance(node, tuple):
        return tuple(_filled(one, values) for one in node)
    if isinstance(node, ast.MetricRef):
        return _reference(node, values)
    if isinstance(node, ast.Duration):
        return _length(node, values)
    if isinstance(node, ast.Node):
        changes = {f.name: _filled(getattr(node, f.name), values) for f in fields(node) if f.name != "span"}
        return replace(node, **changes)
    return node


def _reference(ref: ast.MetricRef, values: Mapping[Phrase, ast.Value]) -> ast.Value:
    matchers = tuple(_filled(matcher, values) for matcher in ref.matchers)
    qualifiers = tuple(_words(words, values) for words in ref.qualifiers)
    value = values.get(key_of(replace(ref, matchers=(), qualifiers=())) or ())
    if value is None:
        return replace(ref, matchers=matchers, qualifiers=qualifiers)
    value = cast("ast.Value", _placed(value, ref))
    if not matchers and not qualifiers:
        return value
    if not isinstance(value, ast.MetricRef):
        raise error("E224", "a filter stands behind a metric, and this parameter is none", ref.span)
    return replace(value, matchers=value.matchers + matchers, qualifiers=value.qualifiers + qualifiers)


def _length(node: ast.Duration, values: Mapping[Phrase, ast.Value]) -> ast.Duration:
    """A length of time, which may be a parameter (``for hold``) or then a constant."""
    value = None if node.name is None else values.get(phrase(node.name))
    if value is None:
        return node
    if isinstance(value, ast.MetricRef) and key_of(value) is not None:
        name = " ".join(word.text for word in value.words)
        return replace(node, name=name, text=name)
    unit = parse_unit(value.unit) if isinstance(value, ast.Number) and value.unit is not None else None
    if not isinstance(value, ast.Number) or unit is None or unit.dimensions != SECONDS.dimensions:
        raise error("E224", f"{node.name} is no length of time here", node.span, "give for example 5m")
    ns = round(convert(value.value, unit, NANOSECONDS))
    return ast.Duration(ns, format_duration(ns), span=node.span)


def _words(words: tuple[ast.Word, ...], values: Mapping[Phrase, ast.Value]) -> tuple[ast.Word, ...]:
    """The words of an entity (``cpu usage on server``), which may be a parameter."""
    value = values.get(phrase(" ".join(word.text for word in words)))
    if not isinstance(value, ast.MetricRef) or value.matchers or value.qualifiers:
        return words
    return tuple(replace(word, span=words[0].span) for word in value.words)


def _placed(node: Any, at: ast.Node) -> Any:
    """The tree with all its places at the parameter that it stands for."""
    if isinstance(node, tuple):
        return tuple(_placed(one, at) for one in node)
    if not isinstance(node, ast.Node):
        return node
    changes = {f.name: _placed(getattr(node, f.name), at) for f in fields(node) if f.name != "span"}
    return replace(node, **changes, span=at.span)


def _in_text(found: re.Match[str], values: Mapping[Phrase, ast.Value]) -> str:
    value = values.get(phrase(found[1]))
    if value is None:
        return found[0]
    if not found[2]:
        return _text(value)
    literal = repr(value.value) if isinstance(value, ast.Number) else f'"{_text(value)}"'
    return f"{{{{ {literal} {found[2]}}}}}"


def within(instance: Instance, problem: AlertDslError, use: ast.Use, name: str) -> AlertDslError:
    """An error of an instance: at its place in the template if that is in the same file, else at the `use`."""
    if instance.template.file == name:
        told = (
            replace(d, message=f"{d.message} (in use as {instance.node.name})") for d in problem.diagnostics
        )
        return AlertDslError(d.in_text(instance.template.text, name) for d in told)
    where = f"in {use.template}, of {instance.template.file.rpartition('/')[2]}: "
    return AlertDslError(
        replace(d, message=where + d.message, span=use.span, fixes=()) for d in problem.diagnostics
    )
