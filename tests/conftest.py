"""Fixtures for the whole suite: real servers, one per test process, and receivers, one per test."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.repeatable import repeatable
from tests.services import Unavailable, required
from tests.services import http as http_service
from tests.services import influxdb as influxdb_service
from tests.services import mcp_suites as mcp_suites_service
from tests.services import mysql as mysql_service
from tests.services import postgres as postgres_service
from tests.services import smtp as smtp_service
from tests.services.process import LOGS, ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from tests.services.database import DatabaseServer
    from tests.services.http import HttpEndpoint
    from tests.services.influxdb import InfluxDB
    from tests.services.mcp_suites import McpSuites
    from tests.services.smtp import SmtpServer

settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")  # `--hypothesis-profile default` meets new cases each time


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A failing case fails again, and what passed here passes elsewhere."""
    if item.get_closest_marker("hypothesis") is None or settings.get_current_profile_name() != "repeatable":
        return (yield)
    with repeatable():
        return (yield)


@contextmanager
def _or_left_out() -> Iterator[None]:
    """Skip where a service is missing; fail in CI, where a skipped test would go unseen."""
    try:
        yield
    except Unavailable as reason:
        if required():
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def influx() -> Iterator[InfluxDB]:
    """An InfluxDB shared by this process's tests; use `influx_bucket` or `influx.new_bucket()` to be alone in it."""
    with _or_left_out(), influxdb_service.influxdb() as server:
        yield server


@pytest.fixture
def influx_bucket(influx: InfluxDB) -> str:
    """The name of an empty bucket of this test's own."""
    return influx.new_bucket()


@pytest.fixture
def private_influx() -> Iterator[InfluxDB]:
    """An InfluxDB of this test's own, to stop, pause and kill; about a second."""
    with _or_left_out(), influxdb_service.influxdb(private=True) as server:
        yield server


@pytest.fixture(scope="session")
def mysql() -> Iterator[DatabaseServer]:
    """A MySQL or MariaDB shared by this process's tests; `new_database()` gives a URL of a database of one's own."""
    with _or_left_out(), mysql_service.mysql() as server:
        yield server


@pytest.fixture
def private_mysql() -> Iterator[DatabaseServer]:
    """A MySQL of this test's own, to stop, pause and kill; a few seconds."""
    with _or_left_out(), mysql_service.mysql(private=True) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """A PostgreSQL shared by this process's tests; `new_database()` gives a URL of a database of one's own."""
    with _or_left_out(), postgres_service.postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "mysql", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of this test's own, on each kind of server in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'alerts.db'}"
    server: DatabaseServer = request.getfixturevalue(request.param)
    return server.new_database()


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """An SMTP server that keeps what it is sent, and fails or dawdles when told to."""
    with smtp_service.smtp() as server:
        yield server


@pytest.fixture
def http_endpoint() -> Iterator[HttpEndpoint]:
    """An HTTP endpoint that keeps what is posted to it, and fails or dawdles when told to."""
    with http_service.http() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def mcp_suites() -> McpSuites:
    """The MCP conformance suite and the inspector."""
    with _or_left_out():
        return mcp_suites_service.mcp_suites()


@pytest.fixture(scope="session")
def btc_csv() -> Path:
    """Three weeks of minutes of a real price, kept beside the checkout: it is too large to be in it."""
    path = ROOT.parent / "shared" / "data" / "btc_usd_1m.csv"
    if not path.is_file():
        pytest.skip(f"no sample data: {path} is absent")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last which tests were left out and why: a green run should not hide them."""
    left_out: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        left_out[reason.removeprefix("Skipped: ")].append(report.nodeid)
    if left_out:
        terminalreporter.section("left out")
    for reason, tests in left_out.items():
        terminalreporter.write_line(f"{len(tests)} because: {reason}")
        for test in tests:
            terminalreporter.write_line(f"    {test}")
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(f"the servers' logs are in {LOGS.relative_to(ROOT)}/")
