"""``alertdsl lsp``: the language server for editors."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from alertdsl.lsp.session import AlertServer


@click.command("lsp")
@click.option(
    "--stdio",
    is_flag=True,
    help="Over standard input and output: what is done anyway, and editors like to say.",
)
@click.option("--log", type=click.Path(dir_okay=False, writable=True), help="Write a log to this file.")
def lsp_command(stdio: bool, log: str | None) -> None:
    """Serve editors over standard input and output: diagnostics, completion, hovers, definitions, formatting, fixes.

    Editors start this by themselves: docs/editors.md.
    """
    import logging

    try:
        from alertdsl.lsp.server import make_server
    except ModuleNotFoundError as missing:
        raise click.UsageError(f"`alertdsl lsp` needs {missing.name}: pip install 'alertdsl[lsp]'") from None
    logging.basicConfig(
        filename=log,
        level=logging.INFO if log else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    sys.exit(serve(make_server()))


def serve(server: AlertServer) -> int:
    """Serves until the editor says `exit` or goes away. The exit code: 0 after a `shutdown`, else 1, as the protocol wants it."""
    # The server closes its output at the end, and a stray print must not get among the messages.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:
        sys.stdout = sys.stderr
        server.start_io(stdout=output)
    return 0 if server.shut_down else 1
