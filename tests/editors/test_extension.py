"""The VS Code extension: its own code and client with the real server, in a stand-in for the editor; and what its folder says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alertdsl import __version__

from .conftest import EXTENSION


def started(file: Path, *command: str) -> dict[str, Any]:
    """What the editor shows once the extension has been started with this command of the settings."""
    done = subprocess.run(
        ["node", "test/activate.js", str(file), *command],
        cwd=EXTENSION,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule file with a mistake, and no catalog."""
    path = tmp_path / "a.alert"
    path.write_text("rule x\n  when crypto.close abvoe 5\n", "utf-8")
    return path


def test_the_extension_starts_the_server_and_shows_what_it_finds(packages: None, rules: Path) -> None:
    shown = started(rules, sys.executable, "-m", "alertdsl", "lsp")
    assert shown["errors"] == []
    ((uri, found),) = shown["diagnostics"]
    assert uri == rules.as_uri()
    assert [line for line, _ in found] == [1]
    assert "did you mean `above`?" in found[0][1]


def test_a_server_that_is_not_there_is_told_with_the_way_out(packages: None, rules: Path) -> None:
    shown = started(rules, str(rules.with_name("no-such-program")), "lsp")
    assert "pip install 'alertdsl[lsp]'" in shown["errors"][-1]
    assert shown["diagnostics"] == []


def test_a_setting_that_is_no_command_is_told(packages: None, rules: Path) -> None:
    (message,) = started(rules)["errors"]
    assert "alertdsl.server.command is a list of words" in message


def test_the_folder_is_of_one_version_and_all_its_files_are_there() -> None:
    package = json.loads((EXTENSION / "package.json").read_text("utf-8"))
    assert package["version"] == __version__
    contributed = package["contributes"]
    files = [package["main"], *(one["configuration"] for one in contributed["languages"])]
    files += [one["path"] for one in contributed["grammars"]]
    assert all((EXTENSION / file).is_file() for file in files)
    json.loads((EXTENSION / "language-configuration.json").read_text("utf-8"))


def test_the_lock_file_has_versions_and_no_addresses() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text("utf-8"))
    assert lock["packages"]
    assert not [name for name, one in lock["packages"].items() if "resolved" in one]
