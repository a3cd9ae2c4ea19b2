"""Rules about rules, ready to be evaluated: each mention of another rule with the condition that makes its label sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from alertdsl.semantics import typed
from alertdsl.semantics.dependencies import ordered
from alertdsl.semantics.tree import rebuild


class Link(NamedTuple):
    """What a mentioned rule is: the key under which its alerts are kept, and its condition, linked itself; None where its
    text cannot be read."""

    key: str
    condition: typed.Condition | None


def linked(rule: typed.Rule, links: Mapping[str, Link]) -> typed.Rule:
    """The rule with what it needs to know of the rules that it mentions, by their names."""

    def change(node: Any) -> Any:
        if not isinstance(node, typed.Firing):
            return rebuild(node, change)
        key, condition = links[node.rule]
        return typed.Firing(key, None if condition is None else typed.Awaited(condition))

    def optional(node: typed.Condition | None) -> typed.Condition | None:
        return None if node is None else change(node)

    return replace(
        rule,
        when=change(rule.when),
        pending=change(rule.pending),
        recover=optional(rule.recover),
        rungs=tuple(replace(r, when=change(r.when), recover=optional(r.recover)) for r in rule.rungs),
    )


def levels(awaited: Mapping[str, Collection[str]]) -> dict[str, int]:
    """How many rules one after the other each waits for, 0 for none; rules that are not there count as one. No circles."""
    found: dict[str, int] = {}
    for name in ordered(awaited):
        found[name] = max((1 + found.get(other, 0) for other in awaited[name]), default=0)
    return found
