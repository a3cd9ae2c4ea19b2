"""What is generated: every construct, and rules that are often true and often false.

`-s` prints the shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest

from alertdsl.semantics import typed
from tests.properties.asking import FALSE, TRUE, reference
from tests.properties.case import Case
from tests.properties.rule_strategy import cases
from tests.properties.schema import SCENES
from tests.properties.stores import sample
from tests.reference.nodes import Node, children, conditions_of

CASES = 1_000
ELSEWHERE = {typed.Slot, typed.Line, typed.Steps, typed.CrossedPoints, typed.Firing}
"""What plans make of rules, and rules about rules, which `test_rules_about_rules` generates."""

KINDS = {*get_args(typed.Value), *get_args(typed.Condition)} - ELSEWHERE


@pytest.fixture(scope="module")
def generated() -> list[Case]:
    """Some of what the agreement is tested on."""
    return sample(cases(storable=True, scenes=SCENES), CASES)


def nodes(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for child in children(node):
        yield from nodes(child)
    match node:
        case typed.Lookup(rows=rows):
            yield from (value for _, value in rows)


def test_every_construct_is_generated(generated: list[Case]) -> None:
    """Each in some of the rules."""
    found: Counter[type] = Counter()
    for case in generated:
        kinds = {type(node) for condition in conditions_of(case.rule) for node in nodes(condition)}
        found.update(kinds)
    for kind in sorted(KINDS, key=lambda kind: -found[kind]):
        print(f"{kind.__name__:16}{found[kind] / CASES:7.1%}")
    assert not [kind.__name__ for kind in KINDS if not found[kind]]
    assert {op for case in generated for op in _quantities(case)} >= {"all", "any", "no", ">=", "=="}
    assert sum(case.rule.during is not None for case in generated) > CASES / 50


def _quantities(case: Case) -> Iterator[str]:
    for condition in conditions_of(case.rule):
        yield from (node.op for node in nodes(condition) if isinstance(node, typed.Quantified))


def test_no_truth_is_rare(generated: list[Case]) -> None:
    """Neither true nor false is less than a tenth of what is said, and some rules change between them."""
    told: Counter[int] = Counter()
    turning = 0
    for case in generated:
        seen: set[int] = set()
        for rows in reference(case).values():
            for columns in (rows or {}).values():
                truth = int(str(columns["condition"]))
                told[truth] += 1
                seen.add(truth)
        turning += {FALSE, TRUE} <= seen
    for name, truth in (("false", FALSE), ("unknown", 1), ("true", TRUE)):
        print(f"{name:16}{told[truth] / told.total():7.1%}")
    print(f"both of them    {turning / CASES:7.1%} of the rules")
    assert min(told[FALSE], told[TRUE]) > told.total() / 10
    assert turning > CASES / 10
