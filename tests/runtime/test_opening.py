"""From a configuration to a running engine: the embedded default, and what is said when a part is not there."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alertdsl.semantics.typed import SECOND
from alertdsl.store import StoreUnavailable
from alertdsl_runtime.columns import Points
from alertdsl_runtime.engine import Status
from alertdsl_runtime.opening import open_engine, open_patiently, open_source, open_targets
from alertdsl_runtime.settings import SettingsError, load_settings
from alertdsl_runtime.sources.sql import SqlSource

if TYPE_CHECKING:
    from tests.services.database import DatabaseServer

CONFIG = """
[engine]
rules = ["rules"]
delay = "100ms"
poll = "100ms"
[notify]
default = ["file"]
[notify.targets]
file = "file://sent.jsonl"
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[entities.BTC]
tags = { symbol = "BTC" }
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in os.environ:
        if name.startswith(("INFLUXDB_", "ALERTDSL_")) and not name.startswith("ALERTDSL_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_embedded_default_from_file_to_file() -> None:
    """Points, rules, alerts and notifications in one folder: one SQLite file, one rule file, one line a message."""
    Path("alertdsl.toml").write_text(CONFIG)
    Path("rules").mkdir()
    Path("rules/btc.alert").write_text("rule btc-high\n  when BTC price > 120k for 1s\n  every 1s\n")
    settings = load_settings()
    begin = time.time_ns() // SECOND * SECOND
    times = begin + SECOND * np.arange(-5, 10, dtype=np.int64) + 1
    values = np.where((times > begin + SECOND) & (times < begin + 4 * SECOND), 121_000.0, 110_000.0)
    labels = [(("symbol", "BTC"),)]
    series = SqlSource(settings.source_url)
    series.write({("crypto", "close"): Points(labels, np.array([0, len(times)]), times, values)})
    series.close()

    stop, shown = threading.Event(), list[Status]()
    with open_engine(settings) as running:
        running.worker.start()
        thread = threading.Thread(target=running.engine.run, args=(stop,), kwargs={"show": shown.append})
        thread.start()
        end = time.monotonic() + 15
        sent = Path("sent.jsonl")
        while time.monotonic() < end and not (sent.exists() and len(sent.read_text().splitlines()) == 2):
            time.sleep(0.1)
        stop.set()
        thread.join()
        kinds = [item.kind for item in running.store.outbox.list().items]
    assert kinds == ["resolved", "firing"]
    assert "[FIRING warning] btc-high (symbol=BTC)" in sent.read_text()
    assert max(status.firing for status in shown) == 1
    assert all(status.healthy for status in shown)


def test_influxdb_wants_a_token() -> None:
    Path("alertdsl.toml").write_text('[source]\nkind = "influxdb"\n')
    with pytest.raises(SettingsError, match="INFLUXDB_V2_TOKEN"):
        open_source(load_settings())


def test_a_target_that_is_none_is_named_without_its_address() -> None:
    Path("alertdsl.toml").write_text('[notify.targets]\nchat = "slack://s3cret"\n')
    with pytest.raises(SettingsError) as caught:
        open_targets(load_settings())
    assert "notification target 'chat'" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.slow
def test_waiting_for_a_database_that_comes_up(private_mysql: DatabaseServer) -> None:
    url = private_mysql.new_database()
    private_mysql.stop()
    with pytest.raises(StoreUnavailable):
        open_patiently(url, 0.3)
    later = threading.Timer(1.0, private_mysql.start)
    later.start()
    open_patiently(url, 30).close()
    later.join()
