"""alertdsl catalog add, packs, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alertdsl.packs import pack_names
from tests.cli.calling import CATALOG, call


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a catalog, in which and above which none is found."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_day(empty: Path) -> None:
    assert "no catalog" in call("lint", "cpu usage > 90%").out
    added = call("catalog", "add", "telegraf-cpu", "disk")
    assert added.code == 0
    assert added.out.startswith("alertdsl.toml: telegraf-cpu: cpu usage, core usage, ")
    assert "alertdsl.toml: telegraf-disk: disk usage, " in added.out
    assert call("lint", "cpu usage > 90% for 5m and disk full > 90%") == type(added)(0, "", "")
    before = (empty / "alertdsl.toml").read_bytes()
    again = call("catalog", "add", "telegraf-cpu", "disk")
    assert (again.code, again.out, again.err) == (0, "alertdsl.toml: nothing to add\n", "")
    assert (empty / "alertdsl.toml").read_bytes() == before
    assert list(empty.glob(".*.new")) == []


def test_added_to_the_catalog_that_lint_would_take(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "rules").mkdir()
    monkeypatch.chdir(folder / "rules")
    (folder / ".git").mkdir()
    assert call("catalog", "add", "mem").code == 0
    text = (folder / "alertdsl.toml").read_text()
    assert text.startswith(CATALOG)
    assert call("lint", "ram > 90%").code == 0


def test_line_ends_and_mark_of_the_file_stay(empty: Path) -> None:
    file = empty / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf# mine\r\n[metrics.a]\r\nfield = 'a.b'\r\n")
    assert call("catalog", "add", "mem", "--catalog", "mine.toml").code == 0
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf# mine\r\n[metrics.a]\r\nfield = 'a.b'\r\n\r\n# telegraf-mem: ")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert call("lint", "memory usage > 90%", "--catalog", "mine.toml").code == 0


def test_dry_run_writes_nothing(empty: Path) -> None:
    shown = call("catalog", "add", "mem", "--dry-run", "--bucket", "metal")
    assert '[metrics."memory usage"]\nbucket = "metal"\nexpression = ' in shown.out
    assert "telegraf-mem: memory usage, " in shown.err
    assert not (empty / "alertdsl.toml").exists()


def test_a_clash_is_refused_and_nothing_written(empty: Path) -> None:
    mine = '[metrics."memory"]\nfield = "jvm.heap"\n'
    (empty / "alertdsl.toml").write_text(mine)
    refused = call("catalog", "add", "cpu", "mem")
    assert refused.code == 1
    assert (
        'error[E305]: "memory" of telegraf-mem means 100 - mem.available_percent, here it means jvm.heap'
        in refused.err
    )
    assert "--> alertdsl.toml:1:1" in refused.err
    assert (empty / "alertdsl.toml").read_text() == mine
    assert call("catalog", "add", "cpu", "mem", "--without", "memory").code == 0
    assert call("lint", "memory > 5 and memory usage > 90%").code == 0


def test_what_is_no_pack_or_no_catalog(empty: Path) -> None:
    unknown = call("catalog", "add", "telegraf-cpus")
    assert (unknown.code, 'did you mean "telegraf-cpu"?' in unknown.err) == (2, True)
    (empty / "alertdsl.toml").write_bytes(b"\xff")
    assert call("catalog", "add", "cpu").code == 1
    (empty / "alertdsl.toml").write_text("[metrics")
    broken = call("catalog", "add", "cpu")
    assert (broken.code, "error[E302]" in broken.err) == (1, True)
    assert call("catalog", "add", "cpu", "--catalog", "no/such/folder/a.toml").code == 2


def test_the_list_of_packs() -> None:
    listed = call("catalog", "packs")
    assert listed.code == 0
    for name in pack_names():
        assert f"{name}: " in listed.out
    assert max(map(len, listed.out.splitlines())) <= 100
    one = call("catalog", "packs", "x509_cert")
    assert "certificate expiry, cert expiry" in one.out
    assert "not a date" in one.out
    facts = json.loads(call("catalog", "packs", "swap", "--json").out)
    assert [f["name"] for f in facts] == ["telegraf-swap"]
    assert facts[0]["metrics"][0]["aliases"] == ["swap", "swap used percent"]


def test_check(empty: Path) -> None:
    assert call("catalog", "check").code == 2
    call("catalog", "add", "cpu")
    assert call("catalog", "check") == type(call("catalog", "check"))(0, "", "")
    file = empty / "alertdsl.toml"
    file.write_text(file.read_text().replace('kind = "gauge"\naliases = ["idle cpu"]', 'kind = "counter"'))
    told = call("catalog", "check")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        'alertdsl.toml: "cpu idle" differs from telegraf-cpu in kind: counter, there gauge',
        'alertdsl.toml: "cpu idle" lacks telegraf-cpu\'s aliases idle cpu',
    ]
    file.write_text(file.read_text() + '\n[metrics."x"]\nfield = "x.y"\naliases = ["cpu usage"]\n')
    twice = call("catalog", "check")
    assert (twice.code, twice.err) == (1, 'alertdsl.toml: "cpu usage" may be cpu usage or x\n')
