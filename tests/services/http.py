"""An HTTP server on loopback that keeps what is posted to it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.services.received import Received

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Posted:
    """One request, its header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class HttpEndpoint(Received[Posted]):
    """Answers 200 with `{"ok": true}` on any path under `url`, or `failure_status` while told to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.failure_status = 503
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def apprise_url(self) -> str:
        """The address that makes apprise post JSON here."""
        return f"json://127.0.0.1:{self.port}/"


@contextmanager
def http() -> Iterator[HttpEndpoint]:
    """An endpoint for the length of the block."""
    endpoint = HttpEndpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            accepted = endpoint.take(Posted(self.command, self.path, headers, body))
            text = b'{"ok": true}' if accepted else b'{"ok": false}'
            with suppress(ConnectionError):  # a client may tire of waiting
                self.send_response(200 if accepted else endpoint.failure_status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing: the requests are kept, and the tests' output is for their results."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
