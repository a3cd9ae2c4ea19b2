"""Whether the parts answer: `pass`, or why not."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from alertdsl import AlertDslError
from alertdsl.store import StoreError
from alertdsl_mcp.facts import Health
from alertdsl_mcp.preview import evaluator

if TYPE_CHECKING:
    from alertdsl_mcp.app import App

PASS = "pass"  # noqa: S105 - the word that InfluxDB has for it
_PATIENCE_S = 3.0
_STALE_NS = 60_000_000_000
_LARGEST = 100_000


def health(app: App) -> Health:
    """Ask each part in turn; never raises for what it finds."""
    database = database_state(app)
    influx = influx_state(app.settings.influx_url)
    catalog = _catalog(app)
    engine = _engine(app) if database == PASS else "not known: the database does not answer"
    good = database == PASS and influx in {PASS, NOT_USED}
    return Health(
        status=PASS if good else "fail",
        parts={
            "influxdb": influx,
            "database": database,
            "engine": engine,
            "catalog": catalog,
            "preview": PASS if evaluator() else "not available: alertdsl-runtime is not installed here",
        },
        version=_version(),
    )


NOT_USED = "not configured"


def database_state(app: App) -> str:
    """Whether the store answers."""
    try:
        app.store.now()
    except StoreError as error:
        return str(error)
    return PASS


def influx_state(url: str | None) -> str:
    """What InfluxDB's own health check says."""
    if url is None:
        return NOT_USED
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    shown = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "its address is not one of http or https"
    try:
        with urllib.request.urlopen(f"{shown}/health", timeout=_PATIENCE_S) as answer:  # noqa: S310 - http or https, see above
            said = json.loads(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        return f"InfluxDB at {shown} answers with status {error.code}"
    except (OSError, ValueError):
        return f"InfluxDB at {shown} does not answer"
    if not isinstance(said, dict):
        return f"what answers at {shown} is not InfluxDB"
    status = str(said.get("status", "no status"))[:100]
    return PASS if status == PASS else f"{status}: {str(said.get('message', ''))[:200]}"


def _catalog(app: App) -> str:
    try:
        catalog = app.catalog
    except AlertDslError as error:
        return error.message
    return (
        PASS if catalog is not None and catalog.metrics else "none configured: rules name measurement.field"
    )


def _engine(app: App) -> str:
    try:
        beats = app.store.evaluation.heartbeats()
        now = app.store.now()
    except StoreError as error:
        return str(error)
    newest = max((beat.beat_at for beat in beats), default=None)
    if newest is None:
        return "no engine has run on this database: rules are stored, but nothing evaluates them"
    age = now - newest
    return (
        PASS
        if age < _STALE_NS
        else f"no engine is running; the last sign of one was {age // 1_000_000_000} s ago"
    )


def _version() -> str:
    try:
        return version("alertdsl")
    except PackageNotFoundError:
        return "unknown"
