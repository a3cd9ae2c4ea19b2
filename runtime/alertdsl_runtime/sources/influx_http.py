"""The few calls to InfluxDB's HTTP interface, and what its refusals mean, in people's words.

urllib3 and not influxdb-client: the client takes half a second to import, its `query_raw` does not see the error tables that
come with status 200, and its parsers cost 30 times what a block of columns costs.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import urllib3

from alertdsl_runtime.columns import SourceError

CONNECT_SECONDS = 5.0
_CHUNK = 1 << 20


class Refused(Exception):
    """InfluxDB answered, but not with data.

    Attributes:
        splits: whether another set of requests may fare better (one of them is to blame).
    """

    def __init__(self, message: str, *, transient: bool, splits: bool) -> None:
        super().__init__(message)
        self.transient = transient
        self.splits = splits

    def error(self) -> SourceError:
        """What the evaluator is told."""
        return SourceError(str(self), transient=self.transient)


@dataclass
class InfluxApi:
    """A connection to one server. `timeout` is seconds for a whole answer."""

    url: str
    org: str
    token: str = field(repr=False)
    timeout: float = 10.0
    verify_ssl: bool = True
    ca_file: str | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url if "//" in self.url else f"http://{self.url}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not the address of an InfluxDB: {self.shown()}; write http://host:8086")
        host = parts.netloc.rpartition("@")[2]
        self.url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        near = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        # Packing costs more than it saves on the same machine.
        self._headers = {"Authorization": f"Token {self.token}"} | (
            {} if near else {"Accept-Encoding": "gzip"}
        )
        self._pool = urllib3.PoolManager(
            maxsize=4,
            retries=False,
            cert_reqs="CERT_REQUIRED" if self.verify_ssl else "CERT_NONE",
            ca_certs=self.ca_file,
        )

    def shown(self) -> str:
        """The address without what might be secret."""
        return self.url.rpartition("@")[2]

    def query(self, flux: str) -> str:
        """The answer to a query as annotated CSV.

        Raises:
            Refused: with a reason for people.
        """
        body = {
            "query": flux,
            "type": "flux",
            "dialect": {"header": True, "annotations": ["datatype", "default"]},
        }
        sent = json.dumps(body).encode()
        path = f"/api/v2/query?org={quote(self.org, safe='')}"
        status, data = self._request("POST", path, sent, self.timeout)
        if status == 200:
            return data.decode("utf-8", errors="replace")
        raise self._refusal(status, data)

    def get(self, path: str) -> Any:
        """A JSON document. Raises `Refused`."""
        status, data = self._request("GET", path, None, min(self.timeout, CONNECT_SECONDS))
        if status == 200:
            try:
                return json.loads(data)
            except ValueError:
                raise Refused(
                    f"what answers at {self.shown()} is not InfluxDB", transient=False, splits=False
                ) from None
        raise self._refusal(status, data)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.clear()

    def _request(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        headers = self._headers | (
            {"Content-Type": "application/json", "Accept": "application/csv"} if body else {}
        )
        deadline = time.monotonic() + seconds
        for attempt in (1, 2):
            try:
                return self._once(method, path, body, headers, deadline)
            except urllib3.exceptions.ProtocolError as error:
                # A kept connection that the server closed meanwhile: asked once more, at once.
                if attempt == 2 or time.monotonic() > deadline:
                    raise self._unreachable(error, seconds) from None
            except urllib3.exceptions.HTTPError as error:
                raise self._unreachable(error, seconds) from None
        raise AssertionError

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], deadline: float
    ) -> tuple[int, bytes]:
        left = max(deadline - time.monotonic(), 0.05)
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=left)
        answer = self._pool.request(
            method, self.url + path, body=body, headers=headers, timeout=timeout, preload_content=False
        )
        chunks: list[bytes] = []
        try:
            # The timeout of a socket starts anew with every byte: a trickle has to be measured here.
            for chunk in answer.stream(_CHUNK, decode_content=True):
                chunks.append(chunk)
                if time.monotonic() > deadline:
                    answer.close()
                    raise urllib3.exceptions.TimeoutError("the answer took too long")
        finally:
            answer.release_conn()
        return answer.status, b"".join(chunks)

    def _unreachable(self, error: Exception, seconds: float) -> Refused:
        where = f"InfluxDB at {self.shown()}"
        match error:
            case urllib3.exceptions.NewConnectionError() | urllib3.exceptions.ConnectTimeoutError():
                text = f"{where} does not answer ({_cause(error)}). Is it running? Its address is INFLUXDB_V2_URL"
            case urllib3.exceptions.TimeoutError():
                text = f"{where} took longer than {seconds:g} s to answer; the setting `timeout` allows more"
            case urllib3.exceptions.SSLError():
                text = f"{where}: its TLS certificate was not accepted ({_ssl_reason(error)})"
                return Refused(text, transient=False, splits=False)
            case _:
                text = f"{where} closed the connection"
        return Refused(text, transient=True, splits=False)

    def _refusal(self, status: int, data: bytes) -> Refused:
        said = _message(data)
        where = f"InfluxDB at {self.shown()}"
        match status:
            case 401 | 403:
                text = (
                    f"{where} refused the token ({said}). It may be revoked, or may not read the bucket; "
                    "INFLUXDB_V2_TOKEN holds it"
                )
                return Refused(text, transient=False, splits=False)
            case 404 if "bucket" in said:
                return Refused(
                    f"{where}: {said}. Look at the rule's bucket and at INFLUXDB_V2_BUCKET",
                    transient=False,
                    splits=False,
                )
            case 400 | 404 if "organization name" in said:
                return Refused(f"{where}: {said}. INFLUXDB_V2_ORG names it", transient=False, splits=False)
            case 429 | 502 | 503 | 504:
                return Refused(
                    f"{where} is overloaded or starting ({status}: {said})", transient=True, splits=False
                )
            case 400 if "queue length exceeded" in said:
                return Refused(f"{where} is overloaded ({said})", transient=True, splits=False)
            case 500 if "panic" not in said:
                return Refused(f"{where} failed ({said})", transient=True, splits=False)
            case 400 | 500 | 422:
                return query_failed(said)
        text = f"what answers at {self.shown()} is not InfluxDB 2, or refuses the query ({status}: {said})"
        return Refused(text, transient=False, splits=False)


def query_failed(said: str) -> Refused:
    """The server ran the query and gave up on it: in the answer's status, or in a table after status 200."""
    hint = ""
    if "schema collision" in said or "conflict" in said:
        hint = ". The field has more than one type in the time read: what writes it has changed"
    elif "memory allocation limit" in said:
        hint = ". Narrow the rule's series or its window, or raise the server's query-memory-bytes"
    elif "have the same name" in said or "array.Array is" in said:
        hint = ". A tag is named like a column of InfluxDB itself (_time, _value, _start or _stop)"
    return Refused(f"InfluxDB could not run the query: {said}{hint}", transient=False, splits=True)


def _message(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace").strip()
    try:
        found = json.loads(text)
    except ValueError:
        return text[:300] or "no reason given"
    message = found.get("message") or found.get("error") if isinstance(found, dict) else None
    return str(message or text)[:600]


def _cause(error: Exception) -> str:
    """The system's words for why there is no connection."""
    cause = error.__cause__ or error.__context__
    words = getattr(cause, "strerror", None) or "no connection"
    return str(words).lower()


def _ssl_reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error)[:200]
