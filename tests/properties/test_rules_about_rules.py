"""Rules about rules, on generated chains of them: the backtest says what the reference says, and so does an engine."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE
from alertdsl_runtime.backtesting import backtest
from tests.reference.asking import Asking, Chronicle
from tests.reference.data import Data, Series
from tests.runtime.engine.world import START, TextCompiler, World

MINUTES = 16
PLAIN = (
    "load > {c}",
    "load > {c} for 2m",
    "max of load overall > {c}",
    'load{{host="a"}} > {c}',
    'load{{host="b"}} > {c}',
)
SHAPES = {
    "firing": "{a} is firing",
    "not firing": "{a} is not firing",
    "both": "{a} is firing and {b} is firing",
    "beside": "load > 15 and {a} is not firing",
    "unless": "load > 15 unless {a} is firing",
}
COMPILER = TextCompiler()


def compiled(text: str) -> Sequence[typed.Rule]:
    rules, wrong = COMPILER.compile(text, "generated")
    assert not [one for one in wrong if one.code != "W405"], wrong
    return rules


@st.composite
def texts(draw: st.DrawFn) -> list[tuple[str, str, str, str, int]]:
    """Rules as (name, text, shape, rules asked about, hold); the shape of one that asks about none is its condition."""
    found: list[tuple[str, str, str, str, int]] = []
    for number in range(draw(st.integers(1, 2))):
        name = f"plain{number}"
        condition = draw(st.sampled_from(PLAIN)).format(c=draw(st.sampled_from((15, 25))))
        every = draw(st.sampled_from((1, 1, 2, 3)))
        found.append(
            (name, f"rule {name}\n  when {condition}\n  every {every}m\n  forget after 4m\n", "", "", 0)
        )
    for number in range(draw(st.integers(1, 3))):
        name, shape = f"asks{number}", draw(st.sampled_from(sorted(SHAPES)))
        a, b = draw(st.sampled_from(found))[0], draw(st.sampled_from(found))[0]
        if shape == "both" and a == b:
            shape = "firing"
        hold = draw(st.sampled_from((0, 0, 2, 3))) if "load" not in SHAPES[shape] else 0
        condition = SHAPES[shape].format(a=a, b=b)
        held = f"({condition}) for {hold}m" if hold else condition
        every = draw(st.sampled_from((1, 1, 2)))
        text = f"rule {name}\n  when {held}\n  every {every}m\n  forget after 4m\n"
        found.append((name, text, shape, f"{a} {b}" if shape == "both" else a, hold))
    return found


values = st.lists(st.sampled_from((None, 10.0, 20.0, 30.0)), min_size=MINUTES, max_size=MINUTES)


def data_of(series: dict[str, list[float | None]]) -> Data:
    return Data(
        [
            Series("load", "value", (("host", host),), tuple(points(given)))
            for host, given in series.items()
            if any(value is not None for value in given)
        ]
    )


def points(given: list[float | None]) -> list[tuple[int, float]]:
    return [
        (START + minute * MINUTE - MINUTE // 2, value)
        for minute, value in enumerate(given)
        if value is not None
    ]


def chronicle_of(rules: list[tuple[str, str, str, str, int]], data: Data) -> Chronicle:
    whole = compiled("\n".join(text for _, text, *_ in rules))
    by_name = {rule.name: rule for rule in whole}
    made: dict[str, typed.Rule | Asking] = {}
    for name, _, shape, others, hold in rules:
        if not shape:
            made[name] = by_name[name]
            continue
        first, _, second = others.partition(" ")
        left = None
        if "load" in SHAPES[shape]:
            minutes = by_name[name].every.interval // MINUTE
            (left,) = compiled(f"rule left\n  when load > 15\n  every {minutes}m\n  forget after 4m\n")
        made[name] = Asking(name, by_name[name].every, shape, first, second, left, hold * MINUTE)
    return Chronicle(data, made, START, START + MINUTES * MINUTE)


@given(texts(), st.dictionaries(st.sampled_from("abc"), values, max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_backtest_is_what_the_reference_says(
    rules: list[tuple[str, str, str, str, int]], series: dict[str, list[float | None]]
) -> None:
    chronicle = chronicle_of(rules, data_of(series))
    chronicle.live_through()
    with tempfile.TemporaryDirectory() as folder:
        world = World(f"sqlite:///{folder}/alerts.db")
        for host, given in series.items():
            for at, value in points(given):
                world.feed.add(host, value, at)
        # The fields of the source are there, series or not.
        world.feed.add("z", 0.0, START - 10**6 * MINUTE)
        found = backtest(
            compiled("\n".join(text for _, text, *_ in rules)), world.feed, START, START + MINUTES * MINUTE
        )
        world.close()
    assert found.failed == {}
    said = [(one.rule, tuple(sorted(one.labels.items())), one.fired_at, one.resolved_at) for one in found]
    assert sorted(said, key=str) == sorted(chronicle.episodes, key=str)
