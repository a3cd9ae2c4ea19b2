"""What the SQL servers of the tests have in common."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from tests.services.process import Process, Unavailable


@dataclass
class DatabaseServer:
    """A running SQL server. `process` is None for one that the environment named: it is never stopped."""

    admin_url: sa.URL
    process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, where it is a process of ours."""
        return self.process.pid if self.process else None

    def new_database(self) -> str:
        """Make an empty database, a test's own, and return its SQLAlchemy URL, password included."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        return self.admin_url.set(database=name).render_as_string(hide_password=False)

    def healthy(self) -> bool:
        """Whether it answers now."""
        try:
            self._execute("SELECT 1")
        except sa.exc.DBAPIError:
            return False
        return True

    def start(self) -> None:
        """Start it, on the same port and data where it ran before."""
        self._ours().start(self.healthy)

    def stop(self) -> None:
        """Shut it down in order, its data kept."""
        self._ours().stop()

    def kill(self) -> None:
        """End it as a crash would, its data kept."""
        self._ours().kill()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        self._ours().pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._ours().resume()

    def discard(self) -> None:
        """Stop it for good."""
        self._ours().discard()

    def _ours(self) -> Process:
        if self.process is None:
            raise Unavailable("a database server named by the environment is not ours to stop")
        return self.process

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(
            self.admin_url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 5},
        )
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
