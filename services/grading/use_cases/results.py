"""Reading results: a page within reach, and one with all that it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.evidence.facts import EventType
from services.grading.store import results as store
from services.grading.store import verdicts as verdict_store
from services.grading.store.results import Filter, ResultRow
from services.grading.use_cases.recognition import NoSuchEnrolmentError
from shared.database import transaction
from shared.events.roster import Enrolment
from shared.identity import Reach
from shared.scope import Reaches

_ENROLMENT = msgspec.json.Decoder(Enrolment)


@dataclass(frozen=True)
class Explained:
    """A result beside every input: evidence in the order of time (`facts` is JSON text; null where they are not the
    reader's to see), and verdicts as given."""

    row: ResultRow
    enrolment: Enrolment
    inputs: list[dict[str, object]]
    verdicts: list[verdict_store.VerdictRow]


async def page(
    engine: AsyncEngine,
    province_id: UUID,
    reach: Reach,
    *,
    unit: UUID | None,
    class_id: UUID | None,
    person: UUID | None,
    status: str | None,
    missing: str | None,
    course: str | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[ResultRow], int]:
    """Results in the order of enrolment ids, and how many there are in all."""
    asked = Filter(unit, class_id, person, status, missing, course, after, limit)
    async with transaction(engine, province_id) as connection:
        return await store.results(connection, province_id, reach, asked)


async def explained(
    engine: AsyncEngine, province_id: UUID, enrolment_id: UUID, reaches: Reaches, *, reader: UUID | None
) -> Explained:
    """One result with its inputs, as the person who reads may see them. Raises NoSuchEnrolmentError where it is out of
    reach."""
    async with transaction(engine, province_id) as connection:
        row = await store.one(connection, province_id, enrolment_id)
        if row is None or not reaches(enrolment := _ENROLMENT.decode(row.state)):
            raise NoSuchEnrolmentError
        inputs = await store.inputs(connection, province_id, enrolment_id)
        verdicts = await verdict_store.verdicts(connection, [(province_id, enrolment_id)])
    if reader != enrolment.person.id:
        _hide_answers(inputs)
    return Explained(row, enrolment, inputs, verdicts.get(enrolment_id, []))


def _hide_answers(inputs: list[dict[str, object]]) -> None:
    """That the survey was answered counts for the result; what was answered is anonymous (REP-6)."""
    for one in inputs:
        if one["type"] == EventType.SURVEY:
            one["facts"] = "null"
