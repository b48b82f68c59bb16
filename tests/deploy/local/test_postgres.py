"""The embedded PostgreSQL: data outlives kill -9, nothing outlives the launcher, shut folders are gone around."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local import processes
from deploy.local.paths import LocalPaths
from deploy.local.postgres import EmbeddedPostgres, PostgresError, remove_data

LAUNCHER = """
import sys, signal
from deploy.local.paths import LocalPaths
from deploy.local.postgres import EmbeddedPostgres
server = EmbeddedPostgres(LocalPaths.of(sys.argv[1]))
server.start()
print(server.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def shut() -> Iterator[LocalPaths]:
    """A LOCAL_DIR below a folder that only we can enter, as root's home is."""
    parent = Path(tempfile.mkdtemp(prefix="bdtx-shut-"))
    paths = LocalPaths.of(parent / "local")
    paths.make()
    yield paths
    remove_data(paths)
    shutil.rmtree(parent)


async def show(server: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(server.superuser_dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_data_and_port_outlive_kill_9_and_an_immediate_start(stack: LocalPaths) -> None:
    said: list[str] = []
    with EmbeddedPostgres(stack, say=said.append) as server:
        port = server.port
        for round_ in range(3):
            await show(server, f"CREATE TABLE kept_{round_} AS SELECT 1")
            server.kill()
            server.start()
        assert await show(server, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'kept%'") == 3
        assert server.port == port
    again = EmbeddedPostgres(stack, say=said.append)
    again.start()
    assert again.port == port
    again.stop()
    assert said == []
    assert processes.running(stack.run) == []


def test_a_restart_never_moves_to_another_port_but_a_new_launcher_may(
    stack: LocalPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.postgres.server._PORT_FREE_WITHIN_S", 0.2)
    server = EmbeddedPostgres(stack)
    server.start()
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        with pytest.raises(PostgresError, match="held by another program"):
            server.start()
        with EmbeddedPostgres(stack) as moved:
            assert moved.port != server.port


async def test_it_is_durable_on_loopback_with_passwords_only(stack: LocalPaths) -> None:
    with EmbeddedPostgres(stack) as server:
        wanted = {
            "fsync": "on",
            "synchronous_commit": "on",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "TimeZone": "UTC",
            "server_encoding": "UTF8",
            "max_connections": "200",
            "data_checksums": "on",
        }
        assert {name: await show(server, f"SHOW {name}") for name in wanted} == wanted
        assert await show(server, "SELECT lower('ĐẶNG THỊ Ề')") == "đặng thị ề"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.superuser_dsn.replace("postgres:", "postgres:x", 1))
        assert await show(server, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0
        assert server.home.password_file.stat().st_mode & 0o777 == 0o600
        assert server.home.data.stat().st_mode & 0o777 == 0o700


def test_it_ends_with_a_launcher_that_was_killed_and_starts_again_at_once(stack: LocalPaths) -> None:
    with subprocess.Popen([sys.executable, "-c", LAUNCHER, str(stack.root)], stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        with pytest.raises(PostgresError, match="another running stack"):
            EmbeddedPostgres(stack).start()
        launcher.kill()
        launcher.wait()
    with EmbeddedPostgres(stack) as server:
        assert processes.start_mark(pid) is None
        assert server.alive


async def test_a_lock_whose_pid_now_belongs_to_a_stranger_does_not_stop_it_for_ever(stack: LocalPaths) -> None:
    server = EmbeddedPostgres(stack)
    server.start()
    server.kill()
    lock = server.home.data / "postmaster.pid"
    user = server.home.user
    stranger = await asyncio.create_subprocess_exec("/bin/sleep", "60", user=user.uid if user else None)
    lines = lock.read_text(encoding="utf-8").splitlines()
    lock.write_text("\n".join([str(stranger.pid), *lines[1:], ""]), encoding="utf-8")
    try:
        with server:
            assert await show(server, "SELECT 1") == 1
    finally:
        stranger.kill()
        await stranger.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
async def test_a_shut_parent_is_gone_around_named_in_one_line_and_not_changed(shut: LocalPaths) -> None:
    said: list[str] = []
    with EmbeddedPostgres(shut, say=said.append) as server:
        folder = server.home.folder
        assert shut.root not in folder.parents
        assert [str(folder) in line for line in said] == [True]
        await show(server, "CREATE TABLE kept AS SELECT 1")
    assert shut.root.parent.stat().st_mode & 0o777 == 0o700
    assert server.home.data.stat().st_mode & 0o777 == 0o700
    with EmbeddedPostgres(shut, say=said.append) as again:
        assert again.home.folder == folder
        assert await show(again, "SELECT count(*) FROM kept") == 1
    remove_data(shut)
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
async def test_programs_out_of_reach_are_copied_once(
    stack: LocalPaths, shut: LocalPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deploy.local.postgres import home

    package = home.packaged_programs().parent
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, shut.root / source.name, symlinks=True)
    hidden = shut.root / package.name / "pginstall"
    monkeypatch.setattr(home, "packaged_programs", lambda: hidden)
    said: list[str] = []
    with EmbeddedPostgres(stack, say=said.append) as server:
        copy = server.home.installation
        made = copy.stat().st_mtime_ns
        assert stack.postgres in copy.parents
        assert [str(copy) in line for line in said] == [True]
    with EmbeddedPostgres(stack, say=said.append) as server:
        assert (server.home.installation, copy.stat().st_mtime_ns) == (copy, made)
        assert await show(server, "SELECT 1") == 1


def test_an_interrupted_first_start_leaves_no_half_of_a_cluster(stack: LocalPaths) -> None:
    with subprocess.Popen([sys.executable, "-c", LAUNCHER, str(stack.root)], stdout=subprocess.DEVNULL) as launcher:
        until = time.monotonic() + 20
        while not (stack.postgres / "data.new" / "PG_VERSION").exists() and time.monotonic() < until:
            time.sleep(0.005)
        launcher.send_signal(signal.SIGKILL)
        launcher.wait()
    with EmbeddedPostgres(stack) as server:
        assert server.alive
    assert not (stack.postgres / "data.new").exists()
