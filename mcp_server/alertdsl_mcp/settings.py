"""What the server works on: the database, the file with the catalog, the owner, the limits."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alertdsl.cli.database import EMBEDDED, VARIABLE
from alertdsl.cli.inputs import find_catalog
from alertdsl.store import url_beside
from alertdsl.store.records import DEFAULT_OWNER

NOTIFY_PREFIX = "ALERTDSL_NOTIFY_"
INFLUX = "http://localhost:8086"
"""Where InfluxDB is when only its token is configured, as the engine has it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask for.

    `rate` is requests a second that one client may keep up, `burst` how many it may send at once; `rule` the longest rule
    text in characters, `request` the largest message in bytes.
    """

    rate: float = 100.0
    burst: int = 1000
    request: int = 1_000_000
    rule: int = 20_000
    preview_s: float = 30.0
    previews: int = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """One server's settings.

    Attributes:
        database: address of the store.
        path: `alertdsl.toml`, with the catalog, or None without one.
        owner: whose rules a client without a token sees and makes (it is the operator: it may see all).
        read_only: refuse every change, whatever a client's token allows.
        database_given: whether the address came from the command line, and has to be told to the evaluator.
    """

    database: str = EMBEDDED
    path: Path | None = None
    owner: str = DEFAULT_OWNER
    read_only: bool = False
    limits: Limits = Limits()
    database_given: bool = False

    @property
    def influx_url(self) -> str | None:
        """Where the series are, if that is an InfluxDB."""
        table = self.table("source")
        given = os.environ.get("ALERTDSL_SOURCE_URL") or os.environ.get("INFLUXDB_V2_URL") or table.get("url")
        if isinstance(given, str):
            return given if given.startswith(("http://", "https://")) else None
        token = os.environ.get("INFLUXDB_V2_TOKEN") or table.get("token")
        return INFLUX if token or table.get("kind") == "influxdb" else None

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the notification targets that are configured; never their addresses."""
        tables = self.table("notify").get("targets")
        names = list(tables) if isinstance(tables, dict) else []
        names += [
            name.removeprefix(NOTIFY_PREFIX).lower().replace("_", "-")
            for name, url in os.environ.items()
            if name.startswith(NOTIFY_PREFIX) and name != NOTIFY_PREFIX and url
        ]
        return tuple(dict.fromkeys(names))

    def table(self, name: str) -> dict[str, Any]:
        """A table of the file, {} where there is none; what is wrong with the file is for whoever reads the catalog to say."""
        if self.path is None:
            return {}
        try:
            found = tomllib.loads(self.path.read_text("utf-8")).get(name)
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def load_settings(
    *,
    config: Path | None = None,
    database: str | None = None,
    owner: str = DEFAULT_OWNER,
    read_only: bool = False,
    limits: Limits | None = None,
) -> Settings:
    """The settings of the command line, over the environment, over the file (`alertdsl.toml` here or above)."""
    path = find_catalog(config)
    url = database or os.environ.get(VARIABLE)
    if not url:
        written = Settings(path=path).table("store").get("url")
        url = written if isinstance(written, str) else EMBEDDED
        url = url if path is None else url_beside(url, path.parent)
    return Settings(url, path, owner, read_only, limits or Limits(), database is not None)
