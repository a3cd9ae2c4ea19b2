"""compile, explain, format, lint."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.calling import call

GOOD = "rule btc-high\n  when BTC price > 70k for 5m\n"


def test_compile_prints_flux(folder: Path) -> None:
    called = call("compile", "BTC price > 70k for 5m")
    assert called.code == 0
    assert 'r._measurement == "crypto"' in called.out
    assert called.out.count("yield(") == 4


def test_compile_for_programs_names_each_rule(folder: Path) -> None:
    (folder / "two.alert").write_text(GOOD + "\nrule other\n  when BTC price < 5\n")
    called = call("compile", "two.alert", "--json")
    assert [one["rule"] for one in json.loads(called.out)] == ["btc-high", "other"]
    only = call("compile", "two.alert", "--rule", "other", "--json")
    assert [one["rule"] for one in json.loads(only.out)] == ["other"]
    assert call("compile", "two.alert", "--rule", "nope").code == 2


def test_compile_looks_at_an_instant(folder: Path) -> None:
    called = call("compile", "BTC price > 70k", "--at", "2026-01-31T06:00:30+01:00")
    assert "option at = date.truncate(t: 2026-01-31T05:00:30" in called.out
    for wrong in ("yesterday", "2026-01-31T06:00:30"):
        called = call("compile", "BTC price > 70k", "--at", wrong)
        assert (called.code, "not a time like" in called.err) == (2, True)


def test_compile_takes_the_bucket_of_the_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFLUXDB_V2_BUCKET", raising=False)
    assert 'from(bucket: "monitors")' in call("compile", "BTC price > 70k").out
    with (folder / "alertdsl.toml").open("a") as catalog:
        catalog.write('[source]\nbucket = "prices"\n')
    assert 'from(bucket: "prices")' in call("compile", "BTC price > 70k").out
    monkeypatch.setenv("INFLUXDB_V2_BUCKET", "live")
    assert 'from(bucket: "live")' in call("compile", "BTC price > 70k").out
    assert 'from(bucket: "other")' in call("compile", "BTC price > 70k", "--bucket", "other").out


def test_explain_says_how_for_is_bound(folder: Path) -> None:
    called = call("explain", "BTC price > 70k and BTC price < 90k for 5m")
    assert called.code == 0
    assert "for 5 minutes without a break" in called.out


def test_a_typo_gets_its_place_and_a_way_out(folder: Path) -> None:
    called = call("explain", "BTC prise > 70k")
    assert called.code == 1
    assert called.out == ""
    assert 'unknown metric "prise"' in called.err
    assert 'did you mean "price"?' in called.err


def test_format_rewrites_checks_and_shows(folder: Path) -> None:
    rules = folder / "a.alert"
    rules.write_text("rule a\n when Bitcoin price goes above $70k for five minutes\n")
    assert call("format", "--check", "a.alert").code == 1
    shown = call("format", "--diff", "a.alert")
    assert "+  when Bitcoin price > $70k for 5m" in shown.out
    assert call("format", "a.alert").code == 0
    assert rules.read_text() == "rule a\n  when Bitcoin price > $70k for 5m\n"
    assert call("format", "--check", ".").code == 0


def test_format_reads_standard_input(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alertdsl", "format"], input="price is above 5", capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "price > 5\n")


def test_format_tells_the_file_with_a_mistake_and_goes_on(folder: Path) -> None:
    (folder / "a.alert").write_text("rule a\n  when price >\n")
    (folder / "b.alert").write_text("rule b\n when price is above 5\n")
    called = call("format", "a.alert", "b.alert")
    assert called.code == 1
    assert "a.alert:2" in called.err
    assert (folder / "b.alert").read_text() == "rule b\n  when price > 5\n"


@pytest.mark.parametrize("command", ["explain", "compile", "lint", "format"])
def test_rules_come_from_standard_input(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    typed(b"BTC price > 70k")
    assert call(command, "-").code == 0
    typed(b"BTC price > \xff")
    called = call(command, "-")
    assert called.code == 1
    assert "standard input is not UTF-8 text: byte 0xff at offset 12" in called.out + called.err


def test_the_catalog_is_the_nearest_to_each_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for team, metric in (("a", "heat"), ("b", "cold")):
        (folder / team / "rules").mkdir(parents=True)
        (folder / team / "alertdsl.toml").write_text(
            f'[metrics."{metric}"]\nmeasurement = "m"\nfield = "f"\n'
        )
        (folder / team / "rules" / "x.alert").write_text(f"rule {team}\n  when {metric} > 5\n")
    assert call("lint", ".").code == 0
    assert call("lint", "a", "b/rules/x.alert", "BTC price > 5").code == 0
    assert call("lint", "--catalog", "a/alertdsl.toml", "b").code == 1
    monkeypatch.chdir(folder / "a" / "rules")
    assert call("explain", "heat > 5").code == 0
    (folder / "a" / "rules" / ".git").mkdir()
    called = call("explain", "heat > 5")
    assert (called.code, "no catalog" in called.err) == (1, True)


def test_lint_goes_through_folders_and_tells_all_errors(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "good.alert").write_text(GOOD)
    (folder / "rules" / "bad.alert").write_text(
        "rule a\n  when BTC prise > 5\n\nrule b\n  when BTC price >\n"
    )
    called = call("lint", "rules", "--format", "json")
    assert called.code == 1
    found = json.loads(called.out)
    errors = [d for d in found if d["severity"] == "error"]
    assert [(Path(d["file"]).name, d["line"]) for d in errors] == [("bad.alert", 2), ("bad.alert", 5)]


def test_lint_in_the_form_of_github(folder: Path) -> None:
    (folder / "bad.alert").write_text("rule a\n  when BTC prise > 5\n")
    called = call("lint", "bad.alert", "--format", "github")
    assert called.out.startswith("::error file=bad.alert,line=2,endLine=2,col=12,endColumn=17,")


def test_the_same_name_in_two_files_is_told(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.alert").write_text(GOOD)
    called = call("lint", ".")
    assert called.code == 1
    assert "btc-high" in called.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no rules"),
        (b"rule a\n  when BTC price > \xff5\n", "UTF-8"),
        (b"rule a\n  when " + b"(" * 10_000 + b"BTC price" + b")" * 10_000 + b" > 5\n", "nest"),
        (b"rule a\n  when BTC price > 5 for 0m\n", "longer than zero"),
        (GOOD.encode() * 2, "btc-high"),
    ],
)
def test_bad_files_are_told_without_a_traceback(folder: Path, content: bytes, said: str) -> None:
    (folder / "bad.alert").write_bytes(content)
    called = call("lint", "bad.alert")
    assert called.code == 1
    assert said in called.out
    assert "Traceback" not in called.out + called.err


def test_a_megabyte_is_linted(folder: Path) -> None:
    rule = 'rule r{0} "{1}"\n  when BTC price > {0} for 5m\n  notify ops\n  message "{1}"\n\n'
    rules = "".join(rule.format(i, "a long title " * 12) for i in range(2_700))
    assert len(rules) > 1_000_000
    (folder / "many.alert").write_text(rules)
    assert call("lint", "many.alert").code == 0


def test_files_that_are_not_there(folder: Path) -> None:
    called = call("lint", "nowhere.alert")
    assert (called.code, called.out) == (2, "")
    assert "nowhere.alert: no such file" in called.err
    for command in ("explain", "compile", "format"):
        assert call(command, "nowhere.alert").code == 2
        assert call(command, str(folder / "nowhere" / "x.alert")).code == 2
    assert "folder" in call("explain", ".").err
    assert call("lint", "--format", "json", str(folder)).code == 2


def test_a_catalog_with_a_mistake_is_told(folder: Path) -> None:
    (folder / "alertdsl.toml").write_text("[metrics.price]\nmeasurment = 'x'\nfield = 'y'\n")
    called = call("lint", "BTC price > 5")
    assert called.code == 1
    assert "measurment" in called.err


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from alertdsl.cli.app import cli; from alertdsl.cli.exits import code_of; code_of(cli, ['--help']);"
        "print(sorted({'lark', 'pydantic', 'sqlalchemy', 'numpy', 'alertdsl_runtime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_light_commands_need_no_engine(folder: Path) -> None:
    code = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'alertdsl_runtime', 'numpy', 'apprise', 'jinja2', 'influxdb_client'}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "from alertdsl.cli.app import cli; from alertdsl.cli.exits import run; run(cli)\n"
    )
    for arguments in (
        ["lint", "BTC price > 5"],
        ["explain", "BTC price > 5"],
        ["compile", "BTC price > 5"],
        ["rules", "list"],
    ):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_an_unknown_command() -> None:
    called = call("lnit", "x")
    assert called.code == 2
    assert "lnit" in called.err
