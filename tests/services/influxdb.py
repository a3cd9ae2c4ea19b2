"""InfluxDB 2: the one the environment names, else `influxd` from PATH or the cache, else a container."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import urllib3

from tests.services.process import (
    Container,
    LocalProcess,
    Process,
    Unavailable,
    cache_folder,
    find_program,
    free_port,
    has_docker,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

VERSION = "2.7.12"
ORG, BUCKET, TOKEN = "monitors", "monitors", "monitors_token"
LINES_PER_REQUEST = 20_000


@dataclass
class InfluxDB:
    """A running server: how to reach it, and what tests do with it.

    `process` is None for a server that the environment named: such a one is never stopped.
    """

    url: str
    org: str
    token: str
    bucket: str = BUCKET
    process: Process | None = None
    _http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False), repr=False)

    @property
    def pid(self) -> int | None:
        """The server's process id, where it is a process of ours."""
        return self.process.pid if self.process else None

    def new_bucket(self, name: str | None = None) -> str:
        """Make an empty bucket, a test's own, and return its name."""
        name = name or f"t_{uuid.uuid4().hex[:12]}"
        body = {"orgID": self.org_id(), "name": name, "retentionRules": []}
        self._json("POST", "/api/v2/buckets", body)
        return name

    def org_id(self) -> str:
        """The id that the server gave our organisation."""
        found: str = self._json("GET", f"/api/v2/orgs?org={self.org}")["orgs"][0]["id"]
        return found

    def new_token(self, *, read: Sequence[str] = (), write: Sequence[str] = ()) -> str:
        """A token that may only read and write the named buckets."""
        org = self.org_id()
        ids = {
            name: self._json("GET", f"/api/v2/buckets?orgID={org}&name={name}")["buckets"][0]["id"]
            for name in {*read, *write}
        }
        permissions = [
            {"action": action, "resource": {"type": "buckets", "id": ids[name], "orgID": org}}
            for action, names in (("read", read), ("write", write))
            for name in names
        ]
        made: str = self._json("POST", "/api/v2/authorizations", {"orgID": org, "permissions": permissions})[
            "token"
        ]
        return made

    def write_lp(
        self,
        lines: str | Iterable[str],
        precision: Literal["ns", "us", "ms", "s"] = "ns",
        bucket: str | None = None,
    ) -> None:
        """Write points in line protocol; what a refused write says is in the error."""
        rest = iter(lines.splitlines() if isinstance(lines, str) else lines)
        path = f"/api/v2/write?org={self.org}&bucket={bucket or self.bucket}&precision={precision}"
        while chunk := list(itertools.islice(rest, LINES_PER_REQUEST)):
            self._request("POST", path, "\n".join(chunk).encode(), "text/plain; charset=utf-8")

    def query(self, flux: str, annotations: Sequence[str] = ()) -> str:
        """The answer to a Flux query as CSV, with these annotation rows (group, datatype, default)."""
        body = {"query": flux, "dialect": {"header": True, "annotations": list(annotations)}}
        sent = json.dumps(body).encode()
        return self._request("POST", f"/api/v2/query?org={self.org}", sent, accept="application/csv").decode()

    def healthy(self) -> bool:
        """Whether it answers now."""
        try:
            answer = self._http.request("GET", f"{self.url}/health", timeout=2)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200

    def stop(self) -> None:
        """Shut it down in order, its data kept."""
        self._ours().stop()

    def kill(self) -> None:
        """End it as a crash would, its data kept."""
        self._ours().kill()

    def restart(self) -> None:
        """Start it again on the same port and data, stopping it first if it runs."""
        self._ours().stop()
        self._ours().start(self.healthy)

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        self._ours().pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._ours().resume()

    def _ours(self) -> Process:
        if self.process is None:
            raise Unavailable("the InfluxDB named by INFLUXDB_V2_URL is not ours to stop")
        return self.process

    def _json(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._request(method, path, None if body is None else json.dumps(body).encode()))

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> bytes:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": content_type, "Accept": accept}
        answer = self._http.request(method, self.url + path, body=body, headers=headers, timeout=60)
        if answer.status >= 300:
            raise RuntimeError(f"InfluxDB answered {answer.status}: {answer.data.decode(errors='replace')}")
        return answer.data


@contextmanager
def influxdb(*, private: bool = False) -> Iterator[InfluxDB]:
    """A server for the length of the block; with `private`, always one that may be stopped and paused."""
    named = None if private else _from_environment()
    if named is not None:
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="alertdsl-influxdb-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        process = _process(port, Path(folder))
        server = InfluxDB(f"http://127.0.0.1:{port}", ORG, TOKEN, process=process)
        try:
            process.start(server.healthy)
            _set_up(server)
            yield server
        finally:
            process.discard()


def _from_environment() -> InfluxDB | None:
    url, org, token = (os.environ.get(f"INFLUXDB_V2_{name}") for name in ("URL", "ORG", "TOKEN"))
    if not (url and org and token):
        return None
    server = InfluxDB(url.rstrip("/"), org, token, os.environ.get("INFLUXDB_V2_BUCKET", ""))
    if not server.healthy():
        raise Unavailable(f"INFLUXDB_V2_URL names {url}, which does not answer")
    server.bucket = server.bucket or server.new_bucket()
    return server


def _process(port: int, folder: Path) -> Process:
    program = find_program("influxd", folders=[cache_folder() / f"influxd-{VERSION}"])
    if program is not None:
        argv = [program, "--http-bind-address", f"127.0.0.1:{port}", "--reporting-disabled"]
        argv += ["--bolt-path", f"{folder}/influxd.bolt", "--sqlite-path", f"{folder}/influxd.sqlite"]
        argv += ["--engine-path", f"{folder}/engine", "--log-level", "warn"]
        return LocalProcess("influxd", argv)
    if has_docker():
        return Container("influxdb", "influxdb:2.7", port=port, inner_port=8086, env={})
    raise Unavailable(
        "no InfluxDB: set INFLUXDB_V2_URL, INFLUXDB_V2_ORG and INFLUXDB_V2_TOKEN, put influxd on PATH, start Docker, "
        "or run tests/services/install_influxd.sh"
    )


def _set_up(server: InfluxDB) -> None:
    body = {"username": "monitors", "password": "monitors", "org": ORG, "bucket": BUCKET, "token": TOKEN}
    server._json("POST", "/api/v2/setup", body)
