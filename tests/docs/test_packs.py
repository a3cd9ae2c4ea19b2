"""The packs' page: its tables are the packs', its commands say what it shows, and its rules are those of the stories."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import alertdsl
from alertdsl.packs import pack_names
from tests.cli.calling import call
from tests.docs.packs_page import BEGIN, PAGE, rules, whole
from tests.docs.pages import blocks, commands, same
from tests.runtime.packs.test_stories import CATALOG

TEXT = PAGE.read_text("utf-8")


def test_the_tables_are_the_packs() -> None:
    assert whole(TEXT) == TEXT, "run: python -m tests.docs.packs_page"


def test_every_rule_and_every_command_in_backticks_of_the_traps_is_one() -> None:
    made = TEXT.partition(BEGIN)[2]
    shown = [rule for block in blocks(made, "") for rule in block.text.splitlines()]
    assert shown == [rule for pack in pack_names() for rule in rules(pack)]
    ran = 0
    for said in re.findall(r"`([^`\n]*)`", TEXT):
        if re.search(r" (>|<|==|!=|is missing) ?", said):
            # Some are the second half of a condition.
            assert alertdsl.check(said.removeprefix("or "), CATALOG) == [], said
            ran += 1
        elif re.match(r"(rate|increase|sum|avg) of ", said):
            assert alertdsl.check(f"{said} > 0", CATALOG) == [], said
            ran += 1
    assert ran >= 15


def test_its_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = 0
    for block in blocks(TEXT, "console"):
        for arguments, shown in commands(block):
            called = call(*arguments)
            assert same(shown, called.out + called.err), called
            ran += 1
    assert ran == 3
