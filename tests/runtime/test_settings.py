"""Configuration from `alertdsl.toml` and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertdsl.semantics.catalog_file import TABLES
from alertdsl_runtime.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in os.environ:
        if name.startswith(("INFLUXDB_", "ALERTDSL_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str) -> Path:
    path = Path("alertdsl.toml")
    path.write_text(text)
    return path


def test_nothing_configured_is_the_embedded_default() -> None:
    settings = load_settings()
    assert settings.source_kind == "sql"
    assert settings.source_url == settings.database_url == "sqlite:///alertdsl.db"
    assert settings.path is None


def test_defaults_match_a_fresh_influxdb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUXDB_V2_TOKEN", "monitors_token")
    settings = load_settings()
    assert settings.source_kind == "influxdb"
    assert settings.source_url == "http://localhost:8086"
    assert (settings.source.org, settings.source.bucket) == ("monitors", "monitors")


def test_the_file_in_the_working_folder() -> None:
    write(
        '[source]\nkind = "influxdb"\ntoken = "t"\n[store]\nurl = "mysql://u:p@h/d"\n[engine]\ndelay = "5s"\n'
        'catch_up = 60\nrules = ["rules"]\n[notify]\ndefault = ["chat"]\n[notify.targets]\nchat = "slack://a/b/c"\n'
        '[metrics.price]\nmeasurement = "crypto"\nfield = "close"\n'
    )
    settings = load_settings()
    assert settings.engine.delay == 5 * 10**9
    assert settings.engine.catch_up == 60 * 10**9
    assert settings.engine.rules == (Path("rules"),)
    assert settings.database_url == "mysql://u:p@h/d"
    assert settings.notify.targets["chat"].get_secret_value() == "slack://a/b/c"


@pytest.mark.parametrize("table", TABLES)
def test_the_catalog_may_stand_in_the_same_file(table: str) -> None:
    write(f"[{table}.x]\n[engine]\nslots = 3\n")
    assert load_settings().engine.slots == 3


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[source]\nurl = "http://a:1"\norg = "o"\n[notify.targets]\nchat = "json://a"\n')
    monkeypatch.setenv("INFLUXDB_V2_URL", "http://b:2")
    monkeypatch.setenv("INFLUXDB_V2_TIMEOUT", "2500")
    monkeypatch.setenv("ALERTDSL_DATABASE_URL", "sqlite:///x.db")
    monkeypatch.setenv("ALERTDSL_NOTIFY_ON_CALL", "json://b")
    settings = load_settings()
    assert settings.source_url == "http://b:2"
    assert settings.source.org == "o"
    assert settings.source.timeout_s == 2.5
    assert settings.database_url == "sqlite:///x.db"
    assert set(settings.notify.targets) == {"chat", "on-call"}


def test_a_sql_address_is_a_sql_source() -> None:
    write('[source]\nurl = "mysql://u:p@h/metrics"\n')
    assert load_settings().source_kind == "sql"


def test_no_secret_in_what_is_shown() -> None:
    write(
        '[source]\ntoken = "tok3n"\n[store]\nurl = "mysql://u:passw0rd@h/d"\n[notify.targets]\nc = "json://s3cret"\n'
    )
    shown = repr(load_settings()) + str(load_settings())
    for secret in ("tok3n", "passw0rd", "s3cret"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[source]\ntokn = "s3cret"\n', "alertdsl.toml: [source] has no key 'tokn'; did you mean \"token\"?"),
        ('[engine]\ndelay = "soon"\n', "alertdsl.toml: engine.delay: 'soon' is not a duration"),
        ("[engine]\nslots = 0\n", "engine.slots"),
        ("[sorce]\n", 'did you mean "source"?'),
        ("[notify]\ndefault = ['gone']\n", "notify.default names 'gone'"),
        ("[source\n", "alertdsl.toml: Expected"),
        ('[source]\nkind = "redis"\n', "source.kind: Input should be 'influxdb' or 'sql'"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(text))
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match="cannot read nowhere.toml: No such file"):
        load_settings("nowhere.toml")


def test_a_bad_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUXDB_V2_TIMEOUT", "soon")
    with pytest.raises(SettingsError, match="environment: INFLUXDB_V2_TIMEOUT"):
        load_settings()


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    file = tmp_path / "conf" / "alertdsl.toml"
    file.write_text(
        '[source]\nurl = "sqlite:///series.db"\n[engine]\nrules = ["rules", "/etc/rules"]\n'
        '[notify.targets]\nlog = "file://sent.jsonl"\nfar = "file:///var/sent.jsonl"\nchat = "json://host"\n'
    )
    settings = load_settings(file)
    assert settings.source_url == f"sqlite:///{tmp_path}/conf/series.db"
    assert settings.database_url == f"sqlite:///{tmp_path}/conf/alertdsl.db"
    assert settings.engine.rules == (tmp_path / "conf" / "rules", Path("/etc/rules"))
    assert {name: url.get_secret_value() for name, url in settings.notify.targets.items()} == {
        "log": f"file://{tmp_path}/conf/sent.jsonl",
        "far": "file:///var/sent.jsonl",
        "chat": "json://host",
    }
    file.write_text('[store]\nurl = "mysql://u:p@h/d"\n')
    assert load_settings("conf/alertdsl.toml").database_url == "mysql://u:p@h/d"
