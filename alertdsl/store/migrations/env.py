"""Run by Alembic: migrates on the connection that `alertdsl.store.schema` hands over, inside its lock."""

from __future__ import annotations

from alembic import context

from alertdsl.store.schema import VERSION_TABLE
from alertdsl.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
