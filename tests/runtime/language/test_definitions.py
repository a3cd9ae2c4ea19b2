"""``let``, tables, rules with parameters and imports: what they make is evaluated as if it were written out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alertdsl.backends.flux import compile_rule
from alertdsl.plan.batch import rule_reads
from alertdsl.plan.reads import Reducer
from alertdsl.semantics.resolve import resolve_file
from alertdsl.syntax.parser import parse_rules
from tests.runtime.language.world import Everywhere, everywhere, lines

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics."cpu usage"]
measurement = "cpu"
field = "usage"
unit = "%"
[metrics."idle"]
expression = "100 - cpu.usage"
unit = "%"
[metrics.latency]
measurement = "http"
field = "seconds"
unit = "s"
[metrics.status]
measurement = "svc"
field = "status"
type = "string"
[tags.host]
aliases = ["hosts"]
"""
NOW, LATER = "2026-05-02T12:00:00Z", "2026-05-02T12:06:00Z"


@pytest.fixture(scope="module")
def hosts(influx: InfluxDB) -> Iterator[Everywhere]:
    """a at 96 %, b at 96 % after 91, c at 96 %, one without a host at 96 %, d stopped; all stale at 12:06 but a."""
    minutes = [f"2026-05-02T11:{m}:00Z" for m in (50, 52, 54, 56, 58)]
    written: list[str] = []
    for name, values in (
        ("cpu,host=a,region=x", (96.0,) * 5),
        ("cpu,host=b,region=x", (96.0, 91.0, 96.0, 96.0, 96.0)),
        ("cpu,host=c,region=y", (96.0,) * 5),
        ("cpu", (96.0,) * 5),
    ):
        written += lines(name, "usage", zip(minutes, values, strict=True))
    written += lines("cpu,host=a,region=x", "usage", [("2026-05-02T12:04:00Z", 96.0)])
    written += lines("cpu,host=d,region=y", "usage", [("2026-05-02T11:30:00Z", 99.0)])
    written += lines("http,host=a", "seconds", zip(minutes, (0.3, 0.3, 0.3, 0.3, 0.3), strict=True))
    written += lines("http,host=b", "seconds", zip(minutes, (1.5, 1.5, 1.5, 1.5, 1.5), strict=True))
    written += lines("svc,host=a", "status", [("2026-05-02T11:58:00Z", "down")])
    with everywhere(influx, CATALOG, written) as found:
        yield found


LIMIT = "let limit by host = { a = 95%, b = 97% }\n"
ELSE = "let limit by host = { a = 97%, b = 97%, else 90% }\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A label set without a row, or without the tag, has no bound.
        (LIMIT + "rule r\n  when cpu usage > limit\n", {"": "UU", "a": "TT", "b": "FU", "c": "UU", "d": "UU"}),
        (ELSE + "rule r\n  when cpu usage > limit\n", {"": "TU", "a": "FF", "b": "FU", "c": "TU", "d": "UU"}),
        (LIMIT + "rule r\n  when cpu usage > limit for 8m\n", {"": "UU", "a": "TT", "b": "FF", "c": "UU", "d": "UU"}),
        (
            "let limit by host = { a = 95%, b = 95% }\nrule r\n  when cpu usage > limit for 5m\n",
            {"": "UU", "a": "TT", "b": "TU", "c": "UU", "d": "UU"},
        ),
        # b was at 91 % eight minutes ago.
        (
            "let limit by host = { else 95% }\nrule r\n  when cpu usage > limit for 9m\n",
            {"": "TU", "a": "TT", "b": "FU", "c": "TU", "d": "UU"},
        ),
        # Comparisons turned round, arithmetic, and a default of its own.
        (LIMIT + "rule r\n  when limit < cpu usage\n", {"": "UU", "a": "TT", "b": "FU", "c": "UU", "d": "UU"}),
        (LIMIT + "rule r\n  when cpu usage > limit + 1\n", {"": "UU", "a": "FF", "b": "FU", "c": "UU", "d": "UU"}),
        (LIMIT + "rule r\n  when cpu usage > (limit else 99%)\n", {"": "FU", "a": "TT", "b": "FU", "c": "FU", "d": "UU"}),
        (LIMIT + "rule r\n  when not (cpu usage > limit)\n", {"": "UU", "a": "FF", "b": "TU", "c": "UU", "d": "UU"}),
        (LIMIT + "rule r\n  when cpu usage > 1% unless cpu usage > limit\n", {"": "TU", "a": "FF", "b": "TU", "c": "TU", "d": "UU"}),
        (LIMIT + "rule r\n  when max of cpu usage over 15m by host > limit\n", {"": "UU", "a": "TT", "b": "FF", "c": "UU", "d": "UU"}),
        (
            "let limit by region = { x = 95%, y = 99% }\nrule r\n  when at least 1 host has cpu usage > limit\n",
            {"!": "TT"},
        ),
        # A metric that is an expression, and units.
        (
            "let least by host = { a = 5%, b = 3% }\nrule r\n  when idle < least\n",
            {"": "UU", "a": "TT", "b": "FU", "c": "UU", "d": "UU"},
        ),
        ("let slow by host = { a = 200ms, b = 2s }\nrule r\n  when latency > slow\n", {"a": "TU", "b": "FU"}),
        # Constants.
        ("let most = 95%\nlet more = most + 2\nrule r\n  when cpu usage > more\n", {"": "FU", "a": "FF", "b": "FU", "c": "FU", "d": "UU"}),
        ('let bad = "down"\nrule r\n  when status == bad\n', {"a": "TU"}),
        ("let busy = avg of latency over 5m overall\nlet hold = 1m\nrule r\n  when busy > 800ms for hold\n", {"!": "TU"}),
    ],
)  # fmt: skip
def test_constants_and_tables(hosts: Everywhere, text: str, expected: dict[str, str]) -> None:
    regions = {"a": "x", "b": "x", "c": "y", "d": "y"}
    cpu = "latency" not in text and "status" not in text and "by host >" not in text
    named = {}
    for host, found in expected.items():
        name = "" if host in ("", "!") else f"host={host} region={regions[host]}" if cpu else f"host={host}"
        named[name] = found
    assert hosts.truths(text, NOW, LATER) == named


def test_a_subject_keeps_its_own_table(hosts: Everywhere) -> None:
    """Rules that differ in their tables have one shape, and are still told apart."""
    text = (
        "let one by host = { a = 95%, b = 97% }\nlet other by host = { a = 97%, b = 95% }\n"
        "rule r\n  when cpu usage > one and cpu usage < other\n"
    )
    assert hosts.truths(text, NOW)["host=a region=x"] == "T"
    assert hosts.truths(text, NOW)["host=b region=x"] == "F"


def test_rules_with_parameters(hosts: Everywhere) -> None:
    text = (
        'rule slow(host, limit = 200ms) "Slow {{ host }}"\n'
        '  when latency{host="{{ host }}"} > limit for 5m\n'
        'use slow("a")\nuse slow("b", 2s)\nuse slow("b", limit = 1s) as third\n'
    )
    found = [hosts.of(rule, NOW, LATER) for rule in hosts.rules(text)]
    assert found == [{"host=a": "TU"}, {"host=b": "FF"}, {"host=b": "TU"}]


def test_imports(hosts: Everywhere, tmp_path: Path) -> None:
    (tmp_path / "alertdsl.toml").write_text("", "utf-8")
    (tmp_path / "shared.alert").write_text(LIMIT + "rule slow(most)\n  when latency > most\n", "utf-8")
    text = 'import "shared.alert"\nrule r\n  when cpu usage > limit\nuse slow(1s)\n'
    rules, found = resolve_file(parse_rules(text), hosts.catalog, source=tmp_path / "main.alert")
    assert not [d for d in found if d.code.startswith("E")]
    first, second = (hosts.of(rule, NOW) for rule in rules)
    assert first["host=a region=x"] == "T"
    assert second == {"host=a": "F", "host=b": "T"}


def test_storage_decides_for_a_table(hosts: Everywhere) -> None:
    """``x > limit for 5m`` reads three values of each series, not its points; the script says it all."""
    (rule,) = hosts.rules(LIMIT + "rule r\n  when cpu usage > limit for 5m\n")
    assert all(request.read.reducer is not Reducer.RAW for request in rule_reads(rule))
    (rule,) = hosts.rules(LIMIT + "rule r\n  when cpu usage > 2 * limit\n")
    assert not compile_rule(rule).engine
