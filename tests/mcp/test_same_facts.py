"""Hosts show a model the structured content or the text: each has all the facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alertdsl.store.records import Changes, ErrorChange
from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from tests.alertdsl.store.samples import fire, new_rule
from tests.mcp.serving import client, text_of

pytestmark = pytest.mark.anyio

SAID_OTHERWISE = {
    "ok",
    "line",
    "column",
    "end_column",
    "code",
    "severity",
    "created",
    "deleted",
    "enabled",
    "disabled",
}
"""Said by words of the text, or by the place of a caret."""


def _values(facts: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(facts, dict):
        for key, value in facts.items():
            yield from _values(value, key)
    elif isinstance(facts, list):
        for value in facts:
            yield from _values(value, name)
    elif name not in SAID_OTHERWISE:
        yield from ((name, line.strip()) for line in str(facts).split("\n") if line.strip())


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("check_rule", {"rule": "BTC prise > 70k"}),
    ("check_rule", {"rule": "cpu usage is too high"}),
    ("check_rule", {"rule": "IF (cpu.usage > 90) { alert() }"}),
    ("check_rule", {"rule": "rule a\n  when cpu usage > 90%\n  notify slack"}),
    ("explain_rule", {"rule": "BTC price > 70k for 5m"}),
    ("explain_rule", {"rule": "btc-high"}),
    ("search_metrics", {}),
    ("search_metrics", {"query": "zzz"}),
    ("create_alert_rule", {"rule": "rule b\n  when cpu usage > 90%\n  notify slack"}),
    ("create_alert_rule", {"rule": "rule btc-high\n  when cpu usage > 90%"}),
    ("list_alert_rules", {"limit": 1}),
    ("list_alert_rules", {"search": "nothing"}),
    ("update_alert_rule", {"rule_id": "btc-high", "enabled": False}),
    ("delete_alert_rule", {"rule_id": "btc-high"}),
    ("list_alerts", {"limit": 1}),
    ("list_alerts", {"state": "resolved"}),
    ("get_alert", {"alert_id": "ALERT"}),
    ("acknowledge_alert", {"alert_id": "ALERT", "note": "mine"}),
    ("silence", {"rule_id": "btc-high", "labels": "symbol=B*"}),
    ("health", {}),
    ("nothing", {}),
    ("list_alerts", {"limit": "many"}),
]


@pytest.mark.parametrize(("tool", "arguments"), CALLS)
async def test_the_text_has_all_the_facts(
    app: App, server: AlertServer, mode: str, tool: str, arguments: dict[str, Any]
) -> None:
    rule = app.store.rules.add(new_rule())
    app.store.rules.add(new_rule("other"))
    alert = fire(app.store, rule)
    fire(app.store, rule, {"symbol": "ETH"})
    app.store.evaluation.commit_unbound(
        Changes(errors=[ErrorChange(rule.id, 1, "the field changed its type")])
    )
    given = {name: alert.id if value == "ALERT" else value for name, value in arguments.items()}
    async with client(server, mode) as one:
        result = await one.call_tool(tool, given)
    text = text_of(result)
    assert isinstance(result.structured_content, dict)
    missing = [(name, value) for name, value in _values(result.structured_content) if value not in text]
    assert missing == []
