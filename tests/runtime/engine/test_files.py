"""Rule files that share definitions: an edit of what they share is an edit of each rule that uses it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.runtime.engine.world import World

SHARED = 'let limit = 80\n\nrule slow(most) "too much"\n  when load > most\n'
RULES = """import "../shared/limits.alert"

rule high
  when load > limit

use slow(95) as slow-all

rule plain
  when load > 500
"""


@pytest.fixture
def project(world: World, tmp_path: Path) -> Path:
    """A project whose rules are in one folder, and what they share in another that nobody named."""
    for name, text in (("alertdsl.toml", ""), ("rules/a.alert", RULES), ("shared/limits.alert", SHARED)):
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    world.paths = [str(tmp_path / "project" / "rules")]
    world.restart()
    world.engine.refresh()
    return tmp_path / "project"


def change(world: World, file: Path, text: str) -> None:
    """An edit that the engine sees before its next instant."""
    file.write_text(text)
    world.engine.refresh()


def versions(world: World) -> dict[str, int]:
    return {rule.name: rule.version for rule in world.store.rules.active()}


def test_what_is_stored_needs_no_other_file(world: World, project: Path) -> None:
    world.minute(0, web1=85)
    assert world.engine.book.errors == {}
    assert {h[2] for h in world.history()} == {"firing"}
    stored = {rule.name: rule for rule in world.store.rules.active()}
    assert stored["high"].text.startswith("let limit = 80\n")
    for rule in stored.values():
        alone, wrong = world.compiler.compile(rule.text, "alone")
        assert not wrong
        assert world.compiler.meaning(alone[0]) == rule.meaning
    assert world.compiler.compile(stored["slow-all"].text, "alone")[0][0].name == "slow-all"


def test_an_edit_of_what_is_shared_edits_who_uses_it(world: World, project: Path) -> None:
    world.minute(0, web1=85)
    change(world, project / "shared" / "limits.alert", SHARED.replace("80", "90"))
    world.minute(1, web1=85)
    assert versions(world) == {"high": 2, "slow-all": 1, "plain": 1}
    assert world.history()[1:] == [(1, "firing", "resolved", "rule changed")]
    longer = SHARED.replace("80", "90").replace("load > most", "load > most for 1m")
    change(world, project / "shared" / "limits.alert", longer)
    world.minute(2, web1=85)
    assert versions(world) == {"high": 2, "slow-all": 2, "plain": 1}


def test_a_broken_import_keeps_the_old_rules_and_tells(world: World, project: Path) -> None:
    shared = project / "shared" / "limits.alert"
    world.minute(0, web1=85)
    change(world, shared, "let limit = = 80\n")
    world.minute(1, web1=85)
    [told] = world.engine.book.errors.values()
    assert "limits.alert" in told
    assert "cannot be imported" in told
    assert versions(world) == {"high": 1, "slow-all": 1, "plain": 1}
    shared.unlink()
    world.minute(2, web1=1)
    assert "there is no rule file" in next(iter(world.engine.book.errors.values()))
    assert world.history()[1:] == [(2, "firing", "resolved", "")], "what was there before goes on"
    change(world, shared, SHARED.replace("80", "70"))
    world.minute(3, web1=75)
    assert world.engine.book.errors == {}
    assert versions(world)["high"] == 2
    assert world.history()[2:] == [(3, "ok", "firing", "")]


def test_nothing_outside_the_project_is_imported(world: World, project: Path) -> None:
    (project.parent / "secret.alert").write_text("let limit = 1\n")
    (project / "rules" / "a.alert").write_text(
        'import "../../secret.alert"\n\nrule high\n  when load > limit\n'
    )
    world.minute(0, web1=85)
    [told] = world.engine.book.errors.values()
    assert "outside the folder of the project" in told
    assert versions(world) == {"high": 1, "slow-all": 1, "plain": 1}, "what was there before goes on"


def test_rules_of_several_files_ask_about_each_other(world: World, project: Path) -> None:
    change(world, project / "rules" / "b.alert", "rule both\n  when high is firing\n")
    world.minute(0, web1=85)
    assert world.engine.book.errors == {}
    assert sorted(h[2] for h in world.history()) == ["firing", "firing"]


def test_an_engine_without_rules_says_where_they_come_from(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "alertdsl.engine"):
        world.engine.tick()
        world.engine.tick()
    [record] = [r for r in caplog.records if r.message == "nothing to evaluate"]
    assert "alertdsl rules add" in record.__dict__["hint"]
