"""backtest, ingest, catalog pull, test-connections."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.calling import call

CSV = "time,close,symbol\n" + "".join(
    f"2026-01-01T00:{minute:02}:00Z,{71_000 if 10 <= minute < 30 else 69_000},BTC\n" for minute in range(60)
)


def _data(folder: Path) -> Path:
    path = folder / "crypto.csv"
    path.write_text(CSV)
    return path


def test_episodes_as_json(folder: Path) -> None:
    _data(folder)
    called = call("backtest", "BTC price > 70k for 5m", "--data", "crypto.csv", "--format", "json")
    assert called.code == 0, called.err
    (episode,) = json.loads(called.out)["episodes"]
    assert episode["labels"] == {"symbol": "BTC"}
    assert (episode["fired_at"], episode["resolved_at"]) == ("2026-01-01T00:15:00Z", "2026-01-01T00:31:00Z")


def test_episodes_as_text_and_a_range(folder: Path) -> None:
    _data(folder)
    called = call(
        "backtest", "BTC price > 70k for 5m", "--data", "crypto.csv", "--end", "2026-01-01T00:20:00Z"
    )
    assert "still firing" in called.out
    assert "1 episode at 20 instants" in called.out
    quiet = call("backtest", "BTC price > 80k", "--data", "crypto.csv")
    assert "never fired" in quiet.out


def test_the_measurement_may_be_given(folder: Path) -> None:
    _data(folder).rename(folder / "export.csv")
    called = call("backtest", "BTC price > 70k", "--data", "export.csv")
    assert (called.code, called.out) == (1, "")
    assert "reads crypto.close, export.csv has export.close" in called.err
    assert "--measurement crypto" in called.err
    assert call("backtest", "BTC price > 70k", "--data", "export.csv", "--measurement", "crypto").code == 0


def test_tags_may_be_given(folder: Path) -> None:
    (folder / "crypto.csv").write_text("time,close\n2026-01-01T00:00:00Z,71000\n")
    called = call(
        "backtest", "BTC price > 70k", "--data", "crypto.csv", "--tag", "symbol=BTC", "--format", "json"
    )
    assert len(json.loads(called.out)["episodes"]) == 1
    assert call("backtest", "BTC price > 70k", "--data", "crypto.csv", "--tag", "BTC").code == 2


def test_a_tag_that_no_row_has_is_told(folder: Path) -> None:
    (folder / "crypto.csv").write_text("time,close\n2026-01-01T00:00:00Z,71000\n")
    called = call("backtest", "BTC price > 70k", "--data", "crypto.csv")
    assert (called.code, "add --tag symbol=BTC" in called.err) == (0, True)
    _data(folder).write_text(CSV.replace("BTC", "ETH"))
    assert "in crypto.csv it is ETH" in call("backtest", "BTC price > 70k", "--data", "crypto.csv").err


def test_a_rule_on_what_the_file_lacks_does_not_stop_the_others(folder: Path) -> None:
    _data(folder)
    (folder / "a.alert").write_text(
        "rule lacking\n  when disk.used > 5\n\nrule good\n  when BTC price > 70k for 5m\n"
    )
    called = call("backtest", "a.alert", "--data", "crypto.csv", "--format", "json")
    assert called.code == 1
    assert "rule lacking reads disk.used, crypto.csv has crypto.close" in called.err
    assert [e["rule"] for e in json.loads(called.out)["episodes"]] == ["good"]


def test_the_keys_of_an_episode(folder: Path) -> None:
    _data(folder)
    called = call("backtest", "BTC price > 70k", "--data", "crypto.csv", "--format", "json")
    (episode,) = json.loads(called.out)["episodes"]
    assert episode == {
        "rule": "BTC price > 70k",
        "labels": {"symbol": "BTC"},
        "severity": "warning",
        "fired_at": "2026-01-01T00:11:00Z",
        "resolved_at": "2026-01-01T00:31:00Z",
        "since": "2026-01-01T00:10:00Z",
        "value": 71_000.0,
        "reason": "",
        "state": "firing",
    }


def test_one_bad_rule_does_not_stop_the_others(folder: Path) -> None:
    _data(folder)
    (folder / "a.alert").write_text(
        "rule bad\n  when BTC prise > 5\n\nrule good\n  when BTC price > 70k for 5m\n"
    )
    called = call("backtest", "a.alert", "--data", "crypto.csv", "--format", "json")
    assert called.code == 1
    assert "did you mean" in called.err
    assert [e["rule"] for e in json.loads(called.out)["episodes"]] == ["good"]


def test_bad_data_is_told_with_its_place(folder: Path) -> None:
    (folder / "crypto.csv").write_text("time,close\nyesterday,71000\n")
    called = call("backtest", "BTC price > 70k", "--data", "crypto.csv")
    assert called.code == 1
    assert "crypto.csv:2" in called.err
    missing = call("backtest", "BTC price > 70k", "--data", "nowhere.csv")
    assert (missing.code, "nowhere.csv" in missing.err) == (2, True)


def test_ingest_pull_and_test_connections(folder: Path) -> None:
    _data(folder)
    assert call("ingest", "crypto.csv").out == "crypto.csv: 60 points\n"
    pulled = call("catalog", "pull")
    assert 'measurement = "crypto"' in pulled.out
    assert 'symbol = ["BTC"]' in pulled.out or '"BTC"' in pulled.out
    tested = call("test-connections", "--json")
    assert (tested.code, [one["ok"] for one in json.loads(tested.out)]) == (0, [True, True, True])


def test_connections_that_fail_say_why(folder: Path) -> None:
    (folder / "alertdsl.toml").write_text(
        '[source]\nurl = "http://127.0.0.1:1"\ntoken = "s3cret"\n[notify.targets]\nops = "nosuch://x"\n'
    )
    called = call("test-connections")
    assert called.code == 3
    assert called.out.count("FAIL") == 2
    assert "s3cret" not in called.out


def test_a_configuration_with_a_mistake_is_told(folder: Path) -> None:
    (folder / "alertdsl.toml").write_text("[engine]\ndelai = '1s'\n")
    called = call("run")
    assert called.code == 1
    assert 'did you mean "delay"' in called.err
    assert call("run", "nowhere.alert").code == 2


def test_explain_tells_how_the_series_of_a_file_stand(folder: Path) -> None:
    _data(folder)
    rule = "BTC price > 70k for 5m"
    after = call("explain", rule, "--data", "crypto.csv")
    assert "At 2026-01-01T01:00:00Z in crypto.csv\n  symbol=BTC: does not fire\n" in after.out
    assert "price is 69,000 USD, 1,000 USD below 70,000 USD" in after.out
    then = call("explain", rule, "--data", "crypto.csv", "--at", "2026-01-01T00:12:00Z", "--json")
    (told,) = json.loads(then.out)
    (series,) = told["now"]["series"]
    assert (series["state"], series["since"]) == ("pending", "2026-01-01T00:10:00Z")
    assert series["parts"][0]["distance"] == -1000.0


def test_explain_tells_how_the_series_of_the_configured_source_stand(folder: Path) -> None:
    _data(folder)
    assert call("ingest", "crypto.csv").code == 0
    told = call("explain", "BTC price > 70k", "--now", "--at", "2026-01-01T00:12:00Z")
    assert "symbol=BTC: fires, since 2026-01-01T00:10:00Z" in told.out, told.err
    nothing = call("explain", "BTC price > 70k", "--now")  # those minutes are long past, and forgotten
    assert "no series: as it stands it cannot fire" in nothing.out


def test_explain_says_what_goes_together(folder: Path) -> None:
    _data(folder)
    assert "choose one" in call("explain", "BTC price > 70k", "--now", "--data", "crypto.csv").err
    assert "--at needs" in call("explain", "BTC price > 70k", "--at", "2026-01-01T00:12:00Z").err
    assert "not TAG=VALUE" in call("explain", "BTC price > 70k", "--data", "crypto.csv", "--tag", "x").err


def test_an_end_before_the_start_is_wrong_usage(folder: Path) -> None:
    _data(folder)
    called = call(
        *("backtest", "BTC price > 70k", "--data", "crypto.csv"),
        *("--start", "2026-01-01T00:20:00Z", "--end", "2026-01-01T00:10:00Z"),
    )
    assert called.code == 2
    assert "is not after --start 2026-01-01T00:20:00Z" in called.err


def test_a_word_in_a_column_of_numbers_is_told(folder: Path) -> None:
    (folder / "crypto.csv").write_text(
        "time,close,volume\n2026-01-01T00:00:00Z,5,1\n2026-01-01T00:01:00Z,n/a,2\n"
    )
    called = call("backtest", "crypto.close > 3", "--data", "crypto.csv")
    assert called.code == 1
    assert "close is a tag there: a cell of that column is no number" in called.err
