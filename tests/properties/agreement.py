"""Many cases in one store, and the reference: they have to say the same of each."""

from __future__ import annotations

from collections.abc import Sequence

from alertdsl_runtime.columns import Source
from tests.properties.asking import Said, differences, evaluator, one_by_one, reference
from tests.properties.case import Case
from tests.properties.stores import by_scene

Expected = list[dict[int, Said]]


def expected_of(cases: Sequence[Case]) -> dict[int, Expected]:
    """What the reference says of the cases of each scene, by the scene's start."""
    return {scene.start: [reference(case, scene.instants) for case in own] for scene, own in by_scene(cases)}


def assert_agreed(cases: Sequence[Case], source: Source, expected: dict[int, Expected] | None = None) -> None:
    """One evaluator of all the rules of a scene, instant by instant and for all instants at once.

    `expected` is what `expected_of` these cases says, where that is known.
    """
    told = expected_of(cases) if expected is None else expected
    for scene, own in by_scene(cases):
        rules = [case.rule for case in own]
        for ask in (one_by_one, evaluator):
            answers = ask(rules, source, scene.instants)
            for case, said, found in zip(own, told[scene.start], answers, strict=True):
                assert not differences(said, found, together=ask is evaluator), case
