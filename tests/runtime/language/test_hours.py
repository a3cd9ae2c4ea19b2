"""``during``: what clocks show in a zone, days, dates and holidays, windows over midnight, changes of the clocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alertdsl.semantics.typed import HOUR, MINUTE
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.evaluation.evaluator import Evaluator
from tests.runtime.language.world import Everywhere, every, everywhere, lines, ns

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.load]
measurement = "cpu"
field = "load"
staleness = "7h"
[metrics.queue]
measurement = "queue"
field = "depth"
[calendars.holidays]
dates = ["2026-12-25", "2028-02-29"]
"""


@pytest.fixture(scope="module")
def busy(influx: InfluxDB) -> Iterator[Everywhere]:
    """A load that is high all the time, in four parts of some years."""
    written: list[str] = []
    for start, stop in (
        ("2026-03-25T00:00:00Z", "2026-04-02T00:00:00Z"),
        ("2026-10-23T00:00:00Z", "2026-10-28T00:00:00Z"),
        ("2026-12-22T00:00:00Z", "2026-12-29T00:00:00Z"),
        ("2028-02-27T00:00:00Z", "2028-03-03T00:00:00Z"),
    ):
        written += lines("cpu,host=a", "load", every(start, stop, 6 * HOUR, 9.0))
    with everywhere(influx, CATALOG, written) as found:
        yield found


@pytest.mark.parametrize(
    ("during", "instants"),
    [
        # 29 March 2026 is a Sunday; London's clocks go forward that night.
        (
            "09:00-17:00 on weekdays in Europe/London",
            "03-27T08:59:F 03-27T09:00:T 03-27T16:59:T 03-27T17:00:F 03-28T12:00:F 03-30T07:59:F 03-30T08:00:T 03-30T15:59:T 03-30T16:00:F",
        ),
        ("09:00-17:00", "03-28T08:59:F 03-28T09:00:T 03-29T16:59:T 03-29T17:00:F"),
        # A window over midnight belongs to the day on which it starts.
        (
            "22:00-06:00 on fri",
            "03-27T05:00:F 03-27T21:59:F 03-27T22:00:T 03-28T00:00:T 03-28T05:59:T 03-28T06:00:F 03-28T23:00:F",
        ),
        ("20:00-20:00 on fri", "03-27T19:59:F 03-27T20:00:T 03-28T19:59:T 03-28T20:00:F"),
        (
            "22:00-06:00 except 2026-12-25",
            "12-24T23:00:T 12-25T05:59:T 12-25T06:00:F 12-25T23:00:F 12-26T05:00:F 12-26T22:00:T",
        ),
        (
            "09:00-17:00 on weekdays except holidays, 12:00-13:00",
            "12-24T11:59:T 12-24T12:00:F 12-24T12:59:F 12-24T13:00:T 12-25T10:00:F 12-26T10:00:F 12-28T10:00:T",
        ),
        ("00:00-24:00 except 23:00-01:00", "03-27T22:59:T 03-27T23:00:F 03-28T00:59:F 03-28T01:00:T"),
        ("06:00-07:00, 18:00-20:00", "03-27T06:30:T 03-27T07:00:F 03-27T18:00:T 03-27T19:59:T 03-27T20:00:F"),
        ("00:00-24:00 on sat to mon", "03-27T23:59:F 03-28T00:00:T 03-30T23:59:T 03-31T00:00:F"),
        ("00:00-24:00 on sun except weekdays", "03-28T23:59:F 03-29T00:00:T 03-29T23:59:T 03-30T00:00:F"),
        # Far zones: Tokyo's Monday begins on Sunday, Los Angeles' ends on Tuesday.
        ("00:00-24:00 on mon in Asia/Tokyo", "03-29T14:59:F 03-29T15:00:T 03-30T14:59:T 03-30T15:00:F"),
        ("00:00-24:00 on mon in America/Los_Angeles", "03-30T06:59:F 03-30T07:00:T 03-31T06:59:T 03-31T07:00:F"),
        ("09:00-17:00 in Asia/Kathmandu", "03-27T03:14:F 03-27T03:15:T 03-27T11:14:T 03-27T11:15:F"),
        # Berlin, 29 March: 01:59 is followed by 03:00.
        ("01:30-03:30 in Europe/Berlin", "03-29T00:29:F 03-29T00:30:T 03-29T01:00:T 03-29T01:29:T 03-29T01:30:F"),
        ("02:15-02:45 in Europe/Berlin", "03-28T01:15:T 03-29T00:59:F 03-29T01:00:F 03-29T01:20:F 03-30T00:15:T"),
        ("01:00-02:30 in Europe/Berlin", "03-29T00:00:T 03-29T00:59:T 03-29T01:00:F"),
        ("02:30-04:00 in Europe/Berlin", "03-29T00:59:F 03-29T01:00:T 03-29T01:59:T 03-29T02:00:F"),
        # 25 October: 02:59 is followed by 02:00.
        ("02:00-03:00 in Europe/Berlin", "10-24T23:59:F 10-25T00:00:T 10-25T01:00:T 10-25T01:59:T 10-25T02:00:F"),
        ("02:30-04:00 in Europe/Berlin", "10-25T00:29:F 10-25T00:30:T 10-25T01:00:F 10-25T01:30:T 10-25T03:00:F"),
        ("22:00-02:30 on sat in Europe/Berlin", "10-24T20:00:T 10-25T00:29:T 10-25T00:30:F 10-25T01:00:T 10-25T01:30:F"),
    ],
)  # fmt: skip
def test_hours(busy: Everywhere, during: str, instants: str) -> None:
    """Instants are in UTC, of 2026."""
    wanted = [one.rpartition(":") for one in instants.split()]
    found = busy.truths(
        f"rule r\n  when load > 8\n  during {during}\n", *(f"2026-{time}:00Z" for time, _, _ in wanted)
    )
    assert found == {"host=a": "".join(letter for _, _, letter in wanted)}


def test_a_leap_day(busy: Everywhere) -> None:
    rule = "rule r\n  when load > 8\n  during 00:00-24:00 in UTC except {}\n"
    instants = [f"2028-{day}T12:00:00Z" for day in ("02-28", "02-29", "03-01")]
    for excepted in ("2028-02-29", "holidays"):
        assert busy.truths(rule.format(excepted), *instants) == {"host=a": "TFT"}
    assert busy.truths("rule r\n  when load > 8\n  during 10:00-14:00 on tue\n", *instants) == {
        "host=a": "FTF"
    }


@pytest.fixture(scope="module")
def queue(influx: InfluxDB) -> Iterator[Everywhere]:
    """A queue that is long from 03:00 on, but for one point at 08:45, and not seen from 16:00 to 18:00."""
    night = every("2026-05-05T02:00:00Z", "2026-05-05T03:00:00Z", MINUTE, 1.0)
    morning = every("2026-05-05T03:00:00Z", "2026-05-05T16:00:00Z", MINUTE, 50.0)
    evening = every("2026-05-05T18:00:00Z", "2026-05-05T20:00:00Z", MINUTE, 50.0)
    written = lines("queue,q=x", "depth", [*night, *morning, *evening])
    written += lines("queue,q=x", "depth", [("2026-05-05T08:45:00Z", 2.0)])
    with everywhere(influx, CATALOG, written) as found:
        yield found


LONG = "rule r\n  when queue > 10{}\n{}  during 09:00-17:00\n"


def test_for_looks_back_before_opening(queue: Everywhere) -> None:
    at = [
        f"2026-05-05T{time}:00Z" for time in ("08:59", "09:00", "09:15", "09:16", "16:04", "16:06", "17:00")
    ]
    assert queue.truths(LONG.format("", ""), *at) == {"q=x": "FTTTTUF"}
    # The dip ends with the point of 08:46, so half an hour later it is true.
    assert queue.truths(LONG.format(" for 30m", ""), *at) == {"q=x": "FFFTTUF"}
    (rule,) = queue.rules(LONG.format(" for 30m", ""))
    (outcome,) = Evaluator([rule], queue.sources["memory"]).evaluate(
        np.array([ns(t) for t in at], dtype=np.int64)
    )
    assert outcome.pending[0].tolist() == [0, 2, 2, 2, 2, 1, 0]
    assert outcome.recovered[0].tolist() == [2, 2, 2, 0, 0, 1, 2]
    assert outcome.no_data[0].tolist() == [False, False, False, False, False, True, False]


def test_recovery_is_true_outside(queue: Everywhere) -> None:
    at = [f"2026-05-05T{time}:00Z" for time in ("08:59", "09:00", "17:00")]
    (rule,) = queue.rules(LONG.format("", "  recover when queue < 5\n"))
    for source in queue.sources.values():
        (outcome,) = Evaluator([rule], source).evaluate(np.array([ns(t) for t in at], dtype=np.int64))
        assert outcome.recovered[0].tolist() == [2, 0, 2]


def test_alerts_end_with_the_hours(queue: Everywhere) -> None:
    (rule,) = queue.rules(
        LONG.format("", "  on no data keep\n  severity warning, critical when queue > 40\n")
    )
    for source in queue.sources.values():
        found = backtest([rule], source, ns("2026-05-05T02:00:00Z"), ns("2026-05-05T19:00:00Z"))
        (episode,) = found.episodes
        assert episode.fired_at == ns("2026-05-05T09:00:00Z")
        assert episode.resolved_at == ns("2026-05-05T17:00:00Z")
        assert episode.reason == "outside hours"
        assert episode.severity == "critical"


def test_since_is_not_before_the_hours(queue: Everywhere) -> None:
    """Outside them C counts as false: the queue is long from 03:00 on, but that counts from 08:00; the dip is at 08:45."""
    for hours, first in (("08:00-08:30", "08:00"), ("02:00-08:30", "03:00"), ("08:40-09:00", "08:40")):
        (rule,) = queue.rules(f"rule r\n  when queue > 10\n  during {hours}\n")
        for source in queue.sources.values():
            found = backtest([rule], source, ns("2026-05-05T02:30:00Z"), ns("2026-05-05T08:46:00Z"))
            assert found.episodes[0].since == ns(f"2026-05-05T{first}:00Z")
