"""A catalog with one of everything, and a resolver of single conditions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alertdsl.diagnostics import Diagnostic
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog, parse_catalog
from alertdsl.semantics.resolve import resolve_file
from alertdsl.syntax.parser import parse_rules

CATALOG = """
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
interval = "1m"
series_key = ["symbol"]
aliases = ["quote"]

[metrics."cpu usage"]
expression = "100 - cpu.usage_idle"
tags = { cpu = "cpu-total" }
unit = "%"

[metrics."cpu time"]
measurement = "cpu"
field = "time"
kind = "counter"
unit = "s"

[metrics."http latency"]
measurement = "http"
field = "latency"
unit = "s"

[metrics."bytes sent"]
measurement = "net"
field = "bytes_sent"
kind = "counter"
unit = "B"

[metrics."queue depth"]
measurement = "queue"
field = "depth"
labels = ["queue", "host"]

[metrics."service status"]
measurement = "service"
field = "status"
type = "string"

[metrics."service up"]
measurement = "service"
field = "up"
type = "boolean"

[metrics."temperature"]
measurement = "room"
field = "t"
unit = "°C"

[metrics."used"]
measurement = "disk"
field = "used"
unit = "MB"

[metrics."size"]
measurement = "disk"
field = "size"
unit = "GB"

[metrics."failures"]
measurement = "jobs"
field = "failed"

[metrics."not found errors"]
measurement = "http"
field = "e404"

[metrics."found errors"]
measurement = "http"
field = "found"

[metrics."rate of change"]
measurement = "forex"
field = "roc"

[metrics."cost of goods"]
measurement = "shop"
field = "cost"

[metrics."I/O wait"]
measurement = "cpu"
field = "iowait"

[metrics."latency histogram"]
measurement = "http"
field = "bucket"
histogram = "le"

[metrics."load one"]
measurement = "system"
field = "load1"
aliases = ["load"]
retention = "1d"

[metrics."load five"]
measurement = "system"
field = "load5"
aliases = ["load"]

[metrics."mains"]
measurement = "grid"
field = "v"
unit = "V"

[metrics."power"]
measurement = "grid"
field = "p"
unit = "kW"

[metrics."last backup"]
measurement = "backup"
field = "at"
unit = "unix_ms"

[metrics."certificate expiry"]
measurement = "x509"
field = "not_after"
kind = "timestamp"

[metrics."seconds left"]
measurement = "x509"
field = "expiry"
unit = "s"

[metrics."circle"]
expression = "circle + 1"

[entities.BTC]
tags = { symbol = "BTC" }
aliases = ["Bitcoin", "XBT"]

[entities.ETH]
tags = { symbol = "ETH" }

[tags.host]
aliases = ["server"]
values = ["web1", "web2", "db one"]

[tags.region]
values = ["eu", "us"]

[tags.zone]
values = ["eu"]

[calendars.holidays]
dates = ["2026-12-25", 2026-12-26]

[buckets.short]
retention = "2h"
"""

Resolve = Callable[[str], tuple[typed.Rule, tuple[Diagnostic, ...]]]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return parse_catalog(CATALOG)


@pytest.fixture(scope="session")
def problems(catalog: Catalog) -> Callable[[str], tuple[Diagnostic, ...]]:
    """All diagnostics of rule text."""

    def of(text: str) -> tuple[Diagnostic, ...]:
        return resolve_file(parse_rules(text), catalog, canonical=lambda _: text)[1]

    return of


@pytest.fixture(scope="session")
def rule(catalog: Catalog) -> Callable[[str], typed.Rule]:
    """The one typed rule of rule text, which must be right."""

    def of(text: str) -> typed.Rule:
        rules, found = resolve_file(parse_rules(text), catalog, canonical=lambda _: text)
        assert len(rules) == 1, "\n".join(d.render() for d in found)
        return rules[0]

    return of


@pytest.fixture(scope="session")
def formal(rule: Callable[[str], typed.Rule]) -> Callable[[str], str]:
    """The condition of rule text, every parenthesis written."""
    from alertdsl.explanation.formal import formal as written

    return lambda text: written(rule(text).when)
