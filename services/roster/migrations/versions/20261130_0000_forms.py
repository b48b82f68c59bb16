"""The rows of the four forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from shared.schema import INSTANT, wall_off

revision = "20261130_0000"
down_revision = "20261125_1400"
branch_labels = None
depends_on = None

ID = UUID(as_uuid=True)


def upgrade() -> None:
    op.create_table(
        "form_row",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("row_id", ID, nullable=False),
        sa.Column("form", sa.SmallInteger(), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("unit_path", ARRAY(ID), nullable=False),
        sa.Column("owner_path", ARRAY(ID), nullable=False),
        sa.Column("class_id", ID),
        sa.Column("person_id", ID),
        sa.Column("name", sa.Text()),
        sa.Column("search_key", sa.Text()),
        sa.Column("birth_date", sa.Date()),
        sa.Column("position", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("account", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("answered_at", INSTANT),
        sa.PrimaryKeyConstraint("province_id", "row_id", name=op.f("pk_form_row")),
        sa.CheckConstraint("form between 1 and 4", name=op.f("ck_form_row_form")),
        sa.CheckConstraint("(form in (1, 2)) = (class_id is not null)", name=op.f("ck_form_row_class")),
        sa.CheckConstraint("(form in (1, 3)) = (person_id is not null)", name=op.f("ck_form_row_person")),
        sa.CheckConstraint("(form in (2, 4)) = (name is not null)", name=op.f("ck_form_row_name")),
        sa.CheckConstraint("outcome in ('done', 'refused')", name=op.f("ck_form_row_outcome")),
        sa.CheckConstraint(
            "num_nonnulls(outcome, answer, answered_by, answered_at) in (0, 4)",
            name=op.f("ck_form_row_answered_whole"),
        ),
    )
    op.create_index("ix_form_row_order", "form_row", ["province_id", "form", "row_id"])
    op.create_index(
        "ix_form_row_waiting",
        "form_row",
        ["province_id", "form", "unit_id", "class_id", "person_id", "search_key", "birth_date", "need"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    wall_off("roster", ("form_row",))


def downgrade() -> None:
    op.drop_table("form_row")
