"""The audit's chain of hashes: rows are sealed after they were written, and the chain is verified by `verify-audit`.

What a row's hash is made of stands in shared/audit.py. Writers never wait for the chain: one worker at a time seals
what has no seal yet. A row may commit later than one with a higher id, so a row without a seal is looked for as such
and never from a position onwards: often among those of the last LATE, and among all of them every WHOLE seconds.

What the chain shows: a sealed row that was changed or deleted, seals that were swapped or removed. That its end was cut
off, or that all of it was computed anew, is seen only by who keeps a head (`N:HASH`, printed and logged) elsewhere.
What it cannot show: a row deleted before it was sealed, a row that the database's owner put in.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock import utc_now
from shared.database import DATABASE_FAULTS, fault_name, make_engine
from shared.jobs import Job

log = structlog.get_logger()

BATCH = 2000
LATE = timedelta(hours=1)
"""Longer than any transaction of ours may last."""
WHOLE = 600.0
_LOCK = 0x62647479
NOTHING = bytes(32)

_ROW = """
    CAST(a.province_id AS text) AS province_id, CAST(a.id AS text) AS id, a.at, a.recorded_at, a.account, a.action,
    a.object_type, a.object_id, CAST(a.details AS text) AS details, a.request_id
"""
_WITHOUT_SEAL = """
    FROM audit a
    WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.province_id = a.province_id AND s.audit_id = a.id)
"""
_ALONE = sa.text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")
_HEAD = sa.text("SELECT seq, hash FROM audit_seal ORDER BY seq DESC LIMIT 1")
_UNSEALED = sa.text(f"SELECT {_ROW} {_WITHOUT_SEAL} ORDER BY a.recorded_at, a.id LIMIT :limit")
_UNSEALED_LATE = sa.text(
    f"SELECT {_ROW} {_WITHOUT_SEAL} AND a.recorded_at >= :since ORDER BY a.recorded_at, a.id LIMIT :limit"
)
_SEAL = sa.text("""
    INSERT INTO audit_seal (seq, province_id, audit_id, hash)
    SELECT u.seq, u.province_id, u.audit_id, u.hash
    FROM unnest(CAST(:seqs AS bigint[]), CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:hashes AS bytea[]))
         AS u (seq, province_id, audit_id, hash)
""")
_SNAPSHOT = sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_CHAIN = sa.text(f"""
    SELECT s.seq, s.hash, s.audit_id, s.province_id AS sealed_province, {_ROW}
    FROM audit_seal s LEFT JOIN audit a ON a.province_id = s.province_id AND a.id = s.audit_id
    WHERE s.seq > :after ORDER BY s.seq LIMIT :limit
""")  # noqa: S608  # only a constant is put in
_WAITING = sa.text(f"SELECT count(*) {_WITHOUT_SEAL}")


@dataclass(frozen=True)
class Head:
    """How many rows are sealed, and the last one's hash."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Raises ValueError where it is not `N:HASH`."""
        if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
            raise ValueError("a head is N:HASH, 64 hexadecimal digits")
        seq, digest = text.split(":")
        return cls(int(seq), bytes.fromhex(digest))


class BrokenChainError(Exception):
    """One plain sentence that names the first bad row."""


def canonical(row: sa.RowMapping) -> bytes:
    """The bytes that are hashed (shared/audit.py)."""
    values = [
        row["province_id"],
        row["id"],
        _instant(row["at"]),
        _instant(row["recorded_at"]),
        row["account"],
        row["action"],
        row["object_type"],
        row["object_id"],
        json.loads(row["details"]),
        row["request_id"],
    ]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _next(last: Head, row: sa.RowMapping) -> Head:
    return Head(last.seq + 1, hashlib.sha256(last.hash + canonical(row)).digest())


class Sealer:
    """Seals what has no seal, one worker of a service at a time."""

    def __init__(self, engine: AsyncEngine, *, batch: int = BATCH, whole_s: float = WHOLE) -> None:
        self._engine = engine
        self._batch = batch
        self._whole_s = whole_s
        self._whole_at: float | None = None

    @property
    def job(self) -> Job:
        """For the `work` process."""
        return Job(name="seal_audit", run=self.run, idle_s=2.0, full=self._batch)

    async def run(self) -> int:
        """Seals one batch; answers how many rows, 0 where another worker is at it. The head is logged, so that whoever
        keeps the logs elsewhere can tell a chain that was cut or rewritten."""
        started = time.monotonic()
        whole = self._whole_at is None or started - self._whole_at >= self._whole_s
        async with self._engine.begin() as connection:
            if not (await connection.execute(_ALONE)).scalar_one():
                return 0
            rows = await self._unsealed(connection, whole=whole)
            heads = [await _head(connection)]
            for row in rows:
                heads.append(_next(heads[-1], row))
            if rows:
                await connection.execute(
                    _SEAL,
                    {
                        "seqs": [head.seq for head in heads[1:]],
                        "provinces": [row["province_id"] for row in rows],
                        "ids": [row["id"] for row in rows],
                        "hashes": [head.hash for head in heads[1:]],
                    },
                )
        if rows:
            log.info("audit_sealed", rows=len(rows), head=str(heads[-1]))
        if whole and len(rows) < self._batch:
            self._whole_at = started
        return len(rows)

    async def _unsealed(self, connection: AsyncConnection, *, whole: bool) -> Sequence[sa.RowMapping]:
        if whole:
            found = await connection.execute(_UNSEALED, {"limit": self._batch})
        else:
            found = await connection.execute(_UNSEALED_LATE, {"since": utc_now() - LATE, "limit": self._batch})
        return found.mappings().all()


async def _head(connection: AsyncConnection) -> Head:
    row = (await connection.execute(_HEAD)).one_or_none()
    return Head(0, NOTHING) if row is None else Head(row.seq, row.hash)


async def verify(engine: AsyncEngine, kept: Head | None = None) -> tuple[Head, int]:
    """Reads the whole chain in one snapshot; answers its head, and how many rows wait for a seal.

    Raises BrokenChainError at the first row that is not what was sealed, or where the chain does not go through the
    head that was kept.
    """
    last, passed = Head(0, NOTHING), kept is None or kept == Head(0, NOTHING)
    async with engine.connect() as connection:
        await connection.execute(_SNAPSHOT)
        while rows := (await connection.execute(_CHAIN, {"after": last.seq, "limit": BATCH})).mappings().all():
            for row in rows:
                last = _checked(last, row)
                passed = passed or last == kept
        waiting: int = (await connection.execute(_WAITING)).scalar_one()
    if kept is not None and kept.seq > last.seq:
        raise BrokenChainError(f"the chain ends at seal {last.seq}, the kept head is seal {kept.seq}: its tail was cut")
    if kept is not None and not passed:
        raise BrokenChainError(f"seal {kept.seq} is not the head that was kept: the chain was rewritten")
    return last, waiting


def _checked(last: Head, row: sa.RowMapping) -> Head:
    seq, name = last.seq + 1, f"audit row {row['audit_id']} of province {row['sealed_province']}"
    if row["seq"] != seq:
        raise BrokenChainError(f"seal {seq} is missing, the next is seal {row['seq']} of {name}")
    if row["id"] is None:
        raise BrokenChainError(f"{name}, seal {seq}, was deleted")
    head = _next(last, row)
    if head.hash != row["hash"]:
        raise BrokenChainError(f"{name}, seal {seq}, is not what was sealed there: it was changed or put elsewhere")
    return head


async def verify_audit(url: str, arguments: Sequence[str]) -> int:
    """`verify-audit [--head N:HASH]` with the worker's address: prints the head and answers 0; 1 and one sentence where
    the chain is broken; 2 where the arguments are wrong or the
    database is away."""
    try:
        if len(arguments) not in (0, 2) or (arguments and arguments[0] != "--head"):
            raise ValueError("verify-audit takes --head N:HASH or nothing")
        kept = Head.parse(arguments[1]) if arguments else None
    except ValueError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    engine = make_engine(url, pool_size=1, application="verify-audit")
    try:
        head, waiting = await verify(engine, kept)
    except BrokenChainError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except (*DATABASE_FAULTS, DBAPIError, TimeoutError) as fault:
        sys.stderr.write(f"the database does not answer: {fault_name(fault)}\n")
        return 2
    finally:
        await engine.dispose()
    sys.stdout.write(f"{head}\n")
    if waiting:
        sys.stderr.write(f"{waiting} rows wait for their seal\n")
    return 0
