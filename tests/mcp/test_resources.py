"""Resources, prompts and completion."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import PromptReference, ResourceTemplateReference

from alertdsl import check
from alertdsl.reference import chapters
from alertdsl.semantics.catalog import parse_catalog
from alertdsl_mcp.app import App
from alertdsl_mcp.cheatsheet import cheat_sheet
from alertdsl_mcp.examine import CRIB
from alertdsl_mcp.server import AlertServer
from tests.alertdsl.store.samples import fire, new_rule
from tests.mcp.serving import call, client
from tests.mcp.tokens import tokens

pytestmark = pytest.mark.anyio


async def _read(one: Client, uri: str) -> Any:
    (content,) = (await one.read_resource(uri)).contents
    text = getattr(content, "text", "")
    return json.loads(text) if content.mime_type == "application/json" else text


async def test_resources_are_listed_and_read(app: App, server: AlertServer, mode: str) -> None:
    rule = app.store.rules.add(new_rule())
    alert = fire(app.store, rule)
    async with client(server, mode) as one:
        listed = [str(r.uri) for r in (await one.list_resources()).resources]
        assert listed == [
            "alertdsl://language",
            "alertdsl://catalog",
            "alertdsl://alerts",
            "alertdsl://health",
            f"alertdsl://rules/{rule.id}",
        ]
        templates = [t.uri_template for t in (await one.list_resource_templates()).resource_templates]
        assert templates == ["alertdsl://rules/{rule_id}", "alertdsl://alerts/{alert_id}"]
        assert "rule btc-high" in await _read(one, "alertdsl://language")
        assert "cpu usage" in {m["name"] for m in (await _read(one, "alertdsl://catalog"))["metrics"]}
        assert [a["id"] for a in (await _read(one, "alertdsl://alerts"))["alerts"]] == [alert.id]
        assert (await _read(one, "alertdsl://health"))["parts"]["database"] == "pass"
        told = await _read(one, f"alertdsl://rules/{rule.id}")
        assert (told["text"], told["version"]) == (rule.text, 1)
        assert (await _read(one, f"alertdsl://alerts/{alert.id}"))["rule_id"] == rule.id


async def test_rules_are_listed_in_pages(app: App, server: AlertServer, mode: str) -> None:
    for n in range(60):
        app.store.rules.add(new_rule(f"r{n}"))
    async with client(server, mode) as one:
        first = await one.list_resources()
        rest = await one.list_resources(cursor=first.next_cursor)
        with pytest.raises(MCPError):
            await one.list_resources(cursor="nonsense")
    assert len(first.resources) == 4 + 50
    assert len(rest.resources) == 10
    assert rest.next_cursor is None


@pytest.mark.parametrize(
    "uri",
    ["alertdsl://rules/nothere", "alertdsl://alerts/' OR 1=1", "alertdsl://nothing", "file:///etc/passwd"],
)
async def test_what_is_not_there_is_not_found(server: AlertServer, mode: str, uri: str) -> None:
    async with client(server, mode) as one:
        with pytest.raises(MCPError) as raised:
            await one.read_resource(uri)
    assert raised.value.code in {-32602, -32002}


async def test_names_are_completed(app: App, server: AlertServer, mode: str) -> None:
    rule = app.store.rules.add(new_rule("disk-full"))
    app.store.rules.add(new_rule("btc"))
    alert = fire(app.store, rule)
    async with client(server, mode) as one:
        rules = ResourceTemplateReference(type="ref/resource", uri="alertdsl://rules/{rule_id}")
        found = await one.complete(ref=rules, argument={"name": "rule_id", "value": "Disk"})
        assert found.completion.values == [rule.id]
        alerts = PromptReference(type="ref/prompt", name="why_did_this_fire")
        found = await one.complete(ref=alerts, argument={"name": "alert_id", "value": alert.id[:3]})
        assert found.completion.values == [alert.id]
        found = await one.complete(ref=alerts, argument={"name": "nothing", "value": ""})
        assert found.completion.values == []


async def test_prompts_tell_how(app: App, server: AlertServer, mode: str) -> None:
    rule = app.store.rules.add(new_rule())
    alert = fire(app.store, rule)
    async with client(server, mode) as one:
        listed = {p.name: p for p in (await one.list_prompts()).prompts}
        assert set(listed) == {"write_an_alert", "why_did_this_fire", "tune_a_noisy_rule"}
        assert all(p.title and p.description for p in listed.values())
        for name, arguments, words in (
            (
                "write_an_alert",
                {"wish": "tell me when web1 is busy"},
                ["tell me when web1 is busy", "check_rule", "[data]"],
            ),
            ("why_did_this_fire", {"alert_id": alert.id}, ["btc-high", "71000.5", "symbol=BTC"]),
            ("tune_a_noisy_rule", {"rule_id": "btc-high"}, ["expected_version=1", "preview_rule"]),
        ):
            (message,) = (await one.get_prompt(name, arguments)).messages
            text = getattr(message.content, "text", "")
            assert all(word in text for word in words)
        for name, wrong in (
            ("write_an_alert", {}),
            ("write_an_alert", {"wish": "x" * 5000}),
            ("why_did_this_fire", {"alert_id": "nothere"}),
            ("tune_a_noisy_rule", {"rule_id": ""}),
            ("tune_a_noisy_rule", {"rule": "x"}),
            ("no_prompt", {}),
        ):
            with pytest.raises(MCPError) as raised:
                await one.get_prompt(name, wrong)
            assert raised.value.code == -32602


async def test_metrics_are_found_by_a_persons_words(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        for words, best in (
            ("how busy is the processor", "cpu usage"),
            ("latency", "http latency"),
            ("diskusage", "disk usage"),
            ("Bitcoin", "price"),
        ):
            found = await call(one, "search_metrics", query=words, limit=1)
            assert found["metrics"][0]["name"] == best
        everything = await call(one, "search_metrics")
        assert everything["total"] == 4
        assert 'BTC (Bitcoin): symbol="BTC"' in everything["entities"]
        assert "4 metrics" in (await call(one, "search_metrics", query="zzz"))["hint"]


async def test_without_a_catalog_the_way_out_is_told(tmp_path: object, mode: str) -> None:
    from pathlib import Path

    from alertdsl_mcp.settings import Settings
    from tests.mcp.serving import server_of

    app = App(Settings(f"sqlite:///{Path(str(tmp_path)) / 'a.db'}"))
    async with client(server_of(app), mode) as one:
        assert "measurement.field" in (await call(one, "search_metrics", query="cpu"))["hint"]
        checked = await call(one, "check_rule", rule="cpu usage > 90%")
        assert any("measurement.field" in note for note in checked["notes"])
        assert (await call(one, "check_rule", rule='cpu.usage{host="web1"} > 90'))["ok"]
    app.close()


SHEET = """
[metrics.price]
field = "m.price"
unit = "USD"
[metrics."cpu usage"]
field = "m.cpu"
unit = "%"
[metrics."disk usage"]
field = "m.disk"
unit = "%"
[metrics."disk free"]
field = "m.free"
unit = "GB"
[metrics."bytes sent"]
field = "m.sent"
unit = "B"
kind = "counter"
[metrics.power]
field = "m.power"
unit = "W"
[metrics."service status"]
field = "m.status"
type = "string"
[metrics."build info"]
field = "m.build"
[metrics."last backup"]
field = "m.backup"
kind = "timestamp"
[metrics."certificate expiry"]
field = "m.expiry"
kind = "timestamp"
[entities.BTC]
tags = { symbol = "BTC" }
aliases = ["Bitcoin"]
[tags.host]
aliases = ["hosts"]
values = ["web1", "db1"]
"""
PLAIN = "load,maintenance,login failures,errors,requests,service restarts,orders,temperature,tank temperature,tank setpoint"


def test_every_example_of_the_cheat_sheet_is_correct() -> None:
    plain = "".join(
        f'[metrics."{name}"]\nfield = "m.{name.replace(" ", "_")}"\n' for name in PLAIN.split(",")
    )
    catalog = parse_catalog(SHEET + plain)
    blocks = cheat_sheet().split("```\n")
    conditions = [line.partition("#")[0].strip() for line in blocks[1].splitlines()]
    assert len(conditions) > 30
    for text in [*conditions, blocks[3], blocks[5]]:
        assert [str(d.message) for d in check(text, catalog) if d.severity == "error"] == [], text
    assert "avg|sum" in CRIB


def test_the_cheat_sheet_has_every_clause_and_stays_short() -> None:
    (clauses,) = (one for one in chapters() if one.name == "clauses")
    words = [re.match(r"[a-z ]+", one.syntax.partition(" keep")[0]) for one in clauses.constructs]
    said = cheat_sheet()
    missing = [one[0].strip() for one in words if one and one[0].strip() not in said]
    assert missing == ["expect"], "what must exist is for the catalog to say"
    assert tokens(said) < 1400
