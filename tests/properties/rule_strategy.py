"""Strategies for typed rules of all that is built, and for cases: a rule with series for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hypothesis import strategies as st

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Condition, Matcher, Selector, Value
from tests.properties.case import Case
from tests.properties.condition_strategy import Conditions, unhurried
from tests.properties.schema import EVERY, FORGETFUL, LENGTHS, PLAIN, SPAN, STREAMS, Scene, Stream
from tests.properties.series_strategy import seldom, series_of, without_simultaneous
from tests.reference.calendar import MINUTES_OF_A_DAY, local
from tests.reference.nodes import children

_MATCH: tuple[typed.MatchOp, ...] = ("=", "=", "!=", "=~", "!~")


@st.composite
def _selector(draw: st.DrawFn, stream: Stream) -> Selector:
    filters: list[Matcher] = []
    tags = [tag for tag in stream.tags if tag != "le"]
    if seldom(draw, 4) and tags:
        tag = draw(st.sampled_from(tags))
        value = draw(st.sampled_from(sorted({dict(labels).get(tag, "a") for labels in stream.tag_sets})))
        op = draw(st.sampled_from(_MATCH))
        filters = [Matcher(tag, op, value if op in ("=", "!=") else f"^({value}|zz)$")]
    expect: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if seldom(draw, 8) and "host" in stream.tags and not stream.buckets:
        expect = (("host", ("a", "z")),)
    return Selector(
        bucket="",
        measurement=stream.measurement,
        field=stream.field,
        field_type=stream.type,
        matchers=tuple(filters),
        series_key=stream.key,
        staleness=draw(st.sampled_from(LENGTHS)),
        memory=draw(st.sampled_from(FORGETFUL)),
        expect=expect,
        metric=f"{stream.measurement} {stream.field}",
    )


def _base_for(condition: Condition) -> int:
    match condition:
        case typed.For(_, duration):
            return duration
        case typed.And(items) | typed.Or(items):
            return max(map(_base_for, items))
        case typed.Unless(left, _):
            return _base_for(left)
    return 0


def _values(node: Condition | Value) -> Iterator[Value]:
    if isinstance(node, typed.Compare):
        yield node.left
    if not isinstance(node, typed.Quantified):  # below it are other label sets than the alert's
        for child in children(node):
            yield from _values(child)


@st.composite
def _during(draw: st.DrawFn, scene: Scene) -> typed.During:
    """Hours that often begin or end while the scene is played."""
    zone = draw(st.sampled_from(scene.zones))
    here = local(scene.start, zone)
    now = here.hour * 60 + here.minute

    def near() -> int:
        return (now + draw(st.sampled_from((-120, -60, -1, 0, 1, 2, 3, 60, 61, 62, 120)))) % MINUTES_OF_A_DAY

    day = here.date()
    ranges = {(near(), near()) for _ in range(draw(st.sampled_from((1, 1, 2))))}
    if seldom(draw, 6):
        ranges = {(0, MINUTES_OF_A_DAY)}
    days = draw(
        st.sampled_from(
            (
                tuple(range(7)),
                tuple(range(7)),
                (day.weekday(),),
                ((day.weekday() - 1) % 7, day.weekday()),
                (2, 6),
            )
        )
    )
    excepted = ((near(), near()),) if seldom(draw, 4) else ()
    dates = {str(day - timedelta(days=draw(st.sampled_from((0, 1)))))} if seldom(draw, 4) else set()
    return typed.During(tuple(sorted(ranges)), tuple(sorted(days)), zone, excepted, tuple(sorted(dates)))


@st.composite
def rules(
    draw: st.DrawFn, streams: tuple[Stream, ...], scene: Scene = PLAIN, *, ladder: bool = True
) -> typed.Rule:
    """A rule over some streams."""
    parts = Conditions(draw, tuple((stream, draw(_selector(stream))) for stream in streams), scene)
    when = parts.condition()
    recover = parts.condition(1) if ladder and seldom(draw, 4) else None
    rungs: tuple[typed.Rung, ...] = ()
    if ladder and seldom(draw, 4):
        own = parts.condition(0) if draw(st.booleans()) else None
        rungs = (typed.Rung("critical", parts.condition(1), own),)
    return typed.Rule(
        name="generated",
        text="",
        when=when,
        pending=unhurried(when),
        recover=recover,
        rungs=rungs,
        base_for=_base_for(when),
        every=typed.Every(draw(st.sampled_from(EVERY))),
        subject=next(_values(when), None),
        during=draw(_during(scene)) if ladder and seldom(draw, 6) else None,
    )


@st.composite
def cases(
    draw: st.DrawFn, *, storable: bool = False, ladder: bool = True, scenes: tuple[Scene, ...] = (PLAIN,)
) -> Case:
    """A rule, its series, and the instants; `storable` leaves out what InfluxDB cannot hold."""
    scene = draw(st.sampled_from(scenes))
    streams = tuple(draw(st.lists(st.sampled_from(STREAMS), min_size=1, max_size=2, unique=True)))
    if not any(stream.numeric for stream in streams):
        streams = (*streams, STREAMS[0])
    rule = draw(rules(streams, scene, ladder=ladder))
    series = [one for stream in streams for one in draw(series_of(stream, scene, storable=storable))]
    # What several points of one series at one time mean is left open.
    series = without_simultaneous(series, {stream.measurement: stream.key for stream in streams})
    every = rule.every.interval
    return Case(rule, tuple(series), tuple(range(scene.start, scene.start + SPAN + 1, every)))
