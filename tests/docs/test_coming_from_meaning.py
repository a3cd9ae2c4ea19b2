"""What the page for those who come from elsewhere says of the meaning, tried on points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

import alertdsl
from alertdsl_runtime import backtest
from alertdsl_runtime.backtesting import Episode
from alertdsl_runtime.sources.csvfile import load_csv

START = "2026-01-05T10:{:02}:{:02}Z"
Points = Mapping[str, Sequence[tuple[int, float]]]


Fired = Callable[..., list[Episode]]


@pytest.fixture
def fired(tmp_path: Path) -> Fired:
    """Gives the episodes of a rule's clauses on points: for each host, seconds after ten and values."""

    def run(when: str, points: Points, *clauses: str) -> list[Episode]:
        file = tmp_path / "m.csv"
        rows = sorted((second, host, value) for host, some in points.items() for second, value in some)
        lines = [f"{START.format(second // 60, second % 60)},{host},{value}" for second, host, value in rows]
        file.write_text("\n".join(["time,host,x", *lines]) + "\n")
        rules = alertdsl.resolve("\n  ".join(["rule r", f"when {when}", *clauses]))
        found = backtest(rules, load_csv(file))
        assert not found.failed
        return list(found)

    return run


def every(step: int, values: Sequence[float], begin: int = 0) -> list[tuple[int, float]]:
    """Points at equal distances."""
    return [(begin + i * step, value) for i, value in enumerate(values)]


def test_a_dip_between_two_evaluations_is_seen(fired: Fired) -> None:
    steady = every(10, [9.0] * 60)
    dip = [(second, 1.0 if second == 130 else value) for second, value in steady]
    assert [one.as_dict()["fired_at"] for one in fired("m.x > 8 for 5m", {"a": steady})] == [
        START.format(5, 0)
    ]
    assert [one.as_dict()["fired_at"] for one in fired("m.x > 8 for 5m", {"a": dip})] == [START.format(8, 0)]


def test_an_increase_is_not_extrapolated(fired: Fired) -> None:
    counter = {"a": every(45, [float(i // 4) for i in range(30)])}
    grew = fired("increase of m.x over 10m == 3", counter)
    assert grew
    assert not fired(
        "(increase of m.x over 10m > 3 and increase of m.x over 10m < 4) "
        "or (increase of m.x over 10m > 2 and increase of m.x over 10m < 3)",
        counter,
    )


def test_a_reset_counts_from_zero(fired: Fired) -> None:
    assert fired("increase of m.x over 10m == 7", {"a": every(60, [100, 104, 1, 3])})


def test_a_pattern_matches_anywhere(fired: Fired) -> None:
    points = {"db-web-1": every(60, [9, 9]), "web-1": every(60, [9, 9])}
    assert {one.labels["host"] for one in fired('m.x{host=~"web.*"} > 8', points)} == {"db-web-1", "web-1"}
    assert {one.labels["host"] for one in fired('m.x{host=~"^web"} > 8', points)} == {"web-1"}


def test_a_series_that_ends_keeps_its_alert(fired: Fired) -> None:
    points = {"a": every(60, [9, 9]), "b": every(60, [1] * 30)}
    (kept,) = fired("m.x > 8", points)
    assert kept.resolved_at is None
    (ended,) = fired("m.x > 8", points, "on no data resolve")
    assert ended.as_dict()["resolved_at"] == START.format(
        7, 0
    )  # the first instant at which the last point is five minutes old


def test_the_standard_deviation_is_of_the_sample(fired: Fired) -> None:
    assert fired("stddev of m.x over 5m > 1.4", {"a": every(60, [1, 3])})


def test_a_percentile_lies_between_points(fired: Fired) -> None:
    assert fired("median of m.x over 5m == 2.5", {"a": every(10, [1, 2, 3, 4])})


def test_a_trend_speaks_of_what_is_not_yet(fired: Fired) -> None:
    assert fired("m.x will fall below 5 within 10m at its 5m trend", {"a": every(60, [20, 18, 16, 14])})
    assert not fired("m.x will fall below 50 within 10m at its 5m trend", {"a": every(60, [20, 18, 16, 14])})


def test_a_series_that_is_known_has_a_count_of_zero(fired: Fired) -> None:
    assert fired("count of m.x over 1m == 0", {"a": every(60, [1]), "b": every(60, [1] * 5)})


def test_no_maintenance_is_no_maintenance(fired: Fired) -> None:
    assert fired("m.x > 8 unless maintenance.on > 0", {"a": every(60, [9, 9])})


def test_zero_by_zero_is_unknown(fired: Fired) -> None:
    assert not fired("m.x / m.x > 0 or not m.x / m.x > 0", {"a": every(60, [0, 0])})


def test_hosts_that_are_not_there_make_it_false(fired: Fired) -> None:
    points = {name: every(60, [9 if name < "d" else 1] * 3) for name in "abcde"}
    assert len(fired("at least 3 host have m.x > 8", points)) == 1
    assert len(fired("not (at least 4 host have m.x > 8)", points)) == 1


def test_series_that_fulfil_a_condition_are_counted(fired: Fired) -> None:
    points = {name: every(60, [9 if name < "d" else 1] * 3) for name in "abcde"}
    for condition, count in {
        "m.x > 8": 3,
        "m.x >= 9": 3,
        "m.x < 9": 2,
        "m.x <= 1": 2,
        "m.x == 9": 3,
        "m.x != 9": 2,
        "m.x > 8 and m.x < 9": 0,
        "m.x > 8 or m.x < 2": 5,
        "not (m.x > 8 and m.x < 20)": 2,
        "not (m.x > 20 or m.x == 1)": 3,
        "m.x * 2 > m.x + 5": 3,
    }.items():
        assert len(fired(f"count of ({condition}) overall == {count}", points)) == 1, condition
        assert not fired(
            f"count of ({condition}) overall != {count} and count of m.x overall == 5", points
        ), condition
    assert len(fired("count of (m.x > 8) by host == 1", points)) == 3
    assert len(fired("count of (m.x > 8) overall / count of m.x overall > 0.5", points)) == 1


def test_what_is_unknown_is_not_counted(fired: Fired) -> None:
    assert fired("count of (1 / m.x > 0) overall == 1", {"a": every(60, [0, 0]), "b": every(60, [1, 1])})
    assert fired(
        "count of (1 / m.x > 0 or m.x == 0) overall == 2", {"a": every(60, [0, 0]), "b": every(60, [1, 1])}
    )
    assert fired("count of (1 / m.x > 0) overall == 0", {"a": every(60, [0, 0])})


def test_no_change_is_seen(fired: Fired) -> None:
    points = {"a": every(60, [1] * 6), "b": every(60, [1, 1, 1, 2, 2, 2])}
    still = fired("m.x does not change within 3m and m.x == 1 for 4m", points)
    assert [found.labels["host"] for found in still] == ["a"]
    assert {found.labels["host"] for found in fired("m.x changes within 2m", points)} == {"b"}


def test_down_from_a_value_is_a_share_of_it(fired: Fired) -> None:
    points = {"a": every(60, [100, 100, 80]), "b": every(60, [100, 100, 81])}
    assert {found.labels["host"] for found in fired("m.x is down 20% from m.x 1m ago", points)} == {"a"}
    assert {found.labels["host"] for found in fired("m.x is down 19 from m.x 1m ago", points)} == {"a", "b"}
