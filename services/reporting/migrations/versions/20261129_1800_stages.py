"""Stages of enrolments, refusals, and the survey's three answers apart.

Rows of both come as grading says every result again, which its own migration of the same day makes it do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from shared.schema import wall_off

revision = "20261129_1800"
down_revision = "20261125_1400"
branch_labels = None
depends_on = None

_ANSWERS = ("answer_content", "answer_organisation", "answer_staff")


def upgrade() -> None:
    op.create_table(
        "stage",
        sa.Column("province_id", UUID(as_uuid=True), nullable=False),
        sa.Column("seat_id", UUID(as_uuid=True), nullable=False),
        sa.Column("since", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until", TIMESTAMP(timezone=True)),
        sa.Column("stage", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("province_id", "seat_id", "since", name="pk_stage"),
    )
    wall_off("reporting", ("stage",))
    op.add_column("seat", sa.Column("refusals", JSONB))
    for column in _ANSWERS:
        op.add_column("seat", sa.Column(column, sa.SmallInteger))
    # The sum alone does not tell the answers; without their time they are asked of nobody until they are said again.
    op.execute("UPDATE seat SET answered_at = NULL WHERE answered_at IS NOT NULL")
    op.drop_column("seat", "answers_total")


def downgrade() -> None:
    op.add_column("seat", sa.Column("answers_total", sa.SmallInteger))
    op.execute("UPDATE seat SET answers_total = answer_content + answer_organisation + answer_staff")
    for column in (*_ANSWERS, "refusals"):
        op.drop_column("seat", column)
    op.drop_table("stage")
