"""From a person's words to a stored rule: draft, check, explain, and only then store."""

from __future__ import annotations

import pytest

from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from tests.mcp.serving import call, client, refused, text_of

pytestmark = pytest.mark.anyio


async def test_a_wish_becomes_a_rule(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        wish = "Alert me if Bitcoin goes above $70k"
        checked = await call(one, "check_rule", rule=wish)
        assert not checked["ok"]
        draft = checked["suggestion"]
        assert draft == "BTC price > $70k"
        checked = await call(one, "check_rule", rule=draft)
        assert checked["ok"]
        assert checked["canonical"] == "BTC price > $70k"
        explained = await call(one, "explain_rule", rule=draft)
        assert 'price where symbol is "BTC" is above 70,000 USD' in explained["explanation"]
        assert not app.store.rules.list().items, "nothing is stored before it is agreed on"
        stored = await call(one, "create_alert_rule", rule=draft)
        assert stored["did"] == "created"
        assert stored["explanation"] == explained["explanation"]
        again = await call(one, "explain_rule", rule=stored["id"])
        assert (again["id"], again["version"]) == (stored["id"], 1)


@pytest.mark.parametrize(
    ("wish", "word", "unit"),
    [
        ("alert me when the disk usage is almost full", "almost full", "in %"),
        ("cpu usage is too high", "too high", "cpu usage, in %"),
        ("tell me if http latency is slow", "slow", "in ms"),
        ("high processor load", "high", "cpu usage, in %"),
        ("page me when web1 is overloaded", "overloaded", ""),
    ],
)
async def test_a_wish_without_a_number_is_answered_with_a_question(
    server: AlertServer, mode: str, wish: str, word: str, unit: str
) -> None:
    async with client(server, mode) as one:
        for tool in ("check_rule", "create_alert_rule"):
            result = await one.call_tool(tool, {"rule": wish})
            said = result.structured_content
            assert said is not None
            assert word in said["ask"]
            assert unit in said["ask"]
            assert "Ask the person" in said["ask"]
            assert "suggestion" not in said
            assert said["ask"] in text_of(result)


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("BTC prise > 70k", "BTC price > 70k"),
        ("cpu usage >> 90%", "cpu usage > 90%"),
        ("cpu.usage{host='web1'} > 90", 'cpu.usage{host="web1"} > 90'),
        ("rule big disk\n  when disk usage > 90%", "rule big-disk\n  when disk usage > 90%"),
        (
            "rule a\n  if disk usage > 90%\n  severity critical",
            "rule a\n  when disk usage > 90%\n  severity critical",
        ),
        ("create an alert: disk usage more than 90%", "disk usage > 90%"),
        ("latency > 200ms", "http latency > 200ms"),
    ],
)
async def test_a_slip_is_answered_with_the_corrected_text(
    server: AlertServer, mode: str, written: str, better: str
) -> None:
    async with client(server, mode) as one:
        checked = await call(one, "check_rule", rule=written)
        assert not checked["ok"]
        assert checked["suggestion"] == better
        assert (await call(one, "check_rule", rule=better))["ok"]


async def test_a_problem_has_its_place_and_the_way_out(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        result = await one.call_tool("check_rule", {"rule": "cpu usage > 90%\nand BTC prise > 70k"})
    assert result.structured_content is not None
    assert result.structured_content["problems"] == [
        {
            "code": "E201",
            "severity": "error",
            "message": 'unknown metric "prise"',
            "line": 2,
            "column": 9,
            "end_column": 14,
            "excerpt": "and BTC prise > 70k\n        ^^^^^",
            "hint": 'did you mean "price"?',
            "fixes": ["price"],
        }
    ]
    assert "2 | and BTC prise > 70k\n  |         ^^^^^" in text_of(result)


async def test_a_wrong_rule_is_not_stored(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        said, text = await refused(one, "create_alert_rule", rule="BTC prise > 70k")
        assert said["suggestion"] == "BTC price > 70k"
        assert "nothing was stored" in text
        assert "^^^^^" in text
        said, _ = await refused(
            one, "create_alert_rule", rule="rule a\n  when cpu usage > 1%\nrule b\n  when cpu usage > 2%"
        )
        assert "2 rules" in said["error"]
    assert not app.store.rules.list().items


async def test_what_has_no_meaning_is_answered_with_the_language_in_short(
    server: AlertServer, mode: str
) -> None:
    async with client(server, mode) as one:
        checked = await call(one, "check_rule", rule="IF (cpu.usage > 90) { alert() }")
    assert not checked["ok"]
    assert any("metric [entity] > 90" in note for note in checked["notes"])


async def test_an_unknown_notification_target_is_told(server: AlertServer, mode: str) -> None:
    rule = "rule a\n  when cpu usage > 90%\n  notify slack"
    async with client(server, mode) as one:
        checked = await call(one, "check_rule", rule=rule)
        stored = await call(one, "create_alert_rule", rule=rule)
    assert checked["ok"]
    for said in (checked, stored):
        assert any("'slack'" in note and "ops" in note for note in said["notes"])
