"""A server on a database and a catalog of the test's own; tests that take `mode` run in both protocol eras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alertdsl_mcp.app import App
from tests.mcp.serving import MODES, server_of, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alertdsl_mcp.server import AlertServer

_VARIABLES = [
    *("ALERTDSL_DATABASE_URL", "ALERTDSL_SOURCE_URL", "ALERTDSL_MCP_URL", "ALERTDSL_MCP_TOKEN"),
    *(f"INFLUXDB_V2_{name}" for name in ("URL", "ORG", "TOKEN", "BUCKET")),
]


@pytest.fixture
def anyio_backend() -> str:
    """What the server runs on."""
    return "asyncio"


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """A protocol era."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The application of one local client."""
    made = App(settings_in(tmp_path))
    yield made
    made.close()


@pytest.fixture
def server(app: App) -> AlertServer:
    """The server of one local client."""
    return server_of(app)
