"""first tables"""

from __future__ import annotations

from alembic import op

from shared.schema import Role, create_shared_tables, drop_shared_tables, wall_off

revision = "20261125_0000"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("issuer", "register", "candidate", "certificate")

PLACE_OF = """
    CREATE FUNCTION certificate_of_{what}(wanted {kind}) RETURNS TABLE (province_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS 'SELECT c.province_id, c.id FROM public.certificate c WHERE c.{column} = wanted'
"""
"""The public names no province, so these two questions pass the wall: where the certificate lies whose token (128
random bits) or whose PDF (its hash) the caller holds. They answer two ids, never a row."""
QUESTIONS = (("token", "text", "token"), ("paper", "bytea", "paper_hash"))


def upgrade() -> None:
    create_shared_tables("certificates")
    for statement in DDL.split(";"):
        if statement.strip():
            op.execute(statement)
    wall_off("certificates", TABLES)
    for what, kind, column in QUESTIONS:
        op.execute(PLACE_OF.format(what=what, kind=kind, column=column))
        op.execute(f"REVOKE ALL ON FUNCTION certificate_of_{what} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION certificate_of_{what} TO {Role('certificates').api}")


def downgrade() -> None:
    for what, _, _ in QUESTIONS:
        op.execute(f"DROP FUNCTION certificate_of_{what}")
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_shared_tables()


DDL = """
CREATE TABLE issuer (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    audience text NOT NULL,
    code text NOT NULL,
    details jsonb NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT pk_issuer PRIMARY KEY (province_id, id),
    CONSTRAINT uq_issuer_province_id_audience_valid_from UNIQUE (province_id, audience, valid_from)
);
CREATE TABLE register (
    province_id uuid NOT NULL,
    issuer_code text NOT NULL,
    year integer NOT NULL,
    last_number integer NOT NULL,
    CONSTRAINT pk_register PRIMARY KEY (province_id, issuer_code, year)
);
CREATE TABLE candidate (
    province_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    list_id uuid,
    person_id uuid,
    class_id uuid,
    recognition jsonb,
    approved_at timestamptz,
    withdrawn_at timestamptz,
    state text NOT NULL DEFAULT 'none'
        CONSTRAINT ck_candidate_state CHECK (state in ('none', 'waiting', 'unprintable', 'issued', 'withdrawn')),
    problem text,
    traceparent text,
    CONSTRAINT pk_candidate PRIMARY KEY (province_id, enrolment_id)
);
CREATE INDEX ix_candidate_waiting ON candidate (approved_at, enrolment_id) WHERE state = 'waiting';
CREATE TABLE certificate (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    list_id uuid NOT NULL,
    person_id uuid NOT NULL,
    class_id uuid NOT NULL,
    unit_path uuid[] NOT NULL,
    issuer_code text NOT NULL,
    register_year integer NOT NULL,
    register_number integer NOT NULL,
    number text NOT NULL,
    printed jsonb NOT NULL,
    token text NOT NULL,
    issued_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'valid'
        CONSTRAINT ck_certificate_state CHECK (state in ('valid', 'replaced', 'revoked')),
    replaced_by uuid,
    ended_at timestamptz,
    ended_recorded_at timestamptz,
    ended_why text,
    paper text,
    paper_hash bytea,
    CONSTRAINT pk_certificate PRIMARY KEY (province_id, id),
    CONSTRAINT uq_certificate_register
        UNIQUE (province_id, issuer_code, register_year, register_number),
    CONSTRAINT uq_certificate_token UNIQUE (token)
);
CREATE UNIQUE INDEX ix_certificate_one_valid ON certificate (province_id, enrolment_id) WHERE state = 'valid';
CREATE INDEX ix_certificate_undrawn ON certificate (id) WHERE paper IS NULL;
CREATE INDEX ix_certificate_paper_hash ON certificate (paper_hash);
CREATE INDEX ix_certificate_unit_path ON certificate USING gin (unit_path)
"""
