"""The command line as a process: exit codes, pipes, signals, packages that are missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ALERTDSL = [sys.executable, "-m", "alertdsl"]
WITHOUT = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Block())
import importlib.metadata
if {hidden}:
    importlib.metadata.entry_points = lambda **_: ()
from alertdsl.cli import main
main()
"""


def without(*blocked: str, hidden: bool = False) -> list[str]:
    """The command line where these packages cannot be imported, or no package has commands to offer."""
    return [sys.executable, "-c", WITHOUT.format(blocked=set(blocked), hidden=hidden)]


def run(command: list[str], *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run([*command, *arguments], capture_output=True, text=True, **options)  # type: ignore[call-overload, no-any-return]


def test_version_and_help(folder: Path) -> None:
    import alertdsl

    assert run(ALERTDSL, "--version").stdout.strip().endswith(alertdsl.__version__)
    shown = run(ALERTDSL, "--help").stdout
    for name in ("compile", "explain", "format", "lint", "alerts", "rules", "run", "backtest", "demo"):
        assert f"\n  {name} " in shown
    assert "  start-mcp-server  Serve rules and alerts to AI assistants" in shown
    assert "  mcp-tokens        Tokens for clients of the MCP server" in shown
    assert "another package" not in shown
    assert "Exit codes:" in shown


@pytest.mark.parametrize("command", ["run", "backtest", "catalog pull", "test-connections", "ingest", "demo"])
def test_what_to_install_for_the_engines_commands(folder: Path, command: str) -> None:
    done = run(without("alertdsl_runtime", hidden=True), *command.split(), "--anything", "x")
    assert done.returncode == 2
    assert f"`alertdsl {command}` needs another package: pip install alertdsl-runtime" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_to_install_for_the_store(folder: Path) -> None:
    for arguments in (["rules", "list"], ["alerts", "list"], ["store", "upgrade"]):
        done = run(without("sqlalchemy"), *arguments)
        assert done.returncode == 2
        assert "pip install 'alertdsl[store]'" in done.stderr


def test_what_to_install_for_the_server(folder: Path) -> None:
    done = run(without("mcp"), "start-mcp-server")
    assert done.returncode == 2
    assert "pip install 'alertdsl[mcp]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_compiler_needs_no_store(folder: Path) -> None:
    for arguments in (
        ["lint", "BTC price > 5"],
        ["compile", "BTC price > 5", "--at", "2026-01-01T00:00:00Z"],
        ["explain", "BTC price > 5"],
    ):
        done = run(without("sqlalchemy", "alembic", "alertdsl_runtime"), *arguments)
        assert done.returncode == 0, done.stderr


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    (folder / "many.alert").write_text("".join(f"rule r{i}\n  when BTC price > {i}\n\n" for i in range(500)))
    process = subprocess.Popen(
        [*ALERTDSL, "compile", "many.alert"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(100)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(30) == 0


def test_an_interrupt_is_told_by_the_exit_code_alone(folder: Path) -> None:
    process = subprocess.Popen(
        [*ALERTDSL, "format"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in said


def test_output_that_the_terminals_encoding_cannot_hold(folder: Path) -> None:
    done = run(
        ALERTDSL,
        "lint",
        "tempér\N{GREEK SMALL LETTER MU} > 5",
        env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
