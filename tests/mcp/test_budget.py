"""What the server costs a model's context."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from alertdsl_mcp.app import App
from alertdsl_mcp.cheatsheet import cheat_sheet
from alertdsl_mcp.server import INSTRUCTIONS, AlertServer
from tests.mcp.serving import call, client, compact, text_of
from tests.mcp.tokens import tokens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.mcp_suites import McpSuites

pytestmark = pytest.mark.anyio

MARGIN = 0.96
"""The estimate's error; see `tokens`."""
TOOLS, RULES, TOKENS_OF_INSTRUCTIONS = 2000 * MARGIN, 1900 * MARGIN, 250

_METRICS = ["BTC price", "cpu usage", "disk usage", "http latency"]
_TARGETS = [70_000, 90, 85, 250]


def _fifty() -> list[str]:
    """Rules as people write them: half with names, some critical."""
    texts = []
    for n in range(50):
        metric, limit = _METRICS[n % 4], _TARGETS[n % 4] + n
        unit = {"cpu usage": "%", "disk usage": "%", "http latency": "ms"}.get(metric, "")
        condition = f"{metric} > {limit % 99 if unit == '%' else limit}{unit} for {1 + n % 9}m"
        severity = "\n  severity critical" if n % 5 == 0 else ""
        texts.append(
            f"rule {metric.split()[0].lower()}-high-{n}\n  when {condition}{severity}" if n % 2 else condition
        )
    return texts


async def test_the_tools_fit_their_budget(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        listed = await one.list_tools()
    sent = compact([tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in listed.tools])
    assert len(listed.tools) == 13
    assert tokens(sent) < TOOLS


async def test_fifty_rules_fit_their_budget(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        for text in _fifty():
            await call(one, "create_alert_rule", rule=text)
        result = await one.call_tool("list_alert_rules", {})
    assert result.structured_content is not None
    assert len(result.structured_content["rules"]) == 50
    assert "next_cursor" not in result.structured_content
    # Some hosts show a model the structured content, others the text: each has to fit.
    assert tokens(compact(result.structured_content)) < RULES
    assert tokens(text_of(result)) < RULES


async def test_an_empty_answer_is_short(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        for tool in ("list_alert_rules", "list_alerts"):
            result = await one.call_tool(tool, {})
            assert tokens(compact(result.structured_content)) < 50
            assert tokens(text_of(result)) < 50


COUNT = """
import { readFileSync } from "node:fs";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
const texts = JSON.parse(readFileSync(process.argv[1], "utf8"));
console.log(JSON.stringify(texts.map((text) => encode(text).length)));
"""


async def test_the_budgets_hold_with_a_real_tokenizer(
    mcp_suites: McpSuites, server: AlertServer, tmp_path: Path
) -> None:
    """What the other tests estimate, counted with o200k itself; and the estimate is as near as it says."""
    async with client(server, "modern") as one:
        listed = await one.list_tools()
        for text in _fifty():
            await call(one, "create_alert_rule", rule=text)
        rules = await one.call_tool("list_alert_rules", {})
    sent = compact([tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in listed.tools])
    texts = [sent, compact(rules.structured_content), text_of(rules), cheat_sheet(), INSTRUCTIONS]
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(texts))
    counted = mcp_suites.run("node", "--input-type=module", "-e", COUNT, str(file), cwd=mcp_suites.folder)
    exact = json.loads(counted.stdout)
    assert exact[0] < 2000
    assert exact[1] < 1900
    assert exact[2] < 1900
    for text, real in zip(texts, exact, strict=True):
        assert tokens(text) == pytest.approx(real, rel=1 - MARGIN)


def test_the_instructions_are_short() -> None:
    assert tokens(INSTRUCTIONS) < TOKENS_OF_INSTRUCTIONS
