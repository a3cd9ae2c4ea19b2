"""How far each series is from firing: values and distances computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alertdsl import resolve
from alertdsl.semantics.catalog import parse_catalog
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.sources.line_protocol import parse_line_protocol
from alertdsl_runtime.sources.memory import MemorySource
from alertdsl_runtime.standing import Standing, standing

CATALOG = parse_catalog(
    """
    [metrics."cpu usage"]
    field = "cpu.usage"
    unit = "%"
    [metrics.load]
    field = "system.load1"
    [metrics.maintenance]
    field = "ops.maintenance"
    [metrics."door state"]
    field = "door.state"
    type = "string"
    """
)
MINUTE = 60_000_000_000
T = 20_000_000 * MINUTE


def source(text: str) -> MemorySource:
    """Series from lines such as ``cpu,host=a usage=3 -90``: seconds before T."""
    lines = []
    for line in text.strip().splitlines():
        series, fields, seconds = line.split()
        lines.append(f"{series} {fields} {T + int(seconds) * 1_000_000_000}")
    return MemorySource(parse_line_protocol("\n".join(lines)))


def look(rule: str, text: str) -> Standing:
    (resolved,) = resolve(rule, CATALOG)
    return standing(resolved, source(text), T)


def test_the_nearest_first() -> None:
    found = look(
        "cpu usage > 90%",
        """
        cpu,host=far usage=10 -30
        cpu,host=near usage=84 -30
        cpu,host=above usage=97.5 -30
        cpu,host=gone usage=99 -600
        """,
    )
    assert [(one.labels["host"], one.state) for one in found.series] == [
        ("above", "firing"),
        ("near", "ok"),
        ("far", "ok"),
        ("gone", "unknown"),
    ]
    above, near, far, gone = found.series
    assert [one.parts[0].distance for one in found.series] == [-7.5, 6.0, 80.0, None]
    assert [one.distance for one in (above, near, far)] == [
        0.0,
        pytest.approx(6 / 90),
        pytest.approx(80 / 90),
    ]
    assert math.isinf(gone.distance)
    assert near.parts[0].text == "cpu usage is 84%, 6% below 90%"
    assert gone.parts[0].text == "cpu usage is unknown"


def test_what_holds_but_not_for_long_enough() -> None:
    found = look(
        "cpu usage > 90% for 5m",
        """
        cpu,host=a usage=50 -390
        cpu,host=a usage=95 -150
        cpu,host=a usage=96 -30
        """,
    )
    (one,) = found.series
    assert (one.state, one.distance) == ("pending", 0.0)
    assert one.since is not None
    assert T - 150 * 1_000_000_000 <= one.since <= T - 149 * 1_000_000_000


@pytest.mark.parametrize(
    ("rule", "distance"),
    [
        ("cpu usage > 90% and load > 8", 0.5),  # the farther of 81 -> 90 (a tenth) and 4 -> 8 (half)
        ("cpu usage > 90% or load > 8", 0.1),
        ("not (cpu usage < 90% and load < 8)", 0.1),
        ("cpu usage > 80% unless load < 5", 0.2),  # 4 has to come up to 5 first
        ("cpu usage > 80% unless maintenance > 0", 0.0),
        ("cpu usage < 80% and load < 8", 0.0125),
    ],
)
def test_the_distance_of_a_condition(rule: str, distance: float) -> None:
    found = look(rule, "cpu,host=a usage=81 -30\nsystem,host=a load1=4 -30")
    assert [one.distance for one in found.series] == [pytest.approx(distance)]


def test_text_has_no_distance() -> None:
    found = look('door state is "open"', 'door,id=1 state="shut" -30\ndoor,id=2 state="open" -30')
    assert [(one.state, one.parts[0].value, one.parts[0].distance) for one in found.series] == [
        ("firing", "open", None),
        ("ok", "shut", None),
    ]
    assert found.series[1].parts[0].text == 'door state is "shut", compared with "open"'


def test_a_moving_bound() -> None:
    found = look("load > 2 times load 1h ago", "system,host=a load1=3 -3630\nsystem,host=a load1=4 -30")
    (part,) = found.series[0].parts
    assert (part.value, part.bound, part.distance, part.truth) == (4.0, 6.0, 2.0, False)
    assert part.text == "load is 4, 2 below 6 (2 times load, 1 hour ago)"


def test_no_series() -> None:
    assert look("cpu usage > 90%", "system load1=4 -30").series == ()


def test_a_field_of_another_type_is_told() -> None:
    found = look("cpu usage > 90%", 'cpu,host=a usage="high" -30')
    assert "holds text values" in found.failed


def test_a_rule_about_rules_is_not_said_to_be_without_series() -> None:
    found = look("btc-high is firing and load > 3", "system load1=4 -30")
    assert found.series == ()
    assert "it asks about btc-high" in found.untold


def test_outside_its_hours_is_said() -> None:
    instants = "rule r\n  when cpu usage > 80%\n  during {} in UTC\n"  # T is at 21:20 UTC
    found = [
        look(instants.format(hours), "cpu,host=a usage=81 -30") for hours in ("21:00-22:00", "22:00-23:00")
    ]
    assert [(one.outside, one.series[0].state) for one in found] == [(False, "firing"), (True, "ok")]


def test_a_table_beside_a_value_has_its_unit_and_one_pair_of_brackets() -> None:
    text = "let most by host = { a = 85%, else 90% }\nrule r\n  when cpu usage > most\n"
    found = look(text, "cpu,host=a usage=81 -30")
    assert found.series[0].parts[0].text == (
        'cpu usage is 81%, 4% below 85% (85% for host "a", 90% for any other)'
    )


@pytest.mark.parametrize(
    "rule",
    [
        "avg of load over 10m > 1",
        "stddev of load over 10m > 1",
        "p95 of load over 10m > 1",
        "rate of load over 10m > 1",
        "integral of load over 10m > 1",
        "load deviates by 3 mad from its 10m median",
        "load is growing for 10m",
        "load will rise above 5 within 1h at its 10m trend",
    ],
)
@pytest.mark.filterwarnings("error")
def test_numbers_at_the_end_of_double_precision_are_no_noise(rule: str) -> None:
    points = "\n".join(f"system,host=a load1={(1.7e308, -1.7e308)[n % 2]} {-60 * n - 30}" for n in range(20))
    assert not look(rule, points).failed
    (resolved,) = resolve(rule, CATALOG)
    evaluator = Evaluator([resolved], source(points))
    evaluator.evaluate(np.array([T - MINUTE, T], dtype=np.int64))
    evaluator.since(resolved, (("host", "a"),), T)
