"""The answer of a result, as the OpenAPI document declares it (contracts, section 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.events.grading import GateState, Status

Missing = Literal[
    "log_in", "registration", "materials", "tasks", "quiz", "final", "mark:final", "survey", "profile",
    "core_team", "institution", "list", "certificate",
]  # fmt: skip
"""What a result may lack and be asked for by; an essay is the course's own word."""


class SchemeAnswer(BaseModel):
    """Which rules judged it."""

    id: str
    version: int


class ScoresAnswer(BaseModel):
    """On the scheme's scale, two places, as text; null while a part is open."""

    diligence: str | None
    process: str | None
    final: str | None
    total: str | None


class ConditionsAnswer(BaseModel):
    """False until done."""

    survey: bool
    profile: bool


class GateAnswer(BaseModel):
    """A gate: `holder` while it waits for somebody; else who decided, since when, and why not."""

    state: GateState
    holder: str | None = None
    by: str | None = None
    at: datetime | None = None
    reasons: list[str] = []


class GatesAnswer(BaseModel):
    """The platform, the two verdicts, the list."""

    lms: GateAnswer
    core_team: GateAnswer
    institution: GateAnswer
    list: GateAnswer


class MissingAnswer(BaseModel):
    """What is undone and who holds it."""

    what: str
    holder: str


class UnmarkedAnswer(BaseModel):
    """A paper that waits for its mark."""

    paper: str
    attempt: int
    since: datetime


class ResultItem(BaseModel):
    """Where one learner stands in one course."""

    enrolment_id: UUID
    person_id: UUID
    name: str
    account: str | None
    accounts: list[str]
    unit: UUID
    unit_name: str
    class_: UUID = Field(alias="class")
    class_code: str
    subject: str
    level: str
    course: str
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    kind: str
    scheme: SchemeAnswer
    scores: ScoresAnswer
    conditions: ConditionsAnswer
    gates: GatesAnswer
    status: Status
    missing: list[MissingAnswer]
    unmarked: list[UnmarkedAnswer]
    certificate: dict[str, Any] | None
    flags: list[str]


class ResultList(BaseModel):
    """A page of results."""

    items: list[ResultItem]
    next: str | None
    total: int


class ChangeAnswer(BaseModel):
    """Something that says other than before: a score, a condition, or a gate, by its name."""

    what: str
    before: str | bool | None
    now: str | bool | None


class OtherList(BaseModel):
    """Another approved list that she stands or stood on."""

    id: UUID
    title: str
    approved_at: datetime
    pass_withdrawn_at: datetime | None


class ListedItem(BaseModel):
    """A row of a recognition list as it stands now. `problem`: of a draft, why its approval would be refused for this
    row; `changes`: since the approval, of a draft since it was made."""

    enrolment_id: UUID
    person_id: UUID
    name: str
    unit: UUID
    unit_name: str
    class_: UUID = Field(alias="class")
    class_code: str
    course: str
    subject: str
    scores: ScoresAnswer
    conditions: ConditionsAnswer
    gates: GatesAnswer
    status: Status
    problem: str | None
    changes: list[ChangeAnswer]
    pass_withdrawn_at: datetime | None
    other_list: OtherList | None


class ListedPage(BaseModel):
    """A page of a list's rows."""

    items: list[ListedItem]
    next: str | None
    total: int


class RecognitionListItem(BaseModel):
    """A recognition list."""

    id: UUID
    title: str
    state: Literal["draft", "approved"]
    made_by: str
    made_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    rows: int


class RecognitionLists(BaseModel):
    """A page of recognition lists, oldest first."""

    items: list[RecognitionListItem]
    next: str | None
    total: int


class ListMade(BaseModel):
    """A list that was made."""

    id: UUID
    title: str
    rows: int


class ListApproved(BaseModel):
    """A list that was approved: as many learners have passed."""

    id: UUID
    approved_at: datetime
    rows: int


class JudgedItem(BaseModel):
    """What became of one row of a call of verdicts; `problem`: why it was refused."""

    enrolment_id: UUID
    accepted: bool
    problem: str | None


class Judgements(BaseModel):
    """Each row of a call of verdicts."""

    items: list[JudgedItem]
