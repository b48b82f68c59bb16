"""What each row of a recognition list rested on when the list was made; of older drafts nobody knows it any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261129_2345"
down_revision = "20261129_1900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recognition_row", sa.Column("proposed", JSONB))


def downgrade() -> None:
    op.drop_column("recognition_row", "proposed")
