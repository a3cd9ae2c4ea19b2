"""The README's examples, run as they are printed, and the example rules."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
from pathlib import Path

import pytest

import alertdsl
from alertdsl.cli.app import cli
from tests.cli.calling import call

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
FLAGS = doctest.ELLIPSIS


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, in which nothing else can be found."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INFLUXDB_V2_BUCKET", raising=False)
    return tmp_path


def test_python(checkout: Path) -> None:
    found = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), {}, "README.md", "README.md", 0)
    told: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(found, out=told.append)
    assert result.attempted >= 9
    assert result.failed == 0, "".join(told)


def test_commands(checkout: Path) -> None:
    ran = 0
    for block in blocks("console"):
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            program, *arguments = shlex.split(command)
            assert program == "alertdsl"
            called = call(*arguments)
            said = called.out + called.err
            assert doctest.OutputChecker().check_output(expected, said, FLAGS), f"$ {command}\n{said}"
            ran += 1
    assert ran >= 4


def test_rules_and_catalog(checkout: Path) -> None:
    (rules,), (catalog,) = blocks("alert"), blocks("toml")
    assert alertdsl.check(rules, alertdsl.load_catalog("examples/alertdsl.toml")) == []
    assert alertdsl.format_rule(rules).strip() == rules.strip()
    (checkout / "alertdsl.toml").write_text(catalog)
    assert call("lint", "Bitcoin price > $70k for 5m").code == 0


def test_commands_that_are_only_shown_exist() -> None:
    for line in "".join(blocks("sh")).splitlines():
        program, name, *rest = shlex.split(line, comments=True) or ["", ""]
        if program == "make":
            assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        elif program == "alertdsl":
            context = cli.make_context("alertdsl", [name], resilient_parsing=True)
            assert cli.get_command(context, name) is not None
            for option in [one for one in rest if one.startswith("-")]:
                sub = [one for one in rest[:1] if not one.startswith("-") and name in {"catalog", "alerts"}]
                assert option in call(name, *sub, "--help").out


def test_the_files_it_links_to_are_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_exit_codes_are_those_of_the_help() -> None:
    from alertdsl.cli.exits import EPILOG

    table = re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)
    assert table == ["0", "1", "2", "3", "130"]
    assert all(re.search(rf"\b{code} ", EPILOG) for code in table)


def test_the_example_rules_are_clean(checkout: Path) -> None:
    called = call("lint", "examples")
    assert (called.code, called.out) == (0, "")
    assert call("format", "--check", "examples").code == 0
    assert call("compile", "examples/servers.alert").code == 0
