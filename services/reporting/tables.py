"""Reporting's tables: units, seats, and what is counted of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.reporting.domain.seats import COUNTED
from shared.schema import INSTANT, new_metadata, province_key

metadata = new_metadata()

_ID = UUID(as_uuid=True)

unit = sa.Table(
    "unit",
    metadata,
    province_key(),
    sa.Column("unit_id", _ID, primary_key=True),
    sa.Column("succeeded_by", ARRAY(_ID), nullable=False),
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
)

person = sa.Table(
    "person",
    metadata,
    province_key(),
    sa.Column("person_id", _ID, primary_key=True),
    sa.Column("merged_into", _ID),
    sa.Column("erased", sa.Boolean, nullable=False),
)
sa.Index(
    "ix_person_merged",
    person.c.province_id,
    person.c.person_id,
    postgresql_where=person.c.merged_into.is_not(None),
)

# A path of units is known by a hash of it and never changes, so that the rows counted by it stay narrow.
place = sa.Table(
    "place",
    metadata,
    province_key(),
    sa.Column("place_id", _ID, primary_key=True),
    sa.Column("unit_path", ARRAY(_ID), nullable=False),
)

# The join's root: whichever of enrolment, result and certificate comes first makes the row.
seat = sa.Table(
    "seat",
    metadata,
    province_key(),
    sa.Column("seat_id", _ID, primary_key=True),
    sa.Column("person_id", _ID),
    sa.Column("class_id", _ID),
    sa.Column("unit_id", _ID),
    sa.Column("place_id", _ID),
    sa.Column("unit_path", ARRAY(_ID)),
    sa.Column("offering_id", _ID),
    sa.Column("course", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("level", sa.Text),
    sa.Column("audience", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("enrolled_at", INSTANT),
    sa.Column("withdrawn_at", INSTANT),
    sa.Column("with_account_at", INSTANT),
    sa.Column("status", sa.Text),
    sa.Column("first_login_at", INSTANT),
    sa.Column("answered_at", INSTANT),
    sa.Column("answer_content", sa.SmallInteger),
    sa.Column("answer_organisation", sa.SmallInteger),
    sa.Column("answer_staff", sa.SmallInteger),
    sa.Column("result_movements", JSONB),
    sa.Column("refusals", JSONB),
    sa.Column("certificates", JSONB, nullable=False, server_default="[]"),
    postgresql_with={"fillfactor": "80"},
)

movement = sa.Table(
    "movement",
    metadata,
    province_key(),
    sa.Column("seat_id", _ID, primary_key=True),
    sa.Column("figure", sa.Text, primary_key=True),
    sa.Column("at", INSTANT, primary_key=True),
    sa.Column("delta", sa.SmallInteger, nullable=False),
)
sa.Index("ix_movement_at", movement.c.province_id, movement.c.at)

# Where each enrolment stands: one row for each stage it was in, without a gap from enrolment to withdrawal.
stage = sa.Table(
    "stage",
    metadata,
    province_key(),
    sa.Column("seat_id", _ID, primary_key=True),
    sa.Column("since", INSTANT, primary_key=True),
    sa.Column("until", INSTANT),
    sa.Column("stage", sa.Text, nullable=False),
)

daily_delta = sa.Table(
    "daily_delta",
    metadata,
    province_key(),
    sa.Column("place_id", _ID, primary_key=True),
    sa.Column("offering_id", _ID, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    *(sa.Column(figure, sa.Integer, nullable=False) for figure in COUNTED),
)
sa.Index("ix_daily_delta_day", daily_delta.c.province_id, daily_delta.c.day)

# The sum of all its days: most reports are of now, and read this less the few days after their instant.
standing = sa.Table(
    "standing",
    metadata,
    province_key(),
    sa.Column("place_id", _ID, primary_key=True),
    sa.Column("offering_id", _ID, primary_key=True),
    *(sa.Column(figure, sa.Integer, nullable=False) for figure in COUNTED),
)
