"""An audit row is written in the transaction of each decision: who, what, on what, when it counts and when it came.

Rows are sealed later in a chain of hashes, one chain a service (shared/sealing.py), in the order of sealing:
`audit_seal(seq, province_id, audit_id, hash)` with seq 1, 2, 3 ... without a gap, and

    h_0 = 32 zero bytes        h_n = SHA-256(h_(n-1) || canonical row n)

The canonical row is UTF-8 JSON, an array without blanks, of the row's columns in the table's order:
`[province_id, id, at, recorded_at, account, action, object_type, object_id, details, request_id]`
- ids are lower-case text with hyphens; instants are UTC with six digits, `2026-11-25T13:30:00.000000Z`;
- details is the JSON object itself (not text), its keys sorted by code point at every depth;
- an empty request_id is null; text is written as it is, and only `"`, `\\` and controls are escaped, as Python's
  `json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import NewId, utc_now

_RECORD = sa.text("""
    INSERT INTO audit (province_id, id, at, recorded_at, account, action, object_type, object_id, details, request_id)
    SELECT :province_id, u.id, :at, :recorded_at, :account, :action, :object_type, u.object_id, u.details, :request_id
    FROM unnest(CAST(:ids AS uuid[]), CAST(:object_ids AS text[]), CAST(:details AS jsonb[]))
         AS u (id, object_id, details)
""")
_LIST = sa.text("""
    SELECT id, at, recorded_at, account, action, object_type, object_id, CAST(details AS text) AS details, request_id
    FROM audit
    WHERE province_id = :province_id AND (CAST(:after AS uuid) IS NULL OR id < :after)
    ORDER BY id DESC LIMIT :limit
""")
_OF = sa.text("""
    SELECT a.at, a.recorded_at, a.account, a.action, a.object_type, a.object_id
    FROM audit a JOIN unnest(CAST(:types AS text[]), CAST(:ids AS text[])) AS o (object_type, object_id)
      USING (object_type, object_id)
    WHERE a.province_id = :province_id ORDER BY a.id
""")
_COUNT = sa.text("SELECT count(*) FROM audit WHERE province_id = :province_id")


@dataclass(frozen=True, kw_only=True)
class Act:
    """Who does something, and when it counts: what every decision's use case is given."""

    province_id: UUID
    account: str
    person_id: UUID | None
    at: datetime
    new_id: NewId
    request_id: str | None = None
    traceparent: str | None = None
    recorded_at: datetime = field(default_factory=utc_now)


async def record(
    connection: AsyncConnection,
    act: Act,
    action: str,
    object_type: str,
    objects: Sequence[tuple[str, dict[str, Any]]],
) -> None:
    """One row per object `(id, details)`; details hold no personal data."""
    await connection.execute(
        _RECORD,
        {
            "province_id": act.province_id,
            "at": act.at,
            "recorded_at": act.recorded_at,
            "account": act.account,
            "action": action,
            "object_type": object_type,
            "request_id": act.request_id,
            "ids": [act.new_id() for _ in objects],
            "object_ids": [object_id for object_id, _ in objects],
            "details": [msgspec.json.encode(details).decode() for _, details in objects],
        },
    )


async def listed(
    connection: AsyncConnection, province_id: UUID, after: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """One page of a province's rows, newest first (ids are UUIDv7: they sort by when the act was recorded); and how
    many there are."""
    rows = await connection.execute(_LIST, {"province_id": province_id, "after": after, "limit": limit})
    total = await connection.execute(_COUNT, {"province_id": province_id})
    items = [dict(row) | {"details": msgspec.json.decode(row["details"])} for row in rows.mappings()]
    return items, total.scalar_one()


async def of(
    connection: AsyncConnection, province_id: UUID, objects: Sequence[tuple[str, UUID]]
) -> list[dict[str, Any]]:
    """What was decided of these objects `(type, id)`, oldest first: who, what, when it counts and when it came."""
    given = {"types": [kind for kind, _ in objects], "ids": [str(id_) for _, id_ in objects]}
    rows = await connection.execute(_OF, given | {"province_id": province_id})
    return [dict(row) for row in rows.mappings()]
