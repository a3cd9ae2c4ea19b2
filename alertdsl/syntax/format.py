"""The canonical spelling of conditions, rules and files: one way to write each thing, comments kept.

Brackets show what `for` holds; numbers take magnitudes where those are exact (70k, 1.5M); parsing the output gives the
same tree, and formatting it again the same text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from alertdsl.syntax import ast
from alertdsl.syntax.comments import CommentedClause, attach
from alertdsl.syntax.format_values import (
    baseline,
    bound,
    free_identifier,
    grouping,
    identifier,
    name,
    operand,
    tags,
    value,
)
from alertdsl.syntax.quantities import format_duration, format_number
from alertdsl.syntax.texts import quote
from alertdsl.syntax.words import QUANTIFIER_WORDS

_Item = ast.Rule | ast.Use | ast.Let | ast.Import
_HOLDS = (ast.For, ast.ForPoints)
_ENDS_IN_FOR = (ast.Missing, ast.Growing)


def format_rule_text(text: str, file: str = "<rule>") -> str:
    """The canonical spelling of a rule file, or of a lone condition.

    Raises:
        AlertDslError: if the text has errors.
    """
    from alertdsl.syntax.parser import parse_rules

    return format_file(parse_rules(text, file))


def format_file(file: ast.File) -> str:
    """The canonical spelling of a rule file, in the order written."""
    if len(file.rules) == 1 and file.rules[0].name is None:
        return _lone_condition(file)
    items: list[_Item] = sorted(
        (*file.imports, *file.lets, *file.rules, *file.uses), key=lambda item: item.span.start
    )
    comments = attach(file)
    out: list[str] = []
    for i, item in enumerate(items):
        if i and (isinstance(item, ast.Rule) or type(item) is not type(items[i - 1])):
            out.append("")
        out.extend(_item(item, comments.get(item.span.start, [])))
    out.extend(comment for clause in comments.get(-1, []) for comment in clause.above)
    return "\n".join(out) + "\n"


def format_condition(node: ast.Condition) -> str:
    """The canonical spelling of a condition."""
    inner: tuple[type, ...]
    match node:
        case ast.Unless():
            left = _bracketed(node.left, (ast.Unless, ast.Or))
            return f"{left} unless {_bracketed(node.right, (ast.Unless, ast.Or))}"
        case ast.Or():
            return " or ".join(
                _bracketed(x, (ast.Unless, ast.Or, ast.Quantified, *_HOLDS)) for x in node.items
            )
        case ast.And():
            inner = (ast.Unless, ast.Or, ast.And, ast.Quantified, *_HOLDS)
            return " and ".join(_bracketed(x, inner) for x in node.items)
        case ast.For():
            share = f" of {format_duration(node.of.ns)}" if node.of is not None else ""
            length = node.duration.name or format_duration(node.duration.ns)
            return f"{_held(node.operand)} for {length}{share}"
        case ast.ForPoints():
            return f"{_held(node.operand)} for {node.points} {'point' if node.points == 1 else 'points'}"
        case ast.Not():
            inner = (ast.Unless, ast.Or, ast.And, ast.Not, ast.Quantified, *_HOLDS, *_ENDS_IN_FOR)
            return f"not {_bracketed(node.operand, inner)}"
        case ast.Quantified():
            return _quantified(node)
        case _:
            return _predicate(node)


def _bracketed(node: ast.Condition, kinds: tuple[type, ...]) -> str:
    text = format_condition(node)
    return f"({text})" if isinstance(node, kinds) else text


def _held(node: ast.Condition) -> str:
    inner = (ast.Unless, ast.Or, ast.And, ast.Not, ast.Quantified, *_HOLDS, *_ENDS_IN_FOR)
    return _bracketed(node, inner)


def _quantified(node: ast.Quantified) -> str:
    out = QUANTIFIER_WORDS[node.op]
    if node.op not in ("all", "any", "no"):
        out += f" {format_number(node.count, 'x').removesuffix(' x')}" + ("% of" if node.share else "")
    out += f" {identifier(node.tag)}"
    if node.grouping is not None:
        out += f" {grouping(node.grouping)}"
    have = "has" if node.op in ("any", "no") and not node.tag.endswith("s") else "have"
    return f"{out} {have} {_bracketed(node.condition, (ast.Unless, ast.Or, ast.Quantified))}"


def _predicate(node: ast.Condition) -> str:  # noqa: C901 - one line for each kind of predicate
    match node:
        case ast.Compare():
            return f"{operand(node.left)} {node.op} {operand(node.right)}"
        case ast.Between():
            return _between(node)
        case ast.OneOf():
            choices = ", ".join(value(c) for c in node.choices)
            return f"{operand(node.operand)} {'not in' if node.negated else 'in'} ({choices})"
        case ast.Matches():
            verb = "does not match" if node.negated else "matches"
            return f"{operand(node.operand)} {verb} {quote(node.pattern)}"
        case ast.Missing():
            by = f" {grouping(node.grouping)}" if node.grouping is not None else ""
            return f"{name(node.operand)}{by} is missing for {format_duration(node.duration.ns)}"
        case ast.Absent():
            return f"{name(node.operand)} is absent"
        case ast.Firing():
            return f"{free_identifier(node.rule)} is {'not ' if node.negated else ''}firing"
        case ast.Growing():
            return f"{operand(node.operand)} is {node.direction} for {format_duration(node.duration.ns)}"
        case ast.Moves():
            within = format_duration(node.within.ns)
            return f"{operand(node.operand)} {node.direction} by {bound(node.amount)} within {within}"
        case ast.Crosses():
            return f"{operand(node.operand)} crosses {node.direction} {operand(node.bound)}"
        case ast.DownFrom():
            subject = f"{operand(node.operand)} is {node.direction}"
            amount = bound(node.amount)
            by = "" if re.match(r"[$€£¥\d]", amount) else "by "
            return f"{subject} {by}{amount} from {baseline(node.baseline)}"
        case ast.Differs():
            return f"{operand(node.operand)} differs from {operand(node.other)} by more than {bound(node.amount)}"
        case ast.Deviates():
            distance = f"{format_number(node.count)} {node.measure}"
            return f"{operand(node.operand)} deviates by {distance} from {baseline(node.baseline)}"
        case ast.Trend():
            verb = "will fall below" if node.direction == "below" else "will rise above"
            out = (
                f"{operand(node.operand)} {verb} {bound(node.bound)} within {format_duration(node.within.ns)}"
            )
            return out if node.window is None else f"{out} at its {format_duration(node.window.ns)} trend"
        case ast.Changes():
            often = f"{'more than' if node.op == '>' else 'at least'} {node.times} times"
            return f"{operand(node.operand)} changes {often} within {format_duration(node.within.ns)}"
        case _:  # pragma: no cover - the others are not predicates
            raise TypeError(f"no predicate: {type(node).__name__}")


def _between(node: ast.Between) -> str:
    low, high = bound(node.low), bound(node.high)
    be = "" if isinstance(node.low, ast.Number) else "is "
    if node.negated:
        return f"{operand(node.operand)} {be}outside {low} to {high}"
    return f"{operand(node.operand)} {be}between {low} and {high}"


# ---------------------------------------------------------------- rules and files


def _lone_condition(file: ast.File) -> str:
    text = format_condition(file.rules[0].when)
    if _noise().match(text) and not text.startswith("once"):
        text = f"when {text}"  # the first words of the name would be taken for the noise before a condition
    clauses = [line for kind, line in _clauses(file.rules[0]) if kind != "when"]
    return "\n".join([*(comment for _, comment in file.comments), text, *clauses])


@functools.cache
def _noise() -> re.Pattern[str]:
    """What the grammar takes for noise before a condition."""
    from alertdsl.syntax.loader import lark_parser

    return re.compile(lark_parser().get_terminal("PREFIX").pattern.to_regexp(), re.IGNORECASE)


def _item(item: _Item, comments: list[CommentedClause]) -> Iterator[str]:
    lines = [("", text) for text in (_let(item),)] if isinstance(item, ast.Let) else []
    if isinstance(item, ast.Import):
        lines = [("", f"import {quote(item.path)}")]
    elif isinstance(item, ast.Use):
        lines = [("", _use(item))]
    elif isinstance(item, ast.Rule):
        title = f" {quote(item.title)}" if item.title is not None else ""
        head = f"rule {identifier(item.name or '')}{_parameters(item.parameters)}{title}"
        lines = [("", head), *_clauses(item)]
    for kind, text in lines:
        mine = [c for c in comments if c.kind == kind]
        indent = "  " if kind else ""
        beside = [comment for c in mine for comment in c.beside]
        above = [comment for c in mine for comment in c.above]
        if len(beside) > 1:
            above, beside = [*above, *beside], []
        yield from (indent + comment if comment else "" for comment in above)
        yield indent + text + (f"  {beside[0]}" if beside else "")


def _parameters(parameters: tuple[ast.Parameter, ...]) -> str:
    if not parameters:
        return ""
    said = (p.name if p.default is None else f"{p.name} = {bound(p.default)}" for p in parameters)
    return f"({', '.join(said)})"


def _use(use: ast.Use) -> str:
    said = (bound(a.value) if a.name is None else f"{a.name} = {bound(a.value)}" for a in use.arguments)
    out = f"use {identifier(use.template)}({', '.join(said)})"
    return out if use.name is None else f"{out} as {identifier(use.name)}"


def _let(let: ast.Let) -> str:
    if let.by is None:
        assert let.value is not None
        return f"let {identifier(let.name)} = {value(let.value)}"
    rows = ", ".join(
        f"else {bound(row.value)}" if row.key is None else f"{identifier(row.key)} = {bound(row.value)}"
        for row in let.rows
    )
    return f"let {identifier(let.name)} by {identifier(let.by)} = {{ {rows} }}"


def _clauses(rule: ast.Rule) -> Iterator[tuple[str, str]]:
    yield "when", f"when {format_condition(rule.when)}"
    if rule.recover is not None:
        yield "recover", f"recover when {format_condition(rule.recover)}"
    if rule.severity is not None:
        yield "severity", ", ".join([f"severity {rule.severity}", *(_rung(r) for r in rule.rungs)])
    if rule.every is not None:
        yield "every", _every(rule.every)
    if rule.during is not None:
        yield "during", _during(rule.during)
    if rule.labels:
        yield "labels", "labels " + ", ".join(f"{identifier(k)} = {quote(v)}" for k, v in rule.labels)
    if rule.notify:
        yield "notify", "notify " + ", ".join(_target(t) for t in rule.notify)
    if rule.repeat is not None:
        yield "repeat", f"repeat every {format_duration(rule.repeat.ns)}"
    for step in rule.escalations:
        after = format_duration(step.after.ns)
        yield "escalate", f"escalate to {identifier(step.target)} after {after} unacknowledged"
    if rule.on_no_data is not None:
        yield "on", f"on no data {rule.on_no_data}"
    if rule.forget_after is not None:
        yield "forget", f"forget after {format_duration(rule.forget_after.ns)}"
    if rule.once:
        yield "once", "once"
    for expect in rule.expect:
        yield "expect", f"expect {tags([expect.tag])} in ({', '.join(quote(v) for v in expect.values)})"
    if rule.message is not None:
        yield "message", f"message {quote(rule.message)}"


def _rung(rung: ast.Rung) -> str:
    out = f"{rung.severity} when {format_condition(rung.when)}"
    return out if rung.recover is None else f"{out} recover when {format_condition(rung.recover)}"


def _target(target: ast.NotifyTarget) -> str:
    return identifier(target.target) + (f" when {target.severity}" if target.severity else "")


def _every(every: ast.Every) -> str:
    if every.interval is not None:
        return f"every {format_duration(every.interval.ns)}"
    return f"every day at {every.at}" + (f" in {every.zone}" if every.zone else "")


def _during(during: ast.During) -> str:
    out = "during " + ", ".join(during.ranges)
    out += f" on {', '.join(during.days)}" if during.days else ""
    out += f" in {during.zone}" if during.zone else ""
    return out + (f" except {', '.join(during.excepted)}" if during.excepted else "")
