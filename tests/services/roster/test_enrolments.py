"""Enrolments after they began: graders, withdrawal, time, corrections, what the platform saw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from services.roster.use_cases.enrolments import take_results
from shared.applying import Moment, Received
from shared.clock import new_id
from shared.events.grading import Conditions, Gate, Gates, Result, Scores
from shared.events.roster import SchemeRef
from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import OFFERING, enrolled, person, units, workbook


async def test_graders_withdrawal_and_extension_are_said(roster: Roster) -> None:
    await units(roster)
    first, second, *_ = await enrolled(roster)
    path = f"/classes/{first.class_id}/graders"
    assert (await roster.call("PUT", path, {"graders": ["nobody@x.vn"]})).status_code == 422
    await roster.done("PUT", path, {"graders": ["gv.1@x.vn"]})
    assert len(await roster.events("enrolment_changed")) == 4
    await roster.done("PUT", path, {"graders": ["gv.1@x.vn"]})
    assert len(await roster.events("enrolment_changed")) == 4
    body = {"closes_at": "2021-01-10T23:59:59+07:00", "reason": "ốm"}
    await roster.done("POST", f"/enrolments/{first.enrolment_id}/extensions", body, at="2020-12-21T08:00:00+07:00")
    (moved,) = await roster.events("window_changed")
    assert [w["kind"] for w in moved["windows"]] == ["common", "extension"]
    path = f"/enrolments/{second.enrolment_id}/withdraw"
    await roster.done("POST", path, {"reason": "nghỉ hưu"})
    assert (await roster.call("POST", path, {"reason": "nghỉ hưu"})).status_code == 409
    (gone,) = await roster.events("withdrawn")
    assert gone["withdrawn_at"] is not None
    assert [s["what"] for s in gone["steps"]] == ["enrolled", "withdrawn"]
    assert (await roster.call("POST", f"/enrolments/{uuid4()}/withdraw", {"reason": "x"})).status_code == 404


async def test_a_corrected_person_fans_out_to_her_enrolments(roster: Roster) -> None:
    await units(roster)
    await enrolled(roster)
    preview = (await roster.upload(workbook(person(1, name="Nguyễn Thị Hoa")))).json()
    assert preview["counts"]["persons_changed"] == 1
    await roster.done("POST", f"/imports/{preview['id']}/confirm", {})
    (changed,) = await roster.events("enrolment_changed")
    assert changed["person"]["name"] == "Nguyễn Thị Hoa"


async def test_later_learners_join_the_classes_there_are(roster: Roster) -> None:
    await units(roster)
    rows = await enrolled(roster)
    preview = (await roster.upload(workbook(person(77)))).json()
    await roster.done("POST", f"/imports/{preview['id']}/confirm", {})
    again = await roster.done("POST", f"/offerings/{rows[0].offering_id}/allocate", {"dry_run": False})
    assert [(c["size"], c["added"]) for c in again["classes"]] == [(5, 1)]
    assert (await roster.done("GET", "/offerings"))["items"][0]["counts"] == {"enrolments": 5, "classes": 1}
    assert (await roster.call("POST", "/offerings", OFFERING | {"title": "Khác"})).status_code == 409


def result(province_id: UUID, enrolment: Any, registered: datetime | None) -> Received:
    waiting = Gate(state="waiting")
    state = Result(
        province_id=province_id, enrolment_id=enrolment.enrolment_id, person_id=enrolment.person_id,
        class_id=enrolment.class_id, unit_id=enrolment.unit_id, first_login_at=registered, registered_at=registered,
        scores=Scores(diligence=None, process=None, final=None, total=None),
        conditions=Conditions(survey=False, profile=False),
        gates=Gates(lms=waiting, core_team=waiting, institution=waiting, list=waiting), status="studying", missing=[],
        scheme=SchemeRef(id="etep", version=1), flags=[], movements=[],
    )  # fmt: skip
    return Received(None, state)  # type: ignore[arg-type]  # the use case reads the state alone


async def test_registration_opens_the_personal_window_once(roster: Roster) -> None:
    await units(roster)
    (first, *_) = await enrolled(roster, window="personal")
    moment = Moment(datetime(2020, 12, 24, 5, tzinfo=UTC), new_id)
    heard = [result(roster.province_id, first, datetime(2020, 12, 24, 3, tzinfo=UTC))]
    for _ in range(2):
        async with roster.worker.begin() as connection:
            await take_results(connection, heard, moment)
    (moved,) = await roster.events("window_changed")
    assert [w["kind"] for w in moved["windows"]] == ["common", "personal"]
    assert moved["windows"][1]["closes_at"] == "2021-01-08T16:59:59.999999Z"
