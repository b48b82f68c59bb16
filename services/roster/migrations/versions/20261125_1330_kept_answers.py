"""Answers of calls with an Idempotency-Key."""

from __future__ import annotations

from alembic import op

from shared.schema import keep_answers

revision = "20261125_1330"
down_revision = "20261125_0400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_answers("roster")


def downgrade() -> None:
    op.drop_table("kept_answer")
