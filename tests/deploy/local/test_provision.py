"""Each service has its database and three roles, and none of them can do more than it should."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from joserfc.jwk import ECKey, KeySet

from deploy.local.paths import LocalPaths
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.provision import Addresses, database_of, drop_databases, provision
from deploy.local.secrets import SANDBOX, VENDOR, make_secrets, role_passwords
from shared.tokens import load_signing_key

SERVICES = ("roster", "grading")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="bdtx-test-"))
    folder.chmod(0o755)
    with EmbeddedPostgres(LocalPaths.of(folder)) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
async def addresses(server: EmbeddedPostgres, stack: LocalPaths) -> AsyncIterator[dict[str, Addresses]]:
    passwords = role_passwords(stack, SERVICES)
    yield await provision(server.superuser_dsn, SERVICES, passwords, suffix="test")
    await drop_databases(server.superuser_dsn, SERVICES, suffix="test")


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_what_the_owner_makes_api_and_worker_may_use_and_not_change(addresses: dict[str, Addresses]) -> None:
    async with connected(addresses["roster"].owner) as owner:
        await owner.execute("CREATE TABLE unit (id bigserial PRIMARY KEY, path ltree)")
        await owner.execute("ALTER TABLE unit ADD EXCLUDE USING gist (id WITH =, path WITH =)")
        await owner.execute("CREATE INDEX ON unit USING gin ((path::text) gin_trgm_ops)")
    for dsn in (addresses["roster"].api, addresses["roster"].worker):
        async with connected(dsn) as connection:
            await connection.execute("INSERT INTO unit (path) VALUES ('vn.la')")
            await connection.execute("UPDATE unit SET path = 'vn'")
            await connection.execute("DELETE FROM unit")
            for forbidden in (
                "CREATE TABLE own (id int)",
                "DROP TABLE unit",
                "TRUNCATE unit",
                "CREATE TEMP TABLE t (i int)",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(forbidden)


async def test_a_service_cannot_enter_the_database_of_another(addresses: dict[str, Addresses]) -> None:
    for dsn in (addresses["grading"].owner, addresses["grading"].api, addresses["grading"].worker):
        for database in ("roster_test", "postgres", "template1"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(dsn.replace("/grading_test", f"/{database}"))


async def test_each_role_has_its_limits_and_no_power(addresses: dict[str, Addresses], server: EmbeddedPostgres) -> None:
    settings = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    for dsn, limits in (
        (addresses["roster"].api, ["30s", "5s", "30s"]),
        (addresses["roster"].worker, ["2min", "10s", "1min"]),
    ):
        async with connected(dsn) as connection:
            assert [await connection.fetchval(f"SHOW {name}") for name in settings] == limits
    async with connected(server.superuser_dsn) as superuser:
        powerful = await superuser.fetchval(
            "SELECT count(*) FROM pg_roles WHERE rolname ~ '^(roster|grading)_'"
            " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)"
        )
        assert powerful == 0


async def test_it_may_be_run_again_and_takes_a_new_password(
    addresses: dict[str, Addresses], server: EmbeddedPostgres, stack: LocalPaths
) -> None:
    async with connected(addresses["roster"].owner) as owner:
        await owner.execute("CREATE TABLE audit (id int)")
        await owner.execute("REVOKE UPDATE, DELETE ON audit FROM roster_api")
    passwords = role_passwords(stack, SERVICES) | {"roster_api": "an'other %I pass@word/"}
    again = await provision(server.superuser_dsn, SERVICES, passwords, suffix="test")
    async with connected(again["roster"].api) as api:
        await api.execute("INSERT INTO audit VALUES (1)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await api.execute("DELETE FROM audit")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(addresses["roster"].api)


@pytest.mark.parametrize("suffix", ["", "x; DROP", "ß", "x" * 60])
def test_a_name_that_is_no_plain_name_is_refused(suffix: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        database_of("Roster" if not suffix else "roster", suffix)


def test_secrets_are_made_once_for_their_owner_alone(stack: LocalPaths) -> None:
    make_secrets(stack, SERVICES)
    files = {file: file.read_bytes() for file in (*stack.secrets.iterdir(), stack.vendor_secrets)}
    assert {file.name for file in files} == {
        "role-passwords.json",
        "gateway-signing-key.json",
        "internal-jwks.json",
        "session-key.json",
        "local-issuer-key.json",
        "vendor-secrets.json",
    }
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert stack.secrets.stat().st_mode & 0o777 == 0o700
    make_secrets(stack, SERVICES)
    assert {file: file.read_bytes() for file in files} == files
    known = role_passwords(stack, SERVICES)
    assert role_passwords(stack, (*SERVICES, "reporting")).items() > known.items()


def test_a_stack_from_before_the_sandbox_gets_its_secret_and_keeps_the_vendor_s(stack: LocalPaths) -> None:
    make_secrets(stack, SERVICES)
    live = json.loads(stack.vendor_secrets.read_bytes())
    assert set(live) == {VENDOR, SANDBOX}
    assert live[VENDOR] != live[SANDBOX]
    stack.vendor_secrets.write_text(json.dumps({VENDOR: live[VENDOR]}))
    make_secrets(stack, SERVICES)
    again = json.loads(stack.vendor_secrets.read_bytes())
    assert again[VENDOR] == live[VENDOR]
    assert again[SANDBOX] != live[SANDBOX]
    assert again.keys() == live.keys()


def test_the_public_key_set_is_the_signing_key_without_its_secret(stack: LocalPaths) -> None:
    make_secrets(stack, SERVICES)
    key = load_signing_key(stack.gateway_signing_key)
    public = json.loads(stack.internal_jwks.read_bytes())
    assert [(one["kid"], one["alg"], one["use"], "d" in one) for one in public["keys"]] == [
        (key.kid, "ES256", "sig", False)
    ]
    assert isinstance(KeySet.import_key_set(public).keys[0], ECKey)
    assert load_signing_key(stack.local_issuer_key).kid != key.kid
