"""MySQL or MariaDB: the one ALERTDSL_TEST_MYSQL_URL names, else the machine's server program, else a container."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.services.database import DatabaseServer
from tests.services.process import (
    Container,
    LocalProcess,
    Process,
    Unavailable,
    find_program,
    free_port,
    has_docker,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = PASSWORD = "alertdsl"
# The server's clock shows another zone than ours, so that code which mixes up local time and UTC is found out.
TIME_ZONE = "+05:30"


@contextmanager
def mysql(*, private: bool = False) -> Iterator[DatabaseServer]:
    """A server for the length of the block; with `private`, always one that may be stopped and paused."""
    named = os.environ.get("ALERTDSL_TEST_MYSQL_URL")
    if named and not private:
        yield DatabaseServer(sa.make_url(named))
        return
    with tempfile.TemporaryDirectory(prefix="alertdsl-mysql-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        url = sa.URL.create(
            "mysql+pymysql", USER, PASSWORD, "127.0.0.1", port, "alertdsl", query={"charset": "utf8mb4"}
        )
        server = DatabaseServer(url, _process(port, Path(folder)))
        try:
            server.start()
            yield server
        finally:
            server.discard()


def _process(port: int, folder: Path) -> Process:
    program = find_program("mariadbd", "mysqld", folders=["/usr/sbin", "/usr/libexec"])
    if program is not None:
        return _local(program, port, folder)
    if has_docker():
        env = {
            "MARIADB_ROOT_PASSWORD": PASSWORD,
            "MARIADB_USER": USER,
            "MARIADB_PASSWORD": PASSWORD,
            "MARIADB_DATABASE": "alertdsl",
        }
        args = [f"--default-time-zone={TIME_ZONE}"]
        return Container("mariadb", "mariadb:10.11", port=port, inner_port=3306, env=env, args=args)
    raise Unavailable(
        "no MySQL: set ALERTDSL_TEST_MYSQL_URL, install mariadb-server, start Docker, "
        "or run tests/services/install_databases.sh"
    )


def _local(program: str, port: int, folder: Path) -> Process:
    data, first = folder / "data", folder / "first.sql"
    first.write_text(
        "CREATE DATABASE IF NOT EXISTS alertdsl;\n"
        f"CREATE USER IF NOT EXISTS {USER}@'%' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL ON *.* TO {USER}@'%';\n"
    )
    user = [f"--user={_login()}"]
    installer = find_program("mariadb-install-db", "mysql_install_db")
    if installer is not None:
        make = [installer, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        make += ["--skip-test-db", f"--tmpdir={folder}", *user]
    else:
        make = [program, "--no-defaults", "--initialize-insecure", f"--datadir={data}", *user]
    # Temporary tables in a folder of its own: two that are installed at once remove each other's.
    made_in = dict(os.environ, TMPDIR=str(folder))
    done = subprocess.run(
        make, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, env=made_in
    )
    if done.returncode != 0:
        raise RuntimeError(f"{make[0]} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    argv = [program, "--no-defaults", f"--datadir={data}", f"--socket={folder}/s", f"--port={port}", *user]
    argv += [
        "--bind-address=127.0.0.1",
        f"--init-file={first}",
        f"--pid-file={folder}/pid",
        f"--tmpdir={folder}",
    ]
    argv += ["--skip-log-bin", "--innodb-flush-log-at-trx-commit=2", f"--default-time-zone={TIME_ZONE}"]
    return LocalProcess("mysql", argv)


def _login() -> str:
    import getpass

    return getpass.getuser()
