"""A hundred requests as people phrase them: the rule text each should become checks, and whoever writes it wrongly finds out of it.

The stand-in for a model knows nothing of the language but what the tools answer. It sends a draft with a mistake that models
make, takes the suggestion, or of several readings the one that its person means, and has to have the right rule with its second
call. What a person said, word for word, is sent too: it may be refused, but never silently be taken for another rule.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client

from alertdsl import AlertDslError, check, load_catalog, meaning_hash, resolve
from alertdsl.diagnostics import Severity
from alertdsl_mcp.app import App
from alertdsl_mcp.topics import TOPICS
from tests.mcp.requests import CATALOG, Request, load
from tests.mcp.requests.mistakes import MISTAKES
from tests.mcp.serving import call, client, server_of, settings_in

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

pytestmark = pytest.mark.anyio

KNOWN, FRESH = load("known"), load("fresh")
BOTH = (*KNOWN, *FRESH)
_checked: set[str] = set()


@cache
def _catalog() -> Catalog:
    return load_catalog(CATALOG)


@cache
def _meaning(text: str) -> object:
    """What a text means, names aside; None for one with errors."""
    try:
        return [(meaning_hash(rule), rule.severity) for rule in resolve(text, _catalog())]
    except AlertDslError:
        return None


def test_there_are_enough() -> None:
    assert len(KNOWN) == 100
    assert len(FRESH) == 30
    assert len({one.said for one in BOTH}) == 130


@pytest.mark.parametrize("request_", [one for one in BOTH if one.rule], ids=lambda one: one.said[:60])
def test_the_text_checks(request_: Request) -> None:
    assert [one for one in check(request_.rule, _catalog()) if one.severity is Severity.ERROR] == []


async def _answer(one: Client, draft: str, wanted: object) -> tuple[str, str]:
    """What the stand-in has after its second call at the latest, and how it came to it."""
    said = await call(one, "check_rule", rule=draft)
    if said["ok"]:
        return draft, "as it was"
    if said.get("suggestion"):
        taken, how = said["suggestion"], "suggestion"
    elif said.get("readings"):
        taken, how = next((r for r in said["readings"] if _meaning(r) == wanted), ""), "readings"
    else:
        return "", "asked" if said.get("ask") else "nothing"
    if taken and taken not in _checked:  # many drafts lead to one text
        assert (await call(one, "check_rule", rule=taken))["ok"]
        _checked.add(taken)
    return taken, how


@pytest.fixture
def requests_server(tmp_path: Path) -> Any:
    """A server with the catalog of the requests."""
    (tmp_path / "alertdsl.toml").write_text(CATALOG.read_text("utf-8"))
    app = App(settings_in(tmp_path))
    yield server_of(app)
    app.close()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least", "allowed"), [("known", 650, 0.0), ("fresh", 200, 0.02)])
async def test_a_model_that_errs_recovers_with_its_second_call(
    requests_server: Any, name: str, least: int, allowed: float
) -> None:
    failed, tried = [], 0
    async with client(requests_server, "modern") as one:
        for request in load(name):
            for mistake in MISTAKES:
                draft = mistake(request.rule) if request.rule else ""
                if draft:
                    tried += 1
                    wanted = _meaning(request.rule)
                    taken, how = await _answer(one, draft, wanted)
                    if _meaning(taken) != wanted:
                        failed.append((mistake.__name__, draft, how, taken))
    assert tried > least
    assert len(failed) <= allowed * tried, failed


async def test_what_a_person_says_is_never_taken_for_something_else(requests_server: Any) -> None:
    """Word for word, without a model: most is understood, none is misunderstood."""
    found: Counter[str] = Counter()
    async with client(requests_server, "modern") as one:
        for request in BOTH:
            said = await call(one, "check_rule", rule=request.said)
            if request.ask:
                assert "ask" in said, request.said
                assert all(part in said["ask"] for part in request.ask), said["ask"]
                continue
            taken, how = await _answer(one, request.said, _meaning(request.rule))
            if taken:
                assert _meaning(taken) == _meaning(request.rule), (request.said, taken)
            else:
                # What to look at, or the readings that were nearest.
                assert said.get("notes") or said.get("readings"), request.said
            found[how if taken else "no"] += 1
    # The rates that docs/mcp.md tells.
    assert found["as it was"] + found["suggestion"] + found["readings"] >= 0.7 * found.total(), found


def test_what_is_offered_to_look_at_is_correct() -> None:
    for _, _, example in TOPICS:
        text = example.replace("M ", "load ").replace(
            "load over", "restarts over" if "rate" in example else "load over"
        )
        assert [str(one) for one in check(text, _catalog()) if one.severity is Severity.ERROR] == []
