"""The database goes away and comes back: the store says so, and works again by itself."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import pytest

from alertdsl.store import Store, StoreError, StoreUnavailable, open_store
from alertdsl.store.connect import parse_url
from tests.alertdsl.store.samples import MINUTE, T0, firing, new_rule, partition
from tests.services import Unavailable
from tests.services.postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.database import DatabaseServer

BTC = {"symbol": "BTC"}


@pytest.fixture
def private_postgres() -> Iterator[DatabaseServer]:
    try:
        with postgres(private=True) as server:
            yield server
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("kind", ["mysql", "postgres"])
def test_a_server_that_stops_and_returns(request: pytest.FixtureRequest, kind: str) -> None:
    server: DatabaseServer = request.getfixturevalue(f"private_{kind}")
    with open_store(server.new_database()) as store:
        rule = store.rules.add(new_rule())
        key = partition(store)
        for n, end in enumerate((server.stop, server.kill)):
            end()
            t = T0 + n * MINUTE
            for _ in range(2):
                with pytest.raises(StoreUnavailable, match="the database is not available") as raised:
                    store.evaluation.commit(key, t, t + MINUTE, firing(rule, BTC, t))
                assert "alertdsl:alertdsl" not in str(raised.value)
            server.start()
            # A server set to answer before its disk does may have lost the last commits; then all of them, cursor too.
            while (t := store.evaluation.cursors()[key].next_t) <= T0 + n * MINUTE:
                assert store.evaluation.commit(key, t, t + MINUTE, firing(rule, BTC, t))
        assert len(store.outbox.list().items) == 2


def test_a_server_that_hangs_is_given_up(private_mysql: DatabaseServer) -> None:
    url = private_mysql.new_database()
    with open_store(f"{url}&read_timeout=2") as store:
        key = partition(store)
        private_mysql.pause()
        try:
            began = time.monotonic()
            with pytest.raises(StoreUnavailable):
                store.evaluation.cursors([key])
            assert time.monotonic() - began < 20
        finally:
            private_mysql.resume()
        assert store.evaluation.cursors([key])[key].next_t == T0


def test_a_server_killed_within_a_transaction_leaves_nothing(private_mysql: DatabaseServer) -> None:
    url = private_mysql.new_database()
    with open_store(url) as store:
        rule = store.rules.add(new_rule())
        key = partition(store)

        def die(tx: object) -> None:
            from alertdsl.store.queries.changes import write_changes

            write_changes(tx, firing(rule, BTC))  # type: ignore[arg-type]
            private_mysql.kill()
            write_changes(tx, firing(rule, BTC))  # type: ignore[arg-type]

        store.evaluation.commit_unbound(type(firing(rule, BTC))(labels=firing(rule, BTC).labels))
        with pytest.raises(StoreUnavailable):
            store.database.write(die)
        private_mysql.start()
        assert store.evaluation.open_alerts() == []
        assert store.evaluation.commit(key, T0, T0 + MINUTE, firing(rule, BTC))


def test_a_connection_that_the_server_closed_is_replaced(mysql: DatabaseServer) -> None:
    with open_store(mysql.new_database()) as store:
        store.rules.list()
        with store.database.engine.connect() as connection:
            ident = connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar()
        mysql._execute(f"KILL {ident}")
        assert store.rules.list().items == ()


def test_a_lost_connection_in_the_middle_is_told(mysql: DatabaseServer) -> None:
    with open_store(mysql.new_database()) as store:

        def work(tx: object) -> None:
            connection = tx.connection  # type: ignore[attr-defined]
            mysql._execute(f"KILL {connection.exec_driver_sql('SELECT CONNECTION_ID()').scalar()}")
            connection.exec_driver_sql("SELECT 1")

        with pytest.raises(StoreUnavailable):
            store.database.write(work)
        assert store.rules.list().items == ()


@pytest.mark.parametrize("kind", ["mysql", "postgres"])
def test_wrong_password_and_no_server(request: pytest.FixtureRequest, kind: str) -> None:
    url = parse_url(request.getfixturevalue(kind).new_database())
    wrong = [url.set(port=1)]
    if kind == "mysql":
        wrong.append(url.set(password="hunter2"))
    for bad in wrong:
        with pytest.raises(StoreUnavailable) as raised:
            open_store(bad)
        assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("kind", ["mysql", "postgres"])
def test_deadlocks_are_run_again(request: pytest.FixtureRequest, kind: str) -> None:
    """Two transactions that take the same two rows in opposite order: one is chosen to fail, and tried again."""
    with open_store(request.getfixturevalue(kind).new_database()) as store:
        for key in ("a", "b"):
            partition(store, key)
        both_hold_one = threading.Barrier(2)
        tries: list[str] = []

        def work(first: str, second: str) -> None:
            def cross(tx: object) -> None:
                tries.append(first)
                _touch(tx, first)
                if tries.count(first) == 1:
                    both_hold_one.wait(20)
                _touch(tx, second)

            store.database.write(cross)

        threads = [threading.Thread(target=work, args=order) for order in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(tries) == 3
        assert {c.next_t for c in store.evaluation.cursors().values()} == {T0 + 2}


def _touch(tx: object, key: str) -> None:
    from alertdsl.store.tables import partitions

    statement = partitions.update().where(partitions.c.partition_key == key)
    tx.execute(statement.values(next_t=partitions.c.next_t + 1))  # type: ignore[attr-defined]


def test_a_locked_sqlite_file_is_waited_for_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alertdsl.store.connect._PATIENCE_S", 0.3)
    path = tmp_path / "alerts.db"
    with open_store(str(path)) as store:
        key = partition(store)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert store.evaluation.cursors([key])[key].next_t == T0
        with pytest.raises(StoreUnavailable, match="locked"):
            partition(store, "q")
        other.execute("COMMIT")
        other.close()
        partition(store, "q")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "alerts.db"
    path.write_bytes(b"this is a text" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        open_store(str(path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the database file"):
        open_store(str(tmp_path / "file" / "alerts.db"))


def test_a_sqlite_file_keeps_its_content_over_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "alerts.db")
    with open_store(path) as store:
        rule = store.rules.add(new_rule())
        store.evaluation.commit_unbound(firing(rule, BTC))
    with open_store(path) as again:
        assert again.rules.list().items == (rule,)
        assert len(again.evaluation.open_alerts()) == 1


def test_a_memory_store_is_its_own(store: Store) -> None:
    del store
    with open_store("sqlite://") as one, open_store("sqlite://") as two:
        one.rules.add(new_rule())
        assert two.rules.list().items == ()
