"""What hosts and models need to know of the tools, in a form that none of them trips over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from alertdsl_mcp.server import AlertServer
from tests.mcp.serving import client, text_of

pytestmark = pytest.mark.anyio

TOOLS = {
    *("check_rule", "explain_rule", "preview_rule", "search_metrics"),
    *("create_alert_rule", "list_alert_rules", "update_alert_rule", "delete_alert_rule"),
    *("list_alerts", "get_alert", "acknowledge_alert", "silence", "health"),
}
CHANGING = {"create_alert_rule", "update_alert_rule", "delete_alert_rule", "acknowledge_alert", "silence"}
DESTROYING = {"update_alert_rule", "delete_alert_rule"}
LONGEST_PREFIX = len("mcp__alertdsl__")


async def test_every_tool_says_what_a_host_needs(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        tools = {tool.name: tool for tool in (await one.list_tools()).tools}
    assert set(tools) == TOOLS
    for name, tool in tools.items():
        assert tool.title
        assert tool.description
        assert len(tool.description) > 30
        assert "\n" not in tool.description
        hints = tool.annotations
        assert hints is not None
        assert hints.read_only_hint is (name not in CHANGING)
        assert hints.destructive_hint is (name in DESTROYING)
        assert hints.open_world_hint is False
        assert LONGEST_PREFIX + len(name) <= 60


async def test_schemas_are_flat_and_valid(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        tools = (await one.list_tools()).tools
    for tool in tools:
        assert tool.output_schema is not None
        for schema in (tool.input_schema, tool.output_schema):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
            words = list(_words(schema))
            assert not {"$ref", "$defs", "anyOf", "oneOf", "allOf", "null"} & set(words), tool.name
        for argument in tool.input_schema.get("properties", {}).values():
            assert argument["type"] in {"string", "integer", "number", "boolean"}
            assert argument.get("default", "") is not None


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key
            yield from _words(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _words(value)
    elif isinstance(schema, str):
        yield schema


async def test_the_server_introduces_itself(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        assert one.server_info is not None
        assert (one.server_info.name, one.server_info.title) == ("alertdsl", "Alert rules")
        assert one.instructions
        for word in ("check_rule", "explain_rule", "preview_rule", "create_alert_rule", "[data]"):
            assert word in one.instructions


async def test_an_argument_of_another_type_is_told_what_belongs_there(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        result = await one.call_tool("silence", {"labels": {"host": "web1"}, "duration": "2h"})
    assert result.is_error
    assert "labels: host=web*" in text_of(result)
