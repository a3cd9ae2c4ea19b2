"""Configuration: `alertdsl.toml`, and over it the environment under the names that people know.

The same file holds the catalog (``[metrics]``, ``[entities]``, ``[tags]``, ``[buckets]``), which the compiler
reads; everything else is strict here, a misspelt key is an error that names the nearest one.

    [source]          kind = "influxdb" | "sql", url, org, token, bucket, timeout_s, verify_ssl, ca_file
    [store]           url
    [notify]          default = ["name", ...]
    [notify.targets]  name = "apprise address"
    [engine]          rules, delay, catch_up, slots, poll
    [log]             level, format

Relative paths in the file (SQLite files, rules, file:// targets) start at the file's folder.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from alertdsl.semantics.catalog_file import TABLES
from alertdsl.semantics.durations import parse_duration
from alertdsl.semantics.typed import HOUR, SECOND
from alertdsl.store import url_beside

FILE = "alertdsl.toml"
EMBEDDED = "sqlite:///alertdsl.db"
"""Series and alerts where nothing else is configured: one file in the working folder."""

NOTIFY_PREFIX = "ALERTDSL_NOTIFY_"

INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET = "http://localhost:8086", "monitors", "monitors"
"""What a fresh InfluxDB 2.7 container of this project's examples has."""


class SettingsError(Exception):
    """A configuration that cannot be used: what is wrong, where it is written, and the way out."""


def _duration(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError('a duration is text such as "10s"')
    return round(value * SECOND) if isinstance(value, int | float) else parse_duration(value)


Nanoseconds = Annotated[int, BeforeValidator(_duration)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceTable(_Table):
    """``[source]``: where the series are."""

    kind: Literal["influxdb", "sql"] | None = None
    url: SecretStr | None = None
    org: str = INFLUX_ORG
    token: SecretStr | None = None
    bucket: str = INFLUX_BUCKET
    timeout_s: float = Field(default=10.0, gt=0)
    verify_ssl: bool = True
    ca_file: Path | None = None


class StoreTable(_Table):
    """``[store]``: where rules and alerts are."""

    url: SecretStr | None = None


class NotifyTable(_Table):
    """``[notify]``: targets by name, and those of rules without ``notify``."""

    targets: dict[str, SecretStr] = Field(default_factory=dict)
    default: tuple[str, ...] = ()


class EngineTable(_Table):
    """``[engine]``: durations as text (``"10s"``) or a number of seconds."""

    rules: tuple[Path, ...] = ()
    delay: Nanoseconds = 10 * SECOND
    catch_up: Nanoseconds = HOUR
    slots: int = Field(default=1, ge=1, le=1024)
    poll: Nanoseconds = SECOND


class LogTable(_Table):
    """``[log]``."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class _Environment(BaseSettings):
    """The names in the environment; each overrides the file."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    influx_url: SecretStr | None = Field(default=None, validation_alias="INFLUXDB_V2_URL")
    influx_org: str | None = Field(default=None, validation_alias="INFLUXDB_V2_ORG")
    influx_token: SecretStr | None = Field(default=None, validation_alias="INFLUXDB_V2_TOKEN")
    influx_bucket: str | None = Field(default=None, validation_alias="INFLUXDB_V2_BUCKET")
    influx_timeout_ms: float | None = Field(default=None, gt=0, validation_alias="INFLUXDB_V2_TIMEOUT")
    influx_verify_ssl: bool | None = Field(default=None, validation_alias="INFLUXDB_V2_VERIFY_SSL")
    influx_ca_file: Path | None = Field(default=None, validation_alias="INFLUXDB_V2_SSL_CA_CERT")
    database_url: SecretStr | None = Field(default=None, validation_alias="ALERTDSL_DATABASE_URL")
    source_url: SecretStr | None = Field(default=None, validation_alias="ALERTDSL_SOURCE_URL")


class Settings(_Table):
    """All of it, resolved: what the file says, what the environment overrides, and the defaults."""

    source: SourceTable = SourceTable()
    store: StoreTable = StoreTable()
    notify: NotifyTable = NotifyTable()
    engine: EngineTable = EngineTable()
    log: LogTable = LogTable()
    path: Path | None = None
    """The file that was read."""

    @model_validator(mode="after")
    def _known_targets(self) -> Settings:
        unknown = [name for name in self.notify.default if name not in self.notify.targets]
        if unknown:
            raise ValueError(f"notify.default names {unknown[0]!r}, which [notify.targets] does not have")
        return self

    @property
    def source_kind(self) -> Literal["influxdb", "sql"]:
        """``influxdb`` where any of its keys is set, else the embedded SQL source."""
        if self.source.kind is not None:
            return self.source.kind
        url = self.source_url_given
        if url is not None and not url.startswith(("http://", "https://")):
            return "sql"
        return "influxdb" if url is not None or self.source.token is not None else "sql"

    @property
    def source_url_given(self) -> str | None:
        """The address of the source, if it was given."""
        return None if self.source.url is None else self.source.url.get_secret_value()

    @property
    def source_url(self) -> str:
        """The address of the source; its default depends on the kind."""
        return self.source_url_given or (INFLUX_URL if self.source_kind == "influxdb" else self.database_url)

    @property
    def database_url(self) -> str:
        """The address of the store."""
        return EMBEDDED if self.store.url is None else self.store.url.get_secret_value()


def load_settings(path: str | Path | None = None, *, environment: bool = True) -> Settings:
    """The configuration of a file (`alertdsl.toml` in the working folder, if it is there) and, over it, the environment.

    Raises:
        SettingsError: unreadable, no TOML, unknown keys or wrong values, each with its place and the way out.
    """
    file = Path(path) if path is not None else Path(FILE)
    tables: dict[str, Any] = {}
    found: Path | None = None
    if path is not None or file.is_file():
        tables, found = _beside(_read(file), file.parent), file
    overrides = _overrides() if environment else {}
    merged = _merge({k: v for k, v in tables.items() if k not in TABLES}, overrides)
    try:
        return Settings(**merged, path=found)
    except ValidationError as error:
        raise SettingsError("\n".join(_said(problem, found) for problem in error.errors())) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}") from None


def _beside(tables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The tables with relative paths taken from the file's folder; what is of a wrong type is left for the checks."""
    if folder == Path():
        return tables
    out = {name: dict(table) if isinstance(table, dict) else table for name, table in tables.items()}
    out.setdefault("store", {})
    for name in ("store", "source"):
        table = out.get(name)
        if isinstance(table, dict):
            url = table.get("url", EMBEDDED if name == "store" else None)
            table |= {"url": url_beside(url, folder)} if isinstance(url, str) else {}
            table |= (
                {"ca_file": str(folder / table["ca_file"])} if isinstance(table.get("ca_file"), str) else {}
            )
    engine, notify = out.get("engine"), out.get("notify")
    if isinstance(engine, dict) and isinstance(engine.get("rules"), list):
        engine["rules"] = [str(folder / path) if isinstance(path, str) else path for path in engine["rules"]]
    if isinstance(notify, dict) and isinstance(notify.get("targets"), dict):
        notify["targets"] = {name: _target_beside(url, folder) for name, url in notify["targets"].items()}
    return out


def _target_beside(url: Any, folder: Path) -> Any:
    if not isinstance(url, str) or not url.startswith("file://") or url.startswith("file:///"):
        return url
    return f"file://{folder.absolute() / url.removeprefix('file://')}"


def _overrides() -> dict[str, Any]:
    """The environment's part, in the shape of the file."""
    try:
        env = _Environment()
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise SettingsError(f"environment: {names}: {error.errors()[0]['msg']}") from None
    source: dict[str, Any] = {
        "url": env.source_url or env.influx_url,
        "org": env.influx_org,
        "token": env.influx_token,
        "bucket": env.influx_bucket,
        "timeout_s": None if env.influx_timeout_ms is None else env.influx_timeout_ms / 1000,
        "verify_ssl": env.influx_verify_ssl,
        "ca_file": env.influx_ca_file,
    }
    targets = {
        name.removeprefix(NOTIFY_PREFIX).lower().replace("_", "-"): SecretStr(url)
        for name, url in os.environ.items()
        if name.startswith(NOTIFY_PREFIX) and name != NOTIFY_PREFIX and url
    }
    return {
        "source": {key: value for key, value in source.items() if value is not None},
        "store": {} if env.database_url is None else {"url": env.database_url},
        "notify": {"targets": targets} if targets else {},
    }


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; the second wins."""
    merged = dict(under)
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key, {}), Mapping):
            merged[key] = _merge(merged.get(key, {}), value)
        else:
            merged[key] = value
    return merged


def _said(problem: Any, file: Path | None) -> str:
    """A validation problem in words, without the value: it may be a secret."""
    place = ".".join(str(part) for part in problem["loc"])
    where = str(file) if file is not None else "settings"
    if problem["type"] == "extra_forbidden":
        *above, key = problem["loc"]
        near = get_close_matches(str(key), _keys(above), n=1)
        hint = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(sorted(_keys(above)))}"
        return f"{where}: [{'.'.join(map(str, above)) or 'top level'}] has no key {key!r}{hint}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {place}: {message}" if place else f"{where}: {message}"


def _keys(above: list[Any]) -> list[str]:
    model: Any = Settings
    for part in above:
        model = model.model_fields[part].annotation
    names = [name for name in model.model_fields if name != "path"]
    return names if above else [*names, *TABLES]
