"""rules, alerts, silences, store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.calling import call


def test_a_rule_is_added_listed_shown_disabled_and_removed(folder: Path) -> None:
    assert call("rules", "add", "BTC price > 70k for 5m", "--name", "btc").code == 0
    (listed,) = json.loads(call("rules", "list", "--json").out)["rules"]
    assert (listed["name"], listed["enabled"], listed["errors"]) == ("btc", True, [])
    assert "when BTC price > 70k for 5m" in call("rules", "show", "btc").out
    assert call("rules", "disable", "btc").code == 0
    assert "disabled" in call("rules", "list").out
    assert call("rules", "enable", listed["id"]).code == 0
    assert call("rules", "remove", "btc").code == 0
    assert call("rules", "list").err == "no rules\n"


def test_a_rule_that_does_not_check_is_not_stored(folder: Path) -> None:
    called = call("rules", "add", "BTC prise > 70k", "--name", "btc")
    assert called.code == 1
    assert "did you mean" in called.err
    assert json.loads(call("rules", "list", "--json").out)["rules"] == []


def test_a_name_is_taken_once(folder: Path) -> None:
    assert call("rules", "add", "BTC price > 1", "--name", "btc").code == 0
    called = call("rules", "add", "BTC price > 2", "--name", "btc")
    assert called.code == 1
    assert "there is already a rule btc; --replace" in called.err


def test_a_rule_is_replaced(folder: Path) -> None:
    call("rules", "add", "BTC price > 1", "--name", "btc")
    called = call("rules", "add", "BTC price > 2", "--name", "btc", "--replace", "--json")
    (rule,) = json.loads(called.out)
    assert (rule["name"], rule["version"]) == ("btc", 2)
    assert "unchanged" in call("rules", "add", "BTC price > 2", "--name", "btc", "--replace").out
    assert len(json.loads(call("rules", "show", "btc", "--json").out)["versions"]) == 2


def test_of_a_file_with_a_name_that_is_taken_nothing_is_stored(folder: Path) -> None:
    call("rules", "add", "BTC price > 1", "--name", "b")
    (folder / "a.alert").write_text("rule a\n  when BTC price > 1\n\nrule b\n  when BTC price > 2\n")
    assert call("rules", "add", "a.alert").code == 1
    assert [r["name"] for r in json.loads(call("rules", "list", "--json").out)["rules"]] == ["b"]


def test_all_rules_of_a_file_are_added(folder: Path) -> None:
    (folder / "a.alert").write_text("rule a\n  when BTC price > 1\n\nrule b\n  when BTC price > 2\n")
    assert call("rules", "add", "a.alert").code == 0
    assert [r["name"] for r in json.loads(call("rules", "list", "--json").out)["rules"]] == ["a", "b"]


def test_nothing_there_yet(folder: Path) -> None:
    called = call("alerts", "list")
    assert (called.code, called.out) == (0, "")
    assert "no open alerts" in called.err


def test_unknown_ids(folder: Path) -> None:
    for command in (
        ["alerts", "show", "nope"],
        ["alerts", "ack", "nope"],
        ["rules", "remove", "nope"],
        ["silences", "end", "nope"],
    ):
        called = call(*command)
        assert called.code == 1
        assert "nope" in called.err


def test_silences(folder: Path) -> None:
    assert call("silences", "add", "symbol=BTC", "--for", "2h", "--comment", "upgrade").code == 0
    (silence,) = json.loads(call("silences", "list", "--json").out)
    assert silence["comment"] == "upgrade"
    assert call("silences", "end", silence["id"]).code == 0
    assert json.loads(call("silences", "list", "--json").out) == []
    assert call("silences", "add", "symbol=BTC", "--for", "soon").code == 2
    assert call("silences", "add").code == 1


def test_the_database_is_named_by_option_environment_or_file(folder: Path) -> None:
    assert (
        call(
            "rules", "add", "BTC price > 1", "--name", "a", "--database", f"sqlite:///{folder}/other.db"
        ).code
        == 0
    )
    assert (folder / "other.db").exists()
    assert not (folder / "alertdsl.db").exists()
    (folder / "alertdsl.toml").write_text(
        (folder / "alertdsl.toml").read_text() + f'[store]\nurl = "sqlite:///{folder}/third.db"\n'
    )
    assert call("rules", "list").code == 0
    assert (folder / "third.db").exists()


def test_the_database_is_the_same_from_every_folder_of_the_project(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rules").mkdir()
    monkeypatch.chdir(folder / "rules")
    assert call("rules", "add", "BTC price > 1", "--name", "a").code == 0
    assert [path.name for path in (folder / "rules").iterdir()] == []
    monkeypatch.chdir(folder)
    assert "a " in call("rules", "list").out
    with (folder / "alertdsl.toml").open("a") as config:
        config.write('[store]\nurl = "sqlite:///data/x.db"\n')
    monkeypatch.chdir(folder / "rules")
    assert call("rules", "list").err == "no rules\n"
    assert (folder / "data" / "x.db").exists()


def test_a_database_that_does_not_answer(folder: Path) -> None:
    called = call("rules", "list", "--database", "mysql+pymysql://someone:s3cret@127.0.0.1:1/x")
    assert called.code == 3
    assert "s3cret" not in called.err
    assert "Traceback" not in called.err


def test_upgrade_says_what_it_did(folder: Path) -> None:
    call("rules", "list")
    called = call("store", "upgrade")
    assert (called.code, called.out) == (0, "nothing to do\n")
    assert call("store", "prune", "--older-than", "30d").out == "0 alerts deleted\n"
