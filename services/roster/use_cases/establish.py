"""A province begins: its root unit and its first officer. Run at a terminal, before anyone can log in.

Here too are named whom nobody can name by a call: the first department leader, and the operator.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.domain.names import tidy
from services.roster.domain.units import FIRST_DAY, Period, Unit
from services.roster.store import units as store
from services.roster.use_cases.grants import Wanted, grant_in
from services.roster.use_cases.units import said
from shared import audit, outbox
from shared.audit import Act
from shared.clock import new_id, start_of_day
from shared.events.envelope import Step
from shared.identity import Role

_CALLED = {
    Role.PROVINCE_OFFICER: "Cán bộ Sở GD&ĐT",
    Role.DEPARTMENT_LEADER: "Lãnh đạo Sở GD&ĐT",
    Role.OPERATOR: "Cán bộ vận hành hệ thống",
}
"""The name of a founder whose account is new, before the province's."""
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('roster establish', 0))")


async def establish(
    engine: AsyncEngine,
    *,
    code: str,
    name: str,
    officer: str,
    at: datetime,
    leader: str | None = None,
    operator: str | None = None,
) -> UUID:
    """Makes the province with this code unless it is there, and grants those who are named; by the worker role."""
    async with engine.begin() as connection:
        await connection.execute(_ALONE)
        there = await store.root_of(connection, code)
        province_id = there or new_id()
        act = Act(province_id=province_id, account="terminal", person_id=None, at=at, new_id=new_id)
        if there is None:
            root = Unit(province_id, (Period(code, tidy(name), "province", None, FIRST_DAY),))
            step = Step(what="established", effective_at=start_of_day(FIRST_DAY), recorded_at=act.recorded_at)
            await outbox.lock(connection, "unit", [(province_id, province_id)])
            await store.put(connection, province_id, [root], {province_id: [step]})
            await audit.record(connection, act, "province.establish", "unit", [(str(province_id), {"code": code})])
            await outbox.append(connection, [said(province_id, root, [step])], now=act.recorded_at, new_id=new_id)
        founders = ((Role.PROVINCE_OFFICER, officer), (Role.DEPARTMENT_LEADER, leader), (Role.OPERATOR, operator))
        wanted = [
            Wanted(
                account=account,
                role=role,
                name=f"{_CALLED[role]} {tidy(name)}",
                unit_id=province_id,
                valid_from=FIRST_DAY,
            )
            for role, account in founders
            if account is not None
        ]
        await grant_in(connection, act, wanted)
    return province_id
