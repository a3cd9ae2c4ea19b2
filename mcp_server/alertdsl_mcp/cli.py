"""``alertdsl start-mcp-server``, and the same as ``alertdsl-mcp`` for the configuration files of hosts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from alertdsl.cli.database import database_option, need_store
from alertdsl.cli.exits import EPILOG, run

if TYPE_CHECKING:
    from alertdsl_mcp.starting import Transport

PORT = 9122


@click.command("start-mcp-server", epilog=EPILOG, context_settings={"auto_envvar_prefix": "ALERTDSL_MCP"})
@click.option(
    "--transport",
    type=click.Choice(["stdio", "streamable-http", "sse"]),
    default="stdio",
    show_default=True,
    help="stdio: a host starts this command. streamable-http: at /mcp. sse: at /sse, for older hosts.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Any other than this machine needs --auth token or OAuth.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The catalog and configuration. Else alertdsl.toml in this folder, or above it in the project.",
)
@database_option
@click.option(
    "--owner", default="default", show_default=True, help="Whose rules clients without a token make."
)
@click.option("--read-only", is_flag=True, help="Change nothing, whatever a client's token allows.")
@click.option(
    "--auth",
    type=click.Choice(["none", "token"]),
    help="token: clients need one (`alertdsl mcp-tokens create`). Default: none on this machine, else token.",
)
@click.option(
    "--public-url", help="The server's address as clients write it, e.g. https://alerts.example.com/mcp."
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    help="A name by which clients call, beside that of --public-url.",
)
@click.option("--oauth-issuer", help="Accept tokens of this authorization server, made for --public-url.")
@click.option("--oauth-keys", help="Its keys (JWKS). Else its metadata says where they are.")
@click.option("--oauth-owner-claim", default="sub", show_default=True, help="The claim that names the owner.")
@click.option(
    "--rate",
    type=click.FloatRange(0.1),
    default=100.0,
    show_default=True,
    help="Requests a second, each client.",
)
@click.option(
    "--burst", type=click.IntRange(1), default=1000, show_default=True, help="Requests at once, each client."
)
@click.option(
    "--max-request",
    type=click.IntRange(1000),
    default=1_000_000,
    show_default=True,
    help="Largest message, in bytes.",
)
@click.option(
    "--preview-timeout",
    type=click.FloatRange(1),
    default=30.0,
    show_default=True,
    help="Seconds for a preview.",
)
def start_mcp_server(
    transport: str,
    host: str,
    port: int,
    config: Path | None,
    database: str | None,
    owner: str,
    read_only: bool,
    auth: str | None,
    public_url: str | None,
    allowed_hosts: tuple[str, ...],
    oauth_issuer: str | None,
    oauth_keys: str | None,
    oauth_owner_claim: str,
    rate: float,
    burst: int,
    max_request: int,
    preview_timeout: float,
) -> None:
    """Serve rules and alerts to AI assistants over MCP. Options are also read from ALERTDSL_MCP_<OPTION>."""
    need_store()
    _need_sdk()
    from alertdsl_mcp.settings import Limits, load_settings
    from alertdsl_mcp.starting import Access, Unsafe, start
    from alertdsl_mcp.transports.http import Address

    limits = Limits(rate=rate, burst=burst, request=max_request, preview_s=preview_timeout)
    settings = load_settings(
        config=config, database=database, owner=owner, read_only=read_only, limits=limits
    )
    access = Access(
        auth=cast("Literal['none', 'token'] | None", auth),
        public_url=public_url or "",
        issuer=oauth_issuer or "",
        keys=oauth_keys or "",
        owner_claim=oauth_owner_claim,
    )
    try:
        start(settings, cast("Transport", transport), Address(host, port, allowed_hosts), access)
    except Unsafe as reason:
        raise click.UsageError(str(reason)) from None


def _need_sdk() -> None:
    try:
        import mcp  # noqa: F401
    except ImportError as missing:
        raise click.UsageError(f"this needs the MCP SDK: pip install 'alertdsl[mcp]' ({missing})") from None


def main() -> None:
    """The console script ``alertdsl-mcp``."""
    run(start_mcp_server)
