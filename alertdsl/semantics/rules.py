"""Resolves a rule: its conditions, its clauses, and what later stages derive from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from alertdsl.diagnostics import NOWHERE, AlertDslError, Span, error
from alertdsl.semantics import calendars, clauses, typed
from alertdsl.semantics.catalog import Catalog
from alertdsl.semantics.conditions import resolve_condition
from alertdsl.semantics.constants import Definitions, fill_template
from alertdsl.semantics.labels import check_matching
from alertdsl.semantics.places import at_word
from alertdsl.semantics.problems import Problems
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.series import resolve_tag
from alertdsl.semantics.values import resolve_value
from alertdsl.semantics.walk import children, conditions, longest, map_selectors, without_for
from alertdsl.syntax import ast

LONGEST_NAME = 120


def resolve_rule(
    node: ast.Rule,
    catalog: Catalog,
    text: str,
    canonical: Callable[[ast.Rule], str],
    definitions: Definitions,
    file: str,
) -> tuple[typed.Rule, Scope]:
    """The typed rule, and the scope with what was met on the way: warnings, constants used, rules asked for.

    `canonical` gives the rule's canonical text; `file` names the one that its text is from.

    Raises:
        AlertDslError: everything that is wrong with the rule.
    """
    problems = Problems()
    every = problems.run(at_word(lambda: clauses.resolve_every(node.every), text)) or typed.Every()
    zone = calendars.rule_zone(node)
    scope = Scope(catalog, text, file, every.interval, definitions=definitions, zone=zone)
    scope.expect = problems.run(lambda: _expected(node, scope)) or ()
    when, recover, rungs = _conditions(node, scope, problems)
    clause = _clauses(node, text, scope, problems)
    problems.raise_if_any()
    assert when is not None
    written = _written(node, scope, canonical)
    rule = typed.Rule(
        name=node.name or _name_of(written),
        text=written,
        when=when,
        pending=when,
        recover=recover,
        rungs=rungs,
        every=every,
        on_no_data=node.on_no_data or "keep",
        **clause,
    )
    return replace(_derived(rule, scope), said=_said(rule, node, scope)), scope


def _said(rule: typed.Rule, node: ast.Rule, scope: Scope) -> typed.Said | None:
    """The conditions with metrics that are made of others under their own names; None where there are none."""
    if not scope.made_of:
        return None
    problems = Problems()
    by_name = Scope(scope.catalog, scope.text, scope.file, scope.every, scope.expect, by_name=True)
    when, recover, rungs = _conditions(
        node, replace(by_name, definitions=scope.definitions, zone=scope.zone), problems
    )
    if when is None or problems.found:
        return None  # what is right of several series may be wrong of one
    named = _derived(replace(rule, when=when, recover=recover, rungs=rungs), scope)
    return typed.Said(named.when, named.recover, named.rungs, tuple(sorted(scope.made_of.items())))


def _expected(node: ast.Rule, scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((resolve_tag(e.tag, scope, e.span), e.values) for e in node.expect)


def _conditions(
    node: ast.Rule, scope: Scope, problems: Problems
) -> tuple[typed.Condition | None, typed.Condition | None, tuple[typed.Rung, ...]]:
    when = problems.run(lambda: resolve_condition(node.when, scope))
    if when is not None:
        problems.run(lambda: check_matching(when, node.when.span, scope))
    wanted = node.recover
    recover = None if wanted is None else problems.run(lambda: resolve_condition(wanted, scope))
    rungs = (problems.run(partial(_rung, rung, scope)) for rung in node.rungs)
    return when, recover, tuple(rung for rung in rungs if rung is not None)


def _clauses(node: ast.Rule, text: str, scope: Scope, problems: Problems) -> dict[str, Any]:
    severity = problems.run(lambda: clauses.resolve_ladder(node, text)) or "warning"
    notify = problems.run(lambda: clauses.resolve_notify(node, severity)) or ()
    problems.run(lambda: clauses.check_labels(node))
    problems.run(lambda: clauses.check_templates(node, text))
    repeat = problems.run(lambda: _length(node.repeat, "`repeat every`", scope))
    forget = problems.run(lambda: _length(node.forget_after, "`forget after`", scope))
    during = problems.run(at_word(lambda: calendars.resolve_during(node.during, scope.catalog), scope.text))
    escalations = problems.run(lambda: clauses.resolve_escalations(node, scope)) or ()
    texts = problems.run(lambda: _texts(node, scope)) or {}
    return {
        "severity": severity,
        "notify": notify,
        "repeat": repeat,
        "forget_after": forget,
        "during": during,
        "escalations": escalations,
        "once": node.once,
        **texts,
    }


def _texts(node: ast.Rule, scope: Scope) -> dict[str, Any]:
    """Title, message and labels with the constants in them written out."""

    def fill(template: str | None) -> str | None:
        return None if template is None else fill_template(template, node.span, scope, resolve_value)

    labels = tuple(sorted((key, fill(value) or "") for key, value in node.labels))
    return {"title": fill(node.title), "message": fill(node.message), "labels": labels}


def _rung(rung: ast.Rung, scope: Scope) -> typed.Rung:
    problems = Problems()
    when = problems.run(lambda: resolve_condition(rung.when, scope))
    recover = None
    if rung.recover is not None:
        wanted = rung.recover
        recover = problems.run(lambda: resolve_condition(wanted, scope))
    problems.raise_if_any()
    assert when is not None
    return typed.Rung(rung.severity.lower(), when, recover)


def _length(duration: ast.Duration | None, what: str, scope: Scope) -> int | None:
    return None if duration is None else scope.length(duration, what)


def _written(node: ast.Rule, scope: Scope, canonical: Callable[[ast.Rule], str]) -> str:
    """The rule's text with the constants that it uses before it, so that it is complete without its file."""
    text = canonical(node)
    if not scope.used:
        return text
    from alertdsl.syntax.format import format_file

    lets = tuple(replace(let, span=NOWHERE) for let in scope.used.values())
    return f"{format_file(ast.File((), lets))}\n{text}"


# ---------------------------------------------------------------- what follows from the conditions


def _derived(rule: typed.Rule, scope: Scope) -> typed.Rule:
    """The rule with memory, pending, `base_for`, subject and unit filled in."""
    span = max(longest(condition) for condition in conditions(rule))

    def remember(selector: typed.Selector) -> typed.Selector:
        memory = rule.forget_after or selector.memory or max(typed.DAY, 2 * span)
        return selector if memory == selector.memory else replace(selector, memory=memory)

    def change(condition: typed.Condition) -> typed.Condition:
        return map_selectors(condition, remember)

    when = change(rule.when)
    shown = subject_of(rule.when)
    return replace(
        rule,
        when=when,
        pending=without_for(when),
        recover=None if rule.recover is None else change(rule.recover),
        rungs=tuple(
            typed.Rung(r.severity, change(r.when), None if r.recover is None else change(r.recover))
            for r in rule.rungs
        ),
        base_for=base_for(when),
        subject=subject_of(when),
        unit=None if shown is None else scope.units.get(shown),
    )


def base_for(condition: typed.Condition) -> int:
    """The longest ``for`` at the top of a condition, in nanoseconds; 0 without one."""
    match condition:
        case typed.For(_, duration):
            return duration
        case typed.And(items) | typed.Or(items):
            return max(base_for(item) for item in items)
        case typed.Unless(left, _):
            return base_for(left)
        case _:
            return 0


def subject_of(condition: typed.Condition) -> typed.Value | None:
    """The left side of the first comparison, or the text of the first pattern: the value that messages show."""
    match condition:
        case typed.Compare():
            return condition.left
        case typed.Matches():
            return condition.operand
        case typed.Quantified():
            return None  # what it asks about are other label sets
    for child in children(condition):
        found = subject_of(child)
        if found is not None:
            return found
    return None


def _name_of(text: str) -> str:
    """A name for a lone condition: its canonical text on one line, cut where it is long."""
    name = " ".join(text.split())
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 12].rstrip()}... {hashlib.sha256(name.encode()).hexdigest()[:8]}"


def duplicate(name: str, span: Span, file: str) -> AlertDslError:
    """The error for a second rule of the same name; `file` has the first, "" for the same file."""
    message = f'another rule is already called "{name}"' + (f", in {file}" if file else "")
    return error("E212", message, span, "rule names are unique over all files")
