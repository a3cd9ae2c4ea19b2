"""The servers of the tests themselves: that each works, is one's own, and misbehaves as told."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import urllib3

from tests.services.process import ROOT, Container, required

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.database import DatabaseServer
    from tests.services.http import HttpEndpoint
    from tests.services.influxdb import InfluxDB
    from tests.services.smtp import SmtpServer


def test_influx_answers_what_was_written(influx: InfluxDB, influx_bucket: str) -> None:
    influx.write_lp(["cpu,host=a load=1.5 10", "cpu,host=b load=2.5 20"], "s", influx_bucket)
    answer = influx.query(
        f'from(bucket: "{influx_bucket}") |> range(start: 0) |> keep(columns: ["host", "_value"])'
    )
    assert {tuple(row.split(",")[-2:]) for row in answer.split()[1:]} == {("1.5", "a"), ("2.5", "b")}


def test_influx_buckets_are_apart(influx: InfluxDB, influx_bucket: str) -> None:
    influx.write_lp("cpu load=1", "s", influx_bucket)
    assert not influx.query(f'from(bucket: "{influx.new_bucket()}") |> range(start: 0)').strip()


def test_influx_says_why_it_refuses(influx: InfluxDB) -> None:
    with pytest.raises(RuntimeError, match="400.*unable to parse"):
        influx.write_lp("no line protocol")
    with pytest.raises(RuntimeError, match="400.*undefined identifier"):
        influx.query("nonsense")


def test_influx_token_reaches_only_its_buckets(influx: InfluxDB, influx_bucket: str) -> None:
    other = influx.new_bucket()
    reader = type(influx)(influx.url, influx.org, influx.new_token(read=[influx_bucket]))
    reader.query(f'from(bucket: "{influx_bucket}") |> range(start: 0)')
    with pytest.raises(RuntimeError, match="could not find bucket"):
        reader.query(f'from(bucket: "{other}") |> range(start: 0)')


def test_influx_can_be_paused_killed_and_restarted(private_influx: InfluxDB) -> None:
    bucket = private_influx.new_bucket()
    private_influx.write_lp("cpu load=7", "s", bucket)
    private_influx.pause()
    private_influx.pause()
    assert not private_influx.healthy()
    private_influx.resume()
    assert private_influx.healthy()
    private_influx.kill()
    assert private_influx.pid is None
    assert not private_influx.healthy()
    private_influx.restart()
    assert "7" in private_influx.query(f'from(bucket: "{bucket}") |> range(start: 0)')


def test_a_database_is_empty_and_the_tests_own(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    engine.dispose()


def test_mysql_can_be_killed_and_keeps_what_was_committed(private_mysql: DatabaseServer) -> None:
    engine = sa.create_engine(private_mysql.new_database())
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO t VALUES (7)"))
    engine.dispose()
    private_mysql.kill()
    assert not private_mysql.healthy()
    private_mysql.start()
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT n FROM t")).scalar() == 7
    engine.dispose()


def test_smtp_keeps_mail_and_fails_when_told(smtp_server: SmtpServer) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "CPU high ▲", "a@example.org", "b@example.org"
    mail.set_content("92 %")
    smtp_server.fail(1)
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.send_message(mail)
        client.send_message(mail)
    (kept,) = smtp_server.wait_for(1)
    assert (kept["Subject"], kept.get_content().strip(), smtp_server.attempts) == ("CPU high ▲", "92 %", 2)


def test_http_keeps_posts_fails_and_dawdles_when_told(http_endpoint: HttpEndpoint) -> None:
    client = urllib3.PoolManager(retries=False)
    http_endpoint.fail(1)
    statuses = [client.request("POST", f"{http_endpoint.url}/hook", json={"n": n}).status for n in (1, 2)]
    assert statuses == [503, 200]
    assert [(post.path, post.json) for post in http_endpoint.messages] == [("/hook", {"n": 2})]
    http_endpoint.delay(5)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.request("POST", http_endpoint.url, timeout=0.05)


def test_servers_end_when_the_tests_are_killed() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ends a child with its parent")
    code = (
        "import time; from tests.services.process import LocalProcess\n"
        "server = LocalProcess('orphan', ['sleep', '60']); server.start(lambda: True)\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < deadline, "the server outlived the tests"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that ended stays a zombie where nothing reaps it.
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_a_server_that_does_not_come_up_shows_its_log() -> None:
    from tests.services.process import LocalProcess

    broken = LocalProcess("broken", ["sh", "-c", "echo no space left; exit 3"])
    with pytest.raises(RuntimeError, match="ended by itself.*\n.*no space left"):
        broken.start(lambda: False)


def test_a_container_is_driven_by_docker_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = tmp_path / "calls"
    fake = tmp_path / "docker"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    container = Container("db", "image:1", port=5000, inner_port=50, env={"A": "b"}, args=["--x"])
    container.start(lambda: True)
    container.stop()
    container.start(lambda: True)
    container.discard()
    name = container.name
    assert calls.read_text().splitlines() == [
        f"run --detach --name {name} --publish 127.0.0.1:5000:50 --env A=b image:1 --x",
        f"stop {name}",
        f"start {name}",
        f"rm --force --volumes {name}",
    ]


def test_a_missing_service_skips_here_and_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(influx): ...\n")
    gone = {"PATH": "", "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-c",
        "/dev/null",
        "--rootdir",
        str(tmp_path),
    ]
    command += ["-p", "no:cacheprovider", str(tmp_path)]
    here = subprocess.run(command, env=gone, capture_output=True, text=True, cwd=tmp_path)
    assert here.returncode == 0, here.stdout
    assert "1 because: no InfluxDB: set INFLUXDB_V2_URL" in here.stdout
    in_ci = subprocess.run(command, env={**gone, "CI": "true"}, capture_output=True, text=True, cwd=tmp_path)
    assert in_ci.returncode == 1, in_ci.stdout
    assert "no InfluxDB: set INFLUXDB_V2_URL" in in_ci.stdout


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_services_are_required_in_ci(value: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALERTDSL_REQUIRE_SERVICES", raising=False)
    monkeypatch.setenv("CI", value)
    assert required() is expected
