"""Verdicts, recognition lists, withdrawn passes: each row on its own, each list all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.verdicts import Problem, Role, VerdictGate, judge, judge_row
from services.grading.store import decisions as store
from services.grading.store import enrolments as enrolment_store
from services.grading.store.enrolments import Key
from services.grading.use_cases.assessment import Read, Schemes, assess_and_say, decided, freeze, read
from shared import audit, outbox
from shared.audit import Act
from shared.database import retrying, transaction

Reach = Callable[[Read], bool]
"""Whether the caller's grants reach an enrolment; what is out of reach is unknown to her."""


@dataclass(frozen=True)
class Asked:
    """One row of a call of verdicts."""

    enrolment_id: UUID
    met: bool
    reason: str | None


@dataclass(frozen=True)
class Judged:
    """What became of one row: a problem code, or none."""

    enrolment_id: UUID
    problem: str | None


class NoSuchListError(LookupError):
    """No list of this id in the province."""


class NoSuchEnrolmentError(LookupError):
    """No enrolment of this id within reach."""


class AlreadyApprovedError(Exception):
    """The list was approved before."""


class NotRecognisedError(Exception):
    """The learner stands on no approved list at the time of the act, or her pass was withdrawn before."""


class NotAPersonError(Exception):
    """The caller is no person of the roster, so that nobody could be held to the decision."""


class RefusedRowsError(Exception):
    """Rows that may not stand on the list; nothing was changed."""

    def __init__(self, rows: Sequence[Judged]) -> None:
        super().__init__(f"{len(rows)} rows may not stand on the list")
        self.rows = rows


async def give_verdicts(
    engine: AsyncEngine, act: Act, gate: VerdictGate, asked: Sequence[Asked], schemes: Schemes, reach: Reach
) -> list[Judged]:
    """Gives verdicts at one gate; a row that may not be given is refused with its problem, the others stand."""
    giver = _person(act)

    async def once() -> list[Judged]:
        async with transaction(engine, act.province_id) as connection:
            reads = await _locked(connection, act, [row.enrolment_id for row in asked], schemes)
            judged: list[Judged] = []
            accepted: list[Asked] = []
            for row in asked:
                one = reads.get(row.enrolment_id)
                problem = _unreachable(one, reach) or _judge(gate, row, one, giver)
                judged.append(Judged(row.enrolment_id, problem))
                if problem is None:
                    accepted.append(row)
            if accepted:
                await store.give(
                    connection,
                    province_id=act.province_id,
                    gate=gate,
                    rows=[
                        (act.new_id(), row.enrolment_id, row.met, (row.reason or "").strip() or None)
                        for row in accepted
                    ],
                    by_account=act.account,
                    by_person=giver,
                    at=act.at,
                    recorded_at=act.recorded_at,
                )
                await audit.record(
                    connection,
                    act,
                    "verdict.give",
                    "enrolment",
                    [(str(row.enrolment_id), {"gate": gate, "met": row.met}) for row in accepted],
                )
                await _say(connection, act, [reads[one] for one in {row.enrolment_id for row in accepted}])
            return judged

    return await retrying(once)


def _unreachable(one: Read | None, reach: Reach) -> str | None:
    return "not_found" if one is None or not reach(one) else None


def _judge(gate: VerdictGate, row: Asked, one: Read | None, giver: UUID) -> Problem | None:
    if one is None:
        raise LookupError("judged an enrolment that was not read")
    return judge(
        gate,
        met=row.met,
        reason=row.reason,
        gates=assess(one.case).gates,
        withdrawn=one.case.withdrawn_at is not None,
        giver=str(giver),
        learner=str(one.enrolment.person.id),
        given=_given(one),
    )


def _given(one: Read) -> list[tuple[Role, str]]:
    """Every verdict and approval so far as (role, person), superseded ones too."""
    given: list[tuple[Role, str]] = [
        ("core_team" if verdict.gate == "core_team" else "institution", str(verdict.by_person))
        for verdict in one.verdicts
    ]
    if one.approval is not None:
        given.append(("list", str(one.approval.approved_by_person)))
    return given


async def make_list(
    engine: AsyncEngine, act: Act, title: str, enrolments: Sequence[UUID], schemes: Schemes, reach: Reach
) -> UUID:
    """Makes a recognition list of learners whose three gates are met. Raises RefusedRowsError, nothing kept.

    The same draft asked for again, because an answer was lost, is the same list.
    """
    rows = sorted(set(enrolments))

    async def once() -> UUID:
        async with transaction(engine, act.province_id) as connection:
            reads = await _locked(connection, act, rows, schemes)
            known = await store.same_draft(
                connection, province_id=act.province_id, title=title, enrolments=rows, by=act.account
            )
            if known is not None:
                return known
            _demand_rows(rows, reads, reach, approver=None)
            list_id = act.new_id()
            await store.make_list(
                connection,
                province_id=act.province_id,
                list_id=list_id,
                title=title,
                enrolments=rows,
                by=act.account,
                at=act.at,
            )
            details = {"rows": len(rows)}
            await audit.record(connection, act, "recognition_list.make", "recognition_list", [(str(list_id), details)])
            return list_id

    return await retrying(once)


async def approve_list(engine: AsyncEngine, act: Act, list_id: UUID, schemes: Schemes) -> int:
    """Approves a list, all or nothing: the gates of each row are checked again here, and what stands is frozen.

    Raises NoSuchListError, AlreadyApprovedError, RefusedRowsError.
    """
    approver = _person(act)

    async def once() -> int:
        async with transaction(engine, act.province_id) as connection:
            found = await store.lock_list(connection, act.province_id, list_id)
            if found is None:
                raise NoSuchListError
            approved, enrolments = found
            if approved:
                raise AlreadyApprovedError
            reads = await _locked(connection, act, enrolments, schemes)
            assessed = _demand_rows(enrolments, reads, lambda _: True, approver=approver)
            await store.approve(
                connection,
                province_id=act.province_id,
                list_id=list_id,
                frozen=[(enrolment_id, freeze(assessment)) for enrolment_id, assessment in assessed.items()],
                by=act.account,
                person=approver,
                at=act.at,
                recorded_at=act.recorded_at,
            )
            details = {"rows": len(enrolments)}
            await audit.record(
                connection, act, "recognition_list.approve", "recognition_list", [(str(list_id), details)]
            )
            await _say(connection, act, list(reads.values()))
            return len(enrolments)

    return await retrying(once)


def _demand_rows(
    enrolments: Sequence[UUID], reads: dict[UUID, Read], reach: Reach, *, approver: UUID | None
) -> dict[UUID, Assessment]:
    assessed: dict[UUID, Assessment] = {}
    refused: list[Judged] = []
    for enrolment_id in sorted(set(enrolments)):
        one = reads.get(enrolment_id)
        if one is None or not reach(one):
            refused.append(Judged(enrolment_id, "not_found"))
            continue
        assessed[enrolment_id] = assess(one.case)
        problem = judge_row(
            gates=assessed[enrolment_id].gates,
            withdrawn=one.case.withdrawn_at is not None,
            approved=one.case.stands_on_list,
            approver=None if approver is None else str(approver),
            learner=str(one.enrolment.person.id),
            given=_given(one),
        )
        if problem is not None:
            refused.append(Judged(enrolment_id, problem))
    if refused:
        raise RefusedRowsError(refused)
    return assessed


async def withdraw_pass(
    engine: AsyncEngine, act: Act, enrolment_id: UUID, reason: str, schemes: Schemes, reach: Reach
) -> None:
    """A person's decision that a pass no longer stands; evidence alone never takes one back.

    Raises NoSuchEnrolmentError, NotRecognisedError.
    """

    async def once() -> None:
        async with transaction(engine, act.province_id) as connection:
            one = (await _locked(connection, act, [enrolment_id], schemes)).get(enrolment_id)
            if one is None or not reach(one):
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
            await _say(connection, act, [one])

    await retrying(once)


async def _locked(
    connection: AsyncConnection, act: Act, enrolments: Sequence[UUID], schemes: Schemes
) -> dict[UUID, Read]:
    """Locks the results (rule 1), then reads. Ids that no enrolment has leave no trace: they are not locked."""
    keys: list[Key] = [(act.province_id, enrolment_id) for enrolment_id in sorted(set(enrolments))]
    known = await enrolment_store.known(connection, keys)
    await outbox.lock(connection, "result", known)
    return {one.key[1]: one for one in await read(connection, known, schemes)}


async def _say(connection: AsyncConnection, act: Act, reads: Sequence[Read]) -> None:
    await assess_and_say(
        connection,
        await decided(connection, reads),
        now=act.recorded_at,
        new_id=act.new_id,
        traceparent=act.traceparent,
    )


def _person(act: Act) -> UUID:
    if act.person_id is None:
        raise NotAPersonError
    return act.person_id


def shown(judged: Judged) -> dict[str, object]:
    """One row of the answer."""
    return {"enrolment_id": judged.enrolment_id, "accepted": judged.problem is None, "problem": judged.problem}
