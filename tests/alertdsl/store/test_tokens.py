from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from alertdsl.store import NotFoundError, Store, StoreError, open_store, upgrade
from alertdsl.store.connect import connect
from alertdsl.store.schema import VERSION_TABLE
from alertdsl.store.tables import access_tokens

HOUR = 3_600_000_000_000


def test_a_token_is_known_by_its_text_alone(store: Store) -> None:
    text, made = store.tokens.create(owner="ann", scope="write", note="Ann's laptop")
    assert store.tokens.verify(text) == made
    assert (made.owner, made.scope, made.note) == ("ann", "write", "Ann's laptop")
    for wrong in (
        "",
        made.id,
        text[:-1],
        text + "x",
        text.replace("alertdsl", "other"),
        "\0",
        "alertdsl_é_x",
        "x" * 10_000,
        "' OR 1=1 --",
        "\ud800",
    ):
        assert store.tokens.verify(wrong) is None


def test_only_a_digest_is_kept(store: Store) -> None:
    text, made = store.tokens.create()
    (row,) = store.database.read(lambda tx: tx.rows(sa.select(access_tokens)))
    secret = text.removeprefix(f"alertdsl_{made.id}_")
    assert len(secret) >= 40
    assert not any(secret in str(value) for value in row)
    assert secret not in repr(made)


def test_a_revoked_token_is_known_no_more(store: Store) -> None:
    text, made = store.tokens.create()
    revoked = store.tokens.revoke(made.id)
    assert revoked.revoked_at is not None
    assert store.tokens.verify(text) is None
    assert store.tokens.revoke(made.id) == revoked
    assert [one.id for one in store.tokens.list()] == [made.id]


def test_a_token_expires(tmp_path: Path) -> None:
    now = 0
    with open_store(str(tmp_path / "alerts.db"), clock=lambda: now) as store:
        text, _ = store.tokens.create(lasts=HOUR)
        now = HOUR - 1
        assert store.tokens.verify(text) is not None
        now = HOUR
        assert store.tokens.verify(text) is None


def test_what_makes_no_sense_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="owner is empty"):
        store.tokens.create(owner="")
    with pytest.raises(StoreError, match="one of read, write, admin"):
        store.tokens.create(scope="root")  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="longer than nothing"):
        store.tokens.create(lasts=0)
    with pytest.raises(NotFoundError):
        store.tokens.revoke("nothere")


def test_a_database_of_the_first_version_is_brought_up(database_url: str) -> None:
    open_store(database_url).close()
    engine = connect(database_url)
    with engine.begin() as connection:
        access_tokens.drop(connection)
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    engine.dispose()
    assert upgrade(database_url) is True
    with open_store(database_url) as store:
        assert store.tokens.list() == ()
