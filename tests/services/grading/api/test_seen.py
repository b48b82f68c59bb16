"""What was seen of a vendor: sums, errors by kind, deliveries; to whom it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from shared.clock import utc_now
from shared.identity import Grant, Principal, Role
from shared.tokens import mint
from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import UNIT, enrolment
from tests.services.grading.vendor import batch, event, whole_course
from tests.support.states import PROVINCE, number

OWN_UNIT = number(70, kind=4)


@pytest.fixture
async def delivered(grading: Grading) -> Grading:
    """Three good deliveries, one with two faults, one that is no JSON; one learner is on no roster."""
    await grading.hear(enrolment())
    course = whole_course()
    bad = [event("x-1", "quiz.submitted", {"attempt": 1}), event("x-2", "quiz.submitted", {"attempt": 2})]
    bodies = [
        batch(course),
        batch(course[:2]),
        batch([event("y-1", account="nobody@x.vn"), event("y-2", account="nobody@x.vn", minute=1)]),
        batch([*bad, event("x-3", "no.such")]),
        b"{",
    ]
    for place, body in enumerate(bodies):
        await grading.deliver(body, webhook_id=f"d-{place}")
    return grading


async def test_sums_errors_by_kind_and_what_waits(delivered: Grading) -> None:
    found = await delivered.done(delivered.officer, "GET", "/sources/viettel")
    assert (found["deliveries"], found["malformed"]) == (5, 1)
    assert found["events"] == {"accepted": len(whole_course()), "duplicates": 2, "parked": 2, "rejected": 3}
    assert [(one["reason"], one["number"]) for one in found["errors"]] == [
        ("questions is missing", 2),
        ("the body is not JSON of this form", 1),
        ("type is unknown", 1),
    ]
    assert found["waiting"] == {"events": 2, "learners": 1}
    rows = await delivered.rows("SELECT max(received_at) AS seen FROM delivery")
    assert found["last_seen_at"] == rows[0].seen.isoformat().replace("+00:00", "Z")
    none = await delivered.done(delivered.officer, "GET", "/sources/viettel?to=2001-01-01")
    assert (none["deliveries"], none["last_seen_at"], none["errors"], none["events"]["accepted"]) == (0, None, [], 0)


async def test_deliveries_newest_first_and_the_faulty_ones_alone(delivered: Grading) -> None:
    found: list[Any] = []
    cursor = ""
    while True:
        page = await delivered.done(delivered.officer, "GET", f"/sources/viettel/deliveries?limit=2{cursor}")
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [one["webhook_id"] for one in found] == ["d-4", "d-3", "d-2", "d-1", "d-0"]
    assert page["total"] == 5
    faulty = (await delivered.done(delivered.officer, "GET", "/sources/viettel/deliveries?faulty=true"))["items"]
    assert [one["webhook_id"] for one in faulty] == ["d-4", "d-3"]
    assert (faulty[0]["malformed"], faulty[0]["bytes"]) == ("the body is not JSON of this form", 1)
    assert faulty[1]["rejected"][0] == {"id": "x-1", "reason": "questions is missing"}


async def test_a_vendor_s_people_see_their_own_vendor(delivered: Grading) -> None:
    path = "/sources/viettel"
    own, other = delivered.token(Role.VENDOR, unit_id=OWN_UNIT), delivered.token(Role.VENDOR, unit_id=UNIT)
    assert (await delivered.call(own, "GET", path)).status_code == 404
    await delivered.done(delivered.officer, "POST", "/sources", {"vendor": "viettel", "unit_id": str(OWN_UNIT)})
    for token, status in (
        (own, 200),
        (other, 404),
        (delivered.token(Role.OPERATOR), 200),
        (delivered.token(Role.AUDITOR), 200),
        (delivered.token(Role.PROVINCE_OFFICER, province=number(9, kind=1)), 404),
        (delivered.token(Role.SCHOOL_HEAD, unit_id=OWN_UNIT), 403),
        (delivered.token(Role.LEARNER), 403),
    ):
        for place in (path, f"{path}/deliveries"):
            assert (await delivered.call(token, "GET", place)).status_code == status, (token, place)
    assert (await delivered.call(own, "GET", "/sources/vnpt")).status_code == 404
    for source, status in (("viettel", 200), ("vnpt", 404)):
        program = Principal(
            account=f"vendor:{source}", province_id=PROVINCE, source=source, grants=[Grant(role=Role.VENDOR)]
        )
        token = mint(program, "grading", delivered.key, utc_now())
        assert (await delivered.call(token, "GET", path)).status_code == status
    assert await _names(delivered, own) == ["viettel"]
    assert await _names(delivered, other) == []
    assert await _names(delivered, delivered.token(Role.OPERATOR)) == ["viettel"]
    told = await delivered.rows("SELECT action FROM audit WHERE object_type = 'source' ORDER BY id")
    assert [row.action for row in told] == ["source.register", "source.assign"]


async def _names(grading: Grading, token: str) -> list[str]:
    """The sources somebody is told of."""
    return [one["vendor"] for one in (await grading.done(token, "GET", "/sources"))["items"]]
