"""Since when an alert's condition holds."""

from __future__ import annotations

import pytest
from hypothesis import given

from alertdsl_runtime.evaluation.evaluator import Evaluator
from tests.properties.asking import TRUE, memory, reference
from tests.properties.case import Case
from tests.properties.corpus import CASES
from tests.properties.rule_strategy import cases
from tests.properties.test_agreement import many
from tests.reference import since


def assert_same_since(case: Case) -> None:
    """The moment that the reference finds; one just after a point is told as the time of that point."""
    evaluator = Evaluator([case.rule], memory(case.series))
    for instant, rows in reference(case).items():
        for labels, seen in (rows or {}).items():
            if seen["condition"] == seen["pending"] == TRUE:
                moment = since(case.rule, case.data, labels, instant)
                assert moment is not None
                assert evaluator.since(case.rule, labels, instant) in (moment, moment - 1)


@many
@given(cases())
def test_since(case: Case) -> None:
    """Whatever the rule and the series are."""
    assert_same_since(case)


@pytest.mark.parametrize("name", CASES)
def test_since_of_the_corpus(name: str) -> None:
    """What was judged differently once."""
    assert_same_since(CASES[name])
