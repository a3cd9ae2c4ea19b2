"""Rules about rules: which wait for which, in what order they are evaluated, and circles, which are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields

from alertdsl.diagnostics import Diagnostic, Severity, Span
from alertdsl.semantics import typed
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.semantics.walk import children, conditions
from alertdsl.syntax import ast


def rules_awaited(rule: typed.Rule) -> frozenset[str]:
    """The names of the rules whose firing a rule asks for."""
    return frozenset(name for condition in conditions(rule) for name in _awaited(condition))


def _awaited(condition: typed.Condition) -> Iterator[str]:
    if isinstance(condition, typed.Firing):
        yield condition.rule
    for child in children(condition):
        yield from _awaited(child)


def circles(awaited: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """The circles met among rules, each once: ``(("a", "b"),)`` where a waits for b and b for a."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in awaited:
        if start in done:
            continue
        # Depth first by hand: chains of rules may be longer than Python's own stack.
        path = [start]
        stack = [iter(sorted(awaited[start]))]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                done.add(path.pop())
            elif name in path:
                circle = tuple(path[path.index(name) :])
                found.setdefault(frozenset(circle), circle)
            elif name in awaited and name not in done:
                path.append(name)
                stack.append(iter(sorted(awaited[name])))
    return tuple(found.values())


def in_order(rules: Sequence[typed.Rule]) -> tuple[typed.Rule, ...]:
    """The rules, each after those that it waits for; those in a circle in the order given."""
    by_name = {rule.name: rule for rule in rules}
    return tuple(by_name[name] for name in ordered({rule.name: rules_awaited(rule) for rule in rules}))


def ordered(awaited: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Names, each after those that it waits for; those in a circle in the order given."""
    out: dict[str, None] = {}
    opened: set[str] = set()
    for start in awaited:
        # By hand: chains of rules may be longer than Python's own stack.
        waiting = [start]
        while waiting:
            name = waiting[-1]
            missing = () if name in opened else sorted(set(awaited[name]) - out.keys())
            opened.add(name)
            more = [other for other in missing if other in awaited and other not in opened]
            if more:
                waiting.extend(more)
            else:
                out.setdefault(waiting.pop())
    return tuple(out)


def mentioned(text: str) -> frozenset[str]:
    """The names of the rules that a rule's text mentions, without looking up what its metrics are; none of a text that
    cannot be parsed."""
    from alertdsl.syntax.parser import parse_lenient

    if "firing" not in text.casefold():
        return frozenset()
    file, _ = parse_lenient(text, "")
    return frozenset(_mentions(file))


def _mentions(node: object) -> Iterator[str]:
    if isinstance(node, ast.Firing):
        yield node.rule
    if isinstance(node, tuple):
        for part in node:
            yield from _mentions(part)
    elif isinstance(node, ast.Node):
        for field in fields(node):
            yield from _mentions(getattr(node, field.name))


WAY_OUT = "take `is firing` out of one of them"


def circle_words(circle: tuple[str, ...]) -> str:
    """``rules wait for each other: a -> b -> a``."""
    if len(circle) == 1:
        return f"the rule {circle[0]} waits for itself"
    return f"rules wait for each other: {' -> '.join((*circle, circle[0]))}"


def circle_problem(circle: tuple[str, ...], span: Span) -> Diagnostic:
    """The error for rules that wait for each other (E226)."""
    return Diagnostic("E226", circle_words(circle), span, WAY_OUT)


def unknown_problems(
    mentions: Sequence[ast.Firing], known: Collection[str], *, complete: bool
) -> Iterator[Diagnostic]:
    """What is wrong with mentions of rules that nobody knows: an error where all rules are `known`, else a warning."""
    for node in mentions:
        if node.rule in known:
            continue
        hint, _ = did_you_mean(node.rule, nearest(node.rule, known), node.span)
        if complete:
            hint = hint or "write the name of a rule as it stands after `rule`"
            yield Diagnostic("E225", f'there is no rule "{node.rule}"', node.span, hint)
        else:
            message = f'no rule "{node.rule}" is in this file: it must be among the rules that run'
            yield Diagnostic("W405", message, node.span, hint, Severity.WARNING)
