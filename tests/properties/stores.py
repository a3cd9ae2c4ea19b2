"""Cases written to real stores: many of them in one, told apart by a tag."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.properties.case import Case, numbered
from tests.properties.schema import SCENES, STREAMS, Scene
from tests.reference.data import Scalar, Series
from tests.repeatable import repeatable

RUN = 500
"""How many cases are drawn in one go: what hypothesis knows of them stays in memory as long."""

TYPES = {(stream.measurement, stream.field): stream.type for stream in STREAMS}


def sample(strategy: st.SearchStrategy[Case], count: int, *, derandomize: bool = True) -> list[Case]:
    """So many cases of a strategy, numbered; the same ones each time unless told otherwise."""
    found: list[Case] = []
    for part in range(0, count, RUN):
        with repeatable() if derandomize else nullcontext():
            found += _run(strategy, min(RUN, count - part), part if derandomize else None)
    return [numbered(case, number) for number, case in enumerate(found)]


def _run(strategy: st.SearchStrategy[Case], count: int, start: int | None) -> list[Case]:
    found: list[Case] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(case: Case) -> None:
        found.append(case)

    (take if start is None else seed(start)(take))()
    return found[:count]


def by_scene(cases: Sequence[Case]) -> Iterator[tuple[Scene, list[Case]]]:
    """The cases of each scene: those are asked together."""
    for scene in SCENES:
        own = [case for case in cases if case.instants[0] == scene.start]
        if own:
            yield scene, own


def in_two_writes(series: Iterable[Series]) -> tuple[list[Series], list[Series]]:
    """The earlier and the later half of the points in order of arrival: late points and rewritten ones come second."""
    halves: tuple[list[Series], list[Series]] = ([], [])
    for one in series:
        middle = len(one.points) // 2
        halves[0].append(replace(one, points=one.points[:middle]))
        halves[1].append(replace(one, points=one.points[middle:]))
    return halves


def line_protocol(series: Iterable[Series]) -> Iterator[str]:
    """The points as InfluxDB takes them."""
    for one in series:
        tags = "".join(f",{tag}={value}" for tag, value in one.tags)
        kind = TYPES[one.measurement, one.field]
        for time, value in one.points:
            yield f"{one.measurement}{tags} {one.field}={_field(value, kind)} {time}"


def _field(value: Scalar, kind: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert math.isfinite(value)
    return f"{int(value)}{'u' if kind == 'unsigned' else 'i'}" if kind != "float" else repr(float(value))
