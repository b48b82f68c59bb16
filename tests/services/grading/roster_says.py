"""What roster and certificates say of the tests' learners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from shared.events.certificates import Certificate
from shared.events.roster import (
    Account,
    Composition,
    Enrolment,
    Grader,
    Learner,
    Offering,
    SchemeRef,
    Window,
)
from tests.services.grading.vendor import ACCOUNT, COURSE, ESSAYS, GRADER, START
from tests.support.states import PROVINCE, number

ENROLMENT, PERSON, CLASS, UNIT, GRADER_PERSON = (number(1, kind=kind) for kind in range(1, 6))
OTHER_CLASS, OTHER_UNIT = number(2, kind=3), number(2, kind=4)
AUDIENCE = "managers"
CLOSES = datetime(2021, 1, 8, 16, 59, 59, tzinfo=UTC)

OFFERING = Offering(
    id=number(1, kind=6),
    course=COURSE,
    title="Mô đun 1",
    subject="Quản lý",
    level="primary",
    audience=AUDIENCE,
    module="M1",
    periods=40,
    composition=Composition(document=2, graphic=1, video=1, task=1, questions=40, essays=list(ESSAYS)),
    scheme=SchemeRef(id="etep-managers-2020", version=1),
)


def enrolment(n: int = 1, accounts: Sequence[str] = (ACCOUNT,), **changes: Any) -> Enrolment:
    """The n-th learner's enrolment, in the first class of the first school unless said."""
    state = Enrolment(
        province_id=PROVINCE,
        enrolment_id=number(n, kind=1),
        person=Learner(id=number(n, kind=2), name="Trần Thị Bưởi", sort_key=f"{n:06d}", birth_date=date(1980, 2, 3)),
        accounts=[Account(account=account, since=START - timedelta(days=30)) for account in accounts],
        unit_id=UNIT,
        unit_name="Trường Tiểu học Một",
        unit_path=[PROVINCE, UNIT],
        position="Hiệu trưởng",
        offering=OFFERING,
        class_id=CLASS,
        class_code="M1-01",
        graders=[Grader(person_id=GRADER_PERSON, account=GRADER)],
        kind="main",
        windows=[Window(kind="common", opens_at=START, closes_at=CLOSES)],
        enrolled_at=START - timedelta(days=20),
    )
    return msgspec.structs.replace(state, **changes)


def certificate(n: int, enrolment_id: UUID, state: str = "valid", **changes: Any) -> Certificate:
    """The n-th certificate of the register."""
    said = Certificate(
        province_id=PROVINCE,
        certificate_id=number(n, kind=7),
        enrolment_id=enrolment_id,
        person_id=PERSON,
        kind="module",
        issuer="Sở GDĐT",
        number=f"{n:05d}/2021",
        register_number=n,
        register_year=2021,
        issued_on=date(2021, 1, 20),
        issued_at=datetime(2021, 1, 20, 1, 0, tzinfo=UTC),
        state="valid",
    )
    return msgspec.structs.replace(said, state=state, **changes)
