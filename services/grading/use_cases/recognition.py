"""Recognition lists, all or nothing, and the pass that a person takes back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.verdicts import Problem, judge_row
from services.grading.store import recognition as store
from services.grading.store.recognition import ListRow as ListRow
from services.grading.use_cases.cases import Read, Schemes, freeze
from services.grading.use_cases.deciding import Judged, given_so_far, locked, person_of, say
from shared import audit, identity
from shared.audit import Act
from shared.database import retrying, transaction
from shared.scope import Reaches


class NoSuchListError(LookupError):
    """No list of this id in the province."""


class NoSuchEnrolmentError(LookupError):
    """No enrolment of this id within reach."""


class AlreadyApprovedError(Exception):
    """The list was approved before."""


class NotRecognisedError(Exception):
    """The learner stands on no approved list at the time of the act, or her pass was withdrawn before."""


class RefusedRowsError(Exception):
    """Rows that may not stand on the list; nothing was changed."""

    def __init__(self, rows: Sequence[Judged]) -> None:
        super().__init__(f"{len(rows)} rows may not stand on the list")
        self.rows = rows


async def make_list(
    engine: AsyncEngine, act: Act, title: str, enrolments: Sequence[UUID], schemes: Schemes, reaches: Reaches
) -> UUID:
    """Makes a recognition list of learners whose three gates are met. Raises RefusedRowsError, nothing kept.

    The same draft asked for again, because an answer was lost, is the same list.
    """
    rows = sorted(set(enrolments))

    async def once() -> UUID:
        async with transaction(engine, act.province_id) as connection:
            reads = await locked(connection, act, rows, schemes)
            known = await store.same_draft(
                connection, province_id=act.province_id, title=title, enrolments=rows, by=act.account
            )
            if known is not None:
                return known
            assessed = _demand_rows(rows, reads, reaches, approver=None)
            list_id = act.new_id()
            await store.make_list(
                connection,
                province_id=act.province_id,
                list_id=list_id,
                title=title,
                proposed=_kept(assessed),
                by=act.account,
                at=act.at,
            )
            details = {"rows": len(rows)}
            await audit.record(connection, act, "recognition_list.make", "recognition_list", [(str(list_id), details)])
            return list_id

    return await retrying(once)


async def approve_list(engine: AsyncEngine, act: Act, list_id: UUID, schemes: Schemes, reaches: Reaches) -> int:
    """Approves a list, all or nothing: the gates of each row are checked again here, and what stands is frozen.

    Raises NoSuchListError, AlreadyApprovedError, RefusedRowsError.
    """
    approver = person_of(act)

    async def once() -> int:
        async with transaction(engine, act.province_id) as connection:
            found = await store.lock_list(connection, act.province_id, list_id)
            if found is None:
                raise NoSuchListError
            approved, enrolments = found
            reads = await locked(connection, act, enrolments, schemes)
            if not any(reaches(one.enrolment) for one in reads.values()):
                raise NoSuchListError
            if approved:
                raise AlreadyApprovedError
            assessed = _demand_rows(enrolments, reads, reaches, approver=approver)
            await store.approve(
                connection,
                province_id=act.province_id,
                list_id=list_id,
                frozen=_kept(assessed),
                by=act.account,
                person=approver,
                at=act.at,
                recorded_at=act.recorded_at,
            )
            details = {"rows": len(enrolments)}
            await audit.record(
                connection, act, "recognition_list.approve", "recognition_list", [(str(list_id), details)]
            )
            await say(connection, act, list(reads.values()))
            return len(enrolments)

    return await retrying(once)


async def lists(
    engine: AsyncEngine, province_id: UUID, within: identity.Reach, *, after: UUID | None, limit: int
) -> tuple[list[ListRow], int]:
    """Lists with a learner within reach on them, oldest first, and how many there are in all."""
    async with transaction(engine, province_id) as connection:
        return await store.lists(connection, province_id, within, one=None, after=after, limit=limit)


async def one_list(engine: AsyncEngine, province_id: UUID, within: identity.Reach, list_id: UUID) -> ListRow:
    """One list. Raises NoSuchListError where nobody within reach stands on it."""
    async with transaction(engine, province_id) as connection:
        rows, _ = await store.lists(connection, province_id, within, one=list_id, after=None, limit=1)
    if not rows:
        raise NoSuchListError
    return rows[0]


def _demand_rows(
    enrolments: Sequence[UUID], reads: dict[UUID, Read], reaches: Reaches, *, approver: UUID | None
) -> dict[UUID, Assessment]:
    assessed: dict[UUID, Assessment] = {}
    refused: list[Judged] = []
    for enrolment_id in sorted(set(enrolments)):
        one = reads.get(enrolment_id)
        if one is None or not reaches(one.enrolment):
            refused.append(Judged(enrolment_id, "not_found"))
            continue
        assessed[enrolment_id] = assess(one.case)
        problem = row_problem(one, assessed[enrolment_id], approver)
        if problem is not None:
            refused.append(Judged(enrolment_id, problem))
    if refused:
        raise RefusedRowsError(refused)
    return assessed


def row_problem(one: Read, assessment: Assessment, approver: UUID | None) -> Problem | None:
    """Why this learner may not stand on a list that is made, or approved by this person; None where she may."""
    return judge_row(
        gates=assessment.gates,
        withdrawn=one.case.withdrawn_at is not None,
        approved=one.case.stands_on_list,
        approver=None if approver is None else str(approver),
        learner=str(one.enrolment.person.id),
        given=given_so_far(one),
    )


def _kept(assessed: dict[UUID, Assessment]) -> list[tuple[UUID, str]]:
    return [(enrolment_id, freeze(assessment)) for enrolment_id, assessment in assessed.items()]


async def withdraw_pass(
    engine: AsyncEngine, act: Act, enrolment_id: UUID, reason: str, schemes: Schemes, reaches: Reaches
) -> None:
    """A person's decision that a pass no longer stands; evidence alone never takes one back.

    Raises NoSuchEnrolmentError, NotRecognisedError.
    """

    async def once() -> None:
        async with transaction(engine, act.province_id) as connection:
            one = (await locked(connection, act, [enrolment_id], schemes)).get(enrolment_id)
            if one is None or not reaches(one.enrolment):
                raise NoSuchEnrolmentError
            # A withdrawal dated before the approval would be read as one of an earlier list, and change nothing.
            if one.approval is None or not one.case.stands_on_list or act.at < one.approval.approved_at:
                raise NotRecognisedError
            await store.withdraw_pass(
                connection,
                province_id=act.province_id,
                enrolment_id=enrolment_id,
                list_id=one.approval.list_id,
                by=act.account,
                reason=reason,
                at=act.at,
                recorded_at=act.recorded_at,
            )
            await audit.record(connection, act, "pass.withdraw", "enrolment", [(str(enrolment_id), {})])
            await say(connection, act, [one])

    await retrying(once)
