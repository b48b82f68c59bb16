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

_ONE = sa.text("SELECT * FROM import WHERE province_id = :province_id AND import_id = :import_id")
_LOCKED = sa.text(f"{_ONE.text} FOR NO KEY UPDATE")

_CONFIRMED = sa.text("""
    UPDATE import SET state = 'confirmed', confirmed_by = :by, confirmed_at = :at, accepted = :accepted,
                      counts = CAST(:counts AS jsonb), messages = CAST(:messages AS jsonb),
                      row_states = CAST(:row_states AS jsonb)
    WHERE province_id = :province_id AND import_id = :import_id
""")


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import. `row_states`: sheet -> Excel row -> new, changed, unchanged or error."""

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


async def one(
    connection: AsyncConnection, province_id: UUID, import_id: UUID, *, locked: bool = False
) -> Import | None:
    """One import; `locked` where it is about to be confirmed."""
    which = {"province_id": province_id, "import_id": import_id}
    row = (await connection.execute(_LOCKED if locked else _ONE, which)).mappings().one_or_none()
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
