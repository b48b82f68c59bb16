"""What every decision of a person begins and ends with: who decides, the results locked and read, the outcome said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.domain.evidence import Mark
from services.grading.domain.verdicts import Role
from services.grading.store import enrolments as enrolment_store
from services.grading.store.enrolments import Key
from services.grading.use_cases.assessment import assess_and_say
from services.grading.use_cases.cases import Read, Schemes, decided, read
from shared import outbox
from shared.audit import Act


@dataclass(frozen=True)
class Judged:
    """What became of one row: a problem code, or none."""

    enrolment_id: UUID
    problem: str | None


class NotAPersonError(Exception):
    """The caller is no person of the roster, so that nobody could be held to the decision."""


def given_so_far(one: Read) -> list[tuple[Role, str]]:
    """Every verdict, approval and mark given here so far as (role, person), superseded ones too: who marks speaks for
    the core team. Of the platform's marks nobody knows the person."""
    given: list[tuple[Role, str]] = [
        ("core_team" if verdict.gate == "core_team" else "institution", str(verdict.by_person))
        for verdict in one.verdicts
    ]
    marks = (piece.facts for piece in one.case.evidence if isinstance(piece.facts, Mark))
    given += [("core_team", mark.marking.person) for mark in marks if mark.marking is not None]
    if one.approval is not None:
        given.append(("list", str(one.approval.approved_by_person)))
    return given


async def locked(
    connection: AsyncConnection, act: Act, enrolments: Sequence[UUID], schemes: Schemes
) -> dict[UUID, Read]:
    """Locks the results (rule 1), then reads. Ids that no enrolment has leave no trace: they are not locked."""
    keys: list[Key] = [(act.province_id, enrolment_id) for enrolment_id in sorted(set(enrolments))]
    known = await enrolment_store.known(connection, keys)
    await outbox.lock(connection, "result", known)
    return {one.key[1]: one for one in await read(connection, known, schemes)}


async def say(connection: AsyncConnection, act: Act, reads: Sequence[Read]) -> None:
    await assess_and_say(
        connection,
        await decided(connection, reads),
        now=act.recorded_at,
        new_id=act.new_id,
        traceparent=act.traceparent,
    )


def person_of(act: Act) -> UUID:
    if act.person_id is None:
        raise NotAPersonError
    return act.person_id
