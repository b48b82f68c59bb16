"""The embedded stack of a test run: one PostgreSQL and one broker per pytest process (per worker under xdist)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from deploy.local.broker import EmbeddedBroker
from deploy.local.postgres import EmbeddedPostgres
from tests.support.databases import Databases, local_folder


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
def broker() -> Iterator[EmbeddedBroker]:
    """The broker of this run. Tests that stop or kill one take `fresh_broker`."""
    with local_folder("broker") as paths, EmbeddedBroker(paths) as running:
        yield running


@pytest.fixture
def fresh_broker() -> Iterator[Callable[[], EmbeddedBroker]]:
    """Makes a broker of the test's own, running; it may be killed and started again, and is gone after the test."""
    with ExitStack() as open_until_the_end:

        def make() -> EmbeddedBroker:
            paths = open_until_the_end.enter_context(local_folder("broker"))
            return open_until_the_end.enter_context(EmbeddedBroker(paths))

        yield make
