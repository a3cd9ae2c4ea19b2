from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import alertdsl.store
from alertdsl.store import SchemaError, SchemaOutdated, SchemaTooNew, StoreError, open_store, upgrade
from alertdsl.store.connect import connect
from alertdsl.store.schema import HEAD, REVISIONS, VERSION_TABLE
from alertdsl.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable

MIGRATIONS = Path(alertdsl.store.__file__).parent / "migrations"


def test_migrations_make_the_tables_of_the_metadata(database_url: str) -> None:
    with open_store(database_url) as store, store.database.engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_migrations_make_the_very_same_definitions(database_url: str) -> None:
    """Collations, constraint names and engines too, which Alembic does not compare."""
    with open_store(database_url) as store:
        migrated = _definitions(store.database.engine)
        with store.database.engine.begin() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
        assert _definitions(store.database.engine) == migrated


def _definitions(engine: sa.Engine) -> dict[str, Any]:
    if engine.dialect.name in {"mysql", "mariadb"}:
        with engine.connect() as connection:
            made = {t: connection.exec_driver_sql(f"SHOW CREATE TABLE {t}").one()[1] for t in metadata.tables}
        # The order of indexes is that of their making.
        return {table: sorted(re.split(r",?\n", text)) for table, text in made.items()}
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            ).all()
        return {name: sorted(re.split(r",?\s*\n\s*", sql)) for name, sql in found if name != VERSION_TABLE}
    inspector = sa.inspect(engine)
    return {
        table: [
            [
                (c["name"], str(c["type"]), getattr(c["type"], "collation", None))
                for c in inspector.get_columns(table)
            ],
            inspector.get_pk_constraint(table),
            sorted(inspector.get_foreign_keys(table), key=str),
            sorted(inspector.get_indexes(table), key=str),
            sorted(inspector.get_unique_constraints(table), key=str),
        ]
        for table in metadata.tables
    }


def test_the_revisions_are_those_of_the_scripts() -> None:
    found = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS
    assert found[0] == HEAD


def test_opening_again_changes_nothing(database_url: str) -> None:
    open_store(database_url).close()
    open_store(database_url, create=False).close()
    assert upgrade(database_url) is False


def test_a_database_without_tables_is_refused_where_it_may_not_be_made(database_url: str) -> None:
    with pytest.raises(SchemaOutdated, match="alertdsl store upgrade"):
        open_store(database_url, create=False)
    assert upgrade(database_url) is True
    open_store(database_url, create=False).close()


def _set_version(url: str, version: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = :v"), {"v": version})
    engine.dispose()


def test_another_version_is_told_and_left_alone(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(database_url).close()
    _set_version(database_url, "0999")
    for call in (open_store, upgrade):
        with pytest.raises(SchemaTooNew, match="0999, newer than this program's"):
            call(database_url)
    _set_version(database_url, HEAD)
    monkeypatch.setattr("alertdsl.store.schema.REVISIONS", (HEAD, "next"))
    monkeypatch.setattr("alertdsl.store.schema.HEAD", "next")
    with pytest.raises(
        SchemaOutdated, match=rf"of version {HEAD}, this program needs next.*alertdsl store upgrade"
    ):
        open_store(database_url)


def test_a_set_up_that_was_cut_short_is_gone_on_with(database_url: str) -> None:
    """MySQL keeps every table of a set-up that died half-way."""
    engine = connect(database_url)
    with engine.begin() as connection:
        for name in ("alert_rules", "alertdsl_counters"):
            metadata.tables[name].create(connection)
        connection.execute(metadata.tables["alertdsl_counters"].insert().values(name="rules", value=0))
    engine.dispose()
    with open_store(database_url) as store:
        assert store.evaluation.revision() == (0, 0)


def test_a_table_of_another_program_is_not_touched(database_url: str) -> None:
    engine = connect(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alerts (id INTEGER, what VARCHAR(10))")
        connection.exec_driver_sql("INSERT INTO alerts VALUES (1, 'mine')")
    with pytest.raises(SchemaError, match="a table alerts that is not alertdsl's"):
        open_store(database_url)
    assert sa.inspect(engine).get_table_names() in (["alerts"], ["alerts", VERSION_TABLE])
    engine.dispose()


OPEN = "import sys; from alertdsl.store import open_store; open_store(sys.argv[1]).rules.list()"


def test_many_may_start_at_once(database_url: str) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", OPEN, database_url], stderr=subprocess.PIPE) for _ in range(4)
    ]
    for start in starts:
        _, err = start.communicate(timeout=60)
        assert start.returncode == 0, err.decode()


def test_many_threads_may_start_at_once(database_url: str) -> None:
    def start(_: int) -> None:
        open_store(database_url).close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))


@pytest.mark.parametrize("make", [str, lambda p: f"sqlite:///{p}"])
def test_a_file_name_is_a_database(tmp_path: Path, make: Callable[[Path], str]) -> None:
    path = tmp_path / "deep" / "alerts.db"
    with open_store(make(path)) as store:
        assert store.rules.list().items == ()
    assert path.stat().st_mode & 0o077 == 0


def test_alembic_is_not_imported_for_a_database_that_is_up(tmp_path: Path) -> None:
    path = str(tmp_path / "alerts.db")
    open_store(path).close()
    code = OPEN + "; assert not {'alembic', 'pymysql', 'psycopg'} & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", code, path], check=True, timeout=60)


@pytest.mark.parametrize(
    "url", ["", "mysql:", "nonsense://x", "://", "mysql://u:secret@h:port/db", "oracle://u:secret@h/d"]
)
def test_what_is_no_url_is_told_without_secrets(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(url)
    assert "secret" not in str(raised.value)


def test_passwords_are_not_shown(store_url: str) -> None:
    with open_store(store_url) as store:
        for shown in (
            repr(store),
            repr(store.database),
            str(store.database.engine.url),
            repr(store.database.engine),
        ):
            assert ":alertdsl@" not in shown
