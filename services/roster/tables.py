"""Roster's tables. Every row names its province; `steps` are what happened to it, as its events say.

Longer than 250 lines: one service's tables are read, and compared with its migrations, side by side.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.schema import INSTANT, new_metadata, province_key

metadata = new_metadata()

_ID = UUID(as_uuid=True)
_NO_STEPS = sa.text("'[]'::jsonb")

sa.Table(
    "unit",
    metadata,
    province_key(),
    sa.Column("unit_id", _ID, primary_key=True),
    sa.Column("succeeded_by", ARRAY(_ID), nullable=False, server_default=sa.text("'{}'::uuid[]")),
    sa.Column("steps", JSONB, nullable=False, server_default=_NO_STEPS),
)

unit_period = sa.Table(
    "unit_period",
    metadata,
    province_key(),
    sa.Column("unit_id", _ID, primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("valid_to", sa.Date),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("parent_id", _ID),
    sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="span"),
)
sa.Index("ix_unit_period_code", unit_period.c.province_id, unit_period.c.code)

person = sa.Table(
    "person",
    metadata,
    province_key(),
    sa.Column("person_id", _ID, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("search_key", sa.Text),
    sa.Column("sort_key", sa.Text(collation="C")),
    sa.Column("birth_date", sa.Date),
    sa.Column("identity_number", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("merged_into", _ID),
    sa.Column("erased_at", INSTANT),
    sa.Column("steps", JSONB, nullable=False, server_default=_NO_STEPS),
)
sa.Index(
    "ix_person_identity_number",
    person.c.province_id,
    person.c.identity_number,
    unique=True,
    postgresql_where=person.c.identity_number.is_not(None),
)
sa.Index("ix_person_name", person.c.province_id, person.c.search_key, person.c.birth_date)
sa.Index("ix_person_order", person.c.province_id, person.c.sort_key, person.c.person_id)

account = sa.Table(
    "account",
    metadata,
    province_key(),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("person_id", _ID, nullable=False),
    sa.Column("since", INSTANT, nullable=False),
    sa.Column("until", INSTANT),
)
sa.Index("ix_account_person", account.c.province_id, account.c.person_id)
sa.Index("ix_account_account", account.c.account)

employment = sa.Table(
    "employment",
    metadata,
    province_key(),
    sa.Column("person_id", _ID, primary_key=True),
    sa.Column("unit_id", _ID, primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("valid_to", sa.Date),
    sa.Column("position", sa.Text, nullable=False),
)
sa.Index("ix_employment_unit", employment.c.province_id, employment.c.unit_id)

assignment = sa.Table(
    "assignment",
    metadata,
    province_key(),
    sa.Column("person_id", _ID, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("subject_key", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("unit_id", _ID, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.CheckConstraint("kind in ('main', 'secondary', 'reference')", name="kind"),
)
sa.Index("ix_assignment_subject", assignment.c.province_id, assignment.c.level, assignment.c.subject_key)

role_grant = sa.Table(
    "role_grant",
    metadata,
    province_key(),
    sa.Column("role_grant_id", _ID, primary_key=True),
    sa.Column("person_id", _ID, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("unit_id", _ID),
    sa.Column("class_id", _ID),
    sa.Column("audience", sa.Text),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
)
sa.Index(
    "ix_role_grant_once",
    role_grant.c.province_id,
    role_grant.c.person_id,
    role_grant.c.role,
    role_grant.c.unit_id,
    role_grant.c.class_id,
    role_grant.c.audience,
    role_grant.c.valid_from,
    unique=True,
    postgresql_nulls_not_distinct=True,
)

offering = sa.Table(
    "offering",
    metadata,
    province_key(),
    sa.Column("offering_id", _ID, primary_key=True),
    sa.Column("course", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("subject_key", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("periods", sa.Integer, nullable=False),
    sa.Column("composition", JSONB, nullable=False),
    sa.Column("scheme_id", sa.Text, nullable=False),
    sa.Column("scheme_version", sa.Integer, nullable=False),
    sa.Column("opens_at", INSTANT, nullable=False),
    sa.Column("closes_at", INSTANT, nullable=False),
    sa.Column("window_rule", sa.Text, nullable=False, server_default="common"),
    sa.Column("planned_learners", sa.Integer),
    sa.Column("planned_classes", sa.Integer),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.UniqueConstraint("province_id", "course"),
    sa.CheckConstraint("window_rule in ('common', 'personal')", name="window_rule"),
    sa.CheckConstraint("closes_at > opens_at", name="span"),
)

study_class = sa.Table(
    "class",
    metadata,
    province_key(),
    sa.Column("class_id", _ID, primary_key=True),
    sa.Column("offering_id", _ID, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.UniqueConstraint("province_id", "code"),
    sa.UniqueConstraint("province_id", "offering_id", "number"),
)

class_grader = sa.Table(
    "class_grader",
    metadata,
    province_key(),
    sa.Column("class_id", _ID, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("person_id", _ID, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("since", INSTANT, nullable=False),
)
sa.Index("ix_class_grader_person", class_grader.c.province_id, class_grader.c.person_id)

enrolment = sa.Table(
    "enrolment",
    metadata,
    province_key(),
    sa.Column("enrolment_id", _ID, primary_key=True),
    sa.Column("person_id", _ID, nullable=False),
    sa.Column("offering_id", _ID, nullable=False),
    sa.Column("class_id", _ID, nullable=False),
    sa.Column("unit_id", _ID, nullable=False),
    sa.Column("unit_name", sa.Text, nullable=False),
    sa.Column("unit_path", ARRAY(_ID), nullable=False),
    sa.Column("position", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("windows", JSONB, nullable=False),
    sa.Column("enrolled_at", INSTANT, nullable=False),
    sa.Column("withdrawn_at", INSTANT),
    sa.Column("withdrawn_reason", sa.Text),
    sa.Column("first_login_at", INSTANT),
    sa.Column("registered_at", INSTANT),
    sa.Column("steps", JSONB, nullable=False),
    sa.UniqueConstraint("province_id", "offering_id", "person_id"),
)
sa.Index("ix_enrolment_class", enrolment.c.province_id, enrolment.c.class_id)
sa.Index("ix_enrolment_person", enrolment.c.province_id, enrolment.c.person_id)

sa.Table(
    "import",
    metadata,
    province_key(),
    sa.Column("import_id", _ID, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("file_key", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sent_by", sa.Text, nullable=False),
    sa.Column("sent_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("counts", JSONB, nullable=False),
    sa.Column("mapping", JSONB, nullable=False),
    sa.Column("messages", JSONB, nullable=False),
    sa.Column("row_states", JSONB, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed_at", INSTANT),
    sa.Column("accepted", sa.Text),
    sa.CheckConstraint("state in ('previewed', 'confirmed')", name="state"),
)

form_row = sa.Table(
    "form_row",
    metadata,
    province_key(),
    sa.Column("row_id", _ID, primary_key=True),
    sa.Column("form", sa.SmallInteger, nullable=False),
    sa.Column("unit_id", _ID, nullable=False),
    sa.Column("unit_path", ARRAY(_ID), nullable=False),
    sa.Column("owner_path", ARRAY(_ID), nullable=False),
    sa.Column("class_id", _ID),
    sa.Column("person_id", _ID),
    sa.Column("name", sa.Text),
    sa.Column("search_key", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("position", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("account", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("need", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("raised_by", sa.Text, nullable=False),
    sa.Column("raised_at", INSTANT, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", INSTANT),
    sa.CheckConstraint("form between 1 and 4", name="form"),
    sa.CheckConstraint("(form in (1, 2)) = (class_id is not null)", name="class"),
    sa.CheckConstraint("(form in (1, 3)) = (person_id is not null)", name="person"),
    sa.CheckConstraint("(form in (2, 4)) = (name is not null)", name="name"),
    sa.CheckConstraint("outcome in ('done', 'refused')", name="outcome"),
    sa.CheckConstraint(
        "num_nonnulls(outcome, answer, answered_by, answered_at) in (0, 4)",
        name="answered_whole",
    ),
)
sa.Index("ix_form_row_order", form_row.c.province_id, form_row.c.form, form_row.c.row_id)
sa.Index(
    "ix_form_row_waiting",
    form_row.c.province_id,
    form_row.c.form,
    form_row.c.unit_id,
    form_row.c.class_id,
    form_row.c.person_id,
    form_row.c.search_key,
    form_row.c.birth_date,
    form_row.c.need,
    unique=True,
    postgresql_where=form_row.c.answered_at.is_(None),
    postgresql_nulls_not_distinct=True,
)
