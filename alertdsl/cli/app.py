"""The commands by name. Modules are imported when their command runs: editors and CI start this all day."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from alertdsl import __version__
from alertdsl.cli.exits import EPILOG

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_OURS = {
    "compile": ("alertdsl.cli.text:compile_command", "Print the Flux script of each rule."),
    "explain": ("alertdsl.cli.text:explain_command", "Say in plain English what rules will do."),
    "format": ("alertdsl.cli.text:format_command", "Print rules in their canonical spelling."),
    "lint": ("alertdsl.cli.text:lint_command", "Check rules: syntax, names, types, units, likely mistakes."),
    "catalog": ("alertdsl.cli.catalog:catalog", "Make a catalog from packs, or from what a database holds."),
    "alerts": ("alertdsl.cli.alerts:alerts", "Look at alerts and acknowledge them."),
    "rules": ("alertdsl.cli.rules:rules", "Add, list, remove, enable and disable stored rules."),
    "silences": ("alertdsl.cli.silences:silences", "Stop notifications for a while."),
    "store": ("alertdsl.cli.store:store", "Look after the database of rules and alerts."),
    "lsp": ("alertdsl.cli.lsp:lsp_command", "Serve editors: errors as you type, completion, hovers, fixes."),
}
_ALSO = {"start-language-server": "lsp"}
"""Second names, which the help leaves out."""
_ELSEWHERE = {
    "run": ("alertdsl-runtime", "Evaluate rules and notify, until stopped."),
    "backtest": ("alertdsl-runtime", "Say when rules would have fired on recorded data."),
    "ingest": ("alertdsl-runtime", "Write CSV or line protocol into the embedded store."),
    "test-connections": (
        "alertdsl-runtime",
        "Ask InfluxDB, the database and each target whether they answer.",
    ),
    "demo": ("alertdsl-runtime", "Watch an alert fire, notify and resolve, in a minute."),
    "start-mcp-server": (
        "'alertdsl[mcp]'",
        "Serve rules and alerts to AI assistants (MCP); as alertdsl-mcp in hosts' files.",
    ),
    "mcp-tokens": ("'alertdsl[mcp]'", "Tokens for clients of the MCP server over HTTP."),
}
"""Commands that other packages and the server offer: what to install for them, and their help."""


class Commands(click.Group):
    """Finds commands here, or among the entry points ``alertdsl.commands`` of installed packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, those of packages that are not installed included."""
        return [
            *_OURS,
            *_ELSEWHERE,
            *(name for name in installed() if name not in _ELSEWHERE and name not in _OURS),
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported; a stand-in for help texts and packages that are missing."""
        cmd_name = _ALSO.get(cmd_name, cmd_name)
        if cmd_name in _OURS:
            module, attribute = _OURS[cmd_name][0].split(":")
            found: click.Command = getattr(import_module(module), attribute)
            return found
        point = installed().get(cmd_name)
        if point is not None:
            loaded: click.Command = point.load()
            return loaded
        return missing(cmd_name, _ELSEWHERE[cmd_name][0]) if cmd_name in _ELSEWHERE else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        there = installed()
        rows = [(name, text) for name, (_, text) in _OURS.items()]
        for name in [n for n in self.list_commands(ctx) if n not in _OURS]:
            package, text = _ELSEWHERE.get(name, ("", "(of another package)"))
            rows.append((name, text if name in there else f"{text} (pip install {package})"))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def installed() -> dict[str, EntryPoint]:
    """The commands of other packages."""
    from importlib.metadata import entry_points  # 20 ms, which lint and format need not spend

    return {point.name: point for point in entry_points(group="alertdsl.commands")}


def missing(name: str, package: str, text: str | None = None) -> click.Command:
    """A stand-in for a command whose package is not installed, with a help text: it says what to install."""

    @click.command(
        name, help=text, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
    )
    def stand_in() -> None:
        raise click.UsageError(f"`alertdsl {name}` needs another package: pip install {package}")

    return stand_in


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="alertdsl")
def cli() -> None:
    """Alert rules in people's words, for time series: BTC price > 70000 for 5m"""
