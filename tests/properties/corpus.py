"""Cases that reference and evaluator once judged differently, each with what it is about."""

from __future__ import annotations

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, SECOND, FieldType, Group, Matcher, Selector
from tests.properties.case import Case
from tests.properties.condition_strategy import unhurried
from tests.properties.schema import COMMON_INSTANTS, MEMORY, START
from tests.reference.data import Scalar, Series, labels_of

OVERALL = Group("by")


def metric(
    name: str,
    kind: FieldType = "float",
    *matchers: Matcher,
    key: tuple[str, ...] | None = None,
    expect: tuple[tuple[str, tuple[str, ...]], ...] = (),
    staleness: int = 90 * SECOND,
) -> Selector:
    """The series of ``measurement.field``."""
    measurement, field = name.split(".")
    return Selector("", measurement, field, kind, matchers, key, staleness, MEMORY, expect, name)


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
) -> Case:
    """A rule of this condition, every minute."""
    rule = typed.Rule("named", "", when, unhurried(when), recover=recover, rungs=rungs)
    return Case(rule, stored, COMMON_INSTANTS)


def over(op: typed.CompareOp, left: typed.Value, bound: float | str | bool) -> typed.Condition:
    """``left op bound``."""
    return typed.Compare(op, left, typed.Const(bound))


LOAD = metric("cpu.load")
UP = metric("cpu.up", "boolean")
STATE = metric("cpu.state", "string")
WAIT = metric("web.wait")
PROBE = metric("probe.latency", key=("host",))
A, B = {"host": "a", "region": "x"}, {"host": "b", "region": "x"}
EXPECTED = (("host", ("a", "z")),)

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
}
