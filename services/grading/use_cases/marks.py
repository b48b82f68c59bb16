"""Marks given here: evidence like the platform's, of a source that is ours alone (decision 20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.domain.evidence import EventType, Mark, to_json
from services.grading.domain.marking import Marker, Wanted, demand_hers, demand_marked, mark_of
from services.grading.domain.rubric import Rubrics
from services.grading.store import intake as store
from services.grading.store.intake import Piece
from services.grading.store.sources import Source
from services.grading.use_cases.cases import Read, Schemes, read
from services.grading.use_cases.deciding import given_so_far, person_of
from services.grading.use_cases.deliveries import facts_text, learner_of_enrolment, read_event
from services.grading.use_cases.intake import keep
from services.grading.use_cases.recognition import NoSuchEnrolmentError
from shared import audit
from shared.audit import Act
from shared.database import retrying, transaction
from shared.scope import Reaches

OURS = "bdtx:marks"
"""The source's name in evidence: no vendor's and no sandbox's, whose names have no colon (schemas `SourceIn`)."""

AllRubrics = Mapping[tuple[str, int], Rubrics]


@dataclass(frozen=True)
class Given:
    """A mark that was given."""

    event_id: str
    at: datetime
    mark: Mark


async def give_mark(
    engine: AsyncEngine,
    act: Act,
    enrolment_id: UUID,
    wanted: Wanted,
    schemes: Schemes,
    rubrics: AllRubrics,
    reaches: Reaches,
) -> Given:
    """Gives one paper's mark. It is kept, meets its enrolment and marks its result as the platform's would.

    Raises NoSuchEnrolmentError where the enrolment is out of reach, and what the rules say (domain/marking.py).
    """
    person = str(person_of(act))

    async def once() -> Given:
        async with transaction(engine, act.province_id) as connection:
            one = await _read(connection, act, enrolment_id, schemes, reaches)
            marker = Marker(act.account, person, str(one.enrolment.person.id), act.at, f"mark-{act.new_id()}")
            demand_hers(marker, given_so_far(one))
            demand_marked(one.case, one.enrolment.kind)
            mark, before = mark_of(one.case, rubrics.get(one.case.scheme.ref), wanted, marker)
            piece = _piece(enrolment_id, marker, mark)
            await keep(connection, Source(act.province_id, OURS), [piece], act.recorded_at, act.traceparent)
            details = _details(marker, wanted.paper, mark, before)
            await audit.record(connection, act, "mark.give", "enrolment", [(str(enrolment_id), details)])
        return Given(marker.event_id, marker.at, mark)

    return await retrying(once)


async def _read(connection: AsyncConnection, act: Act, enrolment_id: UUID, schemes: Schemes, reaches: Reaches) -> Read:
    """The case beside which the mark is judged. Marks of one enrolment wait for one another at the root where evidence
    meets it; the result is locked by whoever assesses it, as after a webhook."""
    await store.lock_studies(connection, [(act.province_id, "", learner_of_enrolment(enrolment_id))])
    found = await read(connection, [(act.province_id, enrolment_id)], schemes, lock=False)
    if not found or not reaches(found[0].enrolment):
        raise NoSuchEnrolmentError
    return found[0]


def _piece(enrolment_id: UUID, marker: Marker, mark: Mark) -> Piece:
    """The mark as an event of the contract, read as any event is; kept with how it came about."""
    kind = EventType.FINAL_GRADED if mark.essay is None else EventType.ESSAY_GRADED
    event = {
        "id": marker.event_id,
        "type": kind.value,
        "timestamp": marker.at.isoformat(),
        "learner": {"enrolment_id": str(enrolment_id)},
        "data": to_json(mark),
    }
    return replace(read_event(event, marker.at), facts=facts_text(mark))


def _details(marker: Marker, paper: str, mark: Mark, before: Mark | None) -> dict[str, object]:
    """What the audit keeps: numbers and codes; what was written to the learner stands with the evidence."""
    marking = mark.marking
    return {
        "event_id": marker.event_id,
        "paper": paper,
        "attempt": mark.attempt,
        "score": str(mark.score),
        "criteria_version": marking.criteria_version if marking else None,
        "points": {one.code: str(one.points) for one in marking.points} if marking else {},
    } | ({} if before is None else {"before": {"score": str(before.score), "scale": str(before.scale)}})
