"""rules, alerts, silences, store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alertdsl.store import alert_id, label_set, open_store
from alertdsl.store.records import AlertRow, Changes, Disarmed
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


def test_a_rule_that_fired_once_is_armed_again(folder: Path) -> None:
    assert call("rules", "add", "rule once-only\n  when BTC price > 1\n  once\n").code == 0
    assert "nothing to do" in call("rules", "rearm", "once-only").err
    with open_store(f"sqlite:///{folder}/alertdsl.db") as store:
        (rule,) = store.rules.list().items
        sets = [label_set({"symbol": name}) for name in ("BTC", "ETH", "SOL")]
        disarmed = [Disarmed(rule.id, one.hash) for one in sets]
        store.evaluation.commit_unbound(Changes(labels=sets, disarm=disarmed))
    assert "fires no more for: symbol=BTC; symbol=ETH; symbol=SOL" in call("rules", "show", "once-only").err
    assert call("rules", "rearm", "once-only", "symbol=ETH").out == "once-only armed again for symbol=ETH\n"
    shown = json.loads(call("rules", "show", "once-only", "--json").out)
    assert shown["disarmed"] == [{"symbol": "BTC"}, {"symbol": "SOL"}]
    assert call("rules", "rearm", "once-only").code == 0
    assert json.loads(call("rules", "show", "once-only", "--json").out)["disarmed"] == []
    assert call("rules", "rearm", "once-only", "BTC").code == 2


def test_an_alert_is_named_by_the_beginning_of_its_id(folder: Path) -> None:
    assert call("rules", "add", "BTC price > 1", "--name", "btc").code == 0
    second = 1_752_465_600 * 10**9
    with open_store(f"sqlite:///{folder}/alertdsl.db") as store:
        (rule,) = store.rules.list().items
        labels = label_set({"symbol": "BTC"})
        rows = [
            AlertRow(
                alert_id(rule.id, labels.hash, at),
                "default",
                rule.id,
                1,
                labels.hash,
                "firing",
                "warning",
                at,
                at + 5,
                at,
            )
            for at in (second, second + 3600 * 10**9)
        ]
        store.evaluation.commit_unbound(Changes(labels=[labels], alerts=rows))
    first, other = (row.id for row in rows)
    shared = next(first[:k] for k in range(20) if first[k] != other[k])
    shown = call("alerts", "show", first[: len(shared) + 1].upper()).out
    assert "since:        2025-07-14T04:00:00Z\n" in shown, "people need no nanoseconds"
    assert call("alerts", "ack", other[: len(shared) + 1]).out.startswith(other)
    called = call("alerts", "show", shared)
    assert called.code == 1
    assert f"{first}, {other}" in called.err


def test_silences_for_people(folder: Path) -> None:
    assert call("rules", "add", "BTC price > 1", "--name", "btc").code == 0
    assert (
        call("silences", "add", "symbol=B*", "--rule", "btc", "--comment", "upgrade of\nthe exchange").code
        == 0
    )
    lines = call("silences", "list").out.splitlines()
    assert lines[0].split() == ["ID", "UNTIL", "BY", "RULE", "LABELS", "COMMENT"]
    assert "btc" in lines[1]
    assert "symbol~B*" in lines[1], "the star stands for any characters"
    assert lines[1].endswith("upgrade of the exchange")
    assert "." not in lines[1].split()[1]


def test_rules_that_wait_for_each_other_are_refused(folder: Path) -> None:
    assert call("rules", "add", "rule a\n  when b is firing\n").code == 0
    called = call("rules", "add", "rule b\n  when BTC price > 1 unless a is firing\n")
    assert called.code == 1
    assert "rules wait for each other: b -> a -> b" in called.err
    assert call("rules", "add", "rule b\n  when BTC price > 1\n").code == 0
    assert "b -> a -> b" in call("rules", "add", "rule b\n  when a is firing\n", "--replace").err
    assert "a asks whether b is firing" in call("rules", "remove", "b").err


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
