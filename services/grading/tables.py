"""Grading's tables. `study` is the root of the join in which evidence and enrolments meet."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.schema import INSTANT, new_metadata, province_key

metadata = new_metadata()

source = sa.Table(
    "source",
    metadata,
    province_key(),
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("registered_at", INSTANT, nullable=False),
    sa.Column("registered_by", sa.Text, nullable=False),
    sa.Column("unit_id", UUID(as_uuid=True)),
    sa.Column("sandbox", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("vendor"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    province_key(),
    sa.Column("received_at", INSTANT, primary_key=True),
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("vendor", sa.Text, nullable=False),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("outcome", JSONB, nullable=False),
    postgresql_partition_by="RANGE (received_at)",
)

sa.Index("ix_delivery_vendor", delivery.c.province_id, delivery.c.vendor, delivery.c.received_at)

evidence = sa.Table(
    "evidence",
    metadata,
    province_key(),
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    sa.Column("course", sa.Text, nullable=False),
    sa.Column("learner", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("facts", JSONB, nullable=False),
)
sa.Index("ix_evidence_learner", evidence.c.province_id, evidence.c.course, evidence.c.learner)

trial = sa.Table(
    "trial",
    metadata,
    province_key(),
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

study = sa.Table(
    "study",
    metadata,
    province_key(),
    sa.Column("course", sa.Text, primary_key=True),
    sa.Column("learner", sa.Text, primary_key=True),
)

claim = sa.Table(
    "claim",
    metadata,
    province_key(),
    sa.Column("enrolment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("course", sa.Text, primary_key=True),
    sa.Column("learner", sa.Text, primary_key=True),
)
sa.Index("ix_claim_study", claim.c.province_id, claim.c.course, claim.c.learner)

enrolment = sa.Table(
    "enrolment",
    metadata,
    province_key(),
    sa.Column("enrolment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("person_id", UUID(as_uuid=True)),
    sa.Column("class_id", UUID(as_uuid=True)),
    sa.Column("unit_path", ARRAY(UUID(as_uuid=True))),
    sa.Column("audience", sa.Text),
    sa.Column("course", sa.Text),
    sa.Column("state", sa.LargeBinary),
    sa.Column("certificate", JSONB),
    sa.Column("certified_at", INSTANT),
    sa.Column("status", sa.Text),
    sa.Column("result", sa.LargeBinary),
    sa.Column("unmarked", JSONB),
)
sa.Index("ix_enrolment_unit_path", enrolment.c.unit_path, postgresql_using="gin")
sa.Index("ix_enrolment_class", enrolment.c.province_id, enrolment.c.class_id, enrolment.c.enrolment_id)
sa.Index("ix_enrolment_status", enrolment.c.province_id, enrolment.c.status, enrolment.c.enrolment_id)
sa.Index("ix_enrolment_person", enrolment.c.province_id, enrolment.c.person_id)

sa.Index(
    "ix_enrolment_unmarked",
    enrolment.c.province_id,
    enrolment.c.class_id,
    postgresql_where=enrolment.c.unmarked.is_not(None),
)

pending = sa.Table(
    "pending",
    metadata,
    province_key(),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("enrolment_id", UUID(as_uuid=True), nullable=False),
    sa.Column("since", INSTANT, nullable=False),
    sa.Column("traceparent", sa.Text),
)
sa.Index("ix_pending_order", pending.c.id)
sa.Index("ix_pending_enrolment", pending.c.province_id, pending.c.enrolment_id)

verdict = sa.Table(
    "verdict",
    metadata,
    province_key(),
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("enrolment_id", UUID(as_uuid=True), nullable=False),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("met", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("by_account", sa.Text, nullable=False),
    sa.Column("by_person", UUID(as_uuid=True), nullable=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("ordinal", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.CheckConstraint("gate in ('core_team', 'institution')", name="gate"),
    sa.CheckConstraint("met or reason is not null", name="refusal_has_reason"),
)
sa.Index("ix_verdict_enrolment", verdict.c.province_id, verdict.c.enrolment_id)

recognition_list = sa.Table(
    "recognition_list",
    metadata,
    province_key(),
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", INSTANT, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_by_person", UUID(as_uuid=True)),
    sa.Column("approved_at", INSTANT),
    sa.Column("approval_recorded_at", INSTANT),
)

recognition_row = sa.Table(
    "recognition_row",
    metadata,
    province_key(),
    sa.Column("list_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("enrolment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("frozen", JSONB),
    sa.Column("proposed", JSONB),
)
sa.Index("ix_recognition_row_enrolment", recognition_row.c.province_id, recognition_row.c.enrolment_id)

pass_withdrawal = sa.Table(
    "pass_withdrawal",
    metadata,
    province_key(),
    sa.Column("enrolment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("list_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("by_account", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
