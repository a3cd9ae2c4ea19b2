"""``alertdsl mcp-tokens``: tokens for clients of the MCP server over HTTP."""

from __future__ import annotations

from typing import Literal, cast

import click

from alertdsl.cli.database import as_json as facts_of
from alertdsl.cli.database import database_option, echo_json, echo_table, json_option, open_database, when


@click.group("mcp-tokens")
def mcp_tokens() -> None:
    """Make, list and revoke tokens for clients of the MCP server over HTTP."""


@mcp_tokens.command("create")
@click.option("--owner", default="default", show_default=True, help="Whose rules and alerts the client sees.")
@click.option(
    "--scope",
    type=click.Choice(["read", "write", "admin"]),
    default="read",
    show_default=True,
    help="write: change this owner's rules. admin: those of every owner.",
)
@click.option("--expires", default="90d", show_default=True, help="How long it is valid: 30d, 12h; or never.")
@click.option("--note", default="", help="Who uses it, and where.")
@database_option
def create(owner: str, scope: str, expires: str, note: str, database: str | None) -> None:
    """Make a token and print it. It is shown this once: the database keeps only a digest."""
    from alertdsl.semantics.durations import parse_duration

    try:
        lasts = None if expires == "never" else parse_duration(expires)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--expires") from None
    with open_database(database) as store:
        text, made = store.tokens.create(
            owner=owner, scope=cast("Literal['read', 'write', 'admin']", scope), note=note, lasts=lasts
        )
    click.echo(text)
    until = f"until {when(made.expires_at)}" if made.expires_at is not None else "for ever"
    click.echo(
        f"token {made.id} of {made.owner}: {made.scope}, valid {until}; keep it, it is not shown again",
        err=True,
    )


@mcp_tokens.command("list")
@database_option
@json_option
def list_tokens(database: str | None, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    with open_database(database) as store:
        tokens, now = store.tokens.list(), store.now()
    if as_json:
        echo_json([facts_of(one) for one in tokens])
        return
    if not tokens:
        click.echo("no tokens", err=True)
        return
    echo_table(
        ("ID", "OWNER", "SCOPE", "STATE", "NOTE"),
        ((t.id, t.owner, t.scope, _state(t.expires_at, t.revoked_at, now), t.note) for t in tokens),
    )


@mcp_tokens.command("revoke")
@click.argument("token_id", metavar="ID")
@database_option
def revoke(token_id: str, database: str | None) -> None:
    """Make a token invalid, at once and for good."""
    with open_database(database) as store:
        store.tokens.revoke(token_id)
    click.echo(f"{token_id} revoked")


def _state(expires_at: int | None, revoked_at: int | None, now: int) -> str:
    if revoked_at is not None:
        return f"revoked {when(revoked_at)}"
    if expires_at is None:
        return "valid for ever"
    return f"expired {when(expires_at)}" if expires_at <= now else f"valid until {when(expires_at)}"
