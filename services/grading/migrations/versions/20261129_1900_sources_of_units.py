"""A vendor's own unit, whose people see its deliveries; deliveries by vendor and time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "20261129_1900"
down_revision = "20261129_1830"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("unit_id", UUID(as_uuid=True)))
    op.create_index("ix_delivery_vendor", "delivery", ["province_id", "vendor", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_delivery_vendor", "delivery")
    op.drop_column("source", "unit_id")
