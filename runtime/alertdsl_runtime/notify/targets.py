"""Where notifications go: an apprise address, the terminal, or a file.

Targets are known by name; their addresses hold secrets and are never logged, nor stored, nor part of an error.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

from alertdsl_runtime.notify.filters import time_text

_LOG = logging.getLogger("alertdsl.notify")
_KINDS = {
    "firing": "failure",
    "repeat": "failure",
    "escalation": "failure",
    "severity": "warning",
    "resolved": "success",
}


class DeliveryError(Exception):
    """A notification did not arrive; the message says why and holds no secret."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notification ready to send. `facts` is the same for programs: JSON-ready, times in RFC 3339."""

    key: str
    kind: str
    title: str
    body: str
    facts: Mapping[str, Any]


class Target(Protocol):
    """A place to send to."""

    def send(self, message: Message) -> None:
        """Deliver, within seconds. Raises DeliveryError where the receiver has not taken it."""
        ...

    def check(self) -> str:
        """A line that says what this is, without sending anything; raises DeliveryError where it cannot work."""
        ...


def make_target(url: str) -> Target:
    """The target of an address: ``log://`` (the terminal), ``file:///path`` (a JSON line each), else apprise's.

    Raises:
        DeliveryError: the address is none that apprise knows.
    """
    scheme = url.partition(":")[0].lower()
    if scheme in ("log", "terminal"):
        return TerminalTarget()
    if scheme == "file":
        return FileTarget(Path(url.partition(":")[2].removeprefix("//") or "notifications.jsonl"))
    return AppriseTarget(url)


@dataclass(frozen=True, slots=True)
class TerminalTarget:
    """Prints notifications where a person is looking."""

    stream: TextIO | None = None

    def send(self, message: Message) -> None:
        """Print it as a block of its own."""
        lines = [f"*** {message.title}", *(f"    {line}" for line in message.body.splitlines()), ""]
        stream = self.stream or sys.stdout
        # A progress line may stand there.
        stream.write(("\r\x1b[K" if stream.isatty() else "") + "\n".join(lines) + "\n")
        stream.flush()

    def check(self) -> str:
        """It can always print."""
        return "the terminal"


@dataclass(frozen=True, slots=True)
class FileTarget:
    """Appends notifications to a file, one JSON object a line."""

    path: Path

    def send(self, message: Message) -> None:
        """Append it."""
        line = {"key": message.key, "title": message.title, "body": message.body, **message.facts}
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        except OSError as error:
            raise DeliveryError(f"cannot write to {self.path}: {error.strerror}") from error

    def check(self) -> str:
        """Whether the folder is there."""
        if not self.path.parent.is_dir():
            raise DeliveryError(f"the folder {self.path.parent} does not exist")
        return f"file {self.path}"


class AppriseTarget:
    """Delivers through apprise: email, chat, push, webhooks."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._secrets = _secrets(url)
        _quiet_apprise()
        self._service()

    def __repr__(self) -> str:
        return f"AppriseTarget({self._url.partition(':')[0]}://…)"

    def send(self, message: Message) -> None:
        """Deliver it; the idempotency key goes along as a header, and to JSON receivers the facts as `alert`."""
        from apprise import NotifyFormat, NotifyType

        service = self._service()
        self._mark(service, message)
        with _heard() as lines:
            try:
                taken = service.notify(
                    body=message.body,
                    title=message.title,
                    notify_type=NotifyType(_KINDS.get(message.kind, "info")),
                    body_format=NotifyFormat.TEXT,
                )
            except Exception as error:  # noqa: BLE001 - a plugin's bug must not stop the others' notifications
                raise DeliveryError(self._redact(f"{type(error).__name__}: {error}")) from None
        if not taken:
            raise DeliveryError(
                self._redact("; ".join(lines)) or "the receiver refused it, apprise does not say why"
            )

    def check(self) -> str:
        """What service it is, as far as may be shown."""
        service = self._service()
        return self._redact(f"{service.service_name}: {service.url(privacy=True).split('?')[0]}")

    def _service(self) -> Any:
        """A service object of its own for each message: they keep state that threads would share."""
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(async_mode=False, app_id="alertdsl", app_desc="alertdsl alerts")
        with _heard() as lines:
            service = Apprise.instantiate(self._url, asset=asset)
        if service is None:
            said = self._redact("; ".join(lines))
            raise DeliveryError(f"not a notification address that apprise knows: {said or 'no such service'}")
        return service

    @staticmethod
    def _mark(service: Any, message: Message) -> None:
        headers = getattr(service, "headers", None)
        if isinstance(headers, dict):
            headers["Idempotency-Key"] = message.key
        extras = getattr(service, "payload_extras", None)
        if isinstance(extras, dict) and service.__class__.__name__ == "NotifyJSON":
            extras["alert"] = {"key": message.key, **message.facts}

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:1000]


def facts_of(kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A notification's payload for programs: the same names, times in RFC 3339."""
    facts = {key: value for key, value in payload.items() if key not in ("message", "title")}
    for name in ("instant", "since", "started_at"):
        facts[name] = None if payload[name] is None else time_text(payload[name])
    return {"kind": kind, **facts}


def _secrets(url: str) -> list[str]:
    """The parts of an address that must not be shown: all but its scheme and host, the longest first."""
    parts = urlsplit(url)
    found = {url, parts.username or "", parts.password or "", *parts.path.split("/"), parts.query}
    found |= {value for _, value in parse_qsl(parts.query)}
    # Many services have no host: what stands in its place is the token.
    if parts.scheme not in ("json", "jsons", "mailto", "mailtos", "xml", "xmls", "form", "forms"):
        found |= {parts.hostname or "", parts.netloc}
    found |= {unquote(part) for part in found}
    return sorted((part for part in found if len(part) >= 4), key=len, reverse=True)


# ---------------------------------------------------------------- what apprise says

_listening = threading.local()
_installed = threading.Lock()
_SHOWN = re.compile(r"^(Socket Exception|Response Details|SMTP|Unparseable|Unsupported)", re.IGNORECASE)


class _Ear(logging.Handler):
    """Keeps what apprise logs in a thread that listens: apprise swallows errors and tells them to its log only."""

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(_listening, "lines", None)
        if lines is None:
            return
        text = " ".join(record.getMessage().split())
        if record.levelno >= logging.WARNING or _SHOWN.match(text):
            lines.append(text)


def _quiet_apprise() -> None:
    """Take apprise's log for ourselves: at the level that names causes it also names addresses with secrets."""
    logger = logging.getLogger("apprise")
    with _installed:
        if not any(isinstance(handler, _Ear) for handler in logger.handlers):
            logger.addHandler(_Ear(logging.DEBUG))
            logger.propagate = False
            logger.setLevel(logging.DEBUG)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What apprise says in this thread meanwhile."""
    lines: list[str] = []
    _listening.lines = lines
    try:
        yield lines
    finally:
        _listening.lines = None
