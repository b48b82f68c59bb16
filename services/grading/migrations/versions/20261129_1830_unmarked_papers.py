"""The papers that wait for a mark, beside each result. Every result is assessed and said anew: it now names them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261129_1830"
down_revision = "20261125_1400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolment", sa.Column("unmarked", JSONB))
    op.create_index(
        "ix_enrolment_unmarked",
        "enrolment",
        ["province_id", "class_id"],
        postgresql_where=sa.text("unmarked IS NOT NULL"),
    )
    op.execute(
        "INSERT INTO pending (province_id, enrolment_id, since) "
        "SELECT province_id, enrolment_id, now() FROM enrolment WHERE result IS NOT NULL ORDER BY enrolment_id"
    )


def downgrade() -> None:
    op.drop_index("ix_enrolment_unmarked", "enrolment")
    op.drop_column("enrolment", "unmarked")
