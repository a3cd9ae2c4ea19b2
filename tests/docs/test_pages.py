"""Every page: its links lead somewhere, its commands exist, and, where they need no server, print what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from alertdsl.cli.app import cli
from alertdsl.cli.exits import EPILOG
from tests.cli.calling import call
from tests.docs.pages import DOCS, ROOT, blocks, commands, same

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_COMMAND = re.compile(r"`(alertdsl [a-z][^`]*)`|^(?:\$ )?(alertdsl [a-z].*)$", re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, in which and around which nothing else can be found."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("ALERTDSL_", "INFLUXDB_V2_"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text()), f"{target}#{anchor}"


def anchors(text: str) -> set[str]:
    """What headings are called in links."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_and_their_options_exist(page: Path) -> None:
    for found in _COMMAND.findall(page.read_text()):
        words = shlex.split((found[0] or found[1]).replace("...", ""), comments=True)[1:]
        command, rest = command_of(words)
        with click.Context(command) as context:
            known = {name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)}
        assert {one.partition("=")[0] for one in rest if re.match(r"--?[a-z]", one)} <= known, words


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words begin with, and the rest of them."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        with click.Context(command) as context:
            found = [command.get_command(context, name) for name in words[0].split("|")]
        assert None not in found, f"no command {words[0]}"
        assert found[0] is not None
        command, words = found[0], words[1:]
    return command, words


def test_the_commands_page_names_every_command() -> None:
    page = (DOCS / "cli.md").read_text()
    table = page.partition("## Exit codes")[0]
    for name in every_command(cli):
        # The MCP server's commands have pages of their own.
        assert f"`alertdsl {name}" in table or "mcp" in name, name


def every_command(group: click.Group, before: str = "") -> list[str]:
    """The names of all commands, with those of their groups."""
    names = []
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            whole = f"{before}{name}"
            names += every_command(command, f"{whole} ") if isinstance(command, click.Group) else [whole]
    return names


def test_the_commands_page_is_true(checkout: Path) -> None:
    page = (DOCS / "cli.md").read_text()
    ran = 0
    for block in blocks(page, "console"):
        for arguments, shown in commands(block):
            called = call(*arguments)
            assert same(shown, called.out + called.err), f"$ alertdsl {shlex.join(arguments)}\n{called}"
            ran += 1
    assert ran >= 12


def test_exit_codes_are_those_of_the_help() -> None:
    table = re.findall(r"^\| (\d+) \|", (DOCS / "cli.md").read_text(), flags=re.MULTILINE)
    assert table == ["0", "1", "2", "3", "130"]
    assert all(re.search(rf"\b{code} ", EPILOG) for code in table)


def test_the_hook_is_the_one_that_is_there() -> None:
    assert "id: alertdsl-lint" in (ROOT / ".pre-commit-hooks.yaml").read_text()


def test_the_examples_are_clean(checkout: Path) -> None:
    called = call("lint", "examples")
    assert (called.code, called.out) == (0, "")
    assert call("format", "--check", "examples").code == 0
    for file in sorted((checkout / "examples").glob("*.alert")):
        assert call("compile", str(file)).code == 0
        assert call("explain", str(file)).code == 0
