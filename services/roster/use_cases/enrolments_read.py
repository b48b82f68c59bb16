"""Looking for enrolments, within what the caller reaches; contacts are shown to those who must reach the learner, and
that they were is audited (rule PRI-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.store import enrolments_read as store
from services.roster.store import grants
from services.roster.store.enrolments_read import Filter as Filter
from services.roster.use_cases.enrolments import NoSuchEnrolmentError
from shared import audit
from shared.audit import Act
from shared.database import transaction
from shared.identity import Reach, Role

_DECIDE = frozenset(Role) - {Role.AUDITOR, Role.LEARNER, Role.OPERATOR, Role.VENDOR}
"""The roles that decide anything of an enrolment."""


@dataclass(frozen=True)
class Explained:
    """An enrolment with its dated steps, whoever decided of it, of its class and of its offering, and those whose
    office it is to decide of it."""

    row: dict[str, Any]
    decisions: list[dict[str, Any]]
    staff: list[dict[str, Any]]


async def find(
    engine: AsyncEngine, province_id: UUID, reach: Reach, asked: Filter, *, after: tuple[str, UUID] | None, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many are found, and one page in Vietnamese order of names."""
    async with transaction(engine, province_id) as connection:
        return await store.page(connection, province_id, reach, asked, after=after, limit=limit)


async def contacts(
    engine: AsyncEngine, act: Act, reach: Reach, asked: Filter, *, after: tuple[str, UUID] | None, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """The same; that the contacts were read is on record, by what was asked and how many were found."""
    async with transaction(engine, act.province_id) as connection:
        total, rows = await store.page(connection, act.province_id, reach, asked, after=after, limit=limit)
        over = {"unit": asked.unit_id, "class": asked.class_id, "offering": asked.offering_id, "rows": len(rows)}
        where = asked.class_id or asked.unit_id or act.province_id
        await audit.record(connection, act, "contact.read", "enrolment_list", [(str(where), over)])
    return total, rows


async def explained(engine: AsyncEngine, province_id: UUID, reach: Reach, enrolment_id: UUID) -> Explained:
    """One enrolment, withdrawn or not. Raises NoSuchEnrolmentError where it is out of reach."""
    asked = Filter(ids=[enrolment_id], withdrawn=True)
    async with transaction(engine, province_id) as connection:
        _, rows = await store.page(connection, province_id, reach, asked, limit=1)
        if not rows:
            raise NoSuchEnrolmentError
        row = rows[0]
        objects = [("offering", row["offering_id"]), ("class", row["class_id"]), ("enrolment", enrolment_id)]
        decisions = await audit.of(connection, province_id, objects)
        place = {name: row[name] for name in ("unit_path", "class_id", "audience")}
        return Explained(row, decisions, await grants.over(connection, province_id, _DECIDE, **place))
