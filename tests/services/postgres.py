"""PostgreSQL: the one ALERTDSL_TEST_POSTGRES_URL names, else the machine's server program, else a container."""

from __future__ import annotations

import os
import pwd
import signal
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
# As in mysql.py: not ours, so that code which mixes up local time and UTC is found out.
TIME_ZONE = "Asia/Kolkata"


@contextmanager
def postgres(*, private: bool = False) -> Iterator[DatabaseServer]:
    """A server for the length of the block; with `private`, always one that may be stopped and paused."""
    named = os.environ.get("ALERTDSL_TEST_POSTGRES_URL")
    if named and not private:
        yield DatabaseServer(sa.make_url(named))
        return
    with tempfile.TemporaryDirectory(prefix="alertdsl-postgres-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        url = sa.URL.create("postgresql+psycopg", USER, PASSWORD, "127.0.0.1", port, "postgres")
        server = DatabaseServer(url, _process(port, Path(folder)))
        try:
            server.start()
            yield server
        finally:
            server.discard()


def _process(port: int, folder: Path) -> Process:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb, program = (find_program(name, folders=installed) for name in ("initdb", "postgres"))
    if initdb and program:
        return _local(initdb, program, port, folder)
    if has_docker():
        env = {
            "POSTGRES_USER": USER,
            "POSTGRES_PASSWORD": PASSWORD,
            "POSTGRES_DB": "postgres",
            "TZ": TIME_ZONE,
        }
        return Container("postgres", "postgres:16", port=port, inner_port=5432, env=env)
    raise Unavailable("no PostgreSQL: set ALERTDSL_TEST_POSTGRES_URL, install postgresql, or start Docker")


def _local(initdb: str, program: str, port: int, folder: Path) -> Process:
    user = _unprivileged()
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    data = folder / "data"
    make = [initdb, f"--pgdata={data}", f"--username={USER}", "--auth=trust", "--no-sync", "--encoding=UTF8"]
    make += ["--locale=C.UTF-8"]
    done = subprocess.run(
        make, user=user, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    argv = [program, "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1"]
    argv += ["-c", "synchronous_commit=off", "-c", f"timezone={TIME_ZONE}"]
    # A killed one would leave its shared memory behind; SIGQUIT is its own way to stop at once.
    return LocalProcess("postgres", argv, user=user, stop_signal=signal.SIGINT, discard_signal=signal.SIGQUIT)


def _unprivileged() -> str | None:
    """Whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Unavailable("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
