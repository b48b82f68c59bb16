"""Who sees which classes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.identity import Role
from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import OFFERING, enrolled, person, units, workbook


async def test_each_role_sees_the_classes_its_grant_reaches(roster: Roster) -> None:
    ids = await units(roster)
    await enrolled(roster)
    preview = (await roster.upload(workbook(person(9, "S2", subject="Tin")))).json()
    await roster.done("POST", f"/imports/{preview['id']}/confirm", {})
    for_managers = {"course": "CBQL-TH-M1", "audience": "managers", "subject": "Tin"}
    other = await roster.done("POST", "/offerings", OFFERING | for_managers)
    await roster.done("POST", f"/offerings/{other['id']}/allocate", {"dry_run": False})
    found = (await roster.done("GET", "/classes"))["items"]
    of = {item["audience"]: UUID(item["id"]) for item in found}
    assert len(found) == len(of) == 2
    everything, teachers, managers = set(of.values()), {of["teachers"]}, {of["managers"]}
    scopes: list[tuple[Role, dict[str, Any], set[UUID]]] = [
        (Role.PROVINCE_OFFICER, {}, everything),
        (Role.AUDITOR, {}, everything),
        (Role.DEPARTMENT_LEADER, {"unit_id": roster.province_id}, everything),
        (Role.DEPARTMENT_LEADER, {"unit_id": UUID(ids["D1"])}, teachers),
        (Role.DEPARTMENT_LEADER, {"unit_id": UUID(ids["S2"])}, everything),
        (Role.INSTITUTION_LECTURER, {"audience": "teachers"}, teachers),
        (Role.INSTITUTION_LECTURER, {"audience": "managers"}, managers),
        (Role.INSTITUTION_LECTURER, {"audience": "students"}, set()),
        (Role.INSTITUTION_LECTURER, {}, set()),
        (Role.CORE_TEACHER, {"class_id": of["managers"]}, managers),
        (Role.CORE_TEACHER, {}, set()),
    ]
    for role, over, seen in scopes:
        page = await roster.done("GET", "/classes", token=roster.token(role, **over), at="")
        assert ({UUID(item["id"]) for item in page["items"]}, page["total"]) == (seen, len(seen)), (role, over)
    lecturer = roster.token(Role.INSTITUTION_LECTURER, audience="teachers")
    assert (await roster.done("GET", f"/classes?offering={other['id']}", token=lecturer))["total"] == 0
