"""Enrolments as lists: filters, order, scope, contacts on record, one line explained."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID, uuid4

from shared.identity import Role
from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import enrolled, units


async def everyone(roster: Roster, query: str = "", **over: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await roster.done("GET", f"/enrolments?limit=3{query}{cursor}", **over)
        found += page["items"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        cursor = f"&cursor={page['next']}"


async def test_a_list_is_narrowed_and_in_order_of_names(roster: Roster) -> None:
    ids = await units(roster)
    rows = await enrolled(roster, 7)
    items = await everyone(roster)
    assert [one["name"] for one in items] == [f"Nguyễn Thị Hòa {n}" for n in range(7)]
    assert {one["class"]["id"] for one in items} == {str(rows[0].class_id)}
    first = items[0]
    assert first["accounts"] == ["gv.0@x.vn"]
    assert (first["opens_at"], first["closes_at"]) == ("2020-08-09T17:00:00Z", "2020-12-20T16:59:59Z")
    south = await everyone(roster, f"&unit={ids['D2']}")
    assert [one["name"][-1] for one in south] == ["0", "2", "4", "6"]
    assert [one["unit"]["name"] for one in south] == ["Trường 2"] * 4
    assert len(await everyone(roster, f"&class={rows[0].class_id}&offering={rows[0].offering_id}")) == 7
    assert await everyone(roster, f"&class={uuid4()}") == []
    named = await everyone(roster, f"&id={rows[0].enrolment_id}&id={rows[3].enrolment_id}")
    assert {one["id"] for one in named} == {str(rows[0].enrolment_id), str(rows[3].enrolment_id)}
    assert [o["person_id"] for o in await everyone(roster, f"&person={rows[1].person_id}")] == [str(rows[1].person_id)]
    await roster.done("POST", f"/enrolments/{rows[2].enrolment_id}/withdraw", {"reason": "nghỉ hưu"})
    assert len(await everyone(roster)) == 6
    assert len(await everyone(roster, "&withdrawn=true")) == 7


async def test_everyone_sees_what_is_theirs(roster: Roster) -> None:
    ids = await units(roster)
    rows = await enrolled(roster, 4)
    one, south = rows[0], UUID(ids["D2"])
    north = roster.token(Role.SCHOOL_HEAD, unit_id=UUID(ids["S1"]))
    for token, many, reached in (
        (north, 2, str(one.unit_id) == ids["S1"]),
        (roster.token(Role.DISTRICT_OFFICER, unit_id=south), 2, south in one.unit_path),
        (roster.token(Role.CORE_TEACHER, class_id=one.class_id), 4, True),
        (roster.token(Role.CORE_TEACHER, class_id=uuid4()), 0, False),
        (roster.token(Role.INSTITUTION_LECTURER, audience="teachers"), 4, True),
        (roster.token(Role.INSTITUTION_LECTURER, audience="managers"), 0, False),
        (roster.token(Role.LEARNER, person_id=one.person_id), 1, True),
        (roster.token(Role.LEARNER, person_id=uuid4()), 0, False),
        (roster.token(Role.AUDITOR), 4, True),
    ):
        page = await roster.done("GET", "/enrolments", token=token, at="")
        assert (page["total"], len(page["items"])) == (many, many)
        answer = await roster.call("GET", f"/enrolments/{one.enrolment_id}", token=token, at="")
        assert answer.status_code == (200 if reached else 404)
    assert (await roster.done("GET", f"/enrolments?unit={south}", token=north))["total"] == 0
    for role in (Role.VENDOR, Role.OPERATOR):
        assert (await roster.call("GET", "/enrolments", token=roster.token(role))).status_code == 403


async def test_contacts_are_shown_to_the_school_and_put_on_record(roster: Roster) -> None:
    ids = await units(roster)
    await enrolled(roster, 2)
    async with roster.worker.begin() as connection:
        await connection.exec_driver_sql("UPDATE person SET phone = '0912345678'")
    head = roster.token(Role.SCHOOL_HEAD, unit_id=UUID(ids["S1"]))
    (plain,) = (await roster.done("GET", "/enrolments", token=head))["items"]
    assert plain["phone"] == "…678"
    (shown,) = (await roster.done("GET", f"/enrolments?contacts=true&unit={ids['S1']}", token=head))["items"]
    assert shown["phone"] == "0912345678"
    rows = await roster.rows("SELECT account, object_id, details FROM audit WHERE action = 'contact.read'")
    assert [(row.object_id, row.details["rows"]) for row in rows] == [(ids["S1"], 1)]
    for role in (Role.AUDITOR, Role.LEARNER):
        answer = await roster.call("GET", "/enrolments?contacts=true", token=roster.token(role), at="")
        assert answer.status_code == 403
    answer = await roster.call("GET", "/enrolments?format=csv&contacts=true", token=head)
    _, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(line[0], line[7], line[8]) for line in lines] == [("Nguyễn Thị Hòa 1", "gv.1@x.vn", "0912345678")]


async def test_one_line_says_who_and_when(roster: Roster) -> None:
    await units(roster)
    rows = await enrolled(roster, 2)
    await roster.done("PUT", f"/classes/{rows[0].class_id}/graders", {"graders": ["gv.1@x.vn"]})
    await roster.done("POST", f"/enrolments/{rows[0].enrolment_id}/withdraw", {"reason": "nghỉ hưu"})
    found = await roster.done("GET", f"/enrolments/{rows[0].enrolment_id}")
    assert [step["what"] for step in found["steps"]] == ["enrolled", "withdrawn"]
    assert found["withdrawn_reason"] == "nghỉ hưu"
    told = [(one["action"], one["object_type"]) for one in found["decisions"]]
    assert told == [
        ("offering.make", "offering"),
        ("offering.allocate", "offering"),
        ("class.set_graders", "class"),
        ("enrolment.withdrawn", "enrolment"),
    ]
    assert {one["account"] for one in found["decisions"]} == {"province_officer@test"}
    assert (await roster.call("GET", f"/enrolments/{uuid4()}")).status_code == 404


async def test_a_line_names_those_who_may_decide_of_it_and_nobody_else(roster: Roster) -> None:
    ids = await units(roster)
    rows = await enrolled(roster, 2)
    one = rows[0]
    here, elsewhere = (str(one.unit_id), ids["S1"] if str(one.unit_id) != ids["S1"] else ids["S2"])
    new = {"from": "2020-01-01"}
    grants = [
        {"account": "ht@x.vn", "name": "Lê Ý", "role": "school_head", "unit_id": here},
        {"account": "cu@x.vn", "name": "Lê Cũ", "role": "school_head", "unit_id": here, "to": "2020-07-01"},
        {"account": "khac@x.vn", "name": "Lê Khác", "role": "school_head", "unit_id": elsewhere},
        {"account": "gv@x.vn", "name": "Vũ An", "role": "institution_lecturer", "audience": "teachers"},
        {"account": "ql@x.vn", "name": "Vũ Bình", "role": "institution_lecturer", "audience": "managers"},
        {"account": "kt@x.vn", "name": "Vũ Tra", "role": "auditor", "unit_code": "80"},
    ]
    await roster.done("POST", "/role-grants", {"grants": [grant | new for grant in grants]})
    await roster.done("PUT", f"/classes/{one.class_id}/graders", {"graders": ["gv.1@x.vn"]})
    herself = roster.token(Role.LEARNER, person_id=one.person_id)
    found = await roster.done("GET", f"/enrolments/{one.enrolment_id}", token=herself, at="")
    named = {(who["account"], who["name"], who["role"], who["until"]) for who in found["staff"]}
    assert named >= {
        ("ht@x.vn", "Lê Ý", "school_head", None),
        ("cu@x.vn", "Lê Cũ", "school_head", "2020-07-01"),
        ("gv@x.vn", "Vũ An", "institution_lecturer", None),
        ("gv.1@x.vn", "Nguyễn Thị Hòa 1", "core_teacher", None),
    }
    assert not {who["account"] for who in found["staff"]} & {"khac@x.vn", "ql@x.vn", "kt@x.vn"}
