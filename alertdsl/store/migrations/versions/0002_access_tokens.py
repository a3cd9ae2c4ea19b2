"""Tokens of the MCP server's clients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alertdsl.store.columns import TABLE_OPTIONS, LongText, Name, ident, nanoseconds

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what a set-up that was cut short left is gone on with."""
    op.create_table(
        "access_tokens",
        sa.Column("id", ident(12), nullable=False),
        sa.Column("digest", ident(64), nullable=False),
        sa.Column("owner", Name(190), nullable=False),
        sa.Column("scope", ident(16), nullable=False),
        sa.Column("note", LongText(), nullable=False),
        sa.Column("created_at", nanoseconds(), nullable=False),
        sa.Column("expires_at", nanoseconds(), nullable=True),
        sa.Column("revoked_at", nanoseconds(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_access_tokens"),
        if_not_exists=True,
        **TABLE_OPTIONS,
    )
