"""From a configuration to the things that it describes: store, source, targets, engine."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from alertdsl.store import StoreUnavailable, open_store
from alertdsl_runtime.columns import Source
from alertdsl_runtime.engine import CatalogCompiler, Engine, Options
from alertdsl_runtime.notify import DeliveryError, OutboxWorker, Target, make_target
from alertdsl_runtime.settings import Settings, SettingsError

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog
    from alertdsl.store import Store

_LOG = logging.getLogger("alertdsl.engine")


@dataclass(slots=True)
class Running:
    """An engine with what it was made of, to be closed together."""

    engine: Engine
    worker: OutboxWorker
    store: Store
    source: Source
    _closing: ExitStack

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the sender, give all connections back."""
        self._closing.close()


def open_engine(settings: Settings, paths: Iterable[str | Path] = (), *, patience_s: float = 0) -> Running:
    """Everything that a configuration describes, ready to `run`.

    Args:
        paths: rule files and folders, beside those of the configuration.
        patience_s: how long to wait for a database that is not there yet.

    Raises:
        SettingsError, AlertDslError: the configuration or its catalog.
        StoreError: the database.
    """
    with ExitStack() as closing:
        store = closing.enter_context(open_patiently(settings.database_url, patience_s))
        source = open_source(settings)
        closing.callback(source.close)
        worker = OutboxWorker(store, open_targets(settings))
        closing.callback(worker.stop)
        options = Options(
            delay=settings.engine.delay,
            catch_up=settings.engine.catch_up,
            slots=settings.engine.slots,
            poll=settings.engine.poll,
            default_targets=settings.notify.default,
        )
        engine = Engine(
            store,
            source,
            CatalogCompiler(open_catalog(settings)),
            paths=[*settings.engine.rules, *paths],
            options=options,
            worker=worker,
        )
        return Running(engine, worker, store, source, closing.pop_all())


def open_patiently(url: str, patience_s: float) -> Store:
    """The store; waits for its database to come up, as when both are started at the same time."""
    from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

    def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if state.attempt_number == 1:
            _LOG.warning("waiting for the database", extra={"error": str(error)})

    trying = Retrying(
        stop=stop_after_delay(patience_s),
        wait=wait_exponential(multiplier=0.2, max=5),
        retry=retry_if_exception_type(StoreUnavailable),
        before_sleep=tell,
        reraise=True,
    )
    return trying(open_store, url)


def open_source(settings: Settings) -> Source:
    """The source of ``[source]``; nothing is asked of it yet."""
    if settings.source_kind == "influxdb":
        from alertdsl_runtime.sources.influx import InfluxSource

        table = settings.source
        if table.token is None:
            raise SettingsError(
                "no InfluxDB token: set INFLUXDB_V2_TOKEN, or token under [source] in alertdsl.toml"
            )
        try:
            return InfluxSource(
                settings.source_url,
                table.org,
                table.token.get_secret_value(),
                table.bucket,
                timeout=table.timeout_s,
                verify_ssl=table.verify_ssl,
                ca_file=None if table.ca_file is None else str(table.ca_file),
            )
        except ValueError as error:
            raise SettingsError(f"[source] url: {error}") from None
    from alertdsl_runtime.sources.sql import SqlSource

    return SqlSource(settings.source_url, settings.source.bucket)


def open_targets(settings: Settings) -> dict[str, Target]:
    """The targets of ``[notify.targets]`` by name; ``terminal`` is always there."""
    targets: dict[str, Target] = {"terminal": make_target("log://")}
    for name, url in settings.notify.targets.items():
        try:
            targets[name] = make_target(url.get_secret_value())
        except DeliveryError as error:
            raise SettingsError(f"notification target {name!r}: {error}") from None
    return targets


def open_catalog(settings: Settings) -> Catalog | None:
    """The catalog in the configuration's file, if there is one."""
    if settings.path is None:
        return None
    from alertdsl import load_catalog

    return load_catalog(settings.path)
