"""Assessing results: reads all that a result depends on, asks the domain, writes and says what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.domain.assessment import Approval, Assessment, Case, assess
from services.grading.domain.composition import Composition
from services.grading.domain.evidence import EventType, Evidence, from_json
from services.grading.domain.gates import Conditions, GateState, Scores
from services.grading.domain.scheme import Scheme
from services.grading.domain.verdicts import Verdict
from services.grading.store import decisions as decision_store
from services.grading.store import enrolments as store
from services.grading.store.decisions import ApprovalRow, VerdictRow
from services.grading.store.enrolments import Evidenced, Kept, Key
from services.grading.use_cases import wire
from shared import outbox
from shared.clock import NewId
from shared.database import fault_name, is_transient, retrying
from shared.events.grading import Result
from shared.events.registry import encode
from shared.events.roster import Enrolment
from shared.outbox import Said

log = structlog.get_logger()

BATCH = 200
BREATH = 50
"""Cases between two turns of the event loop: health and heartbeats share it."""

Schemes = Mapping[tuple[str, int], Scheme]

_ENROLMENT = msgspec.json.Decoder(Enrolment)
_RESULT = msgspec.json.Decoder(Result)
_FACTS = msgspec.json.Decoder(dict[str, object])
_TYPES: dict[str, EventType] = {kind.value: kind for kind in EventType}


@dataclass(frozen=True)
class Read:
    """One enrolment with all that its result depends on, and the result that was said last."""

    key: Key
    enrolment: Enrolment
    case: Case
    verdicts: Sequence[VerdictRow]
    approval: ApprovalRow | None
    before: bytes | None
    said: Result | None


async def read(connection: AsyncConnection, keys: Sequence[Key], schemes: Schemes) -> list[Read]:
    """Reads cases: four statements, however many. Enrolments that roster has not named yet are left out.

    The caller holds the results' locks. Every kept enrolment names a scheme we have: others were parked.
    """
    kept = [row for row in await store.kept(connection, keys) if row.state is not None]
    evidence = await store.evidence(connection, keys)
    verdicts = await decision_store.verdicts(connection, keys)
    approvals = await decision_store.approvals(connection, keys)
    return [
        _read(
            row,
            evidence.get(row.enrolment_id, ()),
            verdicts.get(row.enrolment_id, ()),
            approvals.get(row.enrolment_id),
            schemes,
        )
        for row in kept
    ]


def _read(
    row: Kept,
    evidence: Sequence[Evidenced],
    verdicts: Sequence[VerdictRow],
    approval: ApprovalRow | None,
    schemes: Schemes,
) -> Read:
    enrolment = _ENROLMENT.decode(row.state or b"")
    scheme = schemes[enrolment.offering.scheme.id, enrolment.offering.scheme.version]
    declared = enrolment.offering.composition
    case = Case(
        scheme=scheme,
        composition=Composition(
            document=declared.document,
            graphic=declared.graphic,
            video=declared.video,
            task=declared.task,
            questions=declared.questions,
            essays=tuple(declared.essays),
        ),
        evidence=tuple(_evidence(event) for event in evidence),
        enrolled_at=enrolment.enrolled_at,
        closes_at=max((window.closes_at for window in enrolment.windows), default=None),
        has_account_at=min((account.since for account in enrolment.accounts), default=None),
        withdrawn_at=enrolment.withdrawn_at,
        certified_at=row.certified_at,
        core_team_holder=enrolment.graders[0].account if enrolment.graders else None,
    )
    said = None if row.result is None else _RESULT.decode(row.result)
    one = Read((row.province_id, row.enrolment_id), enrolment, case, (), None, row.result, said)
    return _with(one, verdicts, approval)


async def decided(connection: AsyncConnection, reads: Sequence[Read]) -> list[Read]:
    """The same cases with what persons have decided since they were read, in this same transaction."""
    keys = [one.key for one in reads]
    verdicts = await decision_store.verdicts(connection, keys)
    approvals = await decision_store.approvals(connection, keys)
    return [_with(one, verdicts.get(one.key[1], ()), approvals.get(one.key[1])) for one in reads]


def _with(one: Read, verdicts: Sequence[VerdictRow], approval: ApprovalRow | None) -> Read:
    case = replace(
        one.case,
        verdicts=tuple(_verdict(verdict) for verdict in verdicts),
        approval=None if approval is None else _approval(approval),
        pass_withdrawn_at=None if approval is None else approval.pass_withdrawn_at,
    )
    return replace(one, case=case, verdicts=verdicts, approval=approval)


def _evidence(event: Evidenced) -> Evidence:
    return Evidence(
        event_id=event.event_id,
        type=_TYPES[event.type],
        at=event.at,
        account=event.learner,
        facts=from_json(event.type, _FACTS.decode(event.facts)),
    )


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        gate="core_team" if row.gate == "core_team" else "institution",
        met=row.met,
        reason=row.reason,
        by_account=row.by_account,
        by_person=str(row.by_person),
        at=row.at,
        order=row.ordinal,
    )


class _Frozen(msgspec.Struct, frozen=True):
    scores: Scores
    conditions: Conditions
    lms: GateState


_FROZEN = msgspec.json.Decoder(_Frozen)


def freeze(assessment: Assessment) -> str:
    """What an approval keeps of an assessment, as JSON: a later difference opens a review."""
    frozen = _Frozen(assessment.scores, assessment.conditions, assessment.gates.lms.state)
    return msgspec.json.encode(frozen).decode()


def _approval(row: ApprovalRow) -> Approval:
    frozen = _FROZEN.decode(row.frozen)
    return Approval(str(row.list_id), row.approved_at, row.approved_by, frozen.scores, frozen.conditions, frozen.lms)


async def assess_and_say(
    connection: AsyncConnection,
    reads: Iterable[Read],
    *,
    now: datetime,
    new_id: NewId,
    traceparent: str | None,
) -> dict[Key, Assessment]:
    """Assesses, and writes and says those results that differ from what was said last."""
    assessments: dict[Key, Assessment] = {}
    rows: list[tuple[Key, str, bytes]] = []
    said: list[Said] = []
    for place, one in enumerate(reads):
        if place % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        assessment = assess(one.case)
        assessments[one.key] = assessment
        result = wire.result(one, assessment)
        data = encode(result)
        if data == one.before:
            continue
        rows.append((one.key, result.status, data))
        said.append(Said(event=wire.event_of(one.said, result), aggregate_id=one.key[1], state=result))
    if rows:
        await store.write_results(connection, rows)
        await outbox.append(connection, said, now=now, new_id=new_id, traceparent=traceparent)
    return assessments


class _UnassessableError(Exception):
    """A batch that would fail again; its marks are where they were."""

    def __init__(self, enrolments: Sequence[UUID], fault: Exception) -> None:
        super().__init__(f"{len(enrolments)} enrolments")
        self.enrolments = enrolments
        self.fault = fault


async def assess_pending(engine: AsyncEngine, schemes: Schemes, *, now: datetime, new_id: NewId) -> int:
    """One batch of what evidence, enrolments and certificates have marked; answers how many enrolments it assessed.

    A case that cannot be assessed keeps its marks and holds up no other: its batch is gone through one by one.
    Raises what is transient, and the fault of such a case where there was nothing else to do.
    """

    def take(limit: int, leaving: Sequence[UUID]) -> Awaitable[int]:
        return retrying(lambda: _assess_marked(engine, schemes, limit, leaving, now, new_id))

    try:
        return await take(BATCH, ())
    except _UnassessableError as failed:
        last = failed
    assessed, left = 0, list[UUID]()
    for _ in range(BATCH):
        try:
            if not await take(1, left):
                break
            assessed += 1
        except _UnassessableError as failed:
            left += failed.enrolments
            last = failed
    if not assessed:
        raise last.fault
    log.error("not_assessed", enrolments=[str(one) for one in left], fault=fault_name(last.fault))
    return assessed


async def _assess_marked(
    engine: AsyncEngine, schemes: Schemes, limit: int, leaving: Sequence[UUID], now: datetime, new_id: NewId
) -> int:
    async with engine.begin() as connection:
        marks = await store.take_pending(connection, limit, leaving)
        if not marks:
            return 0
        try:
            await outbox.lock(connection, "result", marks)
            reads = await read(connection, list(marks), schemes)
            trace = next((trace for trace in marks.values() if trace is not None), None)
            await assess_and_say(connection, reads, now=now, new_id=new_id, traceparent=trace)
        except Exception as fault:
            if is_transient(fault):
                raise
            raise _UnassessableError([enrolment_id for _, enrolment_id in marks], fault) from fault
        return len(marks)
