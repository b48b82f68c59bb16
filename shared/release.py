"""What the `work` process does with parked events that a person asked to be tried again.

The API only leaves the mark `asked`, because applying writes whatever the service's handlers write, in any province
they touch, and that is the worker role's to do: the api role stays behind its wall.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from shared import parking
from shared.applying import Applier, reason_of
from shared.database import fault_name, is_transient
from shared.events.envelope import from_record
from shared.events.registry import check

log = structlog.get_logger()

_NEXT = sa.text("""
    SELECT id, topic, partition, log_offset, key, headers::text AS headers, data FROM parked_event
    WHERE state = 'asked' ORDER BY asked_at, id LIMIT 1
""")
_OUTCOME = sa.text("""
    UPDATE parked_event SET state = :state, settled_at = :now, settled_why = :why
    WHERE id = :id AND state = 'asked' RETURNING id
""")
_PARK_AGAIN = sa.text("UPDATE parked_event SET state = 'parked', reason = :reason WHERE id = :id AND state = 'asked'")


class _SettledMeanwhileError(Exception):
    """Another worker or a person was faster: what was done in this transaction must not stay."""


class Releases:
    """Tries asked events one by one, each by the service's own handler in one transaction, as the consumer's applier
    would."""

    def __init__(self, applier: Applier) -> None:
        self._applier = applier
        self._engine = applier.engine

    async def run(self) -> int:
        """Tries the one that was asked for first; answers 1, or 0 where none is. Raises what is transient: the mark
        stays. Any other fault parks the event again with the new reason.

        Nothing can be released out of order: an event is its aggregate's whole state, so that one which is older than
        what was applied meanwhile has no effect (its version is seen) and is superseded, and releasing the newest
        settles every older one of the aggregate.
        """
        async with self._engine.connect() as connection:
            row = (await connection.execute(_NEXT)).mappings().one_or_none()
        if row is None:
            return 0
        try:
            await self._try(dict(row))
        except _SettledMeanwhileError:
            return 1
        except Exception as fault:
            if is_transient(fault):
                raise
            log.error("event_parked_again", fault=fault_name(fault))
            await self._park_again(row["id"], reason_of(fault))
        return 1

    async def _try(self, row: dict[str, Any]) -> None:
        record = parking.stored(row)
        event = from_record(record.key, record.value, record.headers)
        check(event)
        moment = self._applier.moment()
        # The versions first and the parked row last, as the consumer does: the other order could deadlock with it.
        async with self._engine.begin() as connection:
            state, why = "released", None
            if event.aggregate_type not in self._applier.handlers:
                why = f"passed over: nothing here hears of a {event.aggregate_type}"
            elif not await self._applier.effect(connection, [event], moment):
                state = "superseded"
            outcome = {"id": row["id"], "state": state, "now": moment.now, "why": why}
            if (await connection.execute(_OUTCOME, outcome)).first() is None:
                raise _SettledMeanwhileError
        log.info("event_released", aggregate=event.aggregate_type, state=state)

    async def _park_again(self, id_: UUID, reason: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(_PARK_AGAIN, {"id": id_, "reason": parking.as_reason(reason)})
