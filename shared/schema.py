"""The tables every service has in its own database: outbox, versions seen, parked events, answers, audit and seals."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from shared import parked_schema

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

INSTANT = TIMESTAMP(timezone=True)

EPOCH_BITS = 40
"""An aggregate's version is epoch << 40 | counter. The epoch is raised after a restore from a backup, so that no
consumer takes a restored aggregate's news for old."""


def new_metadata() -> sa.MetaData:
    """A service's metadata with our naming convention and the shared tables in it."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _shared_tables(metadata)
    parked_schema.add_to(metadata)
    _kept_answers(metadata)
    _audit_seals(metadata)
    return metadata


def province_key() -> sa.Column[object]:
    """`province_id`, first in every table and key: several provinces share an installation."""
    return sa.Column("province_id", UUID(as_uuid=True), primary_key=True)


def _shared_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "database_epoch",
        metadata,
        sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="1"),
        sa.CheckConstraint("one", name="single_row"),
    )
    sa.Table(
        "aggregate",
        metadata,
        province_key(),
        sa.Column("aggregate_type", sa.Text, primary_key=True),
        sa.Column("aggregate_id", UUID(as_uuid=True), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("shard", sa.SmallInteger, nullable=False),
    )
    outbox = sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True, cache=1), primary_key=True),
        sa.Column("province_id", UUID(as_uuid=True), nullable=False),
        sa.Column("aggregate_type", sa.Text, nullable=False),
        sa.Column("aggregate_id", UUID(as_uuid=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        sa.Column("event_id", UUID(as_uuid=True), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("traceparent", sa.Text),
        sa.Column("published_at", INSTANT),
        sa.UniqueConstraint("aggregate_id", "version", "aggregate_type"),
        postgresql_with={"toast_tuple_target": "8160"},
    )
    sa.Index("ix_outbox_unpublished", outbox.c.id, postgresql_where=outbox.c.published_at.is_(None))
    sa.Table(
        "relay_position",
        metadata,
        sa.Column("shard", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cluster_id", sa.Text, nullable=False),
        sa.Column("log_offset", sa.BigInteger, nullable=False),
    )
    sa.Table(
        "version_seen",
        metadata,
        province_key(),
        sa.Column("aggregate_type", sa.Text, primary_key=True),
        sa.Column("aggregate_id", UUID(as_uuid=True), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    sa.Table(
        "audit",
        metadata,
        province_key(),
        sa.Column("id", UUID(as_uuid=True), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("request_id", sa.Text),
    )


def _kept_answers(metadata: sa.MetaData) -> None:
    sa.Table(
        "kept_answer",
        metadata,
        province_key(),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("status", sa.SmallInteger),
        sa.Column("body", sa.LargeBinary),
        sa.Index("ix_kept_answer_kept_at", "kept_at"),
    )


def _audit_seals(metadata: sa.MetaData) -> None:
    sa.Table(
        "audit_seal",
        metadata,
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("province_id", UUID(as_uuid=True), nullable=False),
        sa.Column("audit_id", UUID(as_uuid=True), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("province_id", "audit_id"),
        sa.CheckConstraint("seq > 0", name="from_one"),
    )
    if "audit" in metadata.tables:
        sa.Index("ix_audit_recorded_at", metadata.tables["audit"].c.recorded_at, postgresql_using="brin")


@dataclass(frozen=True)
class Role:
    """The three login roles of a service's database; they are made by whoever makes the database."""

    service: str

    @property
    def api(self) -> str:
        """Serves requests: sees the rows of the province its transaction names, and no other."""
        return f"{self.service}_api"

    @property
    def worker(self) -> str:
        """Consumer, relay and jobs: sees every province."""
        return f"{self.service}_worker"


SHARED_WITHOUT_PROVINCE = ("database_epoch", "relay_position")
"""The only tables that belong to the installation and not to a province."""


def wall_off(service: str, tables: tuple[str, ...]) -> None:
    """In a migration: row-level security by province for the api role on each table (the owner and worker pass).

    An unset or empty `app.province` means that nothing is visible: after one SET LOCAL on a connection an unset
    setting reads as '' and not as null.
    """
    role = Role(service)
    for table in tables:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(
            f'CREATE POLICY province ON "{table}" TO {role.api} '
            "USING (province_id = nullif(current_setting('app.province', true), '')::uuid) "
            "WITH CHECK (province_id = nullif(current_setting('app.province', true), '')::uuid)"
        )
        op.execute(f'CREATE POLICY every_province ON "{table}" TO {role.worker} USING (true) WITH CHECK (true)')


def create_shared_tables(service: str) -> None:
    """In a service's first migration: the shared tables of version 1, their policies, the append-only audit."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _shared_tables(metadata)
    parked_schema.add_to(metadata, version=1)
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.execute("INSERT INTO database_epoch DEFAULT VALUES")
    wall_off(service, tuple(t for t in metadata.tables if t not in SHARED_WITHOUT_PROVINCE))
    role = Role(service)
    op.execute(f"REVOKE UPDATE, DELETE ON audit FROM {role.api}, {role.worker}")


def drop_shared_tables() -> None:
    """The way back of `create_shared_tables`."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _shared_tables(metadata)
    parked_schema.add_to(metadata, version=1)
    metadata.drop_all(op.get_bind(), checkfirst=False)


def keep_answers(service: str) -> None:
    """In a migration: the answers of calls that had an Idempotency-Key (shared/idempotency.py)."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _kept_answers(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)
    wall_off(service, ("kept_answer",))


def seal_audit(service: str) -> None:
    """In a migration: the chain of hashes over the audit (shared/sealing.py), which only grows and only by the worker;
    and how the sealer finds late rows without reading the whole audit."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _audit_seals(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.create_index("ix_audit_recorded_at", "audit", ["recorded_at"], postgresql_using="brin")
    wall_off(service, ("audit_seal",))
    role = Role(service)
    op.execute(f"REVOKE ALL ON audit_seal FROM {role.api}")
    op.execute(f"REVOKE UPDATE, DELETE ON audit_seal FROM {role.worker}")


def unseal_audit() -> None:
    """The way back of `seal_audit`."""
    op.drop_index("ix_audit_recorded_at", "audit")
    op.drop_table("audit_seal")
