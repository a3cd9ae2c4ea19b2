"""Stores on every kind of database: a test that takes `store` runs on each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alertdsl.store import Store, open_store
from alertdsl.store.tables import counters, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alertdsl.store.database import Transaction

SERVERS = ["mysql", "postgres"]


@pytest.fixture(scope="session")
def shared_urls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The database of each kind that tests use one after the other, filled as they are asked for."""
    return {"sqlite": f"sqlite:///{tmp_path_factory.mktemp('store') / 'alerts.db'}"}


@pytest.fixture(params=["sqlite", *SERVERS])
def store_url(request: pytest.FixtureRequest, shared_urls: dict[str, str]) -> str:
    """A set-up, empty database of each kind that processes can share."""
    kind = request.param
    if kind not in shared_urls:
        shared_urls[kind] = request.getfixturevalue(kind).new_database()
    with open_store(shared_urls[kind]) as store:
        store.database.write(_empty)
    return shared_urls[kind]


@pytest.fixture(params=["memory", "sqlite", *SERVERS])
def store(request: pytest.FixtureRequest, shared_urls: dict[str, str]) -> Iterator[Store]:
    """An empty store on each kind of database, SQLite in memory included."""
    kind = request.param
    if kind == "memory":
        url = "sqlite://"
    else:
        if kind not in shared_urls:
            shared_urls[kind] = request.getfixturevalue(kind).new_database()
        url = shared_urls[kind]
    with open_store(url) as opened:
        opened.database.write(_empty)
        yield opened


def _empty(tx: Transaction) -> None:
    for table in reversed(metadata.sorted_tables):
        if table is not counters:
            tx.execute(table.delete())
