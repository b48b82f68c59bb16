"""The embedded stack of a test run: one PostgreSQL and one broker per pytest process (per worker under xdist).

KAFKA=apache puts Apache Kafka in the embedded broker's place, so that the same proofs are run on both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.postgres import EmbeddedPostgres
from shared.database import make_engine
from tests.support.brokers import Broker, make_broker
from tests.support.databases import Databases, local_folder
from tests.support.shared_tables import SharedTables


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """`.urls(service)` -> owner, api, worker addresses of its migrated database; `await .clean(service)` empties it."""
    with local_folder("tests") as paths, EmbeddedPostgres(paths) as server:
        yield Databases(server, paths)


@pytest.fixture(scope="session")
def stack(databases: Databases) -> EmbeddedPostgres:
    """The PostgreSQL of this run."""
    return databases.server


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The broker of this run. Tests that stop or kill one take `fresh_broker`."""
    with local_folder("broker") as paths, make_broker(paths) as running:
        yield running


@pytest.fixture
def fresh_broker() -> Iterator[Callable[[], Broker]]:
    """Makes a broker of the test's own, running; it may be killed and started again, and is gone after the test."""
    with ExitStack() as open_until_the_end:

        def make() -> Broker:
            paths = open_until_the_end.enter_context(local_folder("broker"))
            running = make_broker(paths)
            open_until_the_end.enter_context(running)
            return running

        yield make


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
