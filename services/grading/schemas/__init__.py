"""Request bodies, and the contract's shape of a result (contracts, section 4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field

from services.grading.domain import gates as domain
from services.grading.store.results import ResultRow
from shared.bodies import Body
from shared.events.grading import Gate, Gates, Result
from shared.events.roster import Enrolment

_ENROLMENT = msgspec.json.Decoder(Enrolment)
_RESULT = msgspec.json.Decoder(Result)


class SourceIn(Body):
    """A vendor whose webhooks are this province's; `unit_id`: its own unit, whose people see its deliveries. Of a
    `sandbox` they are answered and kept like any other's, and no result ever rests on them."""

    vendor: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    unit_id: UUID | None = None
    sandbox: bool = False


class VerdictIn(Body):
    """One learner's row; a refusal needs a reason. One that is too long is that row's problem, not the call's."""

    enrolment_id: UUID
    met: bool
    reason: str | None = None


class VerdictsIn(Body):
    """Verdicts of one person at one gate."""

    gate: Literal["core_team", "institution"]
    verdicts: list[VerdictIn] = Field(min_length=1, max_length=1_000)


class PointsIn(Body):
    """What one criterion gives."""

    code: str = Field(min_length=1, max_length=40)
    points: Decimal = Field(ge=0, le=1_000, decimal_places=2)


class MarkIn(Body):
    """A mark of one attempt of a paper ("final" or "essay:<name>"), by each criterion of the scheme. `comment` is for
    the learner; `reason`, where the attempt has a mark already, says why it is changed."""

    paper: str = Field(min_length=1, max_length=206)
    attempt: int = Field(ge=1, le=1_000_000)
    criteria: list[PointsIn] = Field(min_length=1, max_length=50)
    comment: str | None = Field(None, max_length=2_000)
    reason: str | None = Field(None, max_length=500)


class ListIn(Body):
    """A recognition list to be approved."""

    title: str = Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")
    enrolment_ids: list[UUID] = Field(min_length=1, max_length=5_000)


class WithdrawalIn(Body):
    """Why a pass no longer stands."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")


def result_item(row: ResultRow) -> dict[str, Any]:
    """One item of `GET /results`."""
    enrolment, result = _ENROLMENT.decode(row.state), _RESULT.decode(row.result)
    accounts = [account.account for account in enrolment.accounts]
    return {
        "enrolment_id": result.enrolment_id,
        "person_id": result.person_id,
        "name": enrolment.person.name,
        "account": accounts[0] if accounts else None,
        "accounts": accounts,
        "unit": enrolment.unit_id,
        "unit_name": enrolment.unit_name,
        "class": enrolment.class_id,
        "class_code": enrolment.class_code,
        "subject": enrolment.offering.subject,
        "level": enrolment.offering.level,
        "course": enrolment.offering.course,
        "title": enrolment.offering.title,
        "opens_at": min((window.opens_at for window in enrolment.windows), default=None),
        "closes_at": max((window.closes_at for window in enrolment.windows), default=None),
        "kind": enrolment.kind,
        "scheme": result.scheme,
        "scores": result.scores,
        "conditions": result.conditions,
        "gates": gates_item(result.gates),
        "status": result.status,
        "missing": result.missing,
        "unmarked": result.unmarked,
        "certificate": None if row.certificate is None else msgspec.json.decode(row.certificate),
        "flags": result.flags,
    }


def gates_item(gates: Gates | domain.Gates) -> dict[str, Any]:
    """The four gates in their order."""
    return {name: _gate(getattr(gates, name)) for name in ("lms", "core_team", "institution", "list")}


def _gate(gate: Gate | domain.Gate) -> dict[str, Any]:
    """A gate as people read it: who holds it only while it waits, who decided only once someone has."""
    if gate.state == "waiting":
        return {"state": gate.state} | ({"holder": gate.holder} if gate.holder else {})
    return {"state": gate.state, "by": gate.by, "at": gate.at, "reasons": gate.reasons}
