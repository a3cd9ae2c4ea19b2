"""The store: the groups of queries on one database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from alertdsl.store.queries.alerts import Alerts
from alertdsl.store.queries.evaluation import Evaluation
from alertdsl.store.queries.outbox import Outbox
from alertdsl.store.queries.retention import prune
from alertdsl.store.queries.rules import Rules
from alertdsl.store.queries.silences import Silences
from alertdsl.store.queries.tokens import Tokens

if TYPE_CHECKING:
    from types import TracebackType

    from alertdsl.store.database import Database


class Store:
    """Rules, alerts and notifications in one database; safe to share between threads. Open it with `open_store`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rules = Rules(database)
        self.alerts = Alerts(database)
        self.silences = Silences(database)
        self.outbox = Outbox(database)
        self.tokens = Tokens(database)
        self.evaluation = Evaluation(database)

    def __repr__(self) -> str:
        return f"Store({self.database.engine.url.render_as_string(hide_password=True)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def now(self) -> int:
        """The database's clock: nanoseconds since the epoch."""
        return self.database.now()

    def prune(self, before: int) -> int:
        """Delete alerts that ended before a time, with their history; how many there were."""
        return prune(self.database, before)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()
