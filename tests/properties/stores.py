"""Cases written to real stores: many of them in one, told apart by a tag."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.properties.case import Case, numbered
from tests.properties.schema import SCENES, STREAMS, Scene
from tests.reference.data import Scalar, Series

TYPES = {(stream.measurement, stream.field): stream.type for stream in STREAMS}


def sample(strategy: st.SearchStrategy[Case], count: int, *, derandomize: bool = True) -> list[Case]:
    """So many cases of a strategy, numbered; the same ones each time unless told otherwise."""
    found: list[Case] = []

    @settings(
        max_examples=count,
        derandomize=derandomize,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(case: Case) -> None:
        found.append(case)

    take()
    return [numbered(case, number) for number, case in enumerate(found[:count])]


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
