"""``alertdsl catalog pull`` on what Telegraf has written: the packs' names, and the fields that are left by their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import alertdsl
from alertdsl.diagnostics import AlertDslError
from alertdsl.packs import all_packs
from alertdsl.packs.merging import add_packs
from alertdsl.semantics.catalog import load_catalog, parse_catalog
from tests.cli.calling import call
from tests.runtime.packs.machines import CPU
from tests.runtime.packs.test_stories import STORIES

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

OTHERS = [
    "crypto,symbol=BTC close=70000 1760000000000000000",
    "cpu,cpu=cpu-total,host=web1 usage_nice=1 1760000000000000000",
    "system,host=web1 processes=5i 1760000000000000000",
    "load,host=web1 average=5 1760000000000000000",  # `load average` is a pack's: another name for this one
]


@pytest.fixture
def folder(influx: InfluxDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose configuration is a bucket with everything that the stories write."""
    bucket = influx.new_bucket()
    written = [line for story in STORIES.values() for line in story.lines()]
    influx.write_lp([*written, *OTHERS], bucket=bucket)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, value in (
        ("URL", influx.url),
        ("ORG", influx.org),
        ("TOKEN", influx.token),
        ("BUCKET", bucket),
    ):
        monkeypatch.setenv(f"INFLUXDB_V2_{name}", value)
    return tmp_path


def test_pulled_names_are_the_packs(folder: Path) -> None:
    pulled = call("catalog", "pull", "-o", "alertdsl.toml")
    assert pulled.code == 0, pulled.err
    assert "names and units of telegraf-cpu, telegraf-disk, " in pulled.err
    catalog = load_catalog("alertdsl.toml")
    for story in STORIES.values():
        for text in story.alerts:
            # Tags are known now, so a rule is checked further than with packs alone; none of these has a mistake.
            assert alertdsl.check(text, catalog) == [], text
    assert catalog.by_name["crypto close"].field == "close"
    assert catalog.by_name["cpu usage nice"].labels == ("cpu", "host")
    assert catalog.by_name["load.average"].field == "average"
    hosts = next(tag for tag in catalog.tags if tag.name == "host")
    assert "web1" in hosts.values
    assert "machines" in hosts.aliases
    (problem,) = alertdsl.check('cpu usage{hots="web1"} > 90%', catalog)
    assert problem.code == "E205"


def test_packs_add_to_what_was_pulled(folder: Path) -> None:
    """To the pulled catalog with the packs' names nothing is lacking; to a plain one it can be added."""
    call("catalog", "pull", "-o", "alertdsl.toml")
    text = Path("alertdsl.toml").read_text()
    added = call("catalog", "add", "cpu", "disk", "ping", "redis")
    assert added.code == 0
    assert Path("alertdsl.toml").read_text().startswith(text[: text.index("[tags.")])
    assert call("catalog", "check").code == 0
    plain = call("catalog", "pull", "--plain", "-o", "plain.toml")
    assert "names and units" not in plain.err
    assert "cpu usage idle" in load_catalog("plain.toml").by_name
    text = Path("plain.toml").read_text()
    with pytest.raises(AlertDslError) as caught:
        add_packs(text, all_packs())
    # `mysql connections` is plainly the field of that name, a counter of attempts, and not who is connected.
    assert [d.message.split('"')[1] for d in caught.value.diagnostics] == [
        "load average",
        "mysql connections",
    ]
    done = add_packs(text, all_packs(), without=["load average", "mysql connections"])
    catalog = parse_catalog(done.text)
    for rule in CPU.alerts:
        assert alertdsl.resolve(rule, catalog)
    # What the plain catalog calls as the pack does stays as it is there, without unit and aliases; that is told.
    assert (
        '"disk free" is there and stays as it is; telegraf-disk differs in unit, kind, type, series_key, aliases'
        in done.kept
    )


def test_an_output_that_is_there_is_not_overwritten(folder: Path) -> None:
    Path("alertdsl.toml").write_text("# mine\n")
    refused = call("catalog", "pull", "-o", "alertdsl.toml")
    assert (refused.code, "catalog add" in refused.err) == (1, True)
    assert Path("alertdsl.toml").read_text() == "# mine\n"
