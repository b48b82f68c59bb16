"""Sandboxes: sources whose events are answered and never counted; `trial` remembers which ids were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

from shared.schema import INSTANT, wall_off

revision = "20261129_2350"
down_revision = "20261129_2345"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("sandbox", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "trial",
        sa.Column("province_id", UUID(as_uuid=True), nullable=False),
        sa.Column("vendor", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("province_id", "vendor", "event_id", name="pk_trial"),
    )
    wall_off("grading", ("trial",))


def downgrade() -> None:
    op.drop_table("trial")
    op.drop_column("source", "sandbox")
