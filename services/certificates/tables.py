"""Certificates' tables. `candidate` is who has passed; `certificate` is the register; `print_run` binds papers."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.schema import INSTANT, new_metadata, province_key

metadata = new_metadata()

issuer = sa.Table(
    "issuer",
    metadata,
    province_key(),
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.UniqueConstraint("province_id", "audience", "valid_from"),
)

register = sa.Table(
    "register",
    metadata,
    province_key(),
    sa.Column("issuer_code", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_number", sa.Integer, nullable=False),
)

candidate = sa.Table(
    "candidate",
    metadata,
    province_key(),
    sa.Column("enrolment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("list_id", UUID(as_uuid=True)),
    sa.Column("person_id", UUID(as_uuid=True)),
    sa.Column("class_id", UUID(as_uuid=True)),
    sa.Column("recognition", JSONB),
    sa.Column("approved_at", INSTANT),
    sa.Column("withdrawn_at", INSTANT),
    sa.Column("state", sa.Text, nullable=False, server_default="none"),
    sa.Column("problem", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.CheckConstraint("state in ('none', 'waiting', 'unprintable', 'issued', 'withdrawn')", name="state"),
)
sa.Index("ix_candidate_waiting", candidate.c.approved_at, candidate.c.enrolment_id,
         postgresql_where=candidate.c.state == "waiting")  # fmt: skip

certificate = sa.Table(
    "certificate",
    metadata,
    province_key(),
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("enrolment_id", UUID(as_uuid=True), nullable=False),
    sa.Column("list_id", UUID(as_uuid=True), nullable=False),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False),
    sa.Column("class_id", UUID(as_uuid=True), nullable=False),
    sa.Column("unit_path", ARRAY(UUID(as_uuid=True)), nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("issuer_code", sa.Text, nullable=False),
    sa.Column("register_year", sa.Integer, nullable=False),
    sa.Column("register_number", sa.Integer, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("printed", JSONB, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("issued_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="valid"),
    sa.Column("replaced_by", UUID(as_uuid=True)),
    sa.Column("ended_at", INSTANT),
    sa.Column("ended_recorded_at", INSTANT),
    sa.Column("ended_why", sa.Text),
    sa.Column("paper", sa.Text),
    sa.Column("paper_hash", sa.LargeBinary),
    sa.Column("draw_tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("draw_after", INSTANT),
    sa.UniqueConstraint(
        "province_id", "issuer_code", "register_year", "register_number", name="uq_certificate_register"
    ),
    sa.UniqueConstraint("token"),
    sa.CheckConstraint("state in ('valid', 'replaced', 'revoked')", name="state"),
)
sa.Index("ix_certificate_one_valid", certificate.c.province_id, certificate.c.enrolment_id, unique=True,
         postgresql_where=certificate.c.state == "valid")  # fmt: skip
sa.Index("ix_certificate_undrawn", certificate.c.id, postgresql_where=certificate.c.paper.is_(None))
sa.Index("ix_certificate_paper_hash", certificate.c.paper_hash)
sa.Index("ix_certificate_unit_path", certificate.c.unit_path, postgresql_using="gin")

print_run = sa.Table(
    "print_run",
    metadata,
    province_key(),
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("class_id", UUID(as_uuid=True)),
    sa.Column("unit_id", UUID(as_uuid=True)),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", INSTANT, nullable=False),
    sa.Column("certificates", ARRAY(UUID(as_uuid=True)), nullable=False),
    sa.Column("undrawn", sa.Integer, nullable=False),
    sa.Column("bound", sa.Integer, nullable=False, server_default="0"),
    sa.Column("left_out", sa.Integer, nullable=False, server_default="0"),
    sa.Column("taken_until", INSTANT),
    sa.Column("ended_at", INSTANT),
    sa.Column("document", sa.Text),
    sa.CheckConstraint("num_nonnulls(class_id, unit_id) = 1", name="of_one"),
)
sa.Index("ix_print_run_waiting", print_run.c.id, postgresql_where=print_run.c.ended_at.is_(None))
