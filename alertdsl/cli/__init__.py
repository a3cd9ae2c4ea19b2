"""The command line: thin skins over documented Python calls."""

from __future__ import annotations


def main() -> None:
    """The console script ``alertdsl``."""
    from alertdsl.cli.app import cli
    from alertdsl.cli.exits import run

    run(cli)
