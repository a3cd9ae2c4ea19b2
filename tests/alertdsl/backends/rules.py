"""Rules whose scripts are run on a real server, with the series for which each is true on the data of `lines`."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.semantics import typed
from alertdsl.semantics.typed import (
    HOUR,
    MINUTE,
    SECOND,
    And,
    Arithmetic,
    Compare,
    Condition,
    Const,
    Current,
    Delta,
    Extreme,
    For,
    Group,
    Matcher,
    Missing,
    Not,
    Or,
    Rung,
    Selector,
    Unless,
    Window,
)

T = 1_767_268_800 * SECOND
"""2026-01-01T12:00:00Z, the instant of all of them."""

BARE = Selector("", "room", "temperature", "float")
USAGE = Selector("", "cpu", "usage", "float")
JOBS = Selector("", "cpu", "jobs", "integer")
SENT = Selector("", "cpu", "sent", "unsigned")
STATE = Selector("", "cpu", "state", "string")
UP = Selector("", "cpu", "up", "boolean")
BTC = Selector("", "crypto", "price", "float", (Matcher("symbol", "=", "BTC"),))
ETH = Selector("", "crypto", "price", "float", (Matcher("symbol", "=", "ETH"),))
BUCKETS = Selector("", "http", "count", "integer")
NOWHERE = Selector("", "cpu", "nowhere", "float", (Matcher("host", "=", "a"),))
HOSTS = "abcd"


def usage(host: str, back: int) -> float:
    """a: high for long; b: high for 3 minutes; c: high but stopped 8 minutes ago; d: high with one dip."""
    match host:
        case "b":
            return 90.0 if back <= 180 else 20.0
        case "d":
            return 10.0 if back == 100 else 90.0
    return 90.0


BOUNDS: dict[str, dict[str, int]] = {
    "a": {"0.1": 9, "0.5": 10, "+Inf": 10},
    "b": {"0.1": 10, "0.5": 10, "+Inf": 10},
    "c": {"0.1": 1, "0.5": 10},
    "d": {"0.1": 2, "0.5": 9, "1": 9, "+Inf": 10},
    "e": {"0.1": 0, "+Inf": 0},
}
"""What each bucket counts in ten seconds: the 95th percentiles are 0.3, 0.095, unknown, 1 and unknown."""


def lines() -> Iterator[str]:
    """An hour of points every 10 seconds, in line protocol."""
    for back in range(3600, 0, -10):
        time = T - back * SECOND
        for host, bounds in BOUNDS.items():
            since = 3600 - back if back > 120 else 120 - back  # all of them start anew two minutes ago
            for bound, each in bounds.items():
                yield f"http,host={host},le={bound} count={each * since // 10}i {time}"
        for host in HOSTS:
            if host == "c" and back < 480:
                continue
            region = "x" if host in "ab" else "y"
            state = "crit" if host == "b" and back < 240 else "ok"
            fields = f'usage={usage(host, back)},jobs={back // 10}i,sent={3600 - back}u,state="{state}",up={str(host != "d").lower()}'
            yield f"cpu,host={host},region={region} {fields} {time}"
        yield f"room temperature=21.5 {time}"
        yield f"crypto,symbol=BTC,ex=k price={71000 + back / 100} {time}"
        yield f"crypto,symbol=ETH,ex=k price={3400 - back / 100} {time}"


def above(selector: Selector = USAGE, bound: float = 80.0) -> Compare:
    return Compare(">", Current(selector), Const(bound))


def host(name: str) -> Selector:
    return Selector("", "cpu", "usage", "float", (Matcher("host", "=", name),))


CASES: dict[str, tuple[Condition, set[str] | None]] = {
    "threshold": (above(), {"a", "b", "d"}),
    "threshold_of_one": (above(host("a")), {"a"}),
    "no_tags": (above(BARE, 20.0), {""}),
    "no_tags_held": (For(above(BARE, 20.0), 5 * MINUTE), {""}),
    "integer": (Compare("<=", Current(JOBS), Const(1.0)), {"a", "b", "d"}),
    "unsigned": (Compare(">=", Current(SENT), Const(0.0)), {"a", "b", "d"}),
    "negative": (Compare(">", Current(USAGE), Const(-5.0)), {"a", "b", "d"}),
    "text": (Compare("==", Current(STATE), Const("crit")), {"b"}),
    "boolean": (Compare("==", Current(UP), Const(False)), {"d"}),
    "held": (For(above(), 5 * MINUTE), {"a"}),
    "held_low": (For(Compare("<", Current(USAGE), Const(95.0)), 5 * MINUTE), {"a", "b", "d"}),
    "held_equal": (For(Compare("==", Current(USAGE), Const(90.0)), 2 * MINUTE), {"a", "b"}),
    "held_text": (For(Compare("==", Current(STATE), Const("crit")), 3 * MINUTE), {"b"}),
    "held_boolean": (For(Compare("!=", Current(UP), Const(False)), 3 * MINUTE), {"a", "b"}),
    "held_unequal": (For(Compare("!=", Current(USAGE), Const(20.0)), 5 * MINUTE), None),
    "average": (Compare(">", Window("avg", USAGE, 5 * MINUTE), Const(80.0)), {"a", "d"}),
    "count": (Compare(">", Window("count", USAGE, 9 * MINUTE), Const(10.0)), {"a", "b", "d"}),
    "count_of_silence": (Compare("<", Window("count", USAGE, 5 * MINUTE), Const(10.0)), {"c"}),
    "count_by_host": (
        Compare("==", Window("count", USAGE, 5 * MINUTE, Group("by", ("host",))), Const(0.0)),
        {"c"},
    ),
    "count_of_nothing": (Compare("<", Window("count", NOWHERE, 5 * MINUTE, Group("by")), Const(1.0)), {"a"}),
    "highest_by_region": (
        Compare(">", Window("max", USAGE, 5 * MINUTE, Group("by", ("region",))), Const(80.0)),
        {"x", "y"},
    ),
    "sum_overall": (Compare(">", Window("sum", JOBS, 5 * MINUTE, Group("by")), Const(1.0)), {""}),
    "average_by_region": (
        Compare(">", Window("avg", USAGE, 5 * MINUTE, Group("by", ("region",))), Const(80.0)),
        None,
    ),
    "percentile": (Compare(">", Window("percentile", USAGE, 5 * MINUTE, quantile=0.95), Const(80.0)), None),
    "rate": (Compare(">", Delta("rate", SENT, 5 * MINUTE), Const(0.5)), None),
    "rise": (
        Compare(">=", Arithmetic("-", Current(USAGE), Extreme("min", USAGE, 10 * MINUTE)), Const(50.0)),
        {"b", "d"},
    ),
    "ratio": (Compare(">", Arithmetic("/", Current(USAGE), Current(JOBS)), Const(50.0)), {"a", "b", "d"}),
    "difference": (
        Compare(">", typed.Absolute(Arithmetic("-", Current(USAGE), Window("avg", USAGE, HOUR))), Const(5.0)),
        {"b"},
    ),
    "ago": (Compare(">", Current(USAGE), Current(USAGE, shift=10 * MINUTE)), {"b"}),
    "and": (And((above(), Compare("==", Current(STATE), Const("ok")))), {"a", "d"}),
    "or": (
        Or((Compare("==", Current(STATE), Const("crit")), Compare("==", Current(UP), Const(False)))),
        {"b", "d"},
    ),
    "unless": (Unless(above(), Compare("==", Current(STATE), Const("crit"))), {"a", "d"}),
    "two_prices": (And((above(BTC, 70000.0), Compare("<", Current(ETH), Const(3500.0)))), {"k"}),
    "two_held": (
        And((For(above(), 2 * MINUTE), For(Compare("==", Current(UP), Const(True)), MINUTE))),
        {"a", "b"},
    ),
    "pattern": (typed.Matches(Current(STATE), "^cri"), {"b"}),
    "not_pattern": (Not(typed.Matches(Current(STATE), "cri|bad/")), {"a", "d"}),
    "rounded": (
        Compare(
            "==", typed.Function("round", (Arithmetic("/", Current(USAGE), Const(180.0)),)), Const(1.0)
        ),  # halves away from zero
        {"a", "b", "d"},
    ),
    "lowest_of": (
        Compare("<", typed.Function("min", (Current(USAGE), Current(JOBS), Const(3.0))), Const(2.0)),
        {"a", "b", "d"},
    ),
    "root": (
        Compare(
            "!=",
            typed.Function("sqrt", (Arithmetic("-", Current(USAGE, 90 * SECOND), Const(50.0)),)),
            Const(7.0),
        ),  # of what is negative there is none
        {"a", "b"},
    ),
    "logarithm": (
        Compare("<", typed.Function("log", (Arithmetic("-", Current(JOBS), Const(1.0)),)), Const(1.0)),
        set(),
    ),
    "age": (Compare("<", Arithmetic("-", typed.Clock(), Current(USAGE)), Const(1.8e9)), {"a", "b", "d"}),
    "buckets": (
        Compare(">", typed.Histogram(0.95, BUCKETS, "le", 5 * MINUTE), Const(0.2)),
        {"a", "d"},
    ),
    "buckets_by_host": (
        Compare("<=", typed.Histogram(0.95, BUCKETS, "le", 5 * MINUTE, Group("by", ("host",))), Const(0.31)),
        {"a", "b"},
    ),
    "buckets_overall": (
        Compare("<", typed.Histogram(0.5, BUCKETS, "le", 5 * MINUTE, Group("by")), Const(0.2)),
        {""},
    ),
    "pattern_unless": (
        Unless(typed.Matches(Current(STATE), "ok"), Compare("==", Current(UP), Const(False))),
        {"a"},
    ),
    "sum_today": (
        Compare(">", typed.CalendarWindow("sum", JOBS, typed.Calendar("today", "Europe/London")), Const(1.0)),
        {"a", "b", "c", "d"},
    ),
    "count_this_week": (
        Compare(
            "==",
            typed.CalendarWindow("count", USAGE, typed.Calendar("this week"), Group("by")),
            Const(1393.0),
        ),
        {""},
    ),
    "missing": (Missing(USAGE, 5 * MINUTE), {"c"}),
    "not_held": (Not(For(above(), 5 * MINUTE)), None),
}
"""Name -> condition and the label that tells the true series, or None: the engine decides."""


def rule(name: str, when: Condition) -> typed.Rule:
    text = f'rule "{name}"\n  when ...'
    if name == "held":
        return typed.Rule(
            name,
            text,
            when,
            when,
            recover=Compare("<", Current(USAGE), Const(70.0)),
            rungs=(Rung("critical", above(USAGE, 95.0)),),
        )
    return typed.Rule(name, text, when, when)
