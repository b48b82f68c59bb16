"""Print runs: many papers bound into one file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from shared.schema import INSTANT, wall_off

revision = "20261130_0700"
down_revision = "20261125_1410"
branch_labels = None
depends_on = None

ID = UUID(as_uuid=True)


def upgrade() -> None:
    op.create_table(
        "print_run",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("class_id", ID),
        sa.Column("unit_id", ID),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("certificates", ARRAY(ID), nullable=False),
        sa.Column("undrawn", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("left_out", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("taken_until", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("document", sa.Text()),
        sa.PrimaryKeyConstraint("province_id", "id", name=op.f("pk_print_run")),
        sa.CheckConstraint("num_nonnulls(class_id, unit_id) = 1", name=op.f("ck_print_run_of_one")),
    )
    op.create_index("ix_print_run_waiting", "print_run", ["id"], postgresql_where=sa.text("ended_at IS NULL"))
    wall_off("certificates", ("print_run",))


def downgrade() -> None:
    op.drop_table("print_run")
