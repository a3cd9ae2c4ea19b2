"""The server as a process, started as hosts and people start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from alertdsl_mcp.settings import Settings
from tests.services.process import ROOT, free_port

PATIENCE_S = 60
MODULE = [sys.executable, "-m", "alertdsl_mcp"]


def arguments(settings: Settings) -> list[str]:
    """What tells a process to use these settings."""
    return ["--database", settings.database, "--config", str(settings.path)]


def stdio(settings: Settings, *options: str) -> StdioServerParameters:
    """How a host starts the server."""
    return StdioServerParameters(command=MODULE[0], args=[*MODULE[1:], *arguments(settings), *options])


@dataclass(frozen=True)
class Served:
    """A server that serves HTTP."""

    process: subprocess.Popen[bytes]
    port: int
    transport: str

    @property
    def url(self) -> str:
        """Where."""
        return f"http://127.0.0.1:{self.port}{'/sse' if self.transport == 'sse' else '/mcp'}"

    def client(self, mode: str, token: str = "") -> Client:
        """A client of one protocol era, with a token or without."""
        headers = {"Authorization": f"Bearer {token}"} if token else None
        options: dict[str, Any] = {"mode": "legacy"} if mode == "legacy" else {}
        if self.transport == "sse":
            return Client(sse_client(self.url, headers=headers), read_timeout_seconds=60, **options)
        http = httpx2.AsyncClient(headers=headers, timeout=60)
        return Client(streamable_http_client(self.url, http_client=http), read_timeout_seconds=60, **options)

    def stop(self) -> float:
        """Ask it to stop; how many seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        return time.monotonic() - begun


@contextmanager
def serving(settings: Settings, transport: str, *options: str) -> Iterator[Served]:
    """A process that serves HTTP on a free port of this machine."""
    port = free_port()
    command = [*MODULE, "--transport", transport, "--port", str(port), *arguments(settings), *options]
    with _served(command, port, transport) as served:
        yield served


@contextmanager
def serving_fixtures(folder: Path) -> Iterator[Served]:
    """The same with what the conformance suite wants beside the product's own."""
    port = free_port()
    command = [sys.executable, "-m", "tests.mcp.fixtures", str(port), str(folder)]
    with _served(command, port, "streamable-http") as served:
        yield served


@contextmanager
def _served(command: list[str], port: int, transport: str) -> Iterator[Served]:
    with Path(os.devnull).open("wb") as nothing:
        process = subprocess.Popen(command, stderr=nothing, stdout=nothing, cwd=ROOT)
    served = Served(process, port, transport)
    try:
        _wait(served)
        yield served
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def _wait(served: Served) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert served.process.poll() is None, "the server did not start"
        try:
            if httpx2.get(f"http://127.0.0.1:{served.port}/health", timeout=2).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")
