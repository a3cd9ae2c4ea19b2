"""Many cases in one store, and the reference: they have to say the same of each."""

from __future__ import annotations

from collections.abc import Sequence

from alertdsl_runtime.columns import Source
from tests.properties.asking import differences, evaluator, one_by_one, reference
from tests.properties.case import Case
from tests.properties.schema import COMMON_INSTANTS


def assert_agreed(cases: Sequence[Case], source: Source) -> None:
    """One evaluator of all the rules, instant by instant and for all instants at once."""
    rules = [case.rule for case in cases]
    expected = [reference(case, COMMON_INSTANTS) for case in cases]
    for ask in (one_by_one, evaluator):
        answers = ask(rules, source, COMMON_INSTANTS)
        for case, said, found in zip(cases, expected, answers, strict=True):
            assert not differences(said, found, together=ask is evaluator), case
