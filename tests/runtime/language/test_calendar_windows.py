"""``today``, ``yesterday``, ``this week``, ``this month``: days of a time zone, changes of the clocks included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from alertdsl.semantics.typed import HOUR
from tests.runtime.language.world import Everywhere, every, everywhere, lines

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.energy]
measurement = "meter"
field = "kwh"
unit = "kWh"
[metrics.total]
measurement = "meter"
field = "total"
unit = "kWh"
kind = "counter"
[metrics.state]
measurement = "meter"
field = "state"
type = "string"
"""
DAILY = "rule r\n  when {}\n  every day at 18:00 in {}\n"


def _in(zone: str, condition: str) -> str:
    """A rule whose days are those of a zone."""
    return f"rule r\n  when {condition}\n  during 00:00-24:00 in {zone}\n"


@pytest.fixture(scope="module")
def meters(influx: InfluxDB) -> Iterator[Everywhere]:
    """A point of 1 kWh an hour, on the half hour: February (28 days) to April 2026, and around October's change."""
    written = lines("meter,site=a", "kwh", every("2026-01-31T00:30:00Z", "2026-04-02T00:00:00Z", HOUR, 1.0))
    written += lines("meter,site=a", "kwh", every("2026-04-22T00:30:00Z", "2026-04-25T00:00:00Z", HOUR, 1.0))
    written += lines("meter,site=a", "kwh", every("2026-10-18T00:30:00Z", "2026-11-03T00:00:00Z", HOUR, 1.0))
    # Another site, with a lone point on the day of the change and a duplicate, the last of which counts.
    written += lines(
        "meter,site=b", "kwh", [("2026-03-29T00:30:00+01:00", 7.0), ("2026-03-29T00:30:00+01:00", 5.0)]
    )
    with everywhere(influx, CATALOG, written) as found:
        yield found


def _sum(meters: Everywhere, window: str, zone: str, instant: str, expected: int) -> None:
    """The sum over a window for site a is exactly that, at one instant."""
    above = meters.truths(_in(zone, f'sum of energy{{site="a"}} {window} > {expected - 1} kWh'), instant)
    at_least = meters.truths(_in(zone, f'sum of energy{{site="a"}} {window} > {expected} kWh'), instant)
    assert (above, at_least) == ({"site=a": "T"}, {"site=a": "F"})


@pytest.mark.parametrize(
    ("window", "zone", "instant", "expected"),
    [
        ("today", "UTC", "2026-03-28T12:00:00Z", 12),
        ("today", "UTC", "2026-03-28T00:31:00Z", 1),
        ("yesterday", "UTC", "2026-03-28T00:31:00Z", 24),
        # Berlin goes from +1 to +2 on 29 March at 02:00, which leaves that day 23 hours.
        ("today", "Europe/Berlin", "2026-03-29T12:00:00+02:00", 11),
        ("today", "Europe/Berlin", "2026-03-29T23:59:00+02:00", 23),
        ("yesterday", "Europe/Berlin", "2026-03-30T08:00:00+02:00", 23),
        ("yesterday", "Europe/Berlin", "2026-03-29T08:00:00+02:00", 24),
        # ... and back on 25 October at 03:00: 25 hours.
        ("today", "Europe/Berlin", "2026-10-25T12:00:00+01:00", 13),
        ("yesterday", "Europe/Berlin", "2026-10-26T08:00:00+01:00", 25),
        # A week begins on Monday; the one of the change has an hour less, or more.
        ("this week", "UTC", "2026-03-30T00:31:00Z", 1),
        ("this week", "UTC", "2026-03-29T23:59:00Z", 7 * 24),
        ("this week", "Europe/Berlin", "2026-03-29T23:59:00+02:00", 7 * 24 - 1),
        ("this week", "Europe/Berlin", "2026-10-25T23:59:00+01:00", 7 * 24 + 1),
        ("this week", "Europe/Berlin", "2026-10-26T01:00:00+01:00", 1),
        # February has 28 days, March 31.
        ("this month", "UTC", "2026-02-28T23:59:00Z", 28 * 24),
        ("this month", "UTC", "2026-03-01T00:31:00Z", 1),
        ("this month", "Europe/Berlin", "2026-03-31T23:59:00+02:00", 31 * 24 - 1),
        ("this month", "Europe/Berlin", "2026-04-01T01:00:00+02:00", 1),
        # Half-hour and far zones.
        ("today", "Asia/Kolkata", "2026-03-28T12:01:00+05:30", 13),
        ("today", "Pacific/Auckland", "2026-03-29T09:00:00+13:00", 9),
        ("today", "America/Los_Angeles", "2026-03-08T12:00:00-07:00", 11),
        # Cairo's clocks skip the midnight of 24 April: that day begins at 01:00.
        ("today", "Africa/Cairo", "2026-04-24T05:00:00+03:00", 4),
        ("yesterday", "Africa/Cairo", "2026-04-24T05:00:00+03:00", 24),
    ],
)
def test_sums(meters: Everywhere, window: str, zone: str, instant: str, expected: int) -> None:
    _sum(meters, window, zone, instant, expected)


def test_at_midnight_today_has_no_points(meters: Everywhere) -> None:
    instants = ("2026-03-27T23:59:00Z", "2026-03-28T00:00:00Z", "2026-03-28T00:01:00Z")
    rule = _in("UTC", 'sum of energy{site="a"} today > 20 kWh')
    assert meters.truths(rule, *instants) == {"site=a": "TUU"}
    count = _in("UTC", 'count of energy{site="a"} today < 1')
    assert meters.truths(count, *instants) == {"site=a": "FTT"}


def test_at_instants_over_the_change(meters: Everywhere) -> None:
    """Many instants at once give what each gives alone."""
    instants = [f"2026-03-29T{hour:02d}:00:00Z" for hour in range(18, 24)] + ["2026-03-30T00:00:00Z"]
    # Berlin's 29 March began at 23:00Z and ends at 22:00Z: 19 to 22 points up to 21:00Z, none at 22:00Z, then one.
    rule = _in("Europe/Berlin", 'sum of energy{site="a"} today > 20 kWh')
    assert meters.truths(rule, *instants) == {"site=a": "FFTTUFF"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("count of energy", {"site=a": "F", "site=b": "T"}),
        ("count of (energy < 3 kWh)", {"site=a": "F", "site=b": "T"}),
        ("max of energy", {"site=a": "T", "site=b": "F"}),
        ("avg of energy", {"site=a": "T", "site=b": "F"}),
        ("first of energy", {"site=a": "T", "site=b": "F"}),
        ("p50 of energy", {"site=a": "T", "site=b": "F"}),
        ("stddev of energy", {"site=a": "T", "site=b": "U"}),
        ("change of energy", {"site=a": "T", "site=b": "U"}),
        ("increase of energy", {"site=a": "T", "site=b": "U"}),
    ],
)
def test_every_function(meters: Everywhere, value: str, expected: dict[str, str]) -> None:
    """On 29 March in Berlin: a has 23 times 1, b has one point, the last written of two: 5."""
    for window, instant in (
        ("today", "2026-03-29T23:00:00+02:00"),
        ("yesterday", "2026-03-30T03:00:00+02:00"),
    ):
        bound = "" if value.startswith("count") else " kWh"
        rule = _in("Europe/Berlin", f"{value} {window} < 4{bound}")
        assert meters.truths(rule, instant) == expected


def test_what_is_laid_through_the_points_of_a_day(influx: InfluxDB) -> None:
    """Areas, lines, and percentiles of buckets: the points of the evening before are not among them."""
    catalog = """
    [metrics.power]
    field = "meter.power"
    unit = "kW"
    [metrics."http latency"]
    field = "http.bucket"
    histogram = "le"
    unit = "s"
    """
    written = lines(
        "meter,site=a", "power", every("2026-05-01T12:00:00Z", "2026-05-02T00:00:00Z", HOUR, 100.0)
    )
    written += lines(
        "meter,site=a", "power", every("2026-05-02T00:00:00Z", "2026-05-02T18:00:00Z", HOUR, 2.0)
    )
    for le, yesterday, now in (("1", 900, 910), ("2", 900, 990), ("+Inf", 900, 1000)):
        points = [
            ("2026-05-01T12:00:00Z", 0),
            ("2026-05-01T23:58:00Z", yesterday),
            ("2026-05-02T08:00:00Z", now),
        ]
        written += lines(f"http,le={le}", "bucket", points)
    noon = "2026-05-02T12:00:00Z"
    with everywhere(influx, catalog, written) as found:
        for condition, expected in (
            (
                "integral of power today > 21.9 kWh",
                {"site=a": "T"},
            ),  # 11 hours between the first point and the last
            ("integral of power today > 22 kWh", {"site=a": "F"}),
            ("integral of power yesterday > 1099 kWh", {"site=a": "T"}),
            ("slope of power today != 0", {"site=a": "F"}),
            ("slope of power this week < 0", {"site=a": "T"}),
            ("p50 of http latency today > 1.49s", {"": "T"}),  # 10 up to 1 s, 80 up to 2 s, 100 in all
            ("p50 of http latency today > 1.5s", {"": "F"}),
        ):
            assert found.truths(_in("UTC", condition), noon) == expected, condition


def test_a_group_takes_all_points(meters: Everywhere) -> None:
    instant = "2026-03-29T23:59:00+02:00"
    whole = {"": "T"}
    for condition in (
        "sum of energy today overall between 28 and 28 kWh",
        "count of energy today overall == 24",
        "max of energy today overall == 5 kWh",
        "avg of energy today overall between 1.1666 and 1.1667 kWh",
        "p99 of energy today overall between 4.07 and 4.09 kWh",  # 0.99 * 23 = 22.77 between 1 and 5
    ):
        assert meters.truths(_in("Europe/Berlin", condition), instant) == whole, condition


def test_under_for(meters: Everywhere) -> None:
    """A window of the calendar is looked at at the instants: at midnight it is unknown, and then small."""
    rule = _in("UTC", '(sum of energy{site="a"} today > 10 kWh) for 1h')
    # Ten points until 10:30, eleven just after it; none at 00:30 of the next day, then one.
    instants = (
        "2026-03-28T11:29:00Z",
        "2026-03-28T11:30:00Z",
        "2026-03-28T11:31:00Z",
        "2026-03-29T00:30:00Z",
        "2026-03-29T00:31:00Z",
    )
    assert meters.truths(rule, *instants) == {"site=a": "FTTUF"}


def test_crossing_a_bound(meters: Everywhere) -> None:
    """The sum of now against that of a minute ago: the eleventh point counts at 10:31; at midnight it was past."""
    at = [f"2026-03-28T{time}:00Z" for time in ("10:30", "10:31", "10:32")] + ["2026-03-29T00:00:00Z"]
    rule = _in("UTC", 'sum of energy{site="a"} today crosses above 10 kWh')
    assert meters.truths(rule, *at) == {"site=a": "FTFF"}
    # Ten kilowatt-hours of yesterday, at the first minute with more: the windows move with the minute.
    less = _in("UTC", 'sum of energy{site="a"} today < sum of energy{site="a"} yesterday')
    assert meters.truths(less, *at) == {"site=a": "TTTU"}


def test_a_counter_that_starts_anew(influx: InfluxDB) -> None:
    written = lines(
        "meter,site=a",
        "total",
        [
            ("2026-05-01T23:00:00Z", 95),
            ("2026-05-02T01:00:00Z", 100),
            ("2026-05-02T02:00:00Z", 110),
            ("2026-05-02T03:00:00Z", 4),  # 4 counted since the reset
            ("2026-05-02T04:00:00Z", 6),
        ],
    )
    with everywhere(influx, CATALOG, written) as found:
        instants = ("2026-05-02T02:30:00Z", "2026-05-02T03:30:00Z", "2026-05-02T05:00:00Z")
        # From the first point of the day on: 10, 10 + 4, 16; nothing is taken from the day before.
        for bound, expected in ((9, "TTT"), (10, "FTT"), (14, "FFT"), (16, "FFF")):
            rule = _in("UTC", f"increase of total today > {bound} kWh")
            assert found.truths(rule, *instants) == {"site=a": expected}
        rate = _in("UTC", "rate of total today between 4 and 4 kWh/h")  # 10 kWh in an hour, 16 in three
        assert found.truths(rate, "2026-05-02T05:00:00Z") == {"site=a": "F"}


def test_a_counter_over_midnight(influx: InfluxDB) -> None:
    """A change starts from the value at midnight, if that is not stale."""
    written = lines(
        "meter,site=a",
        "total",
        [("2026-05-01T23:58:00Z", 95), ("2026-05-02T00:02:00Z", 100), ("2026-05-02T09:00:00Z", 110)],
    )
    with everywhere(influx, CATALOG, written) as found:
        instants = (
            "2026-05-02T00:01:00Z",
            "2026-05-02T00:03:00Z",
            "2026-05-02T10:00:00Z",
            "2026-05-03T10:00:00Z",
        )
        for function in ("increase", "change"):
            for bound, expected in ((4, "UTTU"), (5, "UFTU"), (14, "UFTU"), (15, "UFFU")):
                rule = _in("UTC", f"{function} of total today > {bound} kWh")
                assert found.truths(rule, *instants) == {"site=a": expected}
        yesterday = _in("UTC", "increase of total yesterday == 15 kWh")
        assert found.truths(yesterday, "2026-05-03T00:00:00Z", "2026-05-03T10:00:00Z") == {"site=a": "TT"}


def test_last_of_text(influx: InfluxDB) -> None:
    written = lines(
        "meter,site=a", "state", [("2026-05-02T01:00:00Z", "bad"), ("2026-05-02T09:00:00Z", "ok")]
    )
    with everywhere(influx, CATALOG, written) as found:
        instants = ("2026-05-02T02:00:00Z", "2026-05-02T10:00:00Z", "2026-05-03T02:00:00Z")
        assert found.truths('last of state today == "bad"', *instants) == {"site=a": "TFU"}
        assert found.truths('first of state yesterday == "bad"', *instants) == {"site=a": "UUT"}


def test_once_a_day(meters: Everywhere) -> None:
    """``every day at 18:00 in Zone``: windows are of that zone too."""
    (rule,) = meters.rules(DAILY.format('sum of energy{site="a"} today > 16 kWh', "Europe/Berlin"))
    before, on = "2026-03-28T18:00:00+01:00", "2026-03-29T18:00:00+02:00"
    assert meters.of(rule, before, on) == {"site=a": "TT"}
    (rule,) = meters.rules(DAILY.format('sum of energy{site="a"} today > 17 kWh', "Europe/Berlin"))
    assert meters.of(rule, before, on) == {"site=a": "TF"}
