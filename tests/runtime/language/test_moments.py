"""``age of``, ``time until``, ``every day at``: what the time itself decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alertdsl.semantics.typed import DAY, HOUR, SECOND
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.instants import instants
from tests.runtime.language.world import Everywhere, every, everywhere, lines, ns

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.backup]
measurement = "backup"
field = "finished"
unit = "unix"
staleness = "2d"
[metrics.expiry]
measurement = "tls"
field = "not_after"
unit = "unix_ms"
staleness = "2d"
[metrics.born]
measurement = "life"
field = "born"
kind = "timestamp"
[metrics.queue]
measurement = "queue"
field = "depth"
staleness = "25h"
"""


@pytest.fixture(scope="module")
def stamps(influx: InfluxDB) -> Iterator[Everywhere]:
    """Host a's backup ended on 1 May at noon, b's two hours after the point says so; certificates end on 2028's leap day."""
    noon = ns("2026-05-01T12:00:00Z") // SECOND
    written = lines(
        "backup,host=a", "finished", [("2026-05-01T12:00:30Z", noon), ("2026-05-02T12:00:30Z", noon)]
    )
    written += lines("backup,host=b", "finished", [("2026-05-01T12:00:30Z", noon + 7200)])
    ends = ns("2028-02-29T00:00:00Z") // 1_000_000
    written += lines(
        "tls,site=x", "not_after", every("2028-02-26T00:00:00Z", "2028-03-01T00:00:00Z", 6 * HOUR, ends)
    )
    written += lines("life,name=n", "born", [("2026-05-01T12:00:00Z", 1777636800.5)])
    with everywhere(influx, CATALOG, written) as found:
        yield found


def test_age(stamps: Everywhere) -> None:
    at = [
        f"2026-05-0{day}T{time}:00Z" for day, time in ((1, "12:01"), (2, "12:00"), (2, "12:01"), (3, "12:01"))
    ]
    # The moment itself is not above 24 h; b's backup was in the future at first, and its value is stale on 3 May.
    assert stamps.truths("age of backup > 24h", *at) == {"host=a": "FFTT", "host=b": "FFFU"}
    assert stamps.truths("age of backup >= 24h", *at) == {"host=a": "FTTT", "host=b": "FFFU"}
    assert stamps.truths("age of backup < 0 s", *at) == {"host=a": "FFFF", "host=b": "TFFU"}
    assert stamps.truths("max of (age of backup) overall > 1d", *at) == {"": "FFTT"}


def test_age_under_for(stamps: Everywhere) -> None:
    """The condition comes true by time alone, between points: it is looked at at every instant."""
    at = [f"2026-05-02T12:{minute}:00Z" for minute in ("01", "10", "11", "12")]
    assert stamps.truths("age of backup > 24h for 10m", *at)["host=a"] == "FFTT"


def test_time_until(stamps: Everywhere) -> None:
    # Two days before 29 February 2028 is the 27th.
    at = [f"2028-02-{day}:00Z" for day in ("26T12:00", "27T00:00", "27T00:01", "29T00:00", "29T00:01")]
    assert stamps.truths("time until expiry < 2d", *at) == {"site=x": "FFTTT"}
    assert stamps.truths("time until expiry <= 0 s", *at) == {"site=x": "FFFTT"}
    assert stamps.truths("time until expiry between 1d and 2d", *at) == {"site=x": "FTTFF"}


def test_fractions_of_seconds(stamps: Everywhere) -> None:
    at = ["2026-05-01T12:01:00Z"]
    assert stamps.truths("age of born < 59.6 s", *at) == {"name=n": "T"}
    assert stamps.truths("age of born < 59.5 s", *at) == {"name=n": "F"}


# ---------------------------------------------------------------- once a day


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("Europe/London", "06:00", ["2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z", "2026-03-30T05:00:00Z"]),
        ("UTC", "00:00", ["2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"]),
        # 02:30 is skipped on 29 March in Berlin: 03:30 it is.
        ("Europe/Berlin", "02:30", ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]),
        ("Asia/Kolkata", "06:00", ["2026-03-28T00:30:00Z", "2026-03-29T00:30:00Z", "2026-03-30T00:30:00Z"]),
    ],
)
def test_instants_of_a_day(stamps: Everywhere, zone: str, at: str, expected: list[str]) -> None:
    (rule,) = stamps.rules(f"rule r\n  when queue > 5\n  every day at {at} in {zone}\n")
    found = instants(rule.every, ns("2026-03-28T00:00:00Z"), ns("2026-03-31T00:00:00Z"))
    assert found.tolist() == [ns(one) for one in expected]


def test_twice_shown_times_count_once(stamps: Everywhere) -> None:
    (rule,) = stamps.rules("rule r\n  when queue > 5\n  every day at 02:30 in Europe/Berlin\n")
    found = instants(rule.every, ns("2026-10-24T12:00:00Z"), ns("2026-10-26T12:00:00Z"))
    assert found.tolist() == [ns("2026-10-25T00:30:00Z"), ns("2026-10-26T01:30:00Z")]


def test_a_daily_rule(influx: InfluxDB) -> None:
    """Staleness is at least a day, windows are what they are, `for` looks at the instants of the rule."""
    values = np.repeat([3.0, 9.0, 9.0, 3.0], 24)
    start = ns("2026-03-27T00:30:00Z")
    points = [(start + k * HOUR, float(value)) for k, value in enumerate(values)]
    with everywhere(influx, CATALOG, lines("queue,q=x", "depth", points)) as found:
        daily = "rule r\n  when {}\n  every day at 06:00 in Europe/London\n"
        at = ("2026-03-27T06:00:00Z", "2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z", "2026-03-30T05:00:00Z")
        (rule,) = found.rules(daily.format("avg of queue over 6h > 5"))
        assert found.of(rule, *at) == {"q=x": "FTTF"}
        (rule,) = found.rules(daily.format("queue > 5 for 1d"))
        assert found.of(rule, *at) == {"q=x": "FFTF"}
        (rule,) = found.rules(daily.format("sum of queue today > 40"))  # six and five hours of nine
        assert found.of(rule, *at) == {"q=x": "FTTF"}
        (rule,) = found.rules(daily.format("queue crosses above 5"))
        assert found.of(rule, *at)["q=x"][1:] == "TFF"
        (rule,) = found.rules(daily.format("queue > 5"))
        for source in found.sources.values():
            (episode,) = backtest([rule], source, start, start + 4 * DAY)
            assert [episode.fired_at, episode.resolved_at] == [ns(at[1]), ns(at[3])]
