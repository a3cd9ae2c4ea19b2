"""``alertdsl store``: the database itself."""

from __future__ import annotations

import click

from alertdsl.cli.database import database_option, database_url, need_store, open_database


@click.group()
def store() -> None:
    """Look after the database of rules and alerts."""


@store.command("upgrade")
@database_option
def upgrade_store(database: str | None) -> None:
    """Bring the tables up to this version. Stop other engines first, and keep a copy."""
    need_store()
    from alertdsl.store import upgrade

    click.echo("upgraded" if upgrade(database_url(database)) else "nothing to do")


@store.command("prune")
@click.option("--older-than", default="90d", show_default=True, help="Of what ended longer ago than this.")
@database_option
def prune_store(older_than: str, database: str | None) -> None:
    """Delete resolved alerts, with their history, that ended long ago."""
    from alertdsl.semantics.durations import parse_duration

    try:
        age = parse_duration(older_than)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--older-than") from None
    with open_database(database) as opened:
        click.echo(f"{opened.prune(opened.now() - age)} alerts deleted")
