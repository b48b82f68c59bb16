"""The rows of a recognition list as they stand now, beside what they rested on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.basis import Change, basis_of, changes
from services.grading.domain.verdicts import Problem
from services.grading.store import listed as store
from services.grading.store.listed import ListedRow
from services.grading.store.recognition import ApprovalRow as ApprovalRow
from services.grading.use_cases.cases import Read, Schemes, frozen, read
from services.grading.use_cases.recognition import NoSuchListError, row_problem
from shared.database import transaction
from shared.events.roster import Enrolment
from shared.identity import Reach


@dataclass(frozen=True)
class Listed:
    """A row of a list.

    problem: of a draft, why its approval would be refused for this row, by the same judgement.
    changes: since the approval, of a draft since it was made.
    elsewhere: the newest other list that was approved with her on it.
    """

    enrolment: Enrolment
    assessment: Assessment
    problem: Problem | None
    changes: list[Change]
    approval: ApprovalRow | None
    elsewhere: ApprovalRow | None


async def rows(
    engine: AsyncEngine,
    province_id: UUID,
    within: Reach,
    list_id: UUID,
    schemes: Schemes,
    *,
    approver: UUID | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[Listed], int]:
    """One page of a list's rows within reach, and how many there are in all; `approver`: who reads it to approve it.

    `engine` reads one snapshot: nothing is locked, and the approval judges anew. Raises NoSuchListError where nobody
    within reach stands on it.
    """
    async with transaction(engine, province_id) as connection:
        page, total = await store.rows(connection, province_id, within, list_id, after=after, limit=limit)
        if total == 0:
            raise NoSuchListError
        reads = await _read(connection, province_id, page, schemes)
    return [_listed(row, reads[row.enrolment_id], list_id, approver) for row in page], total


async def _read(
    connection: AsyncConnection, province_id: UUID, page: list[ListedRow], schemes: Schemes
) -> dict[UUID, Read]:
    keys = [(province_id, row.enrolment_id) for row in page]
    return {one.key[1]: one for one in await read(connection, keys, schemes, lock=False)}


def _listed(row: ListedRow, one: Read, list_id: UUID, approver: UUID | None) -> Listed:
    assessment = assess(one.case)
    kept = row.frozen or row.proposed
    now = basis_of(assessment.scores, assessment.conditions, assessment.gates)
    here = one.approval is not None and one.approval.list_id == list_id
    return Listed(
        enrolment=one.enrolment,
        assessment=assessment,
        problem=None if row.frozen is not None else row_problem(one, assessment, approver),
        changes=[] if kept is None else changes(frozen(kept), now, assessment.gates),
        approval=one.approval if here else None,
        elsewhere=None if here else one.approval,
    )
