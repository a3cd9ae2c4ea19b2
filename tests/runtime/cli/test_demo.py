"""The demo, as a newcomer runs it, and the alert that it leaves behind."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from tests.cli.calling import call

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as environment:
        # What the environment says of other databases is not for the demo.
        environment.setenv("INFLUXDB_V2_URL", "http://127.0.0.1:1")
        environment.setenv("ALERTDSL_DATABASE_URL", "mysql://nobody@127.0.0.1:1/x")
        environment.setenv("PATH", "/usr/bin:/bin")  # a clone whose environment is not active
        begun = time.monotonic()
        called = call("demo", "--dir", str(folder))
    assert called.code == 0, called.out + called.err
    assert time.monotonic() - begun < 60
    return folder, called.out


def test_it_tells_the_story_in_order(played: tuple[Path, str]) -> None:
    _, out = played
    steps = [line[:2] for line in out.splitlines() if line[:1].isdigit() and line[1:2] == "."]
    assert steps == ["1.", "2.", "3.", "4.", "5.", "6.", "7."]
    assert out.index("[FIRING critical]") < out.index("[RESOLVED]")


def test_the_file_got_one_firing_and_one_resolved(played: tuple[Path, str]) -> None:
    folder, _ = played
    sent = [json.loads(line) for line in (folder / "notifications.jsonl").read_text().splitlines()]
    assert [one["kind"] for one in sent] == ["firing", "resolved"]
    assert "BTC at $70," in sent[0]["body"]


def test_it_wants_a_folder_of_its_own(played: tuple[Path, str]) -> None:
    folder, _ = played
    called = call("demo", "--dir", str(folder))
    assert (called.code, "is not empty" in called.err) == (2, True)


def test_what_it_says_to_try_next_works(played: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, out = played
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ALERTDSL_DATABASE_URL", raising=False)
    (path,) = re.findall(r"^   PATH=(.*):\$PATH$", out, re.MULTILINE)
    assert (Path(path) / "alertdsl").is_file()
    assert "alertdsl alerts list --all" in out
    assert "resolved" in call("alerts", "list", "--all").out
    assert 'alertdsl lint "BTC prise > 70k"' in out
    assert 'did you mean "price"?' in call("lint", "BTC prise > 70k").out


def test_the_alert_can_be_looked_at(played: tuple[Path, str]) -> None:
    folder, _ = played
    database = ("--database", f"sqlite:///{folder}/alertdsl.db")
    (alert,) = json.loads(call("alerts", "list", "--all", "--json", *database).out)["alerts"]
    assert (alert["state"], alert["severity"], alert["labels"]) == ("resolved", "critical", {"symbol": "BTC"})
    shown = json.loads(call("alerts", "show", alert["id"], "--json", *database).out)
    assert [t["to_state"] for t in shown["transitions"]] == ["pending", "firing", "resolved"]
    assert sorted((n["kind"], n["target"]) for n in shown["notifications"]) == [
        ("firing", "file"),
        ("firing", "screen"),
        ("resolved", "file"),
        ("resolved", "screen"),
    ]
    text = call("alerts", "show", alert["id"], *database).out
    assert "pending -> firing" in text
    assert "resolved to file: sent" in text


def test_only_an_open_alert_is_acknowledged(played: tuple[Path, str]) -> None:
    folder, _ = played
    database = ("--database", f"sqlite:///{folder}/alertdsl.db")
    (alert,) = json.loads(call("alerts", "list", "--all", "--json", *database).out)["alerts"]
    called = call("alerts", "ack", alert["id"], "--by", "ana", *database)
    assert called.code == 1
    assert "Traceback" not in called.err
