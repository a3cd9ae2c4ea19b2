"""Strategies for irregular series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from alertdsl.semantics.typed import MINUTE, SECOND
from tests.properties.schema import MEMORY, NUMBERS, SLOT, SPAN, TEXTS, Scene, Stream
from tests.reference.data import Labels, Scalar, Series

FIRST_SLOT = -(MEMORY + MINUTE) // SLOT
LAST_SLOT = SPAN // SLOT + 2

_JITTER = st.sampled_from((0, 0, 0, 0, -1, 1, 3_000_000_000))
"""Points lie on window boundaries, a nanosecond beside them, or somewhere between."""


def seldom(draw: st.DrawFn, times: int) -> bool:
    """True about once in so many times; what hypothesis draws by itself leans towards the ends of a range."""
    return draw(st.integers(1, 10_000)) * 7919 % times == times // 2


def values_of(stream: Stream, start: int, *, infinite: bool) -> st.SearchStrategy[Scalar]:
    """Values of a field: small dyadic numbers, whose sums are exact in any order; moments are near `start`."""
    if stream.moments:
        return st.sampled_from([start // SECOND + away for away in (-600, -120, -60, -30, 0, 60, 180)])
    match stream.type:
        case "string":
            return st.sampled_from(TEXTS)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(-2, 4)
        case "unsigned":
            return st.integers(0, 4)
    rare: tuple[float, ...] = (math.inf, -math.inf) if infinite and not stream.counter else ()
    return st.sampled_from(NUMBERS * 3 + rare)


@st.composite
def points_of(
    draw: st.DrawFn, stream: Stream, start: int, *, storable: bool
) -> tuple[tuple[int, Scalar], ...]:
    """Points in the order in which they arrived: gaps, duplicates, late ones, and series that vanish and return.

    `storable` leaves out what InfluxDB cannot hold: NaN and Inf.
    """
    values = values_of(stream, start, infinite=not storable)
    points: list[tuple[int, Scalar]] = []
    total = 0.0
    for _ in range(draw(st.sampled_from((1, 2, 0, 1)))):  # runs of regular points
        slot = draw(st.integers(FIRST_SLOT // 2, LAST_SLOT))
        step = draw(st.sampled_from((1, 2, 3, 6)))
        usual = draw(values)
        for number in range(draw(st.integers(1, 16))):
            if stream.counter:
                total += draw(
                    st.sampled_from((0, 0.5, 1, 1, 2)) if stream.type == "float" else st.integers(0, 2)
                )
                total = 0.0 if seldom(draw, 8) else total
                value: Scalar = total if stream.type == "float" else int(total)
            else:
                value = draw(values) if seldom(draw, 8) else usual
            points.append((start + (slot + step * number) * SLOT, value))
    for _ in range(draw(st.integers(0, 5))):  # single points, anywhere, in any order
        slot = draw(st.integers(FIRST_SLOT, LAST_SLOT))
        points.append((start + slot * SLOT + draw(_JITTER), draw(values)))
    if not storable and stream.type == "float" and seldom(draw, 8):
        slot = draw(st.integers(FIRST_SLOT, LAST_SLOT))
        points.append(
            (start + slot * SLOT + 5, math.nan)
        )  # beside the others: it is no point, and replaces none
    return tuple(points)


@st.composite
def series_of(draw: st.DrawFn, stream: Stream, scene: Scene, *, storable: bool) -> list[Series]:
    """The series of a stream: some of its tag sets."""
    chosen = [labels for labels in stream.tag_sets if not seldom(draw, 4)]
    if stream.buckets:
        return draw(_buckets(stream, chosen, scene, storable=storable))
    return [
        _series(stream, labels, draw(points_of(stream, scene.start, storable=storable))) for labels in chosen
    ]


@st.composite
def _buckets(
    draw: st.DrawFn, stream: Stream, chosen: Sequence[Labels], scene: Scene, *, storable: bool
) -> list[Series]:
    """Buckets grow together: what fell below a bound fell below all higher ones. At times a point of one is lost."""
    out: list[Series] = []
    counts: dict[Labels, tuple[tuple[int, Scalar], ...]] = {}
    for labels in chosen:
        rest = tuple(pair for pair in labels if pair[0] != "le")
        if rest not in counts:
            counts[rest] = draw(points_of(stream, scene.start, storable=storable))
        factor = {"0.5": 1.0, "2": draw(st.sampled_from((1.0, 1.5))), "+Inf": 2.0}[dict(labels)["le"]]
        kept = [p for p in counts[rest] if not seldom(draw, 12)]
        out.append(_series(stream, labels, tuple((time, abs(float(v)) * factor) for time, v in kept)))
    return out


def _series(stream: Stream, labels: Labels, points: tuple[tuple[int, Scalar], ...]) -> Series:
    return Series(stream.measurement, stream.field, labels, points)


def without_simultaneous(
    series: Sequence[Series], keys: Mapping[str, tuple[str, ...] | None]
) -> list[Series]:
    """The series, of points of one logical series at one time only those of the first storage series."""
    taken: dict[tuple[object, ...], Labels] = {}
    out: list[Series] = []
    for one in series:
        key = keys[one.measurement]
        if key is not None:
            identity = (one.measurement, one.field, tuple(pair for pair in one.tags if pair[0] in key))
            points = tuple(p for p in one.points if taken.setdefault((*identity, p[0]), one.tags) == one.tags)
            one = replace(one, points=points)
        out.append(one)
    return out
