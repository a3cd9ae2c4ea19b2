"""``alertdsl run`` and ``alertdsl test-connections``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertdsl.cli.exits import OK, UNREACHABLE
from alertdsl.cli.inputs import find_catalog

if TYPE_CHECKING:
    from alertdsl_runtime.settings import Settings

config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The configuration. Else alertdsl.toml in this folder, or above it in the project; the environment over it.",
)


def open_settings(config: Path | None) -> Settings:
    """The configuration of a file and the environment. Raises SettingsError."""
    from alertdsl_runtime.settings import load_settings

    return load_settings(find_catalog(config))


@click.command("run")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[RULES]...")
@config_option
@click.option("--progress/--no-progress", default=True, help="A line that shows the work, on a terminal.")
def run_command(paths: tuple[Path, ...], config: Path | None, progress: bool) -> None:
    """Evaluate rules and notify, until stopped. RULES are files and folders, beside the rules in the database."""
    from alertdsl_runtime.running import run

    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise click.UsageError(f"{missing}: no such file or folder")
    run(open_settings(config), paths, progress=progress)


@click.command("test-connections")
@config_option
@click.option("--send", is_flag=True, help="Send a test message to every target.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def test_connections(config: Path | None, send: bool, as_json: bool) -> int:
    """Ask InfluxDB, the database and each notification target whether they answer: a line each.

    --json: [{"part", "ok", "said"}]. Exit code 3 if one does not answer.
    """
    import json
    from dataclasses import asdict

    from alertdsl_runtime.connections import check_connections

    findings = []
    for finding in check_connections(open_settings(config), send=send):
        findings.append(finding)
        if not as_json:
            click.echo(finding.line())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    return OK if all(finding.ok for finding in findings) else UNREACHABLE
