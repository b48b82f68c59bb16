"""A small province through the API: who sees what, imports with errors, enrolments that change."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import xlsxwriter
from alembic import command

from services.roster.use_cases.enrolments import hear_results
from services.roster.use_cases.establish import establish
from shared import migration
from shared.clock import new_id
from shared.consumption import Moment, Received
from shared.events.grading import Conditions, Gate, Gates, Result, Scores
from shared.events.roster import SchemeRef
from shared.identity import Principal, Role, mint
from tests.services.roster.conftest import OFFICER, Databases, Roster

HEADER = ["Mã trường", "Họ và tên", "Ngày sinh", "CCCD", "Email", "Chức vụ", "Cấp học", "Môn bồi dưỡng"]
UNITS = [("D1", "Huyện 1", "district", "80"), ("D2", "Huyện 2", "district", "80"), ("S1", "Trường 1", "school", "D1"),
         ("S2", "Trường 2", "school", "D2")]  # fmt: skip
OFFERING = {
    "course": "GV-TH-TOAN-M1", "title": "Mô đun 1", "subject": "Toán", "level": "primary", "audience": "teachers",
    "composition": {"document": 1, "questions": 40, "essays": ["a"]}, "scheme": {"id": "etep", "version": 1},
    "opens_at": "2020-08-10T00:00:00+07:00", "closes_at": "2020-12-20T23:59:59+07:00",
}  # fmt: skip


def person(number: int, school: str = "S1", **over: str) -> list[str]:
    values = {
        "school": school, "name": f"Nguyễn Thị Hòa {number}", "born": f"{1 + number % 28:02d}/03/1980",
        "cccd": f"0801801{number:05d}", "mail": f"gv.{number}@x.vn", "position": "Giáo viên", "level": "Tiểu học",
        "subject": "Toán",
    } | over  # fmt: skip
    return list(values.values())


def workbook(*rows: list[str]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("Danh sách")
        for index, row in enumerate([HEADER, *rows]):
            page.write_row(index, 0, row)
    return file.getvalue()


async def units(roster: Roster) -> dict[str, str]:
    changes = [{"op": "establish", "code": c, "name": n, "kind": k, "parent_code": p} for c, n, k, p in UNITS]
    made = await roster.done("POST", "/units/changes", {"changes": changes})
    return {item["code"]: item["id"] for item in made["items"]}


async def enrolled(roster: Roster, people: int = 4, **over: str) -> list[Any]:
    rows = [person(n, "S1" if n % 2 else "S2") for n in range(people)]
    preview = (await roster.upload(workbook(*rows))).json()
    await roster.done("POST", f"/imports/{preview['id']}/confirm", {})
    offering = await roster.done("POST", "/offerings", OFFERING | over)
    await roster.done("POST", f"/offerings/{offering['id']}/allocate", {"dry_run": False})
    return await roster.rows("SELECT * FROM enrolment ORDER BY enrolment_id")


async def test_a_change_of_the_tree_is_all_or_nothing(roster: Roster) -> None:
    await units(roster)
    bad = [{"op": "rename", "code": "S1", "name": "Mới"}, {"op": "abolish", "code": "D1"}]
    answer = await roster.call("POST", "/units/changes", {"changes": bad})
    assert answer.status_code == 422
    assert "changes/1" in answer.json()["detail"]
    names = {u["code"]: u["name"] for u in (await roster.done("GET", "/units"))["items"]}
    assert names["S1"] == "Trường 1"
    merge = {"op": "merge", "codes": ["D1"], "code": "D2", "from": "2020-09-01"}
    await roster.done("POST", "/units/changes", {"changes": [merge]})
    then = await roster.done("GET", "/units?as_of=2020-08-31")
    now = await roster.done("GET", "/units?as_of=2020-09-01")
    assert (then["total"], now["total"]) == (5, 4)


async def test_valid_rows_go_in_without_the_wrong_ones_and_the_copy_says_why(roster: Roster) -> None:
    await units(roster)
    content = workbook(person(1), person(2, cccd="123"), person(3, school="S9"))
    preview = (await roster.upload(content, "danh%20s%C3%A1ch.xlsx")).json()
    assert preview["file_name"] == "danh sách.xlsx"
    assert preview["counts"]["error"] == 2
    assert {m["row"] for m in preview["messages"] if m["severity"] == "error"} == {3, 4}
    path = f"/imports/{preview['id']}"
    assert (await roster.call("POST", f"{path}/confirm", {"accept": "all"})).status_code == 409
    assert not await roster.rows("SELECT * FROM assignment")
    done = await roster.done("POST", f"{path}/confirm", {"accept": "valid_rows"})
    assert done["counts"]["persons_new"] == 1
    assert (await roster.call("POST", f"{path}/confirm", {})).status_code == 409
    copy = await roster.call("GET", f"{path}/file")
    assert copy.content[:2] == b"PK"
    template = await roster.call("GET", "/imports/template?kind=personnel")
    assert template.content[:2] == b"PK"
    files = {"file": ("b.xlsx", workbook(person(1)))}
    headers = {"authorization": f"Bearer {roster.token()}"}
    form = await roster.http.post("/api/v1/imports?kind=personnel", files=files, headers=headers)
    assert form.json()["counts"]["unchanged"] == 1


async def test_a_file_that_is_no_workbook_is_422(roster: Roster) -> None:
    assert (await roster.upload(b"nothing")).status_code == 422


async def test_people_are_seen_within_ones_units_only(roster: Roster) -> None:
    ids = await units(roster)
    await enrolled(roster)
    mine = roster.token(Role.DISTRICT_OFFICER, unit_id=UUID(ids["D1"]))
    found = await roster.done("GET", "/people?q=hoà", token=mine)
    assert found["total"] == 2
    other = (await roster.done("GET", f"/people?unit={ids['S2']}"))["items"][0]
    assert (await roster.call("GET", f"/people/{other['id']}", token=mine)).status_code == 404
    own = roster.token(Role.LEARNER, person_id=UUID(other["id"]))
    seen = await roster.done("GET", f"/people/{other['id']}", token=own, at="")
    assert seen["identity_number"].startswith("…")
    assert (await roster.call("GET", "/people", token=own)).status_code == 403
    assert (await roster.call("POST", "/units/changes", {"changes": []}, token=mine)).status_code in (403, 422)
    pages = await roster.done("GET", "/people?limit=3")
    rest = await roster.done("GET", f"/people?limit=3&cursor={pages['next']}")
    assert len({p["id"] for p in [*pages["items"], *rest["items"]]}) == pages["total"] == 5
    assert (await roster.call("GET", "/people?cursor=%25%25")).status_code == 400
    assert (await roster.call("GET", "/people?q=%25")).status_code == 200


async def test_another_provinces_officer_sees_nothing(roster: Roster) -> None:
    await units(roster)
    await enrolled(roster)
    stranger = Principal(account="x", province_id=new_id(), grants=[{"role": "province_officer"}])  # type: ignore[list-item]
    token = mint(stranger, "roster", roster.key, datetime.now(UTC))
    for path in ("/people", "/units", "/offerings", "/classes"):
        assert (await roster.done("GET", path, token=token))["total"] == 0


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
            await hear_results(connection, heard, moment)
    (moved,) = await roster.events("window_changed")
    assert [w["kind"] for w in moved["windows"]] == ["common", "personal"]
    assert moved["windows"][1]["closes_at"] == "2021-01-08T16:59:59.999999Z"


async def test_log_in_asks_for_grants_and_only_the_gateway_may(roster: Roster) -> None:
    gateway = mint(Principal(account="gateway"), "roster", roster.key, datetime.now(UTC))
    path = f"/internal/grants?account={OFFICER.upper()}"
    given = await roster.done("GET", path, token=gateway)
    assert given["province_id"] == str(roster.province_id)
    assert [g["role"] for g in given["grants"]] == ["province_officer", "learner"]
    before = await roster.done("GET", f"{path}&at=1999-01-01T00:00:00Z", token=gateway)
    assert [g["role"] for g in before["grants"]] == ["learner"]
    assert (await roster.call("GET", path)).status_code == 403
    assert (await roster.call("GET", "/internal/grants?account=nobody@x.vn", token=gateway)).status_code == 404


async def test_a_province_is_established_once(roster: Roster) -> None:
    at = datetime(2020, 1, 2, tzinfo=UTC)
    again = await establish(roster.worker, code="80", name="Long An", officer=OFFICER, at=at)
    assert again == roster.province_id
    assert len(await roster.rows("SELECT * FROM role_grant")) == 1
    other = await establish(roster.worker, code="70", name="Bình Phước", officer="x@y.vn", at=at)
    assert other != again


@pytest.mark.parametrize("table", ["person", "enrolment", "role_grant", "import"])
async def test_without_a_province_the_api_role_sees_nothing(roster: Roster, databases: Databases, table: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(databases.urls("roster")["api"])
    try:
        assert await connection.fetchval(f'SELECT count(*) FROM "{table}"') == 0
    finally:
        await connection.close()


def test_migrations_agree_with_the_tables_and_go_back(databases: Databases) -> None:
    owner = databases.urls("roster")["owner"]
    command.check(migration.config("roster", owner))
    command.downgrade(migration.config("roster", owner), "-1")
    migration.upgrade("roster", owner)
