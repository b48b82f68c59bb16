"""Parked events under an operator's hand."""

from __future__ import annotations

from shared.parked_schema import put_under_a_hand, take_from_the_hand

revision = "20261125_0400"
down_revision = "20261125_0000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    put_under_a_hand("grading")


def downgrade() -> None:
    take_from_the_hand("grading")
