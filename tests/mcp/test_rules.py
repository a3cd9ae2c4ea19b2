"""Stored rules by tools: created once, listed, changed, enabled and disabled, deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

from alertdsl.store.records import NewRule
from alertdsl_mcp.app import App
from alertdsl_mcp.server import AlertServer
from alertdsl_runtime.engine import CatalogCompiler
from tests.mcp.serving import call, client, refused, text_of

pytestmark = pytest.mark.anyio

RULE = "rule btc-high\n  when BTC price > 70k for 5m\n  severity critical"


async def test_a_repeated_call_makes_no_second_rule(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        first = await call(one, "create_alert_rule", rule=RULE)
        again = await call(one, "create_alert_rule", rule=RULE)
        spelled = await call(one, "create_alert_rule", rule=RULE.replace(" > 70k", " is above 70k"))
    assert [first["did"], again["did"], spelled["did"]] == ["created", "unchanged", "unchanged"]
    assert first["id"] == again["id"] == spelled["id"]
    assert len(app.store.rules.list().items) == 1


async def test_calls_at_the_same_time_make_one_rule(app: App, server: AlertServer, mode: str) -> None:
    did: list[str] = []

    async with client(server, mode) as one:

        async def create() -> None:
            did.append((await call(one, "create_alert_rule", rule=RULE))["did"])

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(create)
    assert sorted(did) == ["created", *["unchanged"] * 7]
    assert len(app.store.rules.list().items) == 1


async def test_another_rule_of_the_name_is_not_replaced(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        there = await call(one, "create_alert_rule", rule=RULE)
        said, _ = await refused(one, "create_alert_rule", rule=RULE.replace("70k", "80k"))
    assert said["id"] == there["id"]
    assert "update_alert_rule" in said["hint"]


async def test_rules_are_listed_in_pages(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        for n in range(5):
            await call(one, "create_alert_rule", rule=f"rule r{n}\n  when cpu usage > {n + 1}%")
        page = await call(one, "list_alert_rules", limit=2)
        assert [row["name"] for row in page["rules"]] == ["r0", "r1"]
        names = []
        while True:
            names += [row["name"] for row in page["rules"]]
            if "next_cursor" not in page:
                break
            page = await call(one, "list_alert_rules", limit=2, cursor=page["next_cursor"])
        assert names == ["r0", "r1", "r2", "r3", "r4"]
        found = await call(one, "list_alert_rules", search="> 3%")
        assert [row["name"] for row in found["rules"]] == ["r2"]
        assert (await call(one, "list_alert_rules", search="nothing"))["hint"] == "no rule matches"
        await refused(one, "list_alert_rules", cursor="nonsense")


async def test_what_is_not_passed_stays(app: App, server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        made = await call(one, "create_alert_rule", rule=RULE)
        off = await call(one, "update_alert_rule", rule_id=made["id"], enabled=False)
        assert (off["enabled"], off["version"], off["did"]) == (False, 1, "changed")
        new = await call(one, "update_alert_rule", rule_id="btc-high", rule=RULE.replace("70k", "80k"))
        assert (new["enabled"], new["version"]) == (False, 2)
        assert "80,000" in new["explanation"]
        on = await call(one, "update_alert_rule", rule_id=made["id"], enabled=True)
        assert (on["enabled"], on["version"]) == (True, 2)
        same = await call(one, "update_alert_rule", rule_id=made["id"], enabled=True)
        assert same["did"] == "unchanged"
        said, _ = await refused(one, "update_alert_rule", rule_id=made["id"])
        assert "nothing to change" in said["error"]
    assert "80k" in app.store.rules.get(made["id"]).text


async def test_a_change_by_others_is_noticed(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        made = await call(one, "create_alert_rule", rule=RULE)
        new = RULE.replace("70k", "80k")
        await call(one, "update_alert_rule", rule_id=made["id"], rule=new, expected_version=1)
        for change in ({"rule": RULE}, {"enabled": False}):
            said, _ = await refused(
                one, "update_alert_rule", rule_id=made["id"], expected_version=1, **change
            )
            assert "version 2, not 1" in said["error"]


async def test_a_condition_alone_keeps_the_rest_of_a_rule(app: App, server: AlertServer, mode: str) -> None:
    text = "rule hot\n  when (cpu usage > 90% or disk usage > 95%) for 5m  # both are bad\n  notify ops\n  severity critical"
    async with client(server, mode) as one:
        made = await call(one, "create_alert_rule", rule=text)
        changed = await call(one, "update_alert_rule", rule_id="hot", rule="cpu usage > 95% for 10m")
        assert (changed["id"], changed["name"], changed["version"]) == (made["id"], "hot", 2)
        stored = app.store.rules.get(made["id"])
        assert stored.text == text.replace(
            "(cpu usage > 90% or disk usage > 95%) for 5m", "cpu usage > 95% for 10m"
        )
        assert stored.severity == "critical"
        plain = await call(one, "create_alert_rule", rule="cpu usage > 1%")
        changed = await call(one, "update_alert_rule", rule_id=plain["id"], rule="cpu usage > 2%")
        assert changed["name"] == "cpu usage > 2%"


async def test_enabling_says_no_more_than_that(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        made = await call(one, "create_alert_rule", rule=RULE)
        said = await call(one, "update_alert_rule", rule_id=made["id"], enabled=False)
    assert said == {"id": made["id"], "name": "btc-high", "version": 1, "enabled": False, "did": "changed"}


async def test_rules_of_files_are_left_to_their_files(app: App, server: AlertServer, mode: str) -> None:
    new = NewRule(
        name="filed", text="rule filed\n  when cpu usage > 5%", canonical="x", meaning="m", source="a.alert"
    )
    (rule,) = app.store.rules.sync("files", [new]).added
    async with client(server, mode) as one:
        said, _ = await refused(
            one, "update_alert_rule", rule_id=rule.id, rule="rule filed\n  when cpu usage > 6%"
        )
        assert "a.alert" in said["error"]
        said, _ = await refused(one, "delete_alert_rule", rule_id=rule.id, confirmed=True)
        assert "a.alert" in said["error"]
        assert not (await call(one, "update_alert_rule", rule_id=rule.id, enabled=False))["enabled"]


async def test_a_rule_that_cannot_be_evaluated_is_listed_with_the_reason(
    app: App, server: AlertServer, mode: str
) -> None:
    from alertdsl.store.records import Changes, ErrorChange

    async with client(server, mode) as one:
        made = await call(one, "create_alert_rule", rule=RULE)
        app.store.evaluation.commit_unbound(
            Changes(errors=[ErrorChange(made["id"], 1, "the field changed its type")])
        )
        (row,) = (await call(one, "list_alert_rules"))["rules"]
    assert row["error"] == "the field changed its type"


async def test_a_changed_catalog_is_read_again(app: App, server: AlertServer, mode: str) -> None:
    import os

    path = app.settings.path
    assert path is not None
    async with client(server, mode) as one:
        assert not (await call(one, "check_rule", rule="memory use > 5"))["ok"]
        path.write_text(path.read_text() + '[metrics."memory use"]\nmeasurement = "m"\nfield = "f"\n')
        os.utime(path, ns=(1, 1))
        assert (await call(one, "check_rule", rule="memory use > 5"))["ok"]
        path.write_text("metrics = nonsense")
        os.utime(path, ns=(2, 2))
        await refused(one, "check_rule", rule="memory use > 5")


def test_threads_may_open_the_store_at_once(app: App) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: app.store, range(8)))
    assert len({id(store) for store in stores}) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("let hot = 90%\nrule a\n  when cpu usage > hot for 5m", "above 90%"),
        (
            "let limit by host = { web1 = 80%, else 90% }\nrule a\n  when cpu usage > limit",
            '80% for host "web1"',
        ),
        ("rule busy(limit)\n  when cpu usage > limit\nuse busy(90%) as a", "above 90%"),
        (
            "rule a\n  when cpu usage > 90%\n  during 09:00-17:00 on weekdays in Europe/London",
            "Europe/London",
        ),
        ("rule a\n  when cpu usage > 90%\n  once", "once"),
        (
            "rule a\n  when cpu usage > 90%\n  notify ops\n  escalate to ops after 15m unacknowledged",
            "15 minutes",
        ),
        ("rule a\n  when max of cpu usage today > 90%\n  every day at 06:00 in Europe/London", "06:00"),
        ("rule a\n  when round(cpu usage) > 90% or abs(BTC price) > 5", "round"),
    ],
)
async def test_all_of_the_language_can_be_stored_and_evaluated(
    app: App, server: AlertServer, mode: str, text: str, says: str
) -> None:
    async with client(server, mode) as one:
        made = await call(one, "create_alert_rule", rule=text)
        assert says in made["explanation"]
    stored = app.store.rules.get(made["id"])
    engine = CatalogCompiler(app.catalog)
    (compiled,), problems = engine.compile(stored.text, "stored")
    assert not [found for found in problems if found.severity == "error"]
    assert (compiled.name, engine.meaning(compiled)) == ("a", stored.meaning)


async def test_a_rule_imports_nothing_from_the_server(tmp_path: Path, server: AlertServer, mode: str) -> None:
    secret = tmp_path / "secret.alert"
    secret.write_text("let hot = 12345\n")
    for path in (str(secret), "secret.alert", "../secret.alert", "/etc/passwd"):
        async with client(server, mode) as one:
            said, text = await refused(
                one, "create_alert_rule", rule=f'import "{path}"\nrule a\n  when cpu usage > hot'
            )
        assert "import" in text
        assert any("imports nothing" in note for note in said["notes"])
        assert "12345" not in text
        assert "root:" not in text
        assert "readings" not in said


async def test_rules_about_rules(server: AlertServer, mode: str) -> None:
    """The stored rules count as known, and close no circle."""
    both = "rule both\n  when btc-high is firing for 10m"
    async with client(server, mode) as one:
        alone = await call(one, "check_rule", rule=both)
        assert 'no rule "btc-high" is stored' in str(alone)
        await call(one, "create_alert_rule", rule=RULE)
        assert "W405" not in str(await call(one, "check_rule", rule=both))
        stored = await call(one, "create_alert_rule", rule=both)
        assert "an alert of the rule btc-high" in stored["explanation"]
        circle = "rule btc-high\n  when BTC price > 70k unless both is firing"
        checked = await call(one, "check_rule", rule=circle)
        assert "rules wait for each other: btc-high -> both -> btc-high" in str(checked)
        there = (await call(one, "list_alert_rules", search="btc-high"))["rules"][0]
        said, _ = await refused(one, "update_alert_rule", rule_id=there["id"], rule=circle)
        assert "btc-high -> both -> btc-high" in str(said)


async def test_a_rule_about_rules_knows_those_that_are_stored(server: AlertServer, mode: str) -> None:
    text = "rule both\n  when hot is firing and full is firing\n  notify ops"
    async with client(server, mode) as one:
        await call(one, "create_alert_rule", rule="rule hot\n  when cpu usage > 90%\n  notify ops")
        checked = await call(one, "check_rule", rule=text)
        assert [found["message"].split(" is stored")[0] for found in checked["problems"]] == [
            'no rule "full"'
        ]
        await call(one, "create_alert_rule", rule="rule full\n  when disk usage > 90%\n  notify ops")
        for _ in range(2):
            assert "problems" not in await call(one, "check_rule", rule=text)
            assert "hot" in (await call(one, "create_alert_rule", rule=text))["explanation"]


async def test_an_id_that_no_rule_has_is_not_read_as_a_rule(server: AlertServer, mode: str) -> None:
    async with client(server, mode) as one:
        for tool in ("explain_rule", "preview_rule"):
            result = await one.call_tool(tool, {"rule": "75bmqhrcac1k"})
            assert result.is_error
            assert "no rule '75bmqhrcac1k'" in text_of(result)


async def test_a_target_that_is_not_configured_is_told_once(server: AlertServer, mode: str) -> None:
    text = "rule r\n  when cpu usage > 90%\n  notify opps\n  escalate to boss after 5m"
    async with client(server, mode) as one:
        said = text_of(await one.call_tool("check_rule", {"rule": text}))
    assert [said.count(name) for name in ("'opps'", "'boss'", "W420")] == [1, 1, 0]
