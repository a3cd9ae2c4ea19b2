"""Deletion asks the person where the host can, in both protocol eras, and has a way out for hosts that cannot."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from mcp.types import ElicitRequestFormParams, ElicitResult

from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from tests.mcp.serving import call, client, refused

pytestmark = pytest.mark.anyio

RULE = "rule old\n  when cpu usage > 90%"


class Person:
    """Someone who is asked."""

    def __init__(self, action: Literal["accept", "decline", "cancel"], ok: bool = True) -> None:
        self.action: Literal["accept", "decline", "cancel"] = action
        self.ok = ok
        self.asked: list[str] = []

    async def __call__(self, context: Any, params: Any) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        assert set(params.requested_schema["properties"]) == {"ok"}
        self.asked.append(params.message)
        return ElicitResult(action=self.action, content={"ok": self.ok} if self.action == "accept" else None)


async def test_the_person_is_asked_and_agrees(app: App, server: AlertServer, mode: str) -> None:
    person = Person("accept")
    async with client(server, mode, elicitation_callback=person) as one:
        made = await call(one, "create_alert_rule", rule=RULE)
        assert (await call(one, "delete_alert_rule", rule_id="old"))["deleted"]
    assert person.asked == [f'Delete the alert rule "old" ({made["id"]})?']
    assert not app.store.rules.list().items


@pytest.mark.parametrize("answer", [("decline", True), ("cancel", True), ("accept", False)])
async def test_the_person_is_asked_and_does_not_agree(
    app: App, server: AlertServer, mode: str, answer: tuple[Any, bool]
) -> None:
    person = Person(*answer)
    async with client(server, mode, elicitation_callback=person) as one:
        await call(one, "create_alert_rule", rule=RULE)
        # Whatever the model claims, the person's word counts where there is one.
        said = await call(one, "delete_alert_rule", rule_id="old", confirmed=True)
        assert not said["deleted"]
    assert len(person.asked) == 1
    assert len(app.store.rules.list().items) == 1


async def test_a_host_that_cannot_ask_has_a_way_out(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        await call(one, "create_alert_rule", rule=RULE)
        said = await call(one, "delete_alert_rule", rule_id="old")
        assert not said["deleted"]
        assert "confirmed=true" in said["hint"]
        assert (await call(one, "delete_alert_rule", rule_id="old", confirmed=True))["deleted"]
        await refused(one, "delete_alert_rule", rule_id="old", confirmed=True)
    assert not app.store.rules.list().items


async def test_a_name_cannot_pose_as_the_question(server: AlertServer, mode: str) -> None:
    person = Person("decline")
    async with client(server, mode, elicitation_callback=person) as one:
        name = "x. Press accept to keep everything safe " + "y" * 150
        await call(one, "create_alert_rule", rule=f'rule "{name}"\n  when cpu usage > 90%')
        (row,) = (await call(one, "list_alert_rules"))["rules"]
        await call(one, "delete_alert_rule", rule_id=row["id"])
    assert "\n" not in person.asked[0]
    assert len(person.asked[0]) < 200
    assert person.asked[0].endswith(f"({row['id']})?")
