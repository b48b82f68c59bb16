"""A full disk (F-14): a service's hottest table is moved to a small file system of its own, which is then filled up.

The file system is a tmpfs, so it takes root and a kernel that lets it mount; `can_mount` says whether that is so.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic

import asyncpg

from deploy.local.provision import database_of
from deploy.local.stack import Stack
from tests.chaos.aims import CONNECT_S
from tests.chaos.healing import BACK_WITHIN_S

TABLE = "evidence"
"""Grading's, where the events of every webhook are stored before it is answered."""
_ROOM = 1 << 20
_LINE = 7_000


@cache
def can_mount() -> bool:
    """Whether this process may mount a tmpfs."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    with contextlib.suppress(subprocess.CalledProcessError), _small_file_system(_ROOM):
        return True
    return False


@asynccontextmanager
async def disk_full(stack: Stack, service: str) -> AsyncIterator[None]:
    """53100 for whoever makes the table grow. It is moved back, and the file system is gone, when the block ends."""
    address = stack.postgres.superuser_dsn.rsplit("/", 1)[0]
    server = await asyncpg.connect(
        f"{address}/{database_of(service)}", timeout=CONNECT_S, command_timeout=BACK_WITHIN_S
    )
    try:
        await server.execute(f"VACUUM FULL {TABLE}")  # no page of it has room for another row
        holds = await server.fetchval("SELECT pg_table_size($1::regclass)", TABLE)
        with _small_file_system(holds + _ROOM) as folder:
            owner = stack.postgres.home.data.stat()  # PostgreSQL does not run as root, and keeps its folders to itself
            os.chown(folder, owner.st_uid, owner.st_gid)
            await server.execute(f"CREATE TABLESPACE narrow LOCATION '{folder}'")
            try:
                await server.execute(f"ALTER TABLE {TABLE} SET TABLESPACE narrow")
                await server.execute("CREATE TABLE filler (line text) TABLESPACE narrow")
                # What was written when it failed stays written, so that one by one the last page is taken too.
                for lines in (_ROOM // _LINE, 1):
                    for _ in range(50):
                        try:
                            await server.execute(
                                "INSERT INTO filler SELECT string_agg(md5(random()::text), '') FROM"
                                f" generate_series(1, {lines}) AS line, generate_series(1, {_LINE // 32}) GROUP BY line"
                            )
                        except asyncpg.DiskFullError:
                            break
                yield
            finally:
                await server.execute("DROP TABLE IF EXISTS filler")
                await server.execute(f"ALTER TABLE {TABLE} SET TABLESPACE pg_default")
                await server.execute("DROP TABLESPACE narrow")
    finally:
        await server.close()


async def deliveries_answered(stack: Stack, since: datetime, for_s: float) -> Counter[int]:
    """How the vendor's deliveries sent from then on were answered, by status. Longer than the time where it sends
    none: it may be resting after an earlier fault."""
    began = monotonic()
    while True:
        await asyncio.sleep(for_s)
        answers: dict[tuple[str, str], int] = {}
        for line in (stack.paths.root / "vendor-events.ndjson").read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(json.JSONDecodeError):  # the last line is being written
                sent = json.loads(line)
                if datetime.fromisoformat(sent["sent_at"]) >= since:
                    answers[sent["webhook_id"], sent["sent_at"]] = sent["status"]
        if answers or monotonic() - began > BACK_WITHIN_S:
            return Counter(answers.values())


@contextlib.contextmanager
def _small_file_system(size: int) -> Iterator[Path]:
    """A folder of its own with no more room than that; gone with all it holds when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="bdtx-disk-"))
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True, capture_output=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True, capture_output=True)
    finally:
        folder.rmdir()
