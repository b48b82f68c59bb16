"""A sandbox: the same answers as a real source's, and nothing that any result could rest on."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.services.grading.conftest import Grading
from tests.services.grading.roster_says import enrolment
from tests.services.grading.vendor import batch, event, single, whole_course

SANDBOX = "viettel-sandbox"


@pytest.fixture
async def trying(grading: Grading) -> Grading:
    """One learner on the roster, and a sandbox beside the vendor."""
    await grading.hear(enrolment())
    await grading.done(grading.officer, "POST", "/sources", {"vendor": SANDBOX, "sandbox": True})
    await grading.assess()
    return grading


async def test_a_whole_course_in_a_sandbox_moves_nothing(trying: Grading) -> None:
    before = await trying.everything()
    answer = await trying.deliver(batch(whole_course()), vendor_name=SANDBOX)
    assert answer.json() == {"accepted": len(whole_course()), "duplicates": 0, "parked": 0, "rejected": []}
    assert await trying.assess() == 0
    assert await trying.everything() == before
    assert before["evidence"] == []


async def test_the_same_course_by_the_vendor_afterwards_counts_in_full(trying: Grading) -> None:
    await trying.deliver(batch(whole_course()), vendor_name=SANDBOX)
    answer = await trying.deliver(batch(whole_course()))
    assert answer.json() == {"accepted": len(whole_course()), "duplicates": 0, "parked": 0, "rejected": []}
    await trying.assess()
    assert (await trying.result()).scores.total == "68.50"


BODIES: dict[str, list[bytes]] = {
    "one event": [single(event("a"))],
    "a learner on no roster": [batch([event("a"), event("b", account="nobody@x.vn")])],
    "a repeat": [single(event("a")), single(event("a"))],
    "a repeat within a batch": [batch([event("a"), event("a"), event("a", minute=1)])],
    "other content under a known id": [single(event("a")), single(event("a", minute=1))],
    "bad events beside a good one": [batch([event("x", "no.such"), event("y", "quiz.submitted", {}), event("a")])],
    "no JSON": [b"{"],
    "too large": [single(event("a") | {"note": "x" * 256 * 1024})],
    "an empty batch": [batch([])],
}


@pytest.mark.parametrize("bodies", BODIES.values(), ids=BODIES)
async def test_a_sandbox_answers_as_the_vendor_s_own_source_does(trying: Grading, bodies: list[bytes]) -> None:
    async def answers(vendor: str) -> list[tuple[int, Any]]:
        return [_told(await trying.deliver(body, vendor_name=vendor)) for body in bodies]

    assert await answers(SANDBOX) == await answers("viettel")


def _told(answer: httpx.Response) -> tuple[int, Any]:
    told = {name: value for name, value in answer.json().items() if name not in ("request_id", "instance")}
    return answer.status_code, told


async def test_what_came_is_kept_for_audit_and_seen_beside_the_vendor_s_own(trying: Grading) -> None:
    await trying.deliver(batch([event("a"), event("b", "no.such")]), vendor_name=SANDBOX, webhook_id="t-1")
    seen = await trying.done(trying.officer, "GET", f"/sources/{SANDBOX}")
    assert (seen["sandbox"], seen["deliveries"], seen["waiting"]) == (True, 1, {"events": 0, "learners": 0})
    assert [one["reason"] for one in seen["errors"]] == ["type is unknown"]
    page = await trying.done(trying.officer, "GET", f"/sources/{SANDBOX}/deliveries")
    assert [one["webhook_id"] for one in page["items"]] == ["t-1"]
    assert (await trying.done(trying.officer, "GET", "/sources/viettel"))["deliveries"] == 0
    listed = (await trying.done(trying.officer, "GET", "/sources"))["items"]
    assert [(one["vendor"], one["sandbox"]) for one in listed] == [("viettel", False), (SANDBOX, True)]


async def test_what_is_a_sandbox_stays_one_for_good_and_a_vendor_never_becomes_one(trying: Grading) -> None:
    for vendor, sandbox in ((SANDBOX, False), ("viettel", True)):
        body = {"vendor": vendor, "sandbox": sandbox}
        assert (await trying.call(trying.officer, "POST", "/sources", body)).status_code == 409
    again = await trying.call(trying.officer, "POST", "/sources", {"vendor": SANDBOX, "sandbox": True})
    assert again.status_code == 200
    told = await trying.rows("SELECT object_id, details FROM audit WHERE action = 'source.register' ORDER BY id")
    assert [(row.object_id, row.details["sandbox"]) for row in told] == [("viettel", False), (SANDBOX, True)]
