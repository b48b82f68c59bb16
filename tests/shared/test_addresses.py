"""Databases over TLS whose certificate is verified; passwords and certificates from files; every way we connect."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from deploy.local.kafka.certificates import Authority
from shared import migration
from shared.addresses import WrongAddressError, connect, parsed
from shared.database import DATABASE_FAULTS, connected, is_transient, make_engine
from shared.health import readiness_of
from shared.settings import ServiceSettings, load
from tests.support.databases import Databases
from tests.support.tls_door import tls_door

ROOT = Path(__file__).parents[2]


class Files:
    """An authority, what it gave the server and a client, and a stranger's authority."""

    def __init__(self, folder: Path) -> None:
        authority, stranger = Authority(folder / "ours", "ours"), Authority(folder / "theirs", "theirs")
        self.authority, self.stranger = authority.certificate_file, stranger.certificate_file
        self.server = authority.issue("server")
        self.client = authority.issue("client")
        self.password = folder / "password"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def address(databases: Databases, files: Files) -> Callable[..., str]:
    """An address of grading's database through a door, its password in a file."""

    def of(role: str, port: int, host: str = "127.0.0.1", **query: object) -> str:
        given = urlsplit(databases.urls("grading")[role])
        files.password.write_text(f"{given.password}\n", encoding="utf-8")
        wanted = {"sslmode": "verify-full", "sslrootcert": files.authority, "passwordfile": files.password} | query
        said = "&".join(f"{name}={value}" for name, value in wanted.items() if value)
        return f"postgresql://{given.username}@{host}:{port}{given.path}?{said}"

    return of


async def test_every_way_to_connect_takes_the_verified_server(
    databases: Databases, files: Files, address: Callable[..., str]
) -> None:
    async with tls_door(databases.server.port, *files.server) as port:
        engine = make_engine(address("api", port), application="over-tls")
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SHOW application_name")) == "over-tls"
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            assert isinstance(raw._transport.get_extra_info("ssl_object"), ssl.SSLObject)
        assert await readiness_of("grading", engine)() == {}
        await engine.dispose()
        async with connected(address("worker", port)) as bare:
            assert await bare.fetchval("SELECT 1") == 1
        await asyncio.to_thread(migration.upgrade, "grading", address("owner", port))


@pytest.mark.parametrize(
    ("host", "wrong", "said"),
    [
        ("127.0.0.1", "authority", "unable to get local issuer|self.signed certificate"),
        ("localhost", "name", "not valid for 'localhost'"),
    ],
)
async def test_another_authority_or_name_is_refused_in_words_without_the_password(
    databases: Databases, files: Files, address: Callable[..., str], host: str, wrong: str, said: str
) -> None:
    more = {"sslrootcert": files.stranger} if wrong == "authority" else {}
    async with tls_door(databases.server.port, *files.server) as port:
        asked = address("owner", port, host, **more)
        password = files.password.read_text(encoding="utf-8").strip()
        engine = make_engine(asked)
        for attempt in (engine.connect(), connected(asked)):
            with pytest.raises(ssl.SSLCertVerificationError, match=said) as refused:
                async with attempt:
                    pass
            assert is_transient(refused.value), "a certificate is mended while we run"
            assert password not in str(refused.value)
        assert await readiness_of("grading", engine)() == {"database": "SSLCertVerificationError"}
        await engine.dispose()
        code, output = await _migrate(asked)
    assert code == 1
    assert b"the database cannot be reached: [SSL: CERTIFICATE_VERIFY_FAILED]" in output
    assert b"Traceback" not in output
    assert password.encode() not in output


async def test_a_wrong_password_ends_a_migration_with_a_sentence(
    databases: Databases, files: Files, address: Callable[..., str]
) -> None:
    async with tls_door(databases.server.port, *files.server) as port:
        asked = address("owner", port)
        files.password.write_text("not-the-word\n", encoding="utf-8")
        code, output = await _migrate(asked)
    assert code == 1
    assert b'the database cannot be reached: password authentication failed for user "grading_owner"' in output
    assert b"Traceback" not in output
    assert b"not-the-word" not in output


async def test_a_server_that_knows_no_tls_is_refused(databases: Databases, address: Callable[..., str]) -> None:
    async with tls_door(databases.server.port, None) as port:
        with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
            await connect(address("api", port))


async def test_a_server_that_asks_for_a_certificate_is_shown_ours(
    databases: Databases, files: Files, address: Callable[..., str]
) -> None:
    certificate, key = files.client
    async with tls_door(databases.server.port, *files.server, clients=files.authority) as port:
        engine = make_engine(address("api", port, sslcert=certificate, sslkey=key))
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SELECT 1")) == 1
        await engine.dispose()
        with pytest.raises(DATABASE_FAULTS):
            await connect(address("api", port))


async def test_a_new_password_in_the_file_serves_the_next_connection(
    databases: Databases, files: Files, address: Callable[..., str]
) -> None:
    async with tls_door(databases.server.port, *files.server) as port:
        asked = address("api", port)
        right = files.password.read_text(encoding="utf-8")
        engine = make_engine(asked)
        files.password.write_text("old\n", encoding="utf-8")
        with pytest.raises(DBAPIError, match="password authentication failed") as refused:
            async with engine.connect():
                pass
        assert is_transient(refused.value), "the server's password was changed before the file"
        files.password.write_text(right, encoding="utf-8")
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SELECT 1")) == 1
        await engine.dispose()


@pytest.mark.parametrize("given", ["mysql://a:secret@h/d", "secret", "postgresql://a:secret@h:x/d"])
def test_what_is_no_address_is_refused_without_saying_it(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WrongAddressError) as fault:
        parsed(given)
    assert "sec" not in str(fault.value)
    for name, value in {"TRY_WORKER_DATABASE_URL": given, "KAFKA_BOOTSTRAP": "h:9", "INTERNAL_JWKS_FILE": "f"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(_Settings)
    said = capsys.readouterr().err
    assert "setting TRY_WORKER_DATABASE_URL: " in said
    assert "sec" not in said


class _Settings(ServiceSettings, env_prefix="TRY_"):
    port: int = 0


async def _migrate(owner: str) -> tuple[int | None, bytes]:
    environment: dict[str, Any] = {
        "PATH": os.environ["PATH"],
        "GRADING_OWNER_DATABASE_URL": owner,
        "GRADING_PORT": "0",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "INTERNAL_JWKS_FILE": "none",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.grading",
        "migrate",
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, output
