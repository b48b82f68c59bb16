"""First tables: units, seats, and what is counted of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, UUID

from shared.schema import create_shared_tables, drop_shared_tables, wall_off

revision = "20261125_0000"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("unit", "unit_period", "person", "place", "seat", "movement", "daily_delta", "standing")
_ID = UUID(as_uuid=True)
_INSTANT = TIMESTAMP(timezone=True)
_COUNTED = (
    "enrolments", "studying", "submitted", "graded", "lms_met", "core_team_met", "institution_met", "approved",
    "certified", "missing",
)  # fmt: skip


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("province_id", *names, name=f"pk_{table}")


def upgrade() -> None:
    create_shared_tables("reporting")
    op.create_table(
        "unit",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("succeeded_by", ARRAY(_ID), nullable=False),
        _key("unit", "unit_id"),
    )
    op.create_table(
        "unit_period",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("parent_id", _ID),
        _key("unit_period", "unit_id", "valid_from"),
    )
    op.create_table(
        "person",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("merged_into", _ID),
        sa.Column("erased", sa.Boolean, nullable=False),
        _key("person", "person_id"),
    )
    op.create_index(
        "ix_person_merged",
        "person",
        ["province_id", "person_id"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "place",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("unit_path", ARRAY(_ID), nullable=False),
        _key("place", "place_id"),
    )
    op.create_table(
        "seat",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("seat_id", _ID, nullable=False),
        *(sa.Column(name, _ID) for name in ("person_id", "class_id", "unit_id", "place_id")),
        sa.Column("unit_path", ARRAY(_ID)),
        sa.Column("offering_id", _ID),
        *(sa.Column(name, sa.Text) for name in ("course", "subject", "level", "audience", "kind")),
        *(sa.Column(name, _INSTANT) for name in ("enrolled_at", "withdrawn_at", "with_account_at")),
        sa.Column("status", sa.Text),
        sa.Column("first_login_at", _INSTANT),
        sa.Column("answered_at", _INSTANT),
        sa.Column("answers_total", sa.SmallInteger),
        sa.Column("result_movements", JSONB),
        sa.Column("certificates", JSONB, nullable=False, server_default="[]"),
        _key("seat", "seat_id"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "movement",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("seat_id", _ID, nullable=False),
        sa.Column("figure", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("delta", sa.SmallInteger, nullable=False),
        _key("movement", "seat_id", "figure", "at"),
    )
    op.create_index("ix_movement_at", "movement", ["province_id", "at"])
    op.create_table(
        "daily_delta",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("offering_id", _ID, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *(sa.Column(figure, sa.Integer, nullable=False) for figure in _COUNTED),
        _key("daily_delta", "place_id", "offering_id", "day"),
    )
    op.create_index("ix_daily_delta_day", "daily_delta", ["province_id", "day"])
    op.create_table(
        "standing",
        sa.Column("province_id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("offering_id", _ID, nullable=False),
        *(sa.Column(figure, sa.Integer, nullable=False) for figure in _COUNTED),
        _key("standing", "place_id", "offering_id"),
    )
    wall_off("reporting", TABLES)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_shared_tables()
