"""Stores on every kind of database: a test that takes `store` runs on each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alertdsl.store import Store, open_store
from alertdsl.store.tables import counters, label_sets, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alertdsl.store.database import Transaction
    from tests.services.database import DatabaseServer

SERVERS = ["mysql", "postgres"]


@pytest.fixture(scope="session")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The store in a SQLite file that tests use one after the other."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'alerts.db'}") as store:
        yield store


@pytest.fixture(scope="session")
def shared_mysql(mysql: DatabaseServer) -> Iterator[Store]:
    """The same in MySQL."""
    with open_store(mysql.new_database()) as store:
        yield store


@pytest.fixture(scope="session")
def shared_postgres(postgres: DatabaseServer) -> Iterator[Store]:
    """The same in PostgreSQL."""
    with open_store(postgres.new_database()) as store:
        yield store


def _shared(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"shared_{request.param}")
    store.database.write(_empty)
    return store


@pytest.fixture(params=["sqlite", *SERVERS])
def store_url(request: pytest.FixtureRequest) -> str:
    """A set-up, empty database of each kind that processes can share."""
    store = _shared(request)
    return store.database.engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=["memory", "sqlite", *SERVERS])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store on each kind of database, SQLite in memory included."""
    if request.param == "memory":
        with open_store("sqlite://") as opened:
            yield opened
    else:
        yield _shared(request)


def _empty(tx: Transaction) -> None:
    """Delete everything but the label sets: a store remembers which it has stored."""
    for table in reversed(metadata.sorted_tables):
        if table not in {counters, label_sets}:
            tx.execute(table.delete())
