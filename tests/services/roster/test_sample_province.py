"""The whole sample province through the API: units, grants, four workbooks, 29 offerings, 213 classes, graders."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from deploy.local.sample.plan import PlannedCourse
from deploy.local.sample.province import Province
from deploy.local.sample.staff import StaffMember, core_teachers, officers
from deploy.local.sample.workbooks import write
from shared.clock import utc_now
from shared.identity import Principal
from shared.tokens import mint
from tests.services.roster.conftest import Roster


def offering_of(course: PlannedCourse) -> dict[str, Any]:
    return {
        "course": course.code,
        "title": course.title,
        "subject": course.subject,
        "level": course.level,
        "audience": course.audience,
        "module": "M1",
        "periods": course.periods,
        "composition": course.composition.as_json(),
        "scheme": {"id": "etep-managers-2020", "version": 1},
        "opens_at": "2020-08-10T00:00:00+07:00",
        "closes_at": "2020-12-20T23:59:59+07:00",
        "planned": {"learners": course.learners, "classes": course.classes},
    }


def grant_of(one: StaffMember) -> dict[str, Any]:
    words = {"account": one.account, "name": one.name, "birth_date": one.birth_date.isoformat()}
    return words | {"role": one.role, "from": "2020-01-01"}


async def establish_units(roster: Roster, sample: Province) -> Any:
    changes = [
        {"op": "establish", "code": u.code, "name": u.name, "kind": u.kind, "parent_code": u.parent_code,
         "from": "2000-01-01"}
        for u in sample.tree.units
    ]  # fmt: skip
    return await roster.done("POST", "/units/changes", {"changes": changes})


@pytest.mark.slow
async def test_the_sample_gives_9935_persons_and_10365_enrolments_in_213_classes(
    roster: Roster, sample: Province, tmp_path: Path, record_property: Any
) -> None:
    spent: dict[str, float] = {}

    def took(what: str, since: float) -> None:
        spent[what] = round(time.perf_counter() - since, 2)

    began = time.perf_counter()
    made = await establish_units(roster, sample)
    took("units", began)
    assert len(made["items"]) == len(sample.tree.units)
    again = await establish_units(roster, sample)
    assert [u["id"] for u in again["items"]] == [u["id"] for u in made["items"]]
    listed = await roster.done("GET", "/units?as_of=2020-10-01&limit=500")
    assert listed["total"] == len(sample.tree.units)

    began = time.perf_counter()
    grants = [
        grant_of(one) | ({"audience": one.audience} if one.audience else {"unit_code": one.unit_code})
        for one in officers(sample.seed)
        if one.role not in ("department_leader", "operator")  # these are named at the terminal
    ]
    given = await roster.done("POST", "/role-grants", {"grants": grants})
    took("grants", began)
    staff = (await roster.rows("SELECT count(*) FROM person"))[0][0]
    assert (await roster.done("POST", "/role-grants", {"grants": grants}))["items"] == given["items"]

    for book in write(sample, tmp_path / "books"):
        began = time.perf_counter()
        preview = (await roster.upload(book.path.read_bytes(), book.path.name)).json()
        took(f"preview {book.path.stem}", began)
        assert preview["counts"]["error"] == 0, preview["messages"][:5]
        assert preview["counts"]["rows"] == preview["declared_total"] == book.rows
        began = time.perf_counter()
        done = await roster.done("POST", f"/imports/{preview['id']}/confirm", {"accept": "all"})
        took(f"confirm {book.path.stem}", began)
        assert done["state"] == "confirmed"
        same = (await roster.upload(book.path.read_bytes())).json()
        counts = same["counts"]
        assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 0, book.rows)
        assert counts["persons_new"] == counts["persons_changed"] == 0
    assert (await roster.rows("SELECT count(*) FROM person"))[0][0] - staff == 9_935

    offered = await roster.done("POST", "/offerings", {"offerings": [offering_of(c) for c in sample.courses]})
    began = time.perf_counter()
    numbers = []
    for item, course in zip(offered["items"], sample.courses, strict=True):
        path = f"/offerings/{item['id']}/allocate"
        dry = await roster.done("POST", path, {"method": "half_up"})
        real = await roster.done("POST", path, {"method": "planned", "classes": course.classes, "dry_run": False})
        assert dry["learners"] == real["learners"] == course.learners
        assert len(real["classes"]) == course.classes
        numbers.append(len(dry["classes"]) == course.classes)
    took("allocate all", began)
    assert numbers.count(False) == 4
    rows = await roster.rows("SELECT count(*), count(DISTINCT class_id), count(DISTINCT person_id) FROM enrolment")
    assert tuple(rows[0]) == (10_365, 213, 9_935)
    said = await roster.rows("SELECT count(DISTINCT aggregate_id) FROM outbox WHERE type LIKE '%enrolled%'")
    assert said[0][0] == 10_365

    began = time.perf_counter()
    classes = (await roster.done("GET", "/classes?limit=500"))["items"]
    core = core_teachers(213, sample.seed)
    grants = [grant_of(member) | {"class_id": one["id"]} for member, one in zip(core, classes, strict=True)]
    await roster.done("POST", "/role-grants", {"grants": grants})
    for member, one in zip(core, classes, strict=True):
        await roster.done("PUT", f"/classes/{one['id']}/graders", {"graders": [member.account]})
    took("graders", began)
    gateway = mint(Principal(account="gateway"), "roster", roster.key, utc_now())
    answer = await roster.done("GET", f"/internal/grants?account={core[0].account}", token=gateway)
    assert {"role": "core_teacher", "class_id": classes[0]["id"]} in answer["grants"]
    assert {"role": "learner"} in answer["grants"]
    found = await roster.done("GET", "/people?q=hoà&limit=5")
    assert found["total"] > 5
    record_property("seconds", spent)
    print(spent)
