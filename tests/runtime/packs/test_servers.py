"""Fields that Telegraf copies from a server's own tables, looked for in a real one: the plugin lowers their names, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from alertdsl.packs import find_pack
from alertdsl.packs.reading import fields_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.services.database import DatabaseServer


def wanted(pack: str, measurement: str) -> set[str]:
    """The fields of a measurement that a pack reads."""
    found = {field for metric in find_pack(pack).metrics for field in fields_of(metric)}
    return {field for where, field in found if where == measurement}


def columns(connection: Connection, query: str) -> list[str]:
    """The names of a query's columns, also where it has no row."""
    return list(connection.execute(text(query)).keys())


def test_mysqls_status_and_variables(mysql: DatabaseServer) -> None:
    engine = create_engine(mysql.new_database())
    with engine.connect() as connection:
        status = {name.lower() for name, _ in connection.execute(text("SHOW GLOBAL STATUS"))}
        variables = {name.lower() for name, _ in connection.execute(text("SHOW GLOBAL VARIABLES"))}
        replica = {f"slave_{name.lower()}" for name in columns(connection, "SHOW SLAVE STATUS")}
    engine.dispose()
    assert wanted("mysql", "mysql") <= status | replica
    assert wanted("mysql", "mysql_variables") <= variables
    assert {"threads_connected", "slave_seconds_behind_master"} <= wanted("mysql", "mysql")


def test_postgresqls_statistics(postgres: DatabaseServer) -> None:
    engine = create_engine(postgres.new_database())
    with engine.connect() as connection:
        version = int(str(connection.execute(text("SHOW server_version_num")).scalar()))
        there = {
            *columns(connection, "SELECT * FROM pg_stat_database"),
            *columns(connection, "SELECT * FROM pg_stat_bgwriter"),
        }
    engine.dispose()
    moved = {"checkpoints_req"} if version >= 170000 else set()
    assert wanted("postgresql", "postgresql") - moved <= there
    assert "numbackends" in wanted("postgresql", "postgresql")
