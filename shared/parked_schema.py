"""The table of parked events, and the step that put it under an operator's hand.

From version 2 the api role reads of it what names an event and never its payload, and changes nothing but its
state. Records without an envelope have no province: the api role sees those only in a transaction that says it
speaks for the installation's operator (`app.installation`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

_INSTANT = TIMESTAMP(timezone=True)
_ID = UUID(as_uuid=True)

OPEN_STATES = ("parked", "asked")
"""Waits for a person; waits for the worker to try it again."""

_STATES = {
    1: "state in ('parked', 'superseded', 'released', 'discarded')",
    2: "state in ('parked', 'asked', 'superseded', 'released', 'discarded')",
}
_OPEN = {1: "state = 'parked'", 2: "state IN ('parked', 'asked')"}

_SHOWN = (
    "id, province_id, topic, partition, log_offset, aggregate_type, aggregate_id, version, type, reason, state, "
    "parked_at, asked_at, settled_at, settled_why"
)
_CHANGED = "state, asked_at, settled_at, settled_why"

_EVENTS_WAITING = """
    CREATE FUNCTION events_waiting(OUT outbox_rows bigint, OUT outbox_oldest_age float8, OUT parked bigint,
                                   OUT asked bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT o.rows, o.oldest_age, p.parked, p.asked
        FROM (SELECT count(*) AS rows,
                     coalesce(extract(epoch FROM max(now() - time)), 0)::float8 AS oldest_age
              FROM public.outbox WHERE published_at IS NULL) o,
             (SELECT count(*) AS parked, count(*) FILTER (WHERE state = 'asked') AS asked
              FROM public.parked_event WHERE state IN ('parked', 'asked')) p
    $$
"""
"""Counts over every province and nothing else: /metrics of a process that has only the api role would otherwise
say 0 for ever, since the wall hides every row from a transaction without a province."""


def add_to(metadata: sa.MetaData, *, version: int = 2) -> None:
    """The table as it is now, or (for the first migration) as it was."""
    asked = (sa.Column("key", sa.LargeBinary), sa.Column("asked_at", _INSTANT)) if version > 1 else ()
    parked = sa.Table(
        "parked_event",
        metadata,
        sa.Column("id", _ID, primary_key=True),
        sa.Column("province_id", _ID),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("log_offset", sa.BigInteger, nullable=False),
        sa.Column("aggregate_type", sa.Text),
        sa.Column("aggregate_id", _ID),
        sa.Column("version", sa.BigInteger),
        sa.Column("type", sa.Text),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("data", sa.LargeBinary),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="parked"),
        sa.Column("parked_at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT),
        sa.Column("settled_why", sa.Text),
        *asked,
        sa.CheckConstraint(_STATES[version], name="state"),
    )
    sa.Index("ix_parked_event_open", parked.c.aggregate_id, postgresql_where=sa.text(_OPEN[version]))
    sa.Index(
        "ix_parked_event_once",
        parked.c.aggregate_type,
        parked.c.aggregate_id,
        parked.c.version,
        unique=True,
        postgresql_where=parked.c.version.is_not(None),
    )


def put_under_a_hand(service: str) -> None:
    """In a migration, from version 1 to 2: a record's key and exact headers are kept, so that it can be tried again;
    the state `asked`; what the api role may see and change; the counts for /metrics."""
    api, worker = f"{service}_api", f"{service}_worker"
    op.add_column("parked_event", sa.Column("key", sa.LargeBinary))
    op.add_column("parked_event", sa.Column("asked_at", _INSTANT))
    op.execute("""
        UPDATE parked_event
        SET headers = (SELECT coalesce(jsonb_agg(jsonb_build_array(h.key, h.value)), '[]') FROM jsonb_each(headers) h),
            key = convert_to(aggregate_id::text, 'UTF8')
    """)
    _states_of(2)
    op.execute(f"REVOKE ALL ON parked_event FROM {api}")
    op.execute(f"GRANT SELECT ({_SHOWN}), UPDATE ({_CHANGED}) ON parked_event TO {api}")
    without = "USING (province_id IS NULL AND current_setting('app.installation', true) = 'on')"
    op.execute(f"CREATE POLICY installation_reads ON parked_event FOR SELECT TO {api} {without}")
    op.execute(f"CREATE POLICY installation_settles ON parked_event FOR UPDATE TO {api} {without}")
    op.execute(_EVENTS_WAITING)
    op.execute("REVOKE ALL ON FUNCTION events_waiting() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION events_waiting() TO {api}, {worker}")


def take_from_the_hand(service: str) -> None:
    """The way back of `put_under_a_hand`; what was asked and not yet tried is parked as before."""
    op.execute("DROP FUNCTION events_waiting()")
    op.execute("DROP POLICY installation_reads ON parked_event")
    op.execute("DROP POLICY installation_settles ON parked_event")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON parked_event TO {service}_api")
    op.execute("UPDATE parked_event SET state = 'parked' WHERE state = 'asked'")
    _states_of(1)
    op.execute("""
        UPDATE parked_event
        SET headers = (SELECT coalesce(jsonb_object_agg(h ->> 0, h -> 1), '{}') FROM jsonb_array_elements(headers) h)
    """)
    op.drop_column("parked_event", "asked_at")
    op.drop_column("parked_event", "key")


def _states_of(version: int) -> None:
    op.execute("ALTER TABLE parked_event DROP CONSTRAINT ck_parked_event_state")
    op.create_check_constraint(op.f("ck_parked_event_state"), "parked_event", _STATES[version])
    op.drop_index("ix_parked_event_open", "parked_event")
    op.create_index("ix_parked_event_open", "parked_event", ["aggregate_id"], postgresql_where=sa.text(_OPEN[version]))
