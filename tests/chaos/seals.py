"""The chains in which the audits' rows are sealed, read by plain SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

SEALED_WITHIN_S = 20.0
_WITHOUT_SEAL = """
    SELECT count(*) FROM audit a
    WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.province_id = a.province_id AND s.audit_id = a.id)
"""
_SEALS = """
    SELECT s.seq, s.audit_id::text, s.hash, a.province_id::text, a.id::text, a.at, a.recorded_at, a.account, a.action,
           a.object_type, a.object_id, a.details::text, a.request_id
    FROM audit_seal s LEFT JOIN audit a ON a.province_id = s.province_id AND a.id = s.audit_id
    ORDER BY s.seq
"""


@dataclass(frozen=True)
class Audited:
    """One row of the audit; `details` is JSON as text."""

    province_id: str
    id: str
    at: datetime
    recorded_at: datetime
    account: str
    action: str
    object_type: str
    object_id: str
    details: str
    request_id: str | None


@dataclass(frozen=True)
class Seal:
    """One link of a service's chain; `row` is None where the row is gone."""

    seq: int
    audit_id: str
    hash: bytes
    row: Audited | None


@dataclass(frozen=True)
class Chain:
    """One service's, in the order of its seals; `waiting` rows have none."""

    seals: Sequence[Seal]
    waiting: int


async def chain(connection: Any, within_s: float = SEALED_WITHIN_S) -> Chain:
    """A service's seals, once every row has its own or the time for it is over: a worker seals them later."""
    until = monotonic() + within_s
    while waiting := await connection.fetchval(_WITHOUT_SEAL):
        if monotonic() > until:
            break
        await asyncio.sleep(0.2)
    seals = [
        Seal(seq, audit_id, digest, Audited(*row) if row[1] is not None else None)
        for seq, audit_id, digest, *row in await connection.fetch(_SEALS)
    ]
    return Chain(seals, waiting)
