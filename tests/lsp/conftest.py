"""Projects to edit: a folder with a catalog like those of the examples."""

from __future__ import annotations

from pathlib import Path

import pytest

CATALOG = """\
[source]
bucket = "monitors"

[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
interval = "1m"
staleness = "5m"
series_key = ["symbol"]
aliases = ["rate"]

[metrics."cpu usage"]
expression = "100 - cpu.usage_idle"
tags = { cpu = "cpu-total" }
unit = "%"

[metrics."latency"]
measurement = "http"
field = "latency"
unit = "ms"
kind = "gauge"

[metrics."load"]
measurement = "system"
field = "load1"

[entities.BTC]
tags = { symbol = "BTC" }
aliases = ["Bitcoin"]

[tags.host]
aliases = ["hosts"]
values = ["web1", "web2"]

[calendars.holidays]
dates = ["2026-12-25"]

[notify.targets]
desk = "log://"
oncall = "mailtos://user:secret@example.com"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with `alertdsl.toml`, links in its path followed."""
    folder = tmp_path.resolve()
    (folder / "alertdsl.toml").write_text(CATALOG, "utf-8")
    return folder
