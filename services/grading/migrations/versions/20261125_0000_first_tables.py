"""first tables"""

from __future__ import annotations

from alembic import op

from shared.schema import Role, create_shared_tables, drop_shared_tables, wall_off

revision = "20261125_0000"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "source", "delivery", "evidence", "study", "claim", "enrolment", "pending",
    "verdict", "recognition_list", "recognition_row", "pass_withdrawal",
)  # fmt: skip


def upgrade() -> None:
    create_shared_tables("grading")
    for statement in DDL.split(";"):
        if statement.strip():
            op.execute(statement)
    # Raw bodies lie by month, so that a month can be moved to the object store whole; the last one takes what is left.
    partitions = {"delivery_other": "DEFAULT"}
    for month in range(12 * 2026 + 10, 12 * 2030):
        first, following = (f"{m // 12}-{m % 12 + 1:02d}-01 00:00:00+00" for m in (month, month + 1))
        partitions[f"delivery_{month // 12}_{month % 12 + 1:02d}"] = f"FOR VALUES FROM ('{first}') TO ('{following}')"
    role = Role("grading")
    for name, bounds in partitions.items():
        op.execute(f"CREATE TABLE {name} PARTITION OF delivery {bounds}")
        # Row-level security stands on the parent; a partition by its own name would be a way around it.
        op.execute(f"REVOKE ALL ON {name} FROM {role.api}, {role.worker}")
    wall_off("grading", TABLES)
    # A webhook names its vendor before anyone knows the province: the api role may look the province up.
    op.execute(f"CREATE POLICY lookup ON source FOR SELECT TO {role.api} USING (true)")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_shared_tables()


DDL = """
CREATE TABLE source (
    province_id uuid NOT NULL,
    vendor text NOT NULL,
    registered_at timestamptz NOT NULL,
    registered_by text NOT NULL,
    CONSTRAINT pk_source PRIMARY KEY (province_id, vendor),
    CONSTRAINT uq_source_vendor UNIQUE (vendor)
);
CREATE TABLE delivery (
    province_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    id uuid NOT NULL,
    vendor text NOT NULL,
    webhook_id text NOT NULL,
    body bytea NOT NULL,
    outcome jsonb NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (province_id, received_at, id)
) PARTITION BY RANGE (received_at);
CREATE TABLE evidence (
    province_id uuid NOT NULL,
    vendor text NOT NULL,
    event_id text NOT NULL,
    content_hash bytea NOT NULL,
    course text NOT NULL,
    learner text NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    facts jsonb NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (province_id, vendor, event_id)
);
CREATE INDEX ix_evidence_learner ON evidence (province_id, course, learner);
CREATE TABLE study (
    province_id uuid NOT NULL,
    course text NOT NULL,
    learner text NOT NULL,
    CONSTRAINT pk_study PRIMARY KEY (province_id, course, learner)
);
CREATE TABLE claim (
    province_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    course text NOT NULL,
    learner text NOT NULL,
    CONSTRAINT pk_claim PRIMARY KEY (province_id, enrolment_id, course, learner)
);
CREATE INDEX ix_claim_study ON claim (province_id, course, learner);
CREATE TABLE enrolment (
    province_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    person_id uuid,
    class_id uuid,
    unit_path uuid[],
    audience text,
    course text,
    state bytea,
    certificate jsonb,
    certified_at timestamptz,
    status text,
    result bytea,
    CONSTRAINT pk_enrolment PRIMARY KEY (province_id, enrolment_id)
) WITH (fillfactor = 70, toast_tuple_target = 8160);
CREATE INDEX ix_enrolment_unit_path ON enrolment USING gin (unit_path);
CREATE INDEX ix_enrolment_class ON enrolment (province_id, class_id, enrolment_id);
CREATE INDEX ix_enrolment_status ON enrolment (province_id, status, enrolment_id);
CREATE INDEX ix_enrolment_person ON enrolment (province_id, person_id);
CREATE TABLE pending (
    province_id uuid NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    enrolment_id uuid NOT NULL,
    since timestamptz NOT NULL,
    traceparent text,
    CONSTRAINT pk_pending PRIMARY KEY (province_id, id)
);
CREATE INDEX ix_pending_order ON pending (id);
CREATE INDEX ix_pending_enrolment ON pending (province_id, enrolment_id);
CREATE TABLE verdict (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    gate text NOT NULL CONSTRAINT ck_verdict_gate CHECK (gate in ('core_team', 'institution')),
    met boolean NOT NULL,
    reason text,
    by_account text NOT NULL,
    by_person uuid NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT pk_verdict PRIMARY KEY (province_id, id),
    CONSTRAINT ck_verdict_refusal_has_reason CHECK (met or reason is not null)
);
CREATE INDEX ix_verdict_enrolment ON verdict (province_id, enrolment_id);
CREATE TABLE recognition_list (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    approved_by text,
    approved_by_person uuid,
    approved_at timestamptz,
    approval_recorded_at timestamptz,
    CONSTRAINT pk_recognition_list PRIMARY KEY (province_id, id)
);
CREATE TABLE recognition_row (
    province_id uuid NOT NULL,
    list_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    frozen jsonb,
    CONSTRAINT pk_recognition_row PRIMARY KEY (province_id, list_id, enrolment_id)
);
CREATE INDEX ix_recognition_row_enrolment ON recognition_row (province_id, enrolment_id);
CREATE TABLE pass_withdrawal (
    province_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    list_id uuid NOT NULL,
    by_account text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT pk_pass_withdrawal PRIMARY KEY (province_id, enrolment_id, list_id)
)
"""
