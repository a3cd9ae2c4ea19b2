"""An index by which the past of a rule's alerts is found: rules about rules ask for it at every instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAME = "ix_alerts_rule_id_resolved_at"


def upgrade() -> None:
    """Make the index, unless a set-up that was cut short has done so."""
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("alerts")}
    if _NAME not in there:
        op.create_index(_NAME, "alerts", ["rule_id", "resolved_at"])
