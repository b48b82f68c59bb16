"""Learners of an offering into classes, and their enrolments. A dry run first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.roster.domain.allocation import (
    AllocationError,
    Candidate,
    Method,
    class_code,
    dealt,
    half_up_classes,
    in_order,
    places,
)
from services.roster.domain.units import placed
from services.roster.store import allocation as store
from services.roster.store import offerings, units
from services.roster.use_cases.fan_out import say_enrolments
from services.roster.use_cases.offerings import NoSuchOfferingError
from shared import audit, outbox
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.events.envelope import Step
from shared.events.roster import Window


@dataclass(frozen=True, kw_only=True)
class Allocated:
    """A class and how many it gets; `size` is what it has afterwards, `units` how many schools its newcomers are of."""

    class_id: UUID
    number: int
    code: str
    size: int
    added: int
    units: int
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """What an allocation does, or in a dry run would do."""

    offering: offerings.Offering
    method: Method
    learners: int
    classes: Sequence[Allocated]
    dry_run: bool


async def allocate(
    engine: AsyncEngine, act: Act, offering_id: UUID, *, method: Method, classes: int | None, dry_run: bool
) -> Allocation:
    """Puts everyone of the offering's level and subject who is not enrolled yet into classes of about fifty.

    `planned` takes the printed number (`classes`, or the offering's own). Those enrolled before stay where they are.
    Raises NoSuchOfferingError, AllocationError.
    """
    return await retrying(lambda: _allocate(engine, act, offering_id, method, classes, dry_run))


async def _allocate(
    engine: AsyncEngine, act: Act, offering_id: UUID, method: Method, wanted: int | None, dry_run: bool
) -> Allocation:
    async with transaction(engine, act.province_id) as connection:
        offering = await offerings.one(connection, act.province_id, offering_id, locked=not dry_run)
        if offering is None:
            raise NoSuchOfferingError
        if not dry_run:
            await offerings.lock_classes(connection, act.province_id, offering_id)
        ordered = in_order(await _candidates(connection, act, offering))
        _, there = await offerings.classes(connection, act.province_id, offering_id=offering_id)
        number = _number(method, wanted, offering, sum(row["size"] for row in there) + len(ordered))
        number = max(number, len(there)) if ordered else len(there)
        sizes = places([row["size"] for row in there], number, len(ordered))
        first = max((row["number"] for row in there), default=0) + 1
        codes = [(row["class_id"], row["number"], row["code"]) for row in there] + [
            (act.new_id(), n, class_code(offering.course, n)) for n in range(first, first + number - len(there))
        ]
        runs = dealt(ordered, sizes)
        before = [row["size"] for row in there] + [0] * (number - len(there))
        allocation = Allocation(
            offering=offering,
            method=method,
            learners=len(ordered),
            dry_run=dry_run,
            classes=[
                Allocated(
                    class_id=class_id,
                    number=n,
                    code=code,
                    size=had + len(run),
                    added=len(run),
                    units=len({candidate.unit_id for candidate in run}),
                    is_new=index >= len(there),
                )
                for index, ((class_id, n, code), had, run) in enumerate(zip(codes, before, runs, strict=True))
            ],
        )
        if not dry_run and ordered:
            await offerings.add_classes(connection, act.province_id, offering_id, codes[len(there) :], act.at)
            await _enrol(connection, act, offering, [(c[0], run) for c, run in zip(codes, runs, strict=True)])
        return allocation


def _number(method: Method, wanted: int | None, offering: offerings.Offering, learners: int) -> int:
    if method == "half_up":
        if wanted is not None:
            raise AllocationError("half_up computes the number of classes; ask for planned to give one")
        return half_up_classes(learners)
    number = wanted or offering.planned_classes
    if number is None:
        raise AllocationError("the offering has no planned number of classes; give one")
    if number > learners:
        raise AllocationError("more classes than learners")
    return number


async def _candidates(connection: AsyncConnection, act: Act, offering: offerings.Offering) -> list[Candidate]:
    kept = await units.everything(connection, act.province_id)
    tree = placed((k.unit for k in kept.values()), vietnamese_day(act.at))
    path_codes = {unit_id: tuple(tree[step].period.code for step in one.path) for unit_id, one in tree.items()}
    found = []
    for row in await store.candidates(
        connection, act.province_id, offering.offering_id, offering.level, offering.subject_key
    ):
        unit = tree.get(row.unit_id)
        if unit is None:
            raise AllocationError("a learner's unit does not exist on this day: move its people first")
        found.append(
            Candidate(
                person_id=row.person_id,
                sort_key=row.sort_key or "",
                unit_id=row.unit_id,
                unit_code=unit.period.code,
                unit_name=unit.period.name,
                unit_path=unit.path,
                path_codes=path_codes[row.unit_id],
                position=row.position,
            )
        )
    return found


async def _enrol(
    connection: AsyncConnection,
    act: Act,
    offering: offerings.Offering,
    runs: Sequence[tuple[UUID, Sequence[Candidate]]],
) -> None:
    # A name corrected meanwhile must reach these enrolments: by the lock here, or by the fan-out after it.
    learners = [(act.province_id, c.person_id) for _, run in runs for c in run]
    await outbox.lock(connection, "person", learners)
    new = [
        store.New(
            enrolment_id=act.new_id(),
            person_id=c.person_id,
            class_id=class_id,
            unit_id=c.unit_id,
            unit_name=c.unit_name,
            unit_path=c.unit_path,
            position=c.position,
            kind="main",
        )
        for class_id, run in runs
        for c in run
    ]
    await store.add(
        connection,
        act.province_id,
        offering.offering_id,
        new,
        windows=[Window(kind="common", opens_at=offering.opens_at, closes_at=offering.closes_at)],
        steps=[Step(what="enrolled", effective_at=act.at, recorded_at=act.recorded_at)],
        enrolled_at=act.at,
    )
    details = {"enrolments": len(new), "classes": len(runs)}
    await audit.record(connection, act, "offering.allocate", "offering", [(str(offering.offering_id), details)])
    # Rows nobody else can see yet, so nobody else can have locked them: the order of insert and lock is free here.
    await say_enrolments(connection, act, [n.enrolment_id for n in new], event="enrolled")
