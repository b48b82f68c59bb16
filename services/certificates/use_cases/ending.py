"""How certificates end, said in the transaction that ends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificates.store import certificates as store
from services.certificates.store.certificates import Row
from services.certificates.use_cases import wire
from shared import outbox
from shared.clock import NewId
from shared.outbox import Said


async def say_ended(
    connection: AsyncConnection,
    rows: Sequence[Row],
    event: str,
    *,
    now: datetime,
    new_id: NewId,
    traceparent: str | None,
) -> None:
    """Writes and says how certificates ended; `rows` are as they are after it.

    The caller holds their candidates' locks: they alone keep a replacement and a withdrawn pass from both ending one.
    """
    if not rows:
        return
    await outbox.lock(connection, "certificate", [(row.province_id, row.id) for row in rows])
    await store.end(connection, rows)
    said = [Said(event=event, aggregate_id=row.id, state=wire.certificate(row)) for row in rows]
    await outbox.append(connection, said, now=now, new_id=new_id, traceparent=traceparent)
