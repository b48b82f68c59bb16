"""What every service shows those who oversee it: what was parked and what becomes of it, and who decided what."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import audit, paging, parking
from shared.audit import Act
from shared.bodies import Body
from shared.callers import acts, may, province_of
from shared.database import retrying, transaction
from shared.identity import Over, Principal, Role, Rule
from shared.paging import Cursor, Limit
from shared.parked_schema import OPEN_STATES
from shared.parking import Reach
from shared.problems import CONFLICT, NOT_FOUND, Problem
from shared.web import json_response, router

SEES_PARKED = Rule("parked.read", frozenset({Role.OPERATOR, Role.PROVINCE_OFFICER, Role.AUDITOR}), Over.PROVINCE)
DECIDES_PARKED = Rule("parked.decide", frozenset({Role.OPERATOR, Role.PROVINCE_OFFICER}), Over.PROVINCE)
"""The operator keeps the installation going; the officer answers for her province's totals and must not have to wait
for him on the evening of a report. Whoever audits decides nothing."""
SEES_AUDIT = Rule("audit.read", frozenset({Role.AUDITOR, Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER}), Over.PROVINCE)


class Decision(Body):
    """Why a parked event is tried again or discarded; no personal data belongs in it."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /parked`, `GET /parked/{id}`, `POST /parked/{id}/release|discard`, `GET /audit`"""
    routes = router(keyed=False)

    @routes.get("/parked")
    async def parked(
        caller: Annotated[Principal, may(SEES_PARKED)], limit: Limit = 50, cursor: Cursor = None
    ) -> Response:
        """Events that could not be applied and are not settled, oldest first, without their payload."""
        reach = _reach(caller)
        async with transaction(engine, reach.province_id) as connection:
            await parking.enter(connection, reach)
            items, total = await parking.listed(connection, reach, paging.after(cursor), limit + 1)
        return json_response(paging.page(items, limit=limit, total=total, id_of=itemgetter("id")))

    @routes.get("/parked/{id}")
    async def parked_one(caller: Annotated[Principal, may(SEES_PARKED)], id: UUID) -> Response:  # noqa: A002
        """One of them in whatever state, also settled: what became of it."""
        reach = _reach(caller)
        async with transaction(engine, reach.province_id) as connection:
            await parking.enter(connection, reach)
            return json_response(await _found(connection, reach, id))

    @routes.post("/parked/{id}/release", status_code=202)
    async def release(
        caller: Annotated[Principal, may(DECIDES_PARKED)],
        act: Annotated[Act, acts(DECIDES_PARKED)],
        id: UUID,  # noqa: A002
        body: Decision | None = None,
    ) -> Response:
        """Tries it again: answers 202 with the state `asked`; the worker applies it, and `GET /parked/{id}` shows what
        came of it: `released`, or `parked` again with the new reason.

        409 where it is settled, or older than what was applied meanwhile (it is superseded then). Events of one
        aggregate cannot be released out of order, since each is the whole state.
        """
        decision = _Decided(engine, act, _reach(caller), body.reason.strip() if body else None)
        return json_response(await retrying(lambda: decision.release(id)), 202)

    @routes.post("/parked/{id}/discard")
    async def discard(
        caller: Annotated[Principal, may(DECIDES_PARKED)],
        act: Annotated[Act, acts(DECIDES_PARKED)],
        id: UUID,  # noqa: A002
        body: Decision,
    ) -> Response:
        """This version of the aggregate is never applied, also when the log says it again; a later one is. A record
        without an envelope has no version: it is known by its place in the log. 409 where it is settled otherwise."""
        decision = _Decided(engine, act, _reach(caller), body.reason.strip())
        return json_response(await retrying(lambda: decision.discard(id)))

    @routes.get("/audit")
    async def audited(
        caller: Annotated[Principal, may(SEES_AUDIT)], limit: Limit = 50, cursor: Cursor = None
    ) -> Response:
        """Who decided what, when it counts and when it came, newest first."""
        province_id = province_of(caller)
        async with transaction(engine, province_id) as connection:
            items, total = await audit.listed(connection, province_id, paging.after(cursor), limit + 1)
        return json_response(paging.page(items, limit=limit, total=total, id_of=itemgetter("id")))

    app.include_router(routes)


def _reach(caller: Principal) -> Reach:
    return Reach(province_id=province_of(caller), installation=Role.OPERATOR in caller.roles)


async def _found(connection: AsyncConnection, reach: Reach, id_: UUID, *, lock: bool = False) -> dict[str, Any]:
    row = await parking.one(connection, reach, id_, lock=lock)
    if row is None:
        raise Problem(NOT_FOUND)
    return row


@dataclass(frozen=True)
class _Decided:
    """One person's decision, with its audit row in the transaction that makes it true. Asking for the same again
    changes nothing and is not audited again."""

    engine: AsyncEngine
    act: Act
    reach: Reach
    why: str | None

    async def release(self, id_: UUID) -> dict[str, Any]:
        """The row, now `asked`. Raises Problem 404, 409."""
        async with transaction(self.engine, self.reach.province_id) as connection:
            await parking.enter(connection, self.reach)
            row = await _found(connection, self.reach, id_, lock=True)
            if row["state"] == "parked":
                if await parking.is_outrun(connection, row):
                    await parking.settle(connection, id_, "superseded", self.act.recorded_at)
                else:
                    await parking.ask(connection, id_, self.act.recorded_at)
                row = await self._audited(connection, "parked.release", row)
        if row["state"] != "asked":
            raise _settled(row)
        return row

    async def discard(self, id_: UUID) -> dict[str, Any]:
        """The row, now `discarded`. Raises Problem 404, 409."""
        async with transaction(self.engine, self.reach.province_id) as connection:
            await parking.enter(connection, self.reach)
            row = await _found(connection, self.reach, id_, lock=True)
            if row["state"] in OPEN_STATES:
                await parking.settle(connection, id_, "discarded", self.act.recorded_at, self.why)
                row = await self._audited(connection, "parked.discard", row)
        if row["state"] != "discarded" or row["settled_why"] != self.why:
            raise _settled(row)
        return row

    async def _audited(self, connection: AsyncConnection, action: str, before: dict[str, Any]) -> dict[str, Any]:
        after = await _found(connection, self.reach, before["id"])
        names = ("topic", "partition", "log_offset", "aggregate_type", "aggregate_id", "version")
        details = {name: before[name] for name in names}
        details |= {"parked_because": before["reason"], "reason": self.why, "state": after["state"]}
        await audit.record(connection, self.act, action, "parked_event", [(str(before["id"]), details)])
        return after


def _settled(row: dict[str, Any]) -> Problem:
    return Problem(CONFLICT, detail=f"state: {row['state']}", more={"state": row["state"], "reason": row["reason"]})
