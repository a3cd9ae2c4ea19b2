"""Logs: the standard library's, one line an event, its facts as fields; JSON for machines, words for a terminal.

The standard library and not structlog: the libraries we build on (apprise, SQLAlchemy, urllib3) log through it
anyway, a formatter of thirty lines is all that structure takes, and there is one dependency less to keep.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {
    "message",
    "asctime",
    "taskName",
}
_CREDENTIALS = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://)[^\s/@]*:[^\s/@]+@", re.IGNORECASE)
_TOKENS = re.compile(
    r"(?P<head>\b(?:token|password|authorization)\b[\"']?\s*[=:]\s*[\"']?(?:token |bearer )?)[^\s,;\"']+",
    re.IGNORECASE,
)


class TextFormatter(logging.Formatter):
    """``12:00:10 warning rule failed rule=btc-high error="field type changed"``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, and its traceback below."""
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        facts = " ".join(f"{name}={_quoted(value)}" for name, value in _facts(record).items())
        line = f"{time} {record.levelname.lower():7} {record.getMessage()}" + (f" {facts}" if facts else "")
        return redact(line + _traceback(self, record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, event, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        """The object of a record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        } | _facts(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False, default=str))


def set_up_logs(
    level: str = "info",
    form: Literal["auto", "text", "json"] = "auto",
    stream: TextIO | None = None,
) -> logging.Handler:
    """Send the log of this program to `stream` (standard error); ``auto`` is text on a terminal, else JSON."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    text = form == "text" or (form == "auto" and out.isatty())
    handler.setFormatter(TextFormatter() if text else JsonFormatter())
    logger = logging.getLogger("alertdsl")
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    return handler


def redact(text: str) -> str:
    """Without passwords in addresses and without tokens: the last net, for texts that others wrote."""
    text = _CREDENTIALS.sub(r"\g<head>***@", text)
    return _TOKENS.sub(r"\g<head>***", text)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _quoted(value: object) -> str:
    text = str(value)
    plain = text and not re.search(r"[\s\"=]", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return "\n" + formatter.formatException(record.exc_info) if record.exc_info else ""
