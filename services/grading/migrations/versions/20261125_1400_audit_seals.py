"""The audit's chain of hashes."""

from __future__ import annotations

from shared.schema import seal_audit, unseal_audit

revision = "20261125_1400"
down_revision = "20261125_1330"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seal_audit("grading")


def downgrade() -> None:
    unseal_audit()
