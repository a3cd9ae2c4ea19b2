"""Text and booleans: compared, counted, matched, replaced where they are unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from alertdsl_runtime.backtesting import backtest
from tests.runtime.language.world import Everywhere, everywhere, lines, ns

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics.status]
measurement = "svc"
field = "status"
type = "string"
[metrics.up]
measurement = "svc"
field = "up"
type = "boolean"
"""
NOW = "2026-05-02T12:00:00Z"
LATER = "2026-05-02T12:06:00Z"


@pytest.fixture(scope="module")
def services(influx: InfluxDB) -> Iterator[Everywhere]:
    """a fails and comes back, b is ok, c stopped; at 12:06 nobody has a value."""
    written = lines(
        "svc,name=a",
        "status",
        [
            ("2026-05-02T11:50:00Z", "ok"),
            ("2026-05-02T11:54:00Z", "failing"),
            ("2026-05-02T11:56:00Z", "failed"),
            ("2026-05-02T11:58:00Z", "failed: disk"),
        ],
    )
    written += lines("svc,name=b", "status", [(f"2026-05-02T11:{m}:00Z", "ok") for m in (50, 54, 58)])
    written += lines("svc,name=c", "status", [("2026-05-02T11:30:00Z", "failed")])
    written += lines("svc,name=a", "up", [("2026-05-02T11:54:00Z", True), ("2026-05-02T11:58:00Z", False)])
    written += lines("svc,name=b", "up", [("2026-05-02T11:54:00Z", False), ("2026-05-02T11:58:00Z", True)])
    with everywhere(influx, CATALOG, written) as found:
        yield found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('status matches "^fail"', {"name=a": "TU", "name=b": "FU", "name=c": "UU"}),
        ('status matches "^fail(ed|ing)$"', {"name=a": "FU", "name=b": "FU", "name=c": "UU"}),
        ('status matches "(?i)DISK"', {"name=a": "TU", "name=b": "FU", "name=c": "UU"}),
        ('status does not match "^fail"', {"name=a": "FU", "name=b": "TU", "name=c": "UU"}),
        ('status matches "^fail" for 4m', {"name=a": "TU", "name=b": "FF", "name=c": "UU"}),
        ('status matches "^failed" for 5m', {"name=a": "FU", "name=b": "FF", "name=c": "UU"}),
        ('status matches "^fail" for 3 points', {"name=a": "TU", "name=b": "FF", "name=c": "UU"}),
        ('status matches "^fail" for 5m of 8m', {"name=a": "TT", "name=b": "FF", "name=c": "UU"}),
        ('last of status over 1h == "failed"', {"name=a": "FF", "name=b": "FF", "name=c": "TT"}),
        ("count of status over 1h > 3", {"name=a": "TT", "name=b": "FF", "name=c": "FF"}),
        ("count of status overall > 1", {"": "TF"}),
        ('count of (status != "ok") over 10m > 2', {"name=a": "TF", "name=b": "FF", "name=c": "FF"}),
        ('at least 1 name have status matches "^fail"', {"": "TU"}),
        ("status changes more than 2 times within 15m", {"name=a": "TT", "name=b": "FF", "name=c": "UU"}),
        ("up is false", {"name=a": "TU", "name=b": "FU"}),
        ('status matches "^fail" and up is false', {"name=a": "TU", "name=b": "FU", "name=c": "UU"}),
        ('status matches "^fail" unless up is false', {"name=a": "FU", "name=b": "FU", "name=c": "UU"}),
    ],
)
def test_text(services: Everywhere, text: str, expected: dict[str, str]) -> None:
    assert services.truths(text, NOW, LATER) == expected


def test_the_text_is_what_messages_show(services: Everywhere) -> None:
    (rule,) = services.rules('status matches "^fail" unless up is true')
    for source in services.sources.values():
        (episode,) = backtest([rule], source, ns("2026-05-02T11:57:00Z"), ns(NOW))
        assert episode.value == "failed: disk"
