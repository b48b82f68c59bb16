"""A certificate whose paper cannot be drawn steps back."""

from __future__ import annotations

from alembic import op

revision = "20261125_1410"
down_revision = "20261125_1400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE certificate ADD COLUMN draw_tries smallint NOT NULL DEFAULT 0, ADD COLUMN draw_after timestamptz"
    )


def downgrade() -> None:
    op.drop_column("certificate", "draw_after")
    op.drop_column("certificate", "draw_tries")
