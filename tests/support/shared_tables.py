"""A database that holds the shared tables and two of the tests' own, so that shared/ is proved without a service.

It belongs to the roles of roster, which do not matter here. `shown` is what a handler of one aggregate type writes;
`pair` is a join of two types whose halves may come in any order.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared.database import make_engine
from shared.parked_schema import put_under_a_hand
from shared.schema import create_shared_tables, keep_answers, seal_audit
from tests.support.databases import Databases, apart_async, clean

_OWN_TABLES = """
CREATE TABLE shown (
    province_id uuid, unit_id uuid, name text NOT NULL CHECK (name <> 'refused by the database'),
    version bigint NOT NULL, PRIMARY KEY (province_id, unit_id));
CREATE TABLE pair (
    province_id uuid, enrolment_id uuid, unit_name text, status text, joined text,
    PRIMARY KEY (province_id, enrolment_id));
CREATE TABLE effect (unit_id uuid, version bigint);
"""

KEPT = {'"database_epoch"'}


class SharedTables:
    """Addresses of the database, and its cleaning."""

    def __init__(self, databases: Databases) -> None:
        urls = databases.empty("roster", "shared")
        self.owner = urls["owner"]
        self.api = urls["api"]
        self.worker = urls["worker"]
        apart_async(self._create)

    async def clean(self) -> None:
        """Empties all tables."""
        await clean(self.owner, KEPT)

    async def _create(self) -> None:
        engine = make_engine(self.owner, pool_size=1)
        async with engine.begin() as connection:
            await connection.run_sync(_create_tables)
        await engine.dispose()


def _create_tables(connection: sa.Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        create_shared_tables("roster")
        put_under_a_hand("roster")
        keep_answers("roster")
        seal_audit("roster")
    for statement in _OWN_TABLES.split(";"):
        if statement.strip():
            connection.execute(sa.text(statement))
