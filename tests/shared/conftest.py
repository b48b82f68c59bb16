"""What the proofs of shared/ stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import make_engine
from tests.support.databases import Databases
from tests.support.shared_tables import SharedTables


@pytest.fixture(scope="session")
def shared_tables(databases: Databases) -> SharedTables:
    """The database of these tests, made once."""
    return SharedTables(databases)


@pytest.fixture
async def engine(shared_tables: SharedTables) -> AsyncIterator[AsyncEngine]:
    """The worker role in an empty database."""
    await shared_tables.clean()
    made = make_engine(shared_tables.worker, pool_size=10)
    yield made
    await made.dispose()
