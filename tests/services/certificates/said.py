"""What grading says of learners who passed, and the records it comes in. Everyone here is synthetic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from shared.events.grading import Conditions, Gate, Gates, Recognition, Result, Scores
from shared.events.roster import SchemeRef
from shared.parking import Raw
from tests.support.states import PROVINCE, envelope, number, record

APPROVED = datetime(2021, 2, 3, 3, tzinfo=UTC)
SCHOOL = number(1, kind=7)
OTHER_SCHOOL = number(2, kind=7)
_SCORES = Scores(diligence="100.00", process="62.50", final="48.00", total="57.55")
_MET = Gate(state="met")


def enrolment(n: int) -> UUID:
    return number(n, kind=3)


def person(n: int) -> UUID:
    return number(n, kind=2)


def group(n: int) -> UUID:
    """The n-th class."""
    return number(n, kind=5)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One learner's pass: the words that a test cares for."""

    n: int
    list_number: int = 1
    approved_at: datetime = APPROVED
    withdrawn_at: datetime | None = None
    name: str = "Nguyễn Thị Mẫu"
    audience: str = "teachers"
    school: UUID = SCHOOL
    province_id: UUID = PROVINCE

    @property
    def key(self) -> UUID:
        return enrolment(self.n)

    def result(self) -> Result:
        """The result as grading says it from `passed` on."""
        path = [self.province_id, self.school]
        recognition = Recognition(
            list_id=number(self.list_number, kind=8),
            list_title=f"Danh sách {self.list_number}",
            approved_at=self.approved_at,
            approved_by="leader@test",
            name=self.name,
            birth_date=date(1980, 5, 2),
            unit_id=self.school,
            unit_name="Trường Tiểu học Mẫu",
            unit_path=path,
            class_code="L1",
            position="Giáo viên",
            course="CBQL-TH-M1",
            course_title="Mô đun 1",
            subject="Toán",
            level="primary",
            audience=self.audience,
            periods=40,
            starts_on=date(2020, 12, 28),
            ends_on=date(2021, 1, 28),
            scores=_SCORES,
        )
        return self._with(recognition)

    def before(self) -> Result:
        """The result of the same learner before any list named her."""
        return self._with(None)

    def _with(self, recognition: Recognition | None) -> Result:
        return Result(
            province_id=self.province_id,
            enrolment_id=enrolment(self.n),
            person_id=person(self.n),
            class_id=group(self.n % 3),
            unit_id=self.school,
            first_login_at=None,
            registered_at=None,
            scores=_SCORES,
            conditions=Conditions(survey=True, profile=True),
            gates=Gates(lms=_MET, core_team=_MET, institution=_MET, list=_MET),
            status="recognised",
            missing=[],
            scheme=SchemeRef(id="etep-2020", version=1),
            flags=[],
            movements=[],
            recognition=recognition,
            pass_withdrawn_at=self.withdrawn_at if recognition is not None else None,
        )


def raw(state: Result, version: int) -> Raw:
    """The record of one version of a result."""
    return record(envelope(state.enrolment_id, version, state, "passed"), offset=version)


def passes(numbers: Iterable[int], **words: object) -> list[Raw]:
    """First versions of several passes."""
    return [raw(Pass(n=n, **words).result(), 1) for n in numbers]  # type: ignore[arg-type]


def later(days: int) -> datetime:
    return APPROVED + timedelta(days=days)
