"""An engine in the foreground, as the command line runs it, and what it is asked about its connections."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alertdsl_runtime.connections import check_connections
from alertdsl_runtime.settings import load_settings
from tests.services.process import ROOT

if TYPE_CHECKING:
    from tests.services.http import HttpEndpoint
    from tests.services.influxdb import InfluxDB


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("INFLUXDB_", "ALERTDSL_")) and not name.startswith("ALERTDSL_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_a_signal_ends_it_in_order(tmp_path: Path) -> None:
    code = "from alertdsl_runtime.running import run; from alertdsl_runtime import load_settings; run(load_settings())"
    path = [str(ROOT), str(ROOT / "runtime"), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    assert '"event": "engine starts"' in first
    assert "sqlite:///alertdsl.db" in first
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert '"event": "engine stops"' in rest.splitlines()[-1]


def test_connections_of_the_embedded_default() -> None:
    Path("alertdsl.toml").write_text(
        '[notify.targets]\nfile = "file://sent.jsonl"\nbad = "nosuch://s3cret"\n'
        '[metrics.price]\nmeasurement = "crypto"\nfield = "close"\n'
    )
    found = {finding.part: finding for finding in check_connections(load_settings())}
    assert {part: finding.ok for part, finding in found.items()} == {
        "source": True,
        "database": True,
        "catalog": True,
        "target file": True,
        "target bad": False,
    }
    assert found["catalog"].said.endswith(", 1 metric")
    assert found["target bad"].line().startswith("FAIL target bad: not a notification address")
    assert "s3cret" not in str(found)


def test_connections_of_an_influxdb(
    influx: InfluxDB, monkeypatch: pytest.MonkeyPatch, http_endpoint: HttpEndpoint
) -> None:
    monkeypatch.setenv("INFLUXDB_V2_URL", influx.url)
    monkeypatch.setenv("INFLUXDB_V2_ORG", influx.org)
    monkeypatch.setenv("INFLUXDB_V2_TOKEN", influx.token)
    monkeypatch.setenv("ALERTDSL_NOTIFY_HOOK", http_endpoint.apprise_url)
    found = list(check_connections(load_settings(), send=True))
    assert all(finding.ok for finding in found), found
    assert "InfluxDB" in found[0].said
    assert http_endpoint.wait_for(1)[0].json["title"] == "[TEST] alertdsl"

    monkeypatch.setenv("INFLUXDB_V2_TOKEN", "wr0ng")
    monkeypatch.setenv("ALERTDSL_DATABASE_URL", "mysql://u:pa55@127.0.0.1:1/d")
    found = list(check_connections(load_settings()))
    assert [finding.ok for finding in found] == [False, False, True]
    assert "unauthorized" in found[0].said.lower()
    for secret in ("wr0ng", "pa55"):
        assert secret not in str(found)
