"""The store that a command works on, and how its records are shown."""

from __future__ import annotations

import getpass
import json
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import click

from alertdsl.cli.inputs import find_catalog

if TYPE_CHECKING:
    from alertdsl.store import Store

EMBEDDED = "sqlite:///alertdsl.db"
VARIABLE = "ALERTDSL_DATABASE_URL"
SECOND = 1_000_000_000

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


def database_option(command: F) -> F:
    """``--database``: else the environment, else ``[store] url`` of alertdsl.toml, else alertdsl.db here."""
    return click.option(
        "--database",
        metavar="URL",
        help=f"The database of rules and alerts. Else ${VARIABLE}, [store] url in alertdsl.toml, {EMBEDDED}.",
    )(command)


def database_url(given: str | None) -> str:
    """The address of the store; that of a file without server is taken from the folder of the configuration."""
    from alertdsl.store import url_beside

    if given or os.environ.get(VARIABLE):
        return given or os.environ[VARIABLE]
    path = find_catalog(None)
    if path is None:
        return EMBEDDED
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("store", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise click.ClickException(f"{path}: {problem}") from None
    url = table.get("url") if isinstance(table, dict) else None
    return url_beside(url if isinstance(url, str) else EMBEDDED, path.parent)


def user() -> str:
    """Who is at the keyboard; a container may not know."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "unknown"


@contextmanager
def open_database(given: str | None) -> Iterator[Store]:
    """The store, closed at the end.

    Raises:
        click.UsageError: the extra is not installed.
        StoreError: it cannot be opened.
    """
    need_store()
    from alertdsl.store import open_store

    with open_store(database_url(given)) as store:
        yield store


def need_store() -> None:
    """Refuse, with the way out, where the libraries of the extra `store` are missing."""
    try:
        import alertdsl.store  # noqa: F401
    except ImportError as missing:
        raise click.UsageError(f"this needs the store: pip install 'alertdsl[store]' ({missing})") from None


def echo_json(value: object) -> None:
    """A record, or records, as JSON; times stay nanoseconds under ``*_at``, with RFC 3339 beside them where shown."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def as_json(record: Any) -> dict[str, object]:
    """A record with its times in RFC 3339."""
    facts: dict[str, object] = {}
    for name, value in asdict(record).items():
        is_time = (name.endswith("_at") or name in ("t", "since", "active_from", "active_to")) and isinstance(
            value, int
        )
        facts[name] = when(value) if is_time else value
    return facts


def when(moment: int | None) -> str:
    """A time in RFC 3339, "" for none."""
    from alertdsl.store import from_ns

    return "" if moment is None else from_ns(moment)


def shown(moment: int | None) -> str:
    """A time for people: RFC 3339 to the second, "" for none."""
    return when(None if moment is None else moment // SECOND * SECOND)


def counted(number: int, what: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def echo_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they need be, the last one free."""
    lines = [tuple(titles), *(tuple(map(str, row)) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(titles) - 1)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        click.echo("  ".join([*cells, line[-1]]).rstrip())


def echo_more(cursor: str | None) -> None:
    """How to get the next page, where there is one."""
    if cursor:
        click.echo(f"more: --cursor {cursor}", err=True)


def labels_text(labels: Any) -> str:
    """``host=a, region=x``."""
    return ", ".join(f"{tag}={value}" for tag, value in sorted(labels.items())) or "-"


def labels_of(given: Sequence[str], option: str) -> dict[str, str]:
    """``host=a`` and the like as labels."""
    for one in given:
        if "=" not in one:
            raise click.BadParameter(f"{one!r} is not TAG=VALUE", param_hint=option)
    return dict(one.split("=", 1) for one in given)
