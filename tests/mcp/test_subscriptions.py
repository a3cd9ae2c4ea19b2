"""Changes are told to clients of both protocol eras."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import MCPError

from alertdsl_mcp import subscriptions
from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from tests.alertdsl.store.samples import fire, new_rule
from tests.mcp.serving import client, server_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:resources/:mcp.shared.exceptions.MCPDeprecationWarning"),
]


@pytest.fixture
def quick(app: App, monkeypatch: pytest.MonkeyPatch) -> AlertServer:
    """A server that looks often."""
    monkeypatch.setattr(subscriptions, "EVERY_S", 0.05)
    server = server_of(app)
    server.subscriptions.every_s = 0.05
    return server


async def test_a_stream_of_the_new_era_is_told(app: App, quick: AlertServer) -> None:
    rule = app.store.rules.add(new_rule())
    alert = fire(app.store, rule)
    uri = f"alertdsl://alerts/{alert.id}"
    async with client(quick, "modern") as one:
        async with one.listen(resource_subscriptions=[uri, "alertdsl://alerts"]) as events:
            app.store.alerts.acknowledge(alert.id, by="ann")
            told = set()
            with anyio.fail_after(10):
                async for event in events:
                    told.add(str(getattr(event, "uri", "")))
                    if len(told) == 2:
                        break
        assert told == {uri, "alertdsl://alerts"}
        async with one.listen(resources_list_changed=True) as events:
            app.store.rules.add(new_rule("another"))
            with anyio.fail_after(10):
                async for event in events:
                    assert "ListChanged" in type(event).__name__
                    break
    assert not quick.subscriptions._watched, "nothing is watched for those who have gone"


async def test_a_connection_of_the_old_era_is_told(app: App, quick: AlertServer) -> None:
    rule = app.store.rules.add(new_rule())
    uri = f"alertdsl://rules/{rule.id}"
    told: list[Any] = []

    async def hear(message: Any) -> None:
        told.append(message)

    async with client(quick, "legacy", message_handler=hear) as one:
        await one.session.subscribe_resource(uri)
        app.store.rules.disable(rule.id)
        app.store.rules.add(new_rule("another"))
        with anyio.fail_after(10):
            while len({getattr(m, "method", "") for m in told}) < 2:
                await anyio.sleep(0.05)
        assert {m.method for m in told} == {
            "notifications/resources/updated",
            "notifications/resources/list_changed",
        }
        await one.session.unsubscribe_resource(uri)
        told.clear()
        app.store.rules.enable(rule.id)
        await anyio.sleep(0.3)
        assert not told
    assert not quick.subscriptions._watched


async def test_what_is_not_there_cannot_be_subscribed_to(quick: AlertServer) -> None:
    async with client(quick, "legacy") as one:
        for uri in ("alertdsl://alerts/nothere", "alertdsl://nothing", "file:///etc/passwd"):
            with pytest.raises(MCPError) as raised:
                await one.session.subscribe_resource(uri)
            assert raised.value.code == -32602
