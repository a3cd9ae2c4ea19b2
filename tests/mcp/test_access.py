"""Who is let in, and what they may see: tokens, scopes, owners, OAuth, read-only."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from alertdsl.store import open_store
from alertdsl_mcp.app import App
from alertdsl_mcp.auth.oauth import OAuth, OAuthTokens
from alertdsl_mcp.principal import expand
from tests.alertdsl.store.samples import fire
from tests.cli.calling import call as command
from tests.mcp.processes import Served, serving
from tests.mcp.serving import call, client, refused, server_of, settings_in

pytestmark = pytest.mark.anyio

RULE = "rule mine\n  when cpu usage > 90%"
READING = {
    *("check_rule", "explain_rule", "preview_rule", "search_metrics"),
    *("list_alert_rules", "list_alerts", "get_alert", "health"),
}


LET_IN = 400
"""What a request gets that has no session: it got past the tokens."""


def _status(served: Served, token: str | None) -> int:
    headers = {"Accept": "application/json, text/event-stream"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = httpx2.post(served.url, json=body, headers=headers, timeout=20)
    if answer.status_code in {401, 403}:
        assert "Bearer" in answer.headers["www-authenticate"]
    return int(answer.status_code)


@pytest.mark.parametrize("transport", ["streamable-http", "sse"])
async def test_owners_are_kept_apart(tmp_path: Path, transport: str) -> None:
    settings = settings_in(tmp_path)
    with open_store(settings.database) as store:
        tokens = {
            (owner, scope): store.tokens.create(owner=owner, scope=scope)[0]  # type: ignore[arg-type]
            for owner, scope in (("ann", "write"), ("bob", "write"), ("bob", "read"), ("eve", "admin"))
        }
        with serving(settings, transport, "--auth", "token") as served:
            async with served.client("modern", tokens["ann", "write"]) as ann:
                made = await call(ann, "create_alert_rule", rule=RULE)
                alert = fire(store, store.rules.get(made["id"]), {"host": "web1"})
            async with served.client("legacy", tokens["bob", "write"]) as bob:
                assert (await call(bob, "list_alert_rules"))["rules"] == []
                assert (await call(bob, "list_alerts"))["alerts"] == []
                for tool, arguments in (
                    ("update_alert_rule", {"rule_id": made["id"], "enabled": False}),
                    ("delete_alert_rule", {"rule_id": made["id"], "confirmed": True}),
                    ("get_alert", {"alert_id": alert.id}),
                    ("acknowledge_alert", {"alert_id": alert.id}),
                    ("silence", {"rule_id": made["id"]}),
                ):
                    said, text = await refused(bob, tool, **arguments)
                    assert said["error"].startswith(("no rule", "no alert")), "not found, not forbidden"
                    assert "ann" not in text
                # The same name is free for another owner.
                assert (await call(bob, "create_alert_rule", rule=RULE))["did"] == "created"
            async with served.client("modern", tokens["bob", "read"]) as reader:
                assert {t.name for t in (await reader.list_tools()).tools} == READING
                said, _ = await refused(reader, "create_alert_rule", rule="cpu usage > 1%")
                assert "may only read" in said["error"]
            async with served.client("legacy", tokens["eve", "admin"]) as eve:
                assert (await call(eve, "silence", rule_id=made["id"]))["alerts_now"] == 1
                rows = (await call(eve, "list_alert_rules"))["rules"]
                assert {row["owner"] for row in rows} == {"ann", "bob"}
                assert (await call(eve, "acknowledge_alert", alert_id=alert.id))[
                    "acknowledged_by"
                ].startswith("mcp:token-")


def test_tokens_are_asked_for_and_checked(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with (
        open_store(settings.database) as store,
        serving(settings, "streamable-http", "--auth", "token") as served,
    ):
        good, made = store.tokens.create(scope="read")
        old, _ = store.tokens.create(scope="read", lasts=1)
        assert _status(served, good) == LET_IN
        for wrong in (None, "x", good + "x", good[:-1], old, "Bearer", "a.b.c", "\u00e9", "x" * 50_000):
            try:
                assert _status(served, wrong) in {401, 431, 400}, wrong
            except UnicodeEncodeError:
                continue
        store.tokens.revoke(made.id)
        assert _status(served, good) == 401, "revoked tokens are refused at once"


async def test_read_only_beats_everything(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with open_store(settings.database) as store:
        tokens = [store.tokens.create(scope=scope)[0] for scope in ("read", "write", "admin")]
    with serving(settings, "streamable-http", "--auth", "token", "--read-only") as served:
        for token in tokens:
            async with served.client("modern", token) as one:
                assert {t.name for t in (await one.list_tools()).tools} == READING
                for tool, arguments in (
                    ("create_alert_rule", {"rule": RULE}),
                    ("update_alert_rule", {"rule_id": "x", "enabled": False}),
                    ("delete_alert_rule", {"rule_id": "x", "confirmed": True}),
                    ("acknowledge_alert", {"alert_id": "x"}),
                    ("silence", {"labels": "a=b"}),
                ):
                    said, _ = await refused(one, tool, **arguments)
                    assert "read-only" in said["error"]


async def test_read_only_over_stdio(tmp_path: Path, mode: str) -> None:
    app = App(replace(settings_in(tmp_path), read_only=True))
    async with client(server_of(app), mode) as one:
        assert {t.name for t in (await one.list_tools()).tools} == READING
        await refused(one, "create_alert_rule", rule=RULE)
    app.close()


def test_scopes_include_those_below() -> None:
    assert expand(["admin"]) == {"read", "write", "admin"}
    assert expand(["alertdsl:write", "openid"]) == {"read", "write"}
    assert expand(["openid"]) == frozenset()


def test_the_commands_make_list_and_revoke(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'a.db'}"
    made = command(
        "mcp-tokens",
        "create",
        "--owner",
        "ann",
        "--scope",
        "write",
        "--note",
        "laptop",
        "--database",
        database,
    )
    assert made.code == 0
    token = made.out.strip()
    token_id = token.split("_")[1]
    listed = command("mcp-tokens", "list", "--database", database)
    assert token_id in listed.out
    assert "laptop" in listed.out
    assert token not in listed.out
    assert command("mcp-tokens", "revoke", token_id, "--database", database).code == 0
    assert "revoked" in command("mcp-tokens", "list", "--database", database).out
    assert command("mcp-tokens", "revoke", "nothere", "--database", database).code == 1
    assert command("mcp-tokens", "create", "--expires", "soon", "--database", database).code == 2


# ---------------------------------------------------------------- OAuth

AUDIENCE = "https://alerts.example/mcp"


class Issuer:
    """An authorization server: its keys, its metadata, its tokens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def document(self, path: str) -> dict[str, Any] | None:
        """What is published."""
        if path == "/.well-known/oauth-authorization-server":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
        return None

    def token(self, *, key: Any = None, algorithm: str = "RS256", **changes: Any) -> str:
        """A token that is good unless changed; a claim of None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ann",
            "scope": "openid write",
            "exp": now + 600,
            "iat": now,
        }
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(claims, key or self.key, algorithm=algorithm, headers={"kid": "one"})


@contextmanager
def _issuing() -> Iterator[Issuer]:
    made: list[Issuer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = made[0].document(self.path)
            self.send_response(404 if document is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            return

    web = HTTPServer(("127.0.0.1", 0), Handler)
    made.append(Issuer(f"http://127.0.0.1:{web.server_port}"))
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield made[0]
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An authorization server on this machine."""
    with _issuing() as made:
        yield made


async def test_a_token_of_the_authorization_server_is_good(issuer: Issuer) -> None:
    verifier = OAuthTokens(OAuth(issuer.url, AUDIENCE))
    found = await verifier.verify_token(issuer.token(aud=[AUDIENCE, "https://other.example"]))
    assert found is not None
    assert (found.subject, set(found.scopes), found.resource) == ("ann", {"read", "write"}, AUDIENCE)
    by_claim = OAuthTokens(OAuth(issuer.url, AUDIENCE, f"{issuer.url}/keys", owner_claim="team"))
    found = await by_claim.verify_token(issuer.token(team="markets", scope=None, scp=["read"]))
    assert found is not None
    assert (found.claims or {})["owner"] == "markets"
    assert found.scopes == ["read"]


async def test_other_tokens_are_not(issuer: Issuer) -> None:
    verifier = OAuthTokens(OAuth(issuer.url, AUDIENCE))
    for wrong in (
        issuer.token(aud="https://other.example/mcp"),
        issuer.token(aud=None),
        issuer.token(iss="https://evil.example"),
        issuer.token(exp=int(time.time()) - 3600),
        issuer.token(exp=None),
        issuer.token(nbf=int(time.time()) + 3600),
        issuer.token(key=issuer.other_key),
        issuer.token(key="k" * 64, algorithm="HS256"),
        issuer.token(sub=None),
        issuer.token(sub=" "),
        jwt.encode(
            {"iss": issuer.url, "aud": AUDIENCE, "exp": 9_999_999_999, "sub": "ann"}, "", algorithm="none"
        ),
        issuer.token()[:-4] + "AAAA",
        "a.b.c",
        "",
        "x" * 100_000,
    ):
        assert await verifier.verify_token(wrong) is None, wrong[:100]


async def test_no_one_is_let_in_while_keys_cannot_be_had() -> None:
    verifier = OAuthTokens(OAuth("http://127.0.0.1:9", AUDIENCE))
    with _issuing() as elsewhere:
        assert await verifier.verify_token(elsewhere.token(iss="http://127.0.0.1:9")) is None


async def test_the_server_takes_tokens_made_for_it(tmp_path: Path, issuer: Issuer) -> None:
    settings = settings_in(tmp_path)
    options = ["--public-url", AUDIENCE, "--oauth-issuer", issuer.url]
    with serving(settings, "streamable-http", *options) as served:
        async with served.client("modern", issuer.token()) as ann:
            await call(ann, "create_alert_rule", rule=RULE)
        async with served.client("legacy", issuer.token(sub="bob", scope="admin")) as bob:
            (row,) = (await call(bob, "list_alert_rules"))["rules"]
            assert row["owner"] == "ann"
        assert _status(served, issuer.token(scope="openid")) == 403
        for wrong in (None, issuer.token(aud="https://other.example/mcp"), issuer.token(exp=1)):
            assert _status(served, wrong) == 401
        document = f"http://127.0.0.1:{served.port}/.well-known/oauth-protected-resource/mcp"
        said = httpx2.get(document, timeout=20).json()
        assert said["resource"] == AUDIENCE
        assert said["authorization_servers"] == [issuer.url]
