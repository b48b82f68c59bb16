"""Verdicts at the two human gates, each row on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.assessment import assess
from services.grading.domain.assessment.decisions import verdicts_at
from services.grading.domain.verdicts import Problem, Verdict, VerdictGate, judge, kept_reason, repeats
from services.grading.store import verdicts as store
from services.grading.use_cases.cases import Read, Schemes
from services.grading.use_cases.deciding import Judged, given_so_far, locked, person_of, say
from shared import audit
from shared.audit import Act
from shared.database import retrying, transaction
from shared.scope import Reaches


@dataclass(frozen=True)
class Asked:
    """One row of a call of verdicts."""

    enrolment_id: UUID
    met: bool
    reason: str | None


async def give_verdicts(
    engine: AsyncEngine, act: Act, gate: VerdictGate, asked: Sequence[Asked], schemes: Schemes, reaches: Reaches
) -> list[Judged]:
    """Gives verdicts at one gate; a row that may not be given is refused with its problem, the others stand.

    A row that repeats the verdict in force is accepted and leaves no second entry.
    """
    giver = person_of(act)

    async def once() -> list[Judged]:
        async with transaction(engine, act.province_id) as connection:
            reads = await locked(connection, act, [row.enrolment_id for row in asked], schemes)
            judged: list[Judged] = []
            accepted: list[Asked] = []
            named: set[UUID] = set()
            for row in asked:
                one = reads.get(row.enrolment_id)
                if row.enrolment_id in named:
                    judged.append(Judged(row.enrolment_id, Problem.ROW_TWICE))
                elif one is None or not reaches(one.enrolment):
                    judged.append(Judged(row.enrolment_id, "not_found"))
                else:
                    standing = next(reversed(verdicts_at(gate, one.case.verdicts)), None)
                    again = repeats(standing, met=row.met, reason=row.reason, giver=str(giver))
                    problem = None if again else _judge(gate, row, one, standing, giver, act.at)
                    judged.append(Judged(row.enrolment_id, problem))
                    if problem is None and not again:
                        accepted.append(row)
                named.add(row.enrolment_id)
            if accepted:
                await store.give(
                    connection,
                    province_id=act.province_id,
                    gate=gate,
                    rows=[(act.new_id(), row.enrolment_id, row.met, kept_reason(row.reason)) for row in accepted],
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
                await say(connection, act, [reads[row.enrolment_id] for row in accepted])
            return judged

    return await retrying(once)


def _judge(
    gate: VerdictGate, row: Asked, one: Read, standing: Verdict | None, giver: UUID, at: datetime
) -> Problem | None:
    return judge(
        gate,
        met=row.met,
        reason=row.reason,
        at=at,
        standing=standing,
        gates=assess(one.case).gates,
        withdrawn=one.case.withdrawn_at is not None,
        giver=str(giver),
        learner=str(one.enrolment.person.id),
        given=given_so_far(one),
    )


def shown(judged: Judged) -> dict[str, object]:
    """One row of the answer."""
    return {"enrolment_id": judged.enrolment_id, "accepted": judged.problem is None, "problem": judged.problem}
