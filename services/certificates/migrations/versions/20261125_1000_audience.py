"""a certificate's audience, which lecturers are granted"""

from __future__ import annotations

from alembic import op

revision = "20261125_1000"
down_revision = "20261125_0400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE certificate ADD COLUMN audience text")
    # Whoever holds a certificate is a candidate whose recognition grading said; an enrolment's audience never changes.
    op.execute("""
        UPDATE certificate SET audience = candidate.recognition ->> 'audience' FROM candidate
        WHERE candidate.province_id = certificate.province_id AND candidate.enrolment_id = certificate.enrolment_id
    """)
    op.execute("ALTER TABLE certificate ALTER COLUMN audience SET NOT NULL")


def downgrade() -> None:
    op.drop_column("certificate", "audience")
