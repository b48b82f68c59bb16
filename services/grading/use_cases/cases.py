"""Cases: one enrolment with all that its result depends on, read in four statements however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.domain.assessment import Approval, Assessment, Case
from services.grading.domain.basis import Basis, basis_of
from services.grading.domain.composition import Composition
from services.grading.domain.evidence import EventType, Evidence, from_json
from services.grading.domain.scheme import Scheme
from services.grading.domain.verdicts import Verdict
from services.grading.store import enrolments as enrolment_store
from services.grading.store import recognition as recognition_store
from services.grading.store import verdicts as verdict_store
from services.grading.store.enrolments import Evidenced, Kept, Key
from services.grading.store.recognition import ApprovalRow
from services.grading.store.verdicts import VerdictRow
from shared.events.grading import Result
from shared.events.roster import Enrolment

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


async def read(connection: AsyncConnection, keys: Sequence[Key], schemes: Schemes, *, lock: bool = True) -> list[Read]:
    """Reads cases: four statements, however many. Enrolments that roster has not named yet are left out.

    The caller holds the results' locks, or reads for people alone (`lock` false). Every kept enrolment names a scheme
    we have: others were parked.
    """
    kept = [row for row in await enrolment_store.kept(connection, keys, lock=lock) if row.state is not None]
    evidence = await enrolment_store.evidence(connection, keys)
    verdicts = await verdict_store.verdicts(connection, keys)
    approvals = await recognition_store.approvals(connection, keys)
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
    verdicts = await verdict_store.verdicts(connection, keys)
    approvals = await recognition_store.approvals(connection, keys)
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


_BASIS = msgspec.json.Decoder(Basis)


def freeze(assessment: Assessment) -> str:
    """What a row of a list keeps of an assessment, as JSON: a difference after the approval opens a review."""
    basis = basis_of(assessment.scores, assessment.conditions, assessment.gates)
    return msgspec.json.encode(basis).decode()


def frozen(kept: str) -> Basis:
    """What `freeze` kept."""
    return _BASIS.decode(kept)


def _approval(row: ApprovalRow) -> Approval:
    kept = frozen(row.frozen)
    return Approval(str(row.list_id), row.approved_at, row.approved_by, kept.scores, kept.conditions, kept.lms)
