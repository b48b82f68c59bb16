"""Offerings: courses put before an audience, with rules and windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.store import enrolments, people
from services.roster.store import offerings as store
from services.roster.store.offerings import Offering as Offering
from services.roster.use_cases.fan_out import say_enrolments
from shared import audit
from shared.audit import Act
from shared.database import retrying, transaction
from shared.events.roster import Grader
from shared.identity import Reach


class CourseTakenError(ValueError):
    """A course code is unique within a source for good, and this one is another offering's."""


class NoSuchOfferingError(LookupError):
    """There is no such offering."""


class NoSuchClassError(LookupError):
    """There is no such class."""


class NoSuchGraderError(ValueError):
    """An account that nobody in the province has."""


class OwnClassError(ValueError):
    """Whoever says who marks a class would make herself its core teacher."""


async def offer(engine: AsyncEngine, act: Act, wanted: Sequence[store.Offering]) -> list[store.Offering]:
    """Makes offerings, all or none; one that is there just so already is answered. Raises CourseTakenError."""
    return await retrying(lambda: _offer(engine, act, wanted))


async def _offer(engine: AsyncEngine, act: Act, wanted: Sequence[store.Offering]) -> list[store.Offering]:
    async with transaction(engine, act.province_id) as connection:
        there = await store.by_course(connection, act.province_id, [o.course for o in wanted])
        new: dict[str, store.Offering] = {}
        for one in wanted:
            known = there.get(one.course) or new.get(one.course)
            if known is None:
                new[one.course] = one
            elif replace(one, offering_id=known.offering_id, created_at=known.created_at) != known:
                raise CourseTakenError(f"the course code {one.course} belongs to another offering")
        await store.add(connection, act.province_id, list(new.values()))
        details = [(str(o.offering_id), {"course": o.course}) for o in new.values()]
        await audit.record(connection, act, "offering.make", "offering", details)
        known_now = there | new
        return [known_now[one.course] for one in wanted]


async def listed(
    engine: AsyncEngine, province_id: UUID, reach: Reach, after: str | None, limit: int
) -> tuple[int, list[tuple[store.Offering, dict[str, int]]]]:
    """One page of offerings by course code, with counts of what is within reach."""
    async with transaction(engine, province_id) as connection:
        return await store.page(connection, province_id, reach, after, limit)


async def classes(
    engine: AsyncEngine,
    province_id: UUID,
    *,
    offering_id: UUID | None,
    reach: Reach,
    after: tuple[str, int] | None,
    limit: int,
) -> tuple[int, list[dict[str, Any]]]:
    """One page of the classes within reach."""
    async with transaction(engine, province_id) as connection:
        return await store.classes(
            connection, province_id, offering_id=offering_id, reach=reach, after=after, limit=limit
        )


async def set_graders(engine: AsyncEngine, act: Act, class_id: UUID, accounts: Sequence[str]) -> list[Grader]:
    """Sets who marks and judges a class, in this order. Raises NoSuchClassError, NoSuchGraderError,
    OwnClassError.
    """
    return await retrying(lambda: _set_graders(engine, act, class_id, accounts))


async def _set_graders(engine: AsyncEngine, act: Act, class_id: UUID, accounts: Sequence[str]) -> list[Grader]:
    async with transaction(engine, act.province_id) as connection:
        if not await store.lock_class(connection, act.province_id, class_id):
            raise NoSuchClassError
        wanted = list(dict.fromkeys(accounts))
        holders = await people.holders(connection, act.province_id, wanted)
        for index, account in enumerate(wanted):
            if account not in holders:
                raise NoSuchGraderError(f"graders/{index}: nobody has this account")
        graders = [Grader(person_id=holders[account], account=account) for account in wanted]
        before = await store.graders(connection, act.province_id, class_id)
        if graders == before:
            return graders
        if act.person_id in {grader.person_id for grader in graders} - {grader.person_id for grader in before}:
            raise OwnClassError("nobody makes herself the core teacher of a class")
        await store.put_graders(connection, act.province_id, class_id, graders, act.at)
        details = {"graders": [str(grader.person_id) for grader in graders]}
        await audit.record(connection, act, "class.set_graders", "class", [(str(class_id), details)])
        ids = await enrolments.ids_of(connection, act.province_id, classes=[class_id])
        await say_enrolments(connection, act, ids)
        return graders
