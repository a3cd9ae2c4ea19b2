"""Do the parts of a configuration answer? One finding each, for `test-connections` and for people in a hurry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from alertdsl.cli.database import counted
from alertdsl.diagnostics import AlertDslError
from alertdsl.store import StoreError, open_store
from alertdsl_runtime.columns import SourceError
from alertdsl_runtime.logs import redact
from alertdsl_runtime.notify import DeliveryError, make_target
from alertdsl_runtime.notify.targets import Message
from alertdsl_runtime.opening import open_catalog, open_source
from alertdsl_runtime.settings import SettingsError

if TYPE_CHECKING:
    from alertdsl_runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a part answers, and what it says: name and version, or why not."""

    part: str
    ok: bool
    said: str

    def line(self) -> str:
        """For people."""
        return f"{'ok  ' if self.ok else 'FAIL'} {self.part}: {self.said}"


def check_connections(settings: Settings, *, send: bool = False) -> Iterator[Finding]:
    """Ask the source, the database, the catalog, each notification target and what other packages check, in turn; never raises.

    Args:
        send: send a test message to each target, instead of looking at its address only.
    """
    yield _finding("source", lambda: _source(settings))
    yield _finding("database", lambda: _database(settings))
    if settings.path is not None:
        yield _finding("catalog", lambda: _catalog(settings))
    for name, url in settings.notify.targets.items():
        address = url.get_secret_value()
        yield _finding(f"target {name}", lambda name=name, address=address: _target(name, address, send=send))  # type: ignore[misc]
    yield from _of_others()


def _of_others() -> Iterator[Finding]:
    """What other packages check (entry points `alertdsl.checks`): None where there is nothing configured to ask."""
    for point in entry_points(group="alertdsl.checks"):
        try:
            found = point.load()()
        except ImportError:
            continue  # its libraries are not installed, so there is none of it to ask
        if found is not None:
            yield Finding(point.name, found[0], redact(found[1]))


def _finding(part: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, redact(ask()))
    except (SourceError, StoreError, DeliveryError, SettingsError, AlertDslError) as error:
        return Finding(part, False, redact(str(error)))


def _source(settings: Settings) -> str:
    source = open_source(settings)
    try:
        return source.check()
    finally:
        source.close()


def _database(settings: Settings) -> str:
    with open_store(settings.database_url) as store:
        shown = store.database.engine.url.render_as_string(hide_password=True)
        rules = counted(len(store.rules.active()), "rule")
        return f"{shown}, {rules}, {counted(store.outbox.counts().pending, 'notification')} waiting"


def _catalog(settings: Settings) -> str:
    catalog = open_catalog(settings)
    return f"{settings.path}, {counted(0 if catalog is None else len(catalog.metrics), 'metric')}"


def _target(name: str, address: str, *, send: bool) -> str:
    target = make_target(address)
    said = target.check()
    if send:
        title = "[TEST] alertdsl"
        target.send(
            Message(f"test-{name}", "test", title, f"A test of the target {name!r}.", {"kind": "test"})
        )
        return f"{said}, test message sent"
    return said
