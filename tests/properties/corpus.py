"""Cases that reference and evaluator once judged differently, each with what it is about."""

from __future__ import annotations

from dataclasses import replace

from alertdsl.semantics import typed
from alertdsl.semantics.indicators import counted
from alertdsl.semantics.typed import MINUTE, SECOND, FieldType, Group, Matcher, Selector
from tests.properties.case import Case
from tests.properties.condition_strategy import unhurried
from tests.properties.schema import AUTUMN, MEMORY, PLAIN, SPRING, START, Scene
from tests.reference.data import Scalar, Series, labels_of

OVERALL = Group("by")


def metric(
    name: str,
    kind: FieldType = "float",
    *matchers: Matcher,
    key: tuple[str, ...] | None = None,
    expect: tuple[tuple[str, tuple[str, ...]], ...] = (),
    staleness: int = 90 * SECOND,
    memory: int = MEMORY,
) -> Selector:
    """The series of ``measurement.field``."""
    measurement, field = name.split(".")
    return Selector("", measurement, field, kind, matchers, key, staleness, memory, expect, name)


def series(name: str, tags: dict[str, str], *points: tuple[float, Scalar]) -> Series:
    """A series with points at so many seconds from the first instant."""
    measurement, field = name.split(".")
    written = tuple((START + round(seconds * SECOND), value) for seconds, value in points)
    return Series(measurement, field, labels_of(tags), written)


def case(
    when: typed.Condition,
    *stored: Series,
    recover: typed.Condition | None = None,
    rungs: tuple[typed.Rung, ...] = (),
    during: typed.During | None = None,
    scene: Scene = PLAIN,
    every: int = MINUTE,
) -> Case:
    """A rule of this condition; the series are moved to the scene."""
    rule = typed.Rule(
        "named",
        "",
        when,
        unhurried(when),
        recover=recover,
        rungs=rungs,
        every=typed.Every(every),
        during=during,
    )
    away = scene.start - START
    moved = (replace(s, points=tuple((time + away, value) for time, value in s.points)) for s in stored)
    return Case(rule, tuple(moved), scene.instants)


def over(op: typed.CompareOp, left: typed.Value, bound: float | str | bool) -> typed.Condition:
    """``left op bound``."""
    return typed.Compare(op, left, typed.Const(bound))


LOAD = metric("cpu.load")
LEVEL = metric("uneven.level")
UP = metric("cpu.up", "boolean")
STATE = metric("cpu.state", "string")
WAIT = metric("web.wait")
PROBE = metric("probe.latency", key=("host",))
A, B = {"host": "a", "region": "x"}, {"host": "b", "region": "x"}
EXPECTED = (("host", ("a", "z")),)

SHORT = metric("cpu.load", memory=90 * SECOND)
VERDE = "Atlantic/Cape_Verde"
LOAD_ELSEWHERE = metric("cpu.load", "float", Matcher("host", "=", "z"))


def _today(
    function: typed.WindowFunction | typed.DeltaFunction, zone: str = "UTC", group: Group | None = None
) -> typed.CalendarWindow:
    """The day so far, of the load."""
    return typed.CalendarWindow(function, LOAD, typed.Calendar("today", zone), group)


CASES: dict[str, Case] = {
    "a boolean literal is not the constant of another comparison": case(
        typed.For(
            typed.And((over("==", typed.Current(UP), False), over(">=", typed.Current(LOAD), 1.0))), MINUTE
        ),
        series("cpu.up", A, (0, False), (60, False), (120, False)),
        series("cpu.load", A, (0, 0.0), (60, 2.0), (90, 2.0)),
    ),
    "a boolean literal is not the number of the other rule": case(
        typed.Or((over("==", typed.Current(LOAD), 0.0), over("==", typed.Current(UP), True))),
        series("cpu.up", A, (0, True)),
        series("cpu.load", A, (0, 1.0)),
    ),
    "an expected value that a known series has takes no part in a match": case(
        typed.Missing(WAIT, MINUTE),
        series("web.wait", {"host": "a"}, (0, 0.0)),
        series("web.wait", {"host": "b"}, (0, 0.0)),
        series("probe.latency", {"host": "a", "code": "200"}, (0, 0.0)),
        recover=over(">", typed.Current(metric("probe.latency", key=("host",), expect=EXPECTED)), 0.0),
    ),
    "an expected value that the filter excludes is not expected": case(
        over(
            ">", typed.Current(metric("web.wait", "float", Matcher("host", "!=", "a"), expect=EXPECTED)), 0.0
        ),
        series("web.wait", {"host": "a"}, (0, 1.0)),
    ),
    "an expected value has no labels of a filter outside the key": case(
        over(
            ">",
            typed.Current(
                metric("probe.latency", "float", Matcher("code", "=", "200"), key=("host",), expect=EXPECTED)
            ),
            0.0,
        ),
        series("probe.latency", {"host": "a", "code": "200"}, (0, 0.0)),
        series("probe.latency", {"host": "a", "code": "500"}, (0, 0.0)),
    ),
    "an overall operand belongs to every label set, also those found later": case(
        typed.Or(
            (
                over(">", typed.Window("avg", LOAD, MINUTE, OVERALL), 0.0),
                typed.And((over("==", typed.Current(STATE), "ok"), over(">", typed.Current(LOAD), 1.0))),
            )
        ),
        series("cpu.state", A, (0, "ok")),
        series("cpu.load", B, (0, 0.0)),
    ),
    "a metric matches itself, whatever its series have of other tags": case(
        over(
            ">=",
            typed.Arithmetic(
                "-",
                typed.Current(metric("uneven.level")),
                typed.Extreme("min", metric("uneven.level"), MINUTE),
            ),
            0.5,
        ),
        series("uneven.level", {"host": "a"}, (0, 0.0), (30, 1.0)),
        series("uneven.level", {"host": "a", "region": "x"}, (0, 0.0)),
        series("uneven.level", {"region": "y"}, (0, 0.0), (10, 4.0)),
    ),
    "the first of nothing is unknown": case(
        over(">", typed.Window("first", LOAD, MINUTE, OVERALL), 0.0),
    ),
    "counted values are known of stale series under a for": case(
        typed.For(
            over(
                ">",
                typed.Combined(
                    "count",
                    typed.Current(metric("cpu.jobs", "integer", staleness=20 * SECOND)),
                    Group("by", ("host",)),
                ),
                1.0,
            ),
            20 * SECOND,
        ),
        series("cpu.jobs", A, (0, 0)),
        series("cpu.jobs", B, (0, 0)),
    ),
    "a deviation of one value lacks no points": case(
        over(">", typed.Combined("stddev", typed.Current(LOAD), OVERALL), 1.0),
        series("cpu.load", A, (0, 0.0)),
    ),
    "a stale operand that decides nothing is not why the rest is unknown": case(
        typed.Or(
            (
                over(">", typed.Arithmetic("/", typed.Current(LOAD), typed.Const(0.0)), 1.0),
                typed.And((over(">", typed.Current(LOAD), 5.0), over(">", typed.Current(WAIT), 1.0))),
            )
        ),
        series("cpu.load", A, (0, 0.0), (60, 0.0), (120, 0.0)),
        series("web.wait", {"host": "a"}, (-200, 0.0)),
    ),
    "a stale exception is not why the rest is unknown": case(
        typed.Unless(
            over(">", typed.Arithmetic("/", typed.Current(LOAD), typed.Const(0.0)), 1.0),
            over(">", typed.Current(WAIT), 1.0),
        ),
        series("cpu.load", A, (0, 0.0), (60, 0.0), (120, 0.0)),
        series("web.wait", {"host": "a"}, (-200, 0.0)),
    ),
    "a series is not missing before it was known": case(
        typed.For(typed.Missing(STATE, 20 * SECOND), 3 * MINUTE),
        series("cpu.state", A, (0, "ok")),
    ),
    "a group is what it is at the instant, also before": case(
        typed.And(
            (
                over(">=", typed.Current(LOAD), 0.0),
                typed.For(
                    over(
                        ">",
                        typed.Window(
                            "avg", metric("moving.speed", key=("host",)), MINUTE, Group("by", ("region",))
                        ),
                        1.0,
                    ),
                    MINUTE,
                ),
            )
        ),
        series("cpu.load", {"host": "c", "region": "y"}, (0, 0.0), (50, 0.0), (110, 0.0)),
        series("moving.speed", {"host": "a", "region": "x"}, (0, 0.0), (50, 0.0), (100, 2.0)),
        series("moving.speed", {"host": "a", "region": "y"}, (-10, 0.0)),
    ),
    "empty texts stay where they were written": case(
        # InfluxDB 2 moves them behind the others where raw points are read.
        typed.For(
            typed.Or((over("==", typed.Current(STATE), ""), over("==", typed.Current(STATE), "down"))),
            30 * SECOND,
        ),
        series(
            "cpu.state",
            A,
            (0, "down"),
            (10, ""),
            (20, "down"),
            (69, "ok"),
            (70, ""),
            (80, "down"),
            (90, "down"),
        ),
        series("cpu.state", B, (0, "café"), (10, ""), (60, "café"), (80, ""), (90, "ok"), (170, "")),
    ),
    "a series is known as long as it is remembered, even where its value is not stale yet": case(
        typed.For(
            over("!=", typed.Current(metric("cpu.load", staleness=2 * MINUTE, memory=90 * SECOND)), 2.0),
            MINUTE,
        ),
        series("cpu.load", A, (-60, 1.0), (10, 1.0)),
    ),
    "a value compared with what it was crosses what its average was": case(
        typed.For(
            typed.Crosses(typed.Current(LOAD), "above", typed.Baseline("avg", LOAD, MINUTE)), 30 * SECOND
        ),
        series("cpu.load", A, (-60, 1.0), (-30, 1.0), (0, 2.0), (40, 0.5), (70, 4.0), (130, 1.0)),
    ),
    "a day so far moves with the look at it": case(
        typed.Crosses(_today("last"), "above", typed.Const(1.0)),
        series("cpu.load", A, (-60, 0.0), (10, 2.0), (70, 0.0), (130, 4.0)),
    ),
    "an increase of today counts from the value at midnight": case(
        over(">", _today("increase", VERDE), 0.5),
        series("cpu.load", A, (-60, 1.0), (170, 2.0), (230, 4.0)),
        scene=SPRING,
    ),
    "the spread, the first and the last of a group's day are those of its points": case(
        typed.Or(
            (
                over(">", _today("stddev", VERDE, OVERALL), 0.9),
                over("==", _today("first", VERDE, OVERALL), 2.0),
                over("==", _today("last", VERDE, OVERALL), 8.0),
            )
        ),
        series("cpu.load", A, (-60, 9.0), (10, 2.0), (130, 4.0)),
        series("cpu.load", B, (-30, 7.0), (50, 2.0), (90, 8.0)),
        scene=SPRING,
    ),
    "a table is a bound that stays, so points cross it": case(
        typed.Crosses(typed.Current(LOAD), "above", typed.Lookup("host", (("a", typed.Const(1.0)),))),
        series("cpu.load", A, (0, 0.0), (20, 2.0), (40, 0.0), (80, 0.0), (100, 2.0)),
        series("cpu.load", B, (0, 0.0), (20, 2.0)),
    ),
    "what is level does not grow by rounding": case(
        over(">", typed.Slope(LOAD, 90 * SECOND), 0.0),
        series("cpu.load", A, *((10 * k, 0.0 if k != 8 else -1.5) for k in range(3, 14))),
    ),
    "a share is counted without dividing": case(
        typed.Quantified(
            ">=", 58.0, True, "host", over(">", typed.Current(metric("web.wait")), 0.0), OVERALL
        ),
        *(series("web.wait", {"host": str(k)}, (0, float(k < 29)), (60, float(k < 28))) for k in range(50)),
    ),
    "a share that no number of hosts has is not reached": case(
        typed.Quantified("==", 60.0, True, "host", over(">", typed.Current(LOAD), 0.0), OVERALL),
        series("cpu.load", A, (0, 1.0)),
        series("cpu.load", B, (-120, 1.0)),
    ),
    "what is counted of hosts lacks points where a host does, and no other series": case(
        typed.Quantified(
            ">=", 60.0, True, "host", over(">", typed.Current(metric("uneven.level")), 0.0), OVERALL
        ),
        series("uneven.level", {"region": "y"}, (-120, 1.0)),
        series("uneven.level", {"host": "a"}, (0, 1.0)),
        series("uneven.level", {"host": "a", "region": "x"}, (-120, 1.0)),
    ),
    "an exception makes no label sets for a quantifier": case(
        typed.Quantified(
            ">=",
            1.0,
            False,
            "host",
            typed.Unless(over(">", typed.Current(LOAD), 0.0), over(">", typed.Current(WAIT), 0.0)),
            OVERALL,
        ),
        series("cpu.load", A, (0, 1.0), (100, 1.0)),
        series("web.wait", {"host": "a"}, (60, 1.0)),
        series("web.wait", {"host": "c"}, (60, 1.0)),
    ),
    "an exception to what is absent makes no label sets": case(
        typed.Unless(typed.Absent(LOAD), over(">", typed.Current(WAIT), 0.0)),
        series("web.wait", {"host": "a"}, (0, 1.0)),
        series("web.wait", {"host": "b"}, (50, 1.0)),
    ),
    "what is absent is so for every alert alike": case(
        typed.And(
            (
                over(">=", typed.Current(LOAD), 0.0),
                typed.Absent(metric("web.wait", "float", Matcher("host", "=", "a"))),
            )
        ),
        series("cpu.load", B, (0, 0.0), (60, 0.0)),
        series("web.wait", {"host": "a"}, (0, 0.0)),
    ),
    "points that are not there hold nothing": case(
        typed.And(
            (
                over(">=", typed.Slope(LOAD, MINUTE), 0.0),
                typed.HeldPoints(over(">=", typed.Current(LOAD_ELSEWHERE), 0.0), 1),
            )
        ),
        series("cpu.load", A, (0, 0.0), (30, 0.0)),
    ),
    "a point just before the instant counts for the nanosecond that it is old": case(
        typed.HeldFor(over(">", typed.Current(LOAD), 0.0), 20 * SECOND, 20 * SECOND),
        series("cpu.load", A, (60 - 1e-9, 0.0)),
    ),
    "a crossing whose bound is as old as memory reads no empty range": case(
        typed.Changes(metric("cpu.load", memory=90 * SECOND), "==", 1, 90 * SECOND),
        series("cpu.load", A, (-10, 0.0), (20, 1.0), (90, 2.0)),
    ),
    "expected series never crossed anything": case(
        typed.Crosses(typed.Current(metric("web.wait", expect=EXPECTED)), "above", typed.Const(0.0)),
        series("web.wait", {"host": "b"}, (0, 0.0), (70, 1.0)),
    ),
    "a day of a group has the series that are known": case(
        over(">", typed.CalendarWindow("avg", SHORT, typed.Calendar("today"), OVERALL), 0.0),
        series("cpu.load", A, (-200, 4.0)),
        series("cpu.load", B, (0, 0.0), (90, 0.0)),
    ),
    "hours are what clocks show, twice where they go back": case(
        over(">=", typed.Current(LOAD), 0.0),
        series("cpu.load", A, *((20 * k, 0.0) for k in range(12))),
        during=typed.During(((59, 61),), zone="Atlantic/Azores"),
        scene=AUTUMN,
    ),
    "hours that begin where clocks skip begin at once": case(
        over(">=", typed.Current(LOAD), 0.0),
        series("cpu.load", A, *((20 * k, 0.0) for k in range(12))),
        during=typed.During(((90, 125),), zone="Europe/London"),
        scene=SPRING,
    ),
    "a count of the time before is 0 for what is known now": case(
        typed.Crosses(
            typed.Arithmetic(
                "+", typed.Counted(LOAD, (typed.PointTest(">", 0.0),), MINUTE), typed.Const(0.0)
            ),
            "above",
            typed.Const(0.0),
        ),
        series("cpu.load", A, (10, 1.0)),
    ),
    "groups that are looked at at two times are one operand": case(
        typed.Crosses(
            typed.Combined(
                "avg", typed.Window("avg", metric("uneven.level"), MINUTE), Group("by", ("host",))
            ),
            "above",
            typed.Const(0.0),
        ),
        series("uneven.level", {"host": "a"}, (0, 0.0), (70, 1.0)),
        series("uneven.level", {"region": "y"}, (0, 0.0)),
        series("uneven.level", {"host": "b", "region": "y"}, (0, 0.0)),
    ),
    "a crossing of values is looked at at the instants": case(
        typed.Or(
            (
                typed.Not(
                    typed.Crosses(
                        typed.Otherwise(typed.Current(LOAD), typed.Const(0.0)), "above", typed.Const(0.0)
                    )
                ),
                over(">", typed.Current(LOAD), 0.0),
            )
        ),
        series("cpu.load", B, (30, 0.0)),
    ),
    "a crossing of counts within several `for` is looked at at the instants": case(
        typed.For(
            typed.HeldFor(
                typed.Crosses(
                    typed.Distinct(
                        metric("cpu.load", memory=3 * MINUTE, staleness=20 * SECOND),
                        "host",
                        Group("by", ("host",)),
                    ),
                    "above",
                    typed.Const(0.0),
                ),
                20 * SECOND,
                MINUTE,
            ),
            90 * SECOND,
        ),
        series("cpu.load", B, (-301, 1.0), (-60, 1.0)),
        every=20 * SECOND,
    ),
    "how long an alert has been true is sought in the memory of its own condition": case(
        over(">=", typed.Current(SHORT), 0.0),
        series("cpu.load", B, *((at, 1.0) for at in range(-200, 240, 20))),
        recover=over("<", typed.Current(LOAD), 0.0),
    ),
    "a percentile of the buckets of today is looked back to": case(
        typed.Crosses(
            typed.Histogram(0.5, metric("http.seconds"), "le", 0, calendar=typed.Calendar("today")),
            "above",
            typed.Const(0.5),
        ),
        *(
            series("http.seconds", {"host": "a", "le": le}, (-30, 0.0), (20, early), (80, late))
            for le, early, late in (("0.5", 4.0, 4.0), ("2", 4.0, 40.0), ("+Inf", 4.0, 40.0))
        ),
    ),
    "what is counted over series may be text": case(
        typed.Compare(
            ">=",
            counted(
                typed.And((over("==", typed.Current(STATE), "down"), over(">", typed.Current(LOAD), 1.0))),
                OVERALL,
            ),
            typed.Const(1.0),
        ),
        series("cpu.state", A, (-30, "down")),
        series("cpu.state", B, (-30, "up"), (100, "down")),
        series("cpu.load", A, (-30, 0.0), (20, 4.0)),
        series("cpu.load", B, (-30, 4.0)),
    ),
    "an alert that is pending is matched as strictly as one that fires": case(
        typed.And(
            (
                typed.Quantified(
                    ">",
                    3.0,
                    False,
                    "region",
                    over("!=", typed.Current(LEVEL), 0.75),
                    Group("by", ("region",)),
                ),
                over(
                    ">",
                    typed.Arithmetic(
                        "+",
                        typed.Combined("avg", typed.Absolute(typed.Current(LEVEL)), Group("by", ("host",))),
                        typed.Window("count", LOAD, MINUTE, Group("by", ("host",))),
                    ),
                    0.0,
                ),
            )
        ),
        series("cpu.load", {"host": "c", "region": "y"}, (-10, 4.0)),
        series("uneven.level", {"host": "b", "region": "y"}, (-40, 2.0)),
    ),
    "of a label that several operands tell differently the first counts": case(
        typed.Quantified(
            "<",
            100.0,
            True,
            "code",
            typed.Or(
                (
                    over(">", typed.Current(metric("probe.failures", "integer", key=("host",))), 2.0),
                    over(">", typed.Current(metric("probe.latency", key=("host",)), 10 * SECOND), 9.0),
                )
            ),
            OVERALL,
        ),
        series("probe.failures", {"host": "a", "code": "500"}, (20, 3)),
        series("probe.failures", {"host": "b", "code": "200"}, (20, 0)),
        series("probe.latency", {"host": "a", "code": "200"}, (25, 1.0)),
        series("probe.latency", {"host": "b", "code": "200"}, (25, 1.0)),
    ),
    "nothing but a spike in the middle of a window does not fall by rounding": case(
        typed.HeldFor(over("<", typed.Slope(LOAD, 90 * SECOND), 0.0), 20 * SECOND, 20 * SECOND),
        series("cpu.load", B, *((at, -1.5 if at == 100 else 0.0) for at in range(0, 130, 10))),
    ),
    "what is level but for its middle does not fall by rounding": case(
        typed.HeldFor(over("<", typed.Slope(LOAD, 90 * SECOND), 0.0), 20 * SECOND, 2 * MINUTE),
        series("cpu.load", B, (-40, 1.0), (-10, 1.0), (20, 0.0), (50, 1.0)),
    ),
}
