"""Imports: what was sent, what the preview said, what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.domain.sheet_rows import Message

_ADD = sa.text("""
    INSERT INTO import (province_id, import_id, kind, state, file_key, file_name, sha256, size, sent_by, sent_at,
                        recorded_at, counts, mapping, messages, row_states)
    VALUES (:province_id, :import_id, :kind, 'previewed', :file_key, :file_name, :sha256, :size, :sent_by, :sent_at,
            :recorded_at, CAST(:counts AS jsonb), CAST(:mapping AS jsonb), CAST(:messages AS jsonb),
            CAST(:row_states AS jsonb))
""")

# Held to the end of the transaction that confirms, so whoever asks meanwhile sees it, and nothing is left of it where
# that transaction dies.
_LOCK = "hashtextextended('roster import ' || {import_id}, 0)"
_BEGIN = sa.text(f"SELECT pg_advisory_xact_lock({_LOCK.format(import_id='CAST(:import_id AS text)')})")
_CONFIRMING = f"""
    {_LOCK.format(import_id="i.import_id")} = ANY(ARRAY(
        SELECT (l.classid::bigint << 32) | l.objid::bigint FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
          AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    )) AS confirming
"""
_ONE = sa.text(f"""
    SELECT i.*, {_CONFIRMING} FROM import i WHERE i.province_id = :province_id AND i.import_id = :import_id
""")
_COUNT = sa.text("SELECT count(*) FROM import WHERE province_id = :province_id")
_PAGE = sa.text(f"""
    SELECT i.import_id, i.kind, i.state, i.file_name, i.sha256, i.sent_by, i.sent_at, i.counts,
           jsonb_array_length(i.messages) AS messages_total, i.confirmed_by, i.confirmed_at, i.accepted, {_CONFIRMING}
    FROM import i
    WHERE i.province_id = :province_id AND (CAST(:after AS uuid) IS NULL OR i.import_id < :after)
    ORDER BY i.import_id DESC LIMIT :limit
""")

_CONFIRMED = sa.text("""
    UPDATE import SET state = 'confirmed', confirmed_by = :by, confirmed_at = :at, accepted = :accepted,
                      counts = CAST(:counts AS jsonb), messages = CAST(:messages AS jsonb),
                      row_states = CAST(:row_states AS jsonb)
    WHERE province_id = :province_id AND import_id = :import_id
""")


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import. `row_states`: sheet -> Excel row -> new, changed, unchanged or error; `confirming`: it is being
    written just now."""

    import_id: UUID
    kind: str
    state: str
    file_key: str
    file_name: str | None
    sha256: str
    size: int
    sent_by: str
    sent_at: datetime
    recorded_at: datetime
    counts: Mapping[str, int | None]
    mapping: Mapping[str, Mapping[str, str]]
    messages: Sequence[Message]
    row_states: Mapping[str, Mapping[int, str]]
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    accepted: str | None = None
    confirming: bool = False


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def add(connection: AsyncConnection, province_id: UUID, one: Import) -> None:
    """Keeps a preview."""
    plain = ("import_id", "kind", "file_key", "file_name", "sha256", "size", "sent_by", "sent_at", "recorded_at")
    jsons = ("counts", "mapping", "messages", "row_states")
    await connection.execute(
        _ADD,
        {"province_id": province_id}
        | {name: getattr(one, name) for name in plain}
        | {name: _json(getattr(one, name)) for name in jsons},
    )


async def begin(connection: AsyncConnection, import_id: UUID) -> None:
    """Says that it is being confirmed, to the transaction's end; a second one waits for the first."""
    await connection.execute(_BEGIN, {"import_id": str(import_id)})


async def page(
    connection: AsyncConnection, province_id: UUID, after: UUID | None, limit: int
) -> tuple[int, list[Mapping[str, Any]]]:
    """How many there are, and a page of them, the newest first, without rows and messages."""
    total = (await connection.execute(_COUNT, {"province_id": province_id})).scalar_one()
    found = await connection.execute(_PAGE, {"province_id": province_id, "after": after, "limit": limit})
    return total, [dict(row) for row in found.mappings()]


async def one(connection: AsyncConnection, province_id: UUID, import_id: UUID) -> Import | None:
    """One import."""
    row = (
        (await connection.execute(_ONE, {"province_id": province_id, "import_id": import_id})).mappings().one_or_none()
    )
    if row is None:
        return None
    values = {name: value for name, value in row.items() if name != "province_id"}
    values["counts"] = msgspec.convert(row["counts"], type=dict[str, int | None])
    values["mapping"] = msgspec.convert(row["mapping"], type=dict[str, dict[str, str]])
    values["messages"] = msgspec.convert(row["messages"], type=list[Message])
    values["row_states"] = msgspec.convert(row["row_states"], type=dict[str, dict[int, str]], str_keys=True)
    return Import(**values)


async def confirmed(
    connection: AsyncConnection,
    province_id: UUID,
    import_id: UUID,
    *,
    by: str,
    at: datetime,
    accepted: str,
    counts: Mapping[str, int | None],
    messages: Sequence[Message],
    row_states: Mapping[str, Mapping[int, str]],
) -> None:
    """Notes that it was done, with what was written in the end."""
    await connection.execute(
        _CONFIRMED,
        {
            "province_id": province_id,
            "import_id": import_id,
            "by": by,
            "at": at,
            "accepted": accepted,
            "counts": _json(counts),
            "messages": _json(messages),
            "row_states": _json(row_states),
        },
    )
