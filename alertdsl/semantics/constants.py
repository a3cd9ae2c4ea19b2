"""Names that a rule file gives: constants (``let hot = 120k``) and tables of thresholds (``let limit by host = {...}``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Span, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.catalog import Phrase, phrase
from alertdsl.semantics.durations import format_duration
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.semantics.operands import Operand, adapt
from alertdsl.semantics.problems import FOLLOWS, each
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.series import resolve_tag
from alertdsl.syntax import ast

Resolve = Callable[[ast.Value, Scope], Operand]

_FLAGS: dict[Phrase | None, bool] = {("true",): True, ("false",): False}
_VALUE = re.compile(r"\{\{\s*([^\W\d]\w*(?:[.-]\w+)*)\s*(\|[^{}]*)?\}\}")


@dataclass(frozen=True, slots=True)
class Definition:
    """A `let`, with the text that its places refer to and the name of its file."""

    node: ast.Let
    text: str = ""
    file: str = ""


Definitions = Mapping[Phrase, Definition]


def key_of(ref: ast.MetricRef) -> Phrase | None:
    """The name under which a reference may be a constant; None where it has filters or entities."""
    if ref.matchers or ref.qualifiers:
        return None
    return phrase(" ".join(word.text for word in ref.words))


def definition_of(node: ast.Node, scope: Scope) -> Definition | None:
    """The constant that a reference names."""
    if not scope.definitions:
        return None
    key = key_of(node) if isinstance(node, ast.MetricRef) else None
    return None if key is None else scope.definitions.get(key)


def lone_text(node: ast.Node, scope: Scope) -> str | None:
    """A lone quoted word that names nothing: where the grammar takes it for a name, it is text."""
    if not isinstance(node, ast.MetricRef) or len(node.words) != 1 or not node.words[0].quoted:
        return None
    text = node.words[0].text
    known = phrase(text) in scope.catalog.metric_phrases or definition_of(node, scope) is not None
    return None if node.matchers or node.qualifiers or known or "." in text else text


_ISO = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", re.IGNORECASE)
CIRCLE = "let one of them be a number"


def resolve_constant(ref: ast.MetricRef, scope: Scope, resolve: Resolve) -> Operand | None:
    """The value of a constant, at the place where it is used; None if the reference names none.

    Raises:
        AlertDslError: E217 where it cannot be used or needs itself.
    """
    definition = definition_of(ref, scope)
    if definition is None:
        return None
    let = definition.node
    if let.name in scope.unfolding:
        chain = " -> ".join((*scope.unfolding, let.name))
        raise error("E217", f"the constant {let.name} needs itself ({chain})", ref.span, CIRCLE)
    scope.used[phrase(let.name)] = let
    unfolding = (*scope.unfolding, let.name)
    inner = replace(scope, text=definition.text, file=definition.file, warnings=[], unfolding=unfolding)
    try:
        operand = resolve_let(let, inner, resolve)
    except AlertDslError as problem:
        first = problem.diagnostics[0]
        if first.hint == CIRCLE and scope.unfolding:
            raise error(first.code, first.message, ref.span, first.hint) from None
        if definition.file == scope.file:
            # The constant itself says what is wrong with it.
            raise error(FOLLOWS, f"the constant {let.name} is wrong", ref.span) from None
        message = f"the constant {let.name} cannot be used: {first.message}"
        raise error("E217", message, ref.span, first.hint) from None
    return replace(operand, span=ref.span, name=operand.name or let.name)


def offer_constant(ref: ast.MetricRef, scope: Scope, problem: AlertDslError) -> AlertDslError:
    """The error for an unknown name, with the constants of nearly that name offered."""
    first = problem.diagnostics[0]
    if first.code not in ("E201", "E208") or key_of(ref) is None:
        return problem
    said = " ".join(word.text for word in ref.words)
    names = [definition.node.name for definition in scope.definitions.values()]
    hint, fixes = did_you_mean(said, nearest(said, names), ref.span)
    if not hint:
        return problem
    return AlertDslError((replace(first, hint=hint, fixes=fixes + first.fixes), *problem.diagnostics[1:]))


def resolve_let(let: ast.Let, scope: Scope, resolve: Resolve) -> Operand:
    """The value that a `let` gives; a table's value is a `Lookup` that still takes the unit of what it is compared with."""
    if let.by is not None:
        return _table(let, scope, resolve)
    assert let.value is not None
    return _value(let.value, scope, resolve)


def _value(node: ast.Value, scope: Scope, resolve: Resolve) -> Operand:
    """A value of a `let`, where a quoted word is text unless it names a metric, and `true` and `false` are what they say."""
    plain = replace(scope, definitions={})
    text = lone_text(node, plain)
    if text is not None:
        return resolve(ast.Text(text, span=node.span), plain)
    if isinstance(node, ast.MetricRef) and not node.words[0].quoted and key_of(node) in _FLAGS:
        return resolve(ast.Bool(_FLAGS[key_of(node)], span=node.span), plain)
    return resolve(node, scope)


def _table(let: ast.Let, scope: Scope, resolve: Resolve) -> Operand:
    assert let.by is not None
    tag = resolve_tag(let.by, scope, let.span)
    cells = each(_value, *((row.value, scope, resolve) for row in let.rows))
    first = cells[0]
    for i, cell in enumerate(cells):
        if not isinstance(cell.value, typed.Const):
            raise error("E217", "the rows of a table are numbers or text", cell.span)
        if cell.type != first.type:
            raise error("E220", "the rows of a table are all numbers, or all text", cell.span)
        if cell.unit != first.unit:
            cells[i] = _like(first, cell)
    rows = [(row.key, cell.value) for row, cell in zip(let.rows, cells, strict=True)]
    default = next((value for key, value in rows if key is None), None)
    lookup = typed.Lookup(tag, tuple((key, value) for key, value in rows if key is not None), default)
    return replace(first, value=lookup, span=let.span, name=let.name)


def _like(first: Operand, cell: Operand) -> Operand:
    """A cell in the unit of the first."""
    if first.unit is None or cell.unit is None:
        told, without = (first, cell) if first.unit is not None else (cell, first)
        assert told.unit is not None
        message = "some rows of the table have a unit and some have none"
        raise error("E230", message, without.span, f"write {told.unit.name} after each number")
    return adapt(cell, first)[0]


def length_of(duration: ast.Duration, what: str, scope: Scope, resolve: Resolve) -> ast.Duration:
    """A length of time with its name looked up (``for hold``).

    Raises:
        AlertDslError: E217 where the name is no constant, or no length of time; as `Scope.length` besides.
    """
    if duration.name is None:
        scope.length(duration, what)
        return duration
    ref = ast.MetricRef((ast.Word(duration.name),), span=duration.span)
    operand = resolve_constant(ref, scope, resolve)
    unit = None if operand is None else operand.unit
    if operand is None or not operand.literal or unit is None or unit.dimensions != units.SECONDS.dimensions:
        names = [definition.node.name for definition in scope.definitions.values()]
        near = nearest(duration.name, names) if operand is None else []
        hint, fixes = did_you_mean(duration.name, near, duration.span)
        iso = _ISO.fullmatch(duration.name)
        if iso is not None and any(iso.groups()):
            plain = "".join(f"{n}{u}" for n, u in zip(iso.groups(), "dhms", strict=True) if n)
            hint, fixes = f"write {plain}", (Fix(duration.span, plain, f"write {plain}"),)
        message = f'"{duration.name}" is no length of time'
        raise error("E217", message, duration.span, hint or "write for example 5m", fixes)
    ns = round(units.convert(operand.number, unit, units.NANOSECONDS))
    found = ast.Duration(ns, format_duration(ns), span=duration.span)
    scope.length(found, what)
    return found


def check_lets(definitions: Definitions, own: str, scope: Scope, resolve: Resolve) -> list[Diagnostic]:
    """What is wrong with the constants of the file called `own`, used or not."""
    found: list[Diagnostic] = []
    for key, definition in definitions.items():
        let = definition.node
        if definition.file != own:
            continue
        if key in scope.catalog.metric_phrases:
            message = f'"{let.name}" is a metric of the catalog: a constant of that name would hide it'
            told = Diagnostic("E218", message, let.span, "give the constant another name")
            found.append(told.in_text(definition.text, own))
            continue
        inner = replace(scope, text=definition.text, file=own, unfolding=(let.name,), warnings=[], used={})
        try:
            resolve_let(let, inner, resolve)
        except AlertDslError as problem:
            found.extend(d.in_text(definition.text, own) for d in problem.diagnostics)
    return _each_circle_once(found)


def _each_circle_once(found: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics, of those that tell of one circle of constants the first."""
    seen: set[frozenset[str]] = set()
    out: list[Diagnostic] = []
    for one in found:
        members = (
            frozenset(one.message[one.message.rfind("(") + 1 : -1].split(" -> "))
            if one.hint == CIRCLE
            else None
        )
        if members is None or members not in seen:
            out.append(one)
        if members is not None:
            seen.add(members)
    return out


# ---------------------------------------------------------------- in messages


def fill_template(template: str, span: Span, scope: Scope, resolve: Resolve) -> str:
    """A message, title or label with the constants in it written out: ``above {{ hot }}``. Other names are for the engine.

    `span` is the place to tell of errors.

    Raises:
        AlertDslError: E217 for a constant that is no number and no text.
    """

    if not scope.definitions:
        return template

    def write(found: re.Match[str]) -> str:
        ref = ast.MetricRef((ast.Word(found[1]),), span=span)
        operand = resolve_constant(ref, scope, resolve)
        if operand is None:
            return found[0]
        if not isinstance(operand.value, typed.Const):
            raise error("E217", f"{found[1]} is no number or text that a message could show", span)
        return _shown(operand, found[2])

    return _VALUE.sub(write, template)


def _shown(operand: Operand, filters: str | None) -> str:
    assert isinstance(operand.value, typed.Const)
    value = operand.value.value
    if isinstance(value, str):
        if filters is None and not set("{}") & set(value):
            return value
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{{{{ "{quoted}" {filters or ""}}}}}'
    if filters is not None:
        return f"{{{{ {value!r} {filters}}}}}"
    if isinstance(value, bool):
        return str(value).lower()
    return units.format_value(value, operand.unit.name if operand.unit else None)
