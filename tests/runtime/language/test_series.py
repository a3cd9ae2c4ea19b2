"""Which series there are: expected, vanishing, forgotten; and what stands in where there is no value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from alertdsl.semantics.typed import MINUTE
from tests.runtime.language.world import Everywhere, every, everywhere, lines

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.load]
measurement = "cpu"
field = "load"
[metrics.failures]
measurement = "auth"
field = "failures"
[metrics.power]
measurement = "room"
field = "power"
unit = "W"
[metrics.temperature]
measurement = "room"
field = "temperature"
unit = "°C"
[metrics.used]
measurement = "disk"
field = "used"
unit = "B"
[metrics.size]
measurement = "disk"
field = "size"
unit = "B"
[metrics.share]
measurement = "disk"
field = "share"
unit = "%"
[metrics.watched]
measurement = "cpu"
field = "load"
expect = { host = ["a", "z"] }
memory = "1h"
[tags.host]
aliases = ["hosts"]
"""


@pytest.fixture(scope="module")
def hosts(influx: InfluxDB) -> Iterator[Everywhere]:
    """a reports all the time; b until 12:00."""
    written = lines("cpu,host=a", "load", every("2026-05-02T10:00:30Z", "2026-05-02T18:00:00Z", MINUTE, 9.0))
    written += lines("cpu,host=b", "load", every("2026-05-02T10:00:30Z", "2026-05-02T12:00:00Z", MINUTE, 9.0))
    written += lines("auth,host=a", "failures", [("2026-05-02T11:58:00Z", 4)])
    with everywhere(influx, CATALOG, written) as found:
        yield found


AT = [f"2026-05-02T{time}:00Z" for time in ("12:00", "12:04", "12:05", "13:59", "14:00", "17:00")]


def test_a_series_is_forgotten(hosts: Everywhere) -> None:
    """b's newest point, of 11:59:30, is known for two hours."""
    rule = "rule r\n  when load > 8\n  forget after 2h\n"
    assert hosts.truths(rule, *AT) == {"host=a": "TTTTTT", "host=b": "TTUU.."}
    missing = "rule r\n  when load is missing for 10m\n  forget after 2h\n"
    assert hosts.truths(missing, *AT) == {"host=a": "FFFFFF", "host=b": "FFFT.."}
    plain = "rule r\n  when load > 8\n"
    assert hosts.truths(plain, *AT) == {"host=a": "TTTTTT", "host=b": "TTUUUU"}


def test_a_window_as_long_as_memory(hosts: Everywhere) -> None:
    """There is nothing before it to be read: InfluxDB refuses an empty range, and with it all that is asked beside it."""
    rule = "rule r\n  when load changes at least 0 times within 1h\n  forget after 1h\n"
    assert hosts.truths(rule, AT[0], AT[3]) == {"host=a": "TT", "host=b": "T."}


def test_groups_forget_too(hosts: Everywhere) -> None:
    rule = "rule r\n  when count of load overall > 1\n  forget after 2h\n"
    assert hosts.truths(rule, *AT) == {"": "TTFFFF"}
    shares = "rule r\n  when more than 60% of hosts have load > 8\n  forget after 2h\n"
    # One of two, then b is unknown: one or two of two; at last one of one.
    assert hosts.truths(shares, *AT) == {"": "TTUUTT"}
    every_host = "rule r\n  when all hosts have load > 8\n  forget after 2h\n"
    assert hosts.truths(every_host, *AT) == {"": "TTUUTT"}


def test_expected_series(hosts: Everywhere) -> None:
    rule = 'rule r\n  when load > 8\n  expect host in ("a", "z")\n'
    assert hosts.truths(rule, AT[0], AT[-1]) == {"host=a": "TT", "host=b": "TU", "host=z": "UU"}
    missing = 'rule r\n  when load is missing for 10m\n  expect host in ("b", "z")\n  forget after 2h\n'
    # z was never seen; b comes back as expected once it is forgotten.
    assert hosts.truths(missing, *AT) == {"host=a": "FFFFFF", "host=b": "FFFTTT", "host=z": "TTTTTT"}
    count = 'rule r\n  when count of load over 10m < 5\n  expect host in ("z")\n'
    assert hosts.truths(count, AT[0], AT[2]) == {"host=a": "FF", "host=b": "FF", "host=z": "TT"}


def test_expectations_of_the_catalog_are_narrowed_by_filters(hosts: Everywhere) -> None:
    assert hosts.truths("watched is missing for 10m", AT[0], AT[-1]) == {
        "host=a": "FF", "host=b": "F.", "host=z": "TT"
    }  # fmt: skip
    assert hosts.truths('watched{host="z"} is missing for 10m', AT[0]) == {"host=z": "T"}
    assert hosts.truths('watched{host=~"a|b"} is missing for 10m', AT[0]) == {"host=a": "F", "host=b": "F"}
    assert hosts.truths("at least 2 hosts have watched > 8", AT[0]) == {"": "T"}
    assert hosts.truths("all hosts have watched > 8", AT[0]) == {"": "U"}


def test_absent(hosts: Everywhere) -> None:
    at = ("2026-05-02T12:03:00Z", "2026-05-02T12:04:00Z", "2026-05-04T12:00:00Z")
    assert hosts.truths("failures is absent", *at) == {"": "FTT"}
    assert hosts.truths('failures{host="b"} is absent', *at) == {"host=b": "TTT"}
    assert hosts.truths("failures is absent for 2m", at[0], "2026-05-02T12:06:00Z") == {"": "FT"}


def test_else(hosts: Everywhere) -> None:
    at = ("2026-05-02T12:00:00Z", "2026-05-02T12:10:00Z")
    assert hosts.truths("failures > 3", *at) == {"host=a": "TU"}
    assert hosts.truths("(failures else 0) > 3", *at) == {"host=a": "TF"}
    # b has a load and no failures at all: it makes the label set, and the default stands in.
    assert hosts.truths("load + (failures else 0) > 12", *at) == {"host=a": "TF", "host=b": "FU"}
    assert hosts.truths("(failures else load) > 3", *at) == {"host=a": "TT", "host=b": "TU"}
    assert hosts.truths("(failures else 9) > 3 for 5m", *at) == {"host=a": "TT"}


# ---------------------------------------------------------------- units


@pytest.fixture(scope="module")
def rooms(influx: InfluxDB) -> Iterator[Everywhere]:
    at = [f"2026-05-02T11:{m}:00Z" for m in (10, 30, 50, 58)]
    written = lines("room,name=r", "power", zip(at, (1500, 500, 2500, 2000), strict=True))
    written += lines("room,name=r", "temperature", zip(at, (20.0, 21.0, 25.0, 24.0), strict=True))
    written += lines("disk,path=/", "used", zip(at, (1_000_000_000,) * 4, strict=True))
    written += lines("disk,path=/", "size", zip(at, (4_000_000_000,) * 4, strict=True))
    written += lines("disk,path=/", "share", zip(at, (25.0, 25.0, 25.0, 25.0), strict=True))
    with everywhere(influx, CATALOG, written) as found:
        yield found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("range of power over 1h > 1.9 kW", "T"),
        ("range of power over 1h > 2 kW", "F"),
        (
            "range of power over 30m > 400 W",
            "T",
        ),  # 2500 and 2000; 500 is at 30 minutes exactly: in the window
        ("range of power over 29m > 500 W", "F"),
        ("power between 1 and 2 kW", "T"),
        ("temperature > 75 °F", "T"),  # 75.2
        ("temperature > 75.3 °F", "F"),
        ("range of temperature over 1h > 8 °F", "T"),  # 5 degrees are 9 of Fahrenheit, whatever the zero
        ("range of temperature over 1h > 9.1 °F", "F"),
        ("temperature rises by 3 °C within 40m", "T"),
        ("temperature rises by 3.1 °C within 40m", "F"),
        ("power rises by 300% within 40m", "T"),  # from 500 to 2000
        ("power rises by 301% within 40m", "F"),
        ("used / size > 24%", "T"),
        ("used / size > 0.25", "F"),
        ("used > 25% of size", "F"),
        ("used >= 25% of size", "T"),
        ("used > 953 MiB", "T"),
        ("used > 954 MiB", "F"),
        ("size - used > 2.9 GB", "T"),
        ("share > 24%", "T"),
        ("share < 25.1%", "T"),
        ("share - used / size == 0", "T"),
        ("percent change of power over 50m > 33%", "T"),  # from 1500 to 2000: 33.3
        ("percent change of power over 50m > 34%", "F"),
        ("rate of used over 1h >= 0 B/s", "T"),
    ],
)
def test_units(rooms: Everywhere, text: str, expected: str) -> None:
    (found,) = rooms.truths(text, "2026-05-02T12:00:00Z").values()
    assert found == expected
