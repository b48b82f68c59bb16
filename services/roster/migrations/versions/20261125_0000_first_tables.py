"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.schema import INSTANT, Role, create_shared_tables, drop_shared_tables, wall_off

revision = "20261125_0000"
down_revision = None
branch_labels = None
depends_on = None

ID = UUID(as_uuid=True)
TABLES = (
    "account",
    "assignment",
    "class",
    "class_grader",
    "employment",
    "enrolment",
    "import",
    "offering",
    "person",
    "role_grant",
    "unit",
    "unit_period",
)

PROVINCES_OF_ACCOUNT = """
    CREATE FUNCTION provinces_of_account(wanted text) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS 'SELECT province_id FROM public.account WHERE account = wanted ORDER BY since, province_id'
"""
"""Log-in comes before any province is known, so this one question passes the wall: an account's provinces."""


def upgrade() -> None:
    create_shared_tables("roster")
    op.create_table(
        "account",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("province_id", "account", name=op.f("pk_account")),
    )
    op.create_index("ix_account_account", "account", ["account"], unique=False)
    op.create_index("ix_account_person", "account", ["province_id", "person_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("kind in ('main', 'secondary', 'reference')", name=op.f("ck_assignment_kind")),
        sa.PrimaryKeyConstraint("province_id", "person_id", "level", "subject_key", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_subject", "assignment", ["province_id", "level", "subject_key"], unique=False)
    op.create_table(
        "class",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=False),
        sa.Column("offering_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("province_id", "class_id", name=op.f("pk_class")),
        sa.UniqueConstraint("province_id", "code", name=op.f("uq_class_province_id_code")),
        sa.UniqueConstraint(
            "province_id", "offering_id", "number", name=op.f("uq_class_province_id_offering_id_number")
        ),
    )
    op.create_table(
        "class_grader",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("province_id", "class_id", "account", name=op.f("pk_class_grader")),
    )
    op.create_index("ix_class_grader_person", "class_grader", ["province_id", "person_id"], unique=False)
    op.create_table(
        "employment",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("province_id", "person_id", "unit_id", "valid_from", name=op.f("pk_employment")),
    )
    op.create_index("ix_employment_unit", "employment", ["province_id", "unit_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("offering_id", ID, nullable=False),
        sa.Column("class_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("unit_path", ARRAY(ID), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("windows", JSONB, nullable=False),
        sa.Column("enrolled_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("first_login_at", INSTANT, nullable=True),
        sa.Column("registered_at", INSTANT, nullable=True),
        sa.Column("steps", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("province_id", "enrolment_id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint(
            "province_id", "offering_id", "person_id", name=op.f("uq_enrolment_province_id_offering_id_person_id")
        ),
    )
    op.create_index("ix_enrolment_class", "enrolment", ["province_id", "class_id"], unique=False)
    op.create_index("ix_enrolment_person", "enrolment", ["province_id", "person_id"], unique=False)
    op.create_table(
        "import",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("messages", JSONB, nullable=False),
        sa.Column("row_states", JSONB, nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("accepted", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('previewed', 'confirmed')", name=op.f("ck_import_state")),
        sa.PrimaryKeyConstraint("province_id", "import_id", name=op.f("pk_import")),
    )
    op.create_table(
        "offering",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("offering_id", ID, nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("composition", JSONB, nullable=False),
        sa.Column("scheme_id", sa.Text(), nullable=False),
        sa.Column("scheme_version", sa.Integer(), nullable=False),
        sa.Column("opens_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("window_rule", sa.Text(), server_default="common", nullable=False),
        sa.Column("planned_learners", sa.Integer(), nullable=True),
        sa.Column("planned_classes", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("window_rule in ('common', 'personal')", name=op.f("ck_offering_window_rule")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_offering_span")),
        sa.PrimaryKeyConstraint("province_id", "offering_id", name=op.f("pk_offering")),
        sa.UniqueConstraint("province_id", "course", name=op.f("uq_offering_province_id_course")),
    )
    op.create_table(
        "person",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("search_key", sa.Text(), nullable=True),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("identity_number", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.Column("steps", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("province_id", "person_id", name=op.f("pk_person")),
    )
    op.create_index(
        "ix_person_identity_number",
        "person",
        ["province_id", "identity_number"],
        unique=True,
        postgresql_where=sa.text("identity_number IS NOT NULL"),
    )
    op.create_index("ix_person_name", "person", ["province_id", "search_key", "birth_date"], unique=False)
    op.create_index("ix_person_order", "person", ["province_id", "sort_key", "person_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("role_grant_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("class_id", ID, nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("province_id", "role_grant_id", name=op.f("pk_role_grant")),
    )
    op.create_index(
        "ix_role_grant_once",
        "role_grant",
        ["province_id", "person_id", "role", "unit_id", "class_id", "audience", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "unit",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("succeeded_by", ARRAY(ID), server_default=sa.text("'{}'::uuid[]"), nullable=False),
        sa.Column("steps", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("province_id", "unit_id", name=op.f("pk_unit")),
    )
    op.create_table(
        "unit_period",
        sa.Column("province_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_unit_period_span")),
        sa.PrimaryKeyConstraint("province_id", "unit_id", "valid_from", name=op.f("pk_unit_period")),
    )
    op.create_index("ix_unit_period_code", "unit_period", ["province_id", "code"], unique=False)
    wall_off("roster", TABLES)
    op.execute(PROVINCES_OF_ACCOUNT)
    op.execute("REVOKE ALL ON FUNCTION provinces_of_account(text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION provinces_of_account(text) TO {Role('roster').api}, {Role('roster').worker}")


def downgrade() -> None:
    op.execute("DROP FUNCTION provinces_of_account(text)")
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_shared_tables()
