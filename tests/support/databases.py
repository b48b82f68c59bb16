"""The four services' databases in one embedded cluster, made by their migrations when a test first asks for them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeVar

import asyncpg

from deploy.local.paths import LocalPaths
from deploy.local.postgres import EmbeddedPostgres, remove_data
from deploy.local.provision import Addresses, provision
from deploy.local.secrets import role_passwords
from shared import migration

SERVICES = ("roster", "grading", "certificates", "reporting")

_MIGRATIONS = Path(__file__).parents[2] / "services"
_TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""

T = TypeVar("T")


class NoMigrationsError(LookupError):
    """The service has no migrations yet, so it has no database."""


@contextmanager
def local_folder(name: str) -> Iterator[LocalPaths]:
    """A LOCAL_DIR that every user of the machine can enter, which pytest's own folders are not; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"bdtx-{name}-"))
    folder.chmod(0o755)
    paths = LocalPaths.of(folder)
    paths.make()
    try:
        yield paths
    finally:
        remove_data(paths)
        rmtree(folder)


def apart(work: Callable[[], T]) -> T:
    """Runs in a thread of its own what starts an event loop, so that it can be called while another one runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def apart_async(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The same for a coroutine."""
    return apart(lambda: asyncio.run(work()))


class Databases:
    """A migrated database of each service, with the addresses of its three roles."""

    def __init__(self, server: EmbeddedPostgres, paths: LocalPaths) -> None:
        self.server = server
        self._paths = paths
        self._addresses: dict[str, Addresses] = {}
        self._kept: dict[str, set[str]] = {}

    def urls(self, service: str) -> dict[str, str]:
        """`owner`, `api`, `worker`. Raises NoMigrationsError for a service that is not there yet."""
        if service not in self._addresses:
            self._make(service)
        found = self._addresses[service]
        return {"owner": found.owner, "api": found.api, "worker": found.worker}

    def empty(self, service: str, suffix: str) -> dict[str, str]:
        """Addresses of another database of the service, with nothing in it, for tests of the migrations."""
        found = self._provision(service, suffix)
        return {"owner": found.owner, "api": found.api, "worker": found.worker}

    async def clean(self, service: str) -> None:
        """Empties every table that was empty after the migrations; those that are still empty cost nothing."""
        await clean(self.urls(service)["owner"], self._kept[service])

    def _make(self, service: str) -> None:
        if not any((_MIGRATIONS / service / "migrations" / "versions").glob("*.py")):
            raise NoMigrationsError(f"services/{service} has no migrations yet")
        addresses = self._provision(service, None)
        apart(lambda: migration.upgrade(service, addresses.owner))

        async def seeded() -> set[str]:
            connection = await asyncpg.connect(addresses.owner)
            try:
                return await _not_empty(connection)
            finally:
                await connection.close()

        self._kept[service] = apart_async(seeded)
        self._addresses[service] = addresses

    def _provision(self, service: str, suffix: str | None) -> Addresses:
        passwords = role_passwords(self._paths, SERVICES)
        dsn = self.server.superuser_dsn
        return apart_async(lambda: provision(dsn, [service], passwords, suffix=suffix))[service]


async def clean(owner: str, kept: set[str]) -> None:
    """Empties the tables of a database, with the owner's address, but for those kept."""
    connection = await asyncpg.connect(owner)
    try:
        full = await _not_empty(connection) - kept
        if full:
            await connection.execute(f"TRUNCATE {', '.join(sorted(full))}")
    finally:
        await connection.close()


async def _not_empty(connection: asyncpg.Connection) -> set[str]:
    """Quoted names of the tables that hold rows, in one round trip after the catalogue's."""
    names = [f'"{row["relname"]}"' for row in await connection.fetch(_TABLES)]
    if not names:
        return set()
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    return {row[0] for row in await connection.fetch(asked)}
