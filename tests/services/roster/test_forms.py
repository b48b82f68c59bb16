"""The four forms: who fills in, who sees, who answers, and where the two sides differ."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook

from shared.identity import Role
from tests.services.roster.conftest import Roster
from tests.services.roster.small_province import enrolled, units

ADDITION = {"need": "addition", "unit_code": "S1", "name": "Trần  Thị Mới", "birth_date": "1990-05-04"}
LATER = "2020-07-31T08:00:00+07:00"


@dataclass
class Cast:
    """A small province with learners, and everyone who has to do with forms. Rows of learners by their school."""

    roster: Roster
    ids: dict[str, str]
    learners: dict[str, list[Any]]
    class_id: str
    core: str
    head: str
    phong: str

    async def fill_in(self, form: int, *rows: dict[str, Any], token: str, **body: Any) -> list[str]:
        made = await self.roster.done("POST", f"/forms/{form}/rows", {"rows": rows, **body}, token=token)
        ids: list[str] = made["ids"]
        return ids

    async def rows(self, form: int, query: str = "", **more: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.roster.done("GET", f"/forms/{form}{query}", **more))["items"]
        return items

    async def status(self, method: str, path: str, body: Any = None, *, token: str) -> int:
        return (await self.roster.call(method, path, body, token=token)).status_code


@pytest.fixture
async def cast(roster: Roster) -> Cast:
    ids = await units(roster)
    learners: dict[str, list[Any]] = {"S1": [], "S2": []}
    for row in await enrolled(roster, 6):
        learners[row.unit_name.replace("Trường ", "S")].append(row)
    class_id = learners["S1"][0].class_id
    return Cast(
        roster, ids, learners, str(class_id),
        core=roster.token(Role.CORE_TEACHER, class_id=class_id),
        head=roster.token(Role.SCHOOL_HEAD, unit_id=UUID(ids["S1"])),
        phong=roster.token(Role.DISTRICT_OFFICER, unit_id=UUID(ids["D1"])),
    )  # fmt: skip


async def test_a_core_teacher_writes_to_the_so_and_a_school_to_its_phong(cast: Cast) -> None:
    here, there = cast.learners["S1"][0], cast.learners["S2"][0]
    trouble = {"need": "log_in", "note": "quên mật khẩu"}
    rows = [{**trouble, "person_id": str(one.person_id)} for one in (here, there)]
    made = await cast.fill_in(1, *rows, token=cast.core, class_id=cast.class_id)
    by_id = {**ADDITION, "unit_code": None, "unit_id": cast.ids["S1"]}
    (missing,) = await cast.fill_in(2, by_id, token=cast.core, class_id=cast.class_id)
    await cast.fill_in(3, {"need": "correction", "person_id": str(here.person_id)}, token=cast.head)
    await cast.fill_in(4, ADDITION | {"phone": "+84 912 345 678", "position": "Giáo viên"}, token=cast.head)
    first = await cast.rows(1)
    assert [row["id"] for row in first] == made
    assert [row["owner"]["name"] for row in first] == ["Long An"] * 2
    assert first[0]["name"].startswith("Nguyễn Thị Hòa")
    assert {row["unit"]["name"] for row in first} == {"Trường 1", "Trường 2"}
    (second,) = await cast.rows(2)
    assert (second["id"], second["name"], second["class"]["id"]) == (missing, "Trần Thị Mới", cast.class_id)
    (third,), (fourth,) = await cast.rows(3), await cast.rows(4)
    assert third["owner"] == fourth["owner"] == {"id": cast.ids["D1"], "name": "Huyện 1"}
    assert (fourth["phone"], fourth["state"], fourth["outcome"]) == ("…678", "waiting", None)
    audit = await cast.roster.rows("SELECT details FROM audit WHERE action = 'form.raise' ORDER BY id")
    assert [row.details["form"] for row in audit] == [1, 1, 2, 3, 4]
    assert "Mới" not in str(audit), "no personal data"


async def test_everyone_sees_the_rows_of_hers(cast: Cast) -> None:
    here, there = (cast.learners[school][0].person_id for school in ("S1", "S2"))
    await cast.fill_in(
        1,
        *({"need": "support", "person_id": str(one)} for one in (here, there)),
        token=cast.core,
        class_id=cast.class_id,
    )
    await cast.fill_in(4, ADDITION, token=cast.head)
    for token, first, fourth in (
        (cast.roster.token(), 2, 1),
        (cast.roster.token(Role.AUDITOR), 2, 1),
        (cast.core, 2, 0),
        (cast.head, 1, 1),
        (cast.phong, 1, 1),
        (cast.roster.token(Role.DISTRICT_OFFICER, unit_id=UUID(cast.ids["D2"])), 1, 0),
        (cast.roster.token(Role.CORE_TEACHER, class_id=uuid4()), 0, 0),
    ):
        assert [len(await cast.rows(form, token=token, at="")) for form in (1, 4)] == [first, fourth]
    assert len(await cast.rows(1, f"?unit={cast.ids['S2']}")) == 1
    assert len(await cast.rows(1, f"?class={cast.class_id}")) == 2
    assert await cast.rows(1, f"?class={uuid4()}") == []
    for role in (Role.LEARNER, Role.VENDOR, Role.OPERATOR):
        assert await cast.status("GET", "/forms/1", token=cast.roster.token(role)) == 403


async def test_a_row_ends_with_an_answer_of_its_owner_and_of_nobody_else(cast: Cast) -> None:
    (row,) = await cast.fill_in(4, ADDITION, token=cast.head)
    path, said = f"/forms/rows/{row}/answer", {"outcome": "done", "answer": "đã thêm vào lớp"}
    other = cast.roster.token(Role.DISTRICT_OFFICER, unit_id=UUID(cast.ids["D2"]))
    assert await cast.status("POST", path, said, token=cast.head) == 403, "who asks does not answer"
    assert await cast.status("POST", path, said, token=other) == 404, "another Phòng does not see it"
    for wrong in ({}, {"outcome": "done"}, {"outcome": "done", "answer": " "}, {"outcome": "closed", "answer": "x"}):
        assert await cast.status("POST", path, wrong, token=cast.phong) == 422
    assert (await cast.roster.call("POST", path, said, token=cast.phong)).status_code == 200
    assert await cast.status("POST", path, said, token=cast.phong) == 409, "answered once"
    (shown,) = await cast.rows(4, token=cast.head)
    assert (shown["state"], shown["outcome"], shown["answer"]) == ("answered", "done", "đã thêm vào lớp")
    assert shown["answered_by"] == "district_officer@test"
    (kept,) = await cast.roster.rows("SELECT details FROM audit WHERE action = 'form.answer'")
    assert kept.details == {"outcome": "done"}
    assert len(await cast.fill_in(4, ADDITION, token=cast.head)) == 1, "what was answered may be asked again"


async def test_the_phong_leaves_to_the_so_what_it_cannot_answer(cast: Cast) -> None:
    (row,) = await cast.fill_in(4, ADDITION, token=cast.head)
    said = {"outcome": "refused", "answer": "không thuộc diện bồi dưỡng"}
    assert await cast.status("POST", f"/forms/rows/{row}/pass-up", token=cast.phong) == 200
    (shown,) = await cast.rows(4, token=cast.head)
    assert (shown["owner"]["name"], shown["state"]) == ("Long An", "waiting")
    assert await cast.status("POST", f"/forms/rows/{row}/answer", said, token=cast.phong) == 409
    assert await cast.status("POST", f"/forms/rows/{row}/pass-up", token=cast.roster.token()) == 409
    assert await cast.status("POST", f"/forms/rows/{row}/answer", said, token=cast.roster.token()) == 200
    core = {"need": "account", "person_id": str(cast.learners["S1"][0].person_id)}
    (theirs,) = await cast.fill_in(1, core, token=cast.core, class_id=cast.class_id)
    assert await cast.status("POST", f"/forms/rows/{theirs}/answer", said, token=cast.phong) == 409
    assert await cast.status("POST", f"/forms/rows/{uuid4()}/answer", said, token=cast.phong) == 404


async def test_nobody_answers_her_own_row(cast: Cast) -> None:
    (row,) = await cast.fill_in(4, ADDITION, token=cast.phong)
    said = {"outcome": "done", "answer": "xong"}
    assert await cast.status("POST", f"/forms/rows/{row}/answer", said, token=cast.phong) == 409


async def test_all_rows_are_taken_or_none(cast: Cast) -> None:
    here, there = (str(cast.learners[school][0].person_id) for school in ("S1", "S2"))
    known = {"need": "correction", "person_id": here}
    for form, rows, body, token, message in (
        (3, [known, {**known, "person_id": there}], {}, cast.head, "rows/1: no such person or unit within reach"),
        (3, [known, {**known, "person_id": str(uuid4())}], {}, cast.head, "rows/1: no such person"),
        (3, [known | {"need": "addition"}], {}, cast.head, "rows/0: need addition does not belong into form 3"),
        (3, [known | {"name": "Ai"}], {}, cast.head, "rows/0: forms 1 and 3"),
        (3, [known], {"class_id": cast.class_id}, cast.head, "class_id"),
        (4, [ADDITION | {"unit_code": "S2"}], {}, cast.head, "rows/0: no such person or unit within reach"),
        (4, [ADDITION | {"unit_code": "?"}], {}, cast.head, "rows/0: no such person or unit within reach"),
        (4, [ADDITION | {"unit_id": cast.ids["S2"]}], {}, cast.head, "rows/0: no such person or unit within reach"),
        (4, [ADDITION | {"unit_id": str(uuid4())}], {}, cast.head, "rows/0: no such person or unit within reach"),
        (4, [ADDITION | {"person_id": here}], {}, cast.head, "rows/0: forms 2 and 4"),
        (4, [ADDITION | {"name": " \u200b "}, {"need": "addition"}], {}, cast.head, "rows/"),
        (4, [ADDITION | {"phone": "12"}], {}, cast.head, "rows/0: phone is no phone number"),
        (2, [ADDITION], {}, cast.core, "class_id"),
    ):  # fmt: skip
        answer = await cast.roster.call("POST", f"/forms/{form}/rows", {"rows": rows, **body}, token=token)
        assert answer.status_code == 422, (form, rows, answer.text)
        assert message in answer.text
    twice = await cast.roster.call("POST", "/forms/3/rows", {"rows": [known, known]}, token=cast.head)
    assert (twice.status_code, "rows/1: waits for an answer already" in twice.text) == (409, True)
    stranger = cast.roster.token(Role.CORE_TEACHER, class_id=uuid4())
    theirs: dict[str, Any] = {"class_id": cast.class_id, "rows": [known | {"need": "support"}]}
    assert await cast.status("POST", "/forms/1/rows", theirs, token=stranger) == 404
    assert await cast.status("POST", "/forms/3/rows", {"rows": [known]}, token=cast.core) == 403
    assert await cast.status("POST", "/forms/1/rows", theirs, token=cast.head) == 403
    assert await cast.status("POST", "/forms/5/rows", theirs, token=cast.head) == 422
    assert [row for form in (1, 2, 3, 4) for row in await cast.rows(form)] == []


async def test_where_the_two_sides_differ(cast: Cast) -> None:
    both, differs, alone = (str(one.person_id) for one in (*cast.learners["S1"][:2], cast.learners["S1"][2]))
    rows = [{"need": "log_in", "person_id": one} for one in (both, differs)]
    await cast.fill_in(1, *rows, token=cast.core, class_id=cast.class_id)
    await cast.fill_in(2, ADDITION, token=cast.core, class_id=cast.class_id)
    rows = [
        {"need": "log_in", "person_id": both},
        {"need": "correction", "person_id": differs},
        {"need": "support", "person_id": alone},
    ]
    await cast.fill_in(3, *rows, token=cast.head)
    assert [one["kind"] for one in await _disputed(cast)] == ["needs_differ", "core_team_only", "school_only"]
    await cast.fill_in(4, ADDITION | {"name": "trần thị mới"}, token=cast.head)
    needs, school = await _disputed(cast)
    assert {row["form"]: row["need"] for row in needs["rows"]} == {1: "log_in", 3: "correction"}
    assert (school["kind"], [row["person_id"] for row in school["rows"]]) == ("school_only", [alone])


async def _disputed(cast: Cast) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await cast.roster.done("GET", "/forms/disagreements"))["items"]
    return items


async def test_what_waits_for_long_is_found_and_printed(cast: Cast) -> None:
    (old,) = await cast.fill_in(4, ADDITION | {"phone": "0912345678", "note": "=HYPERLINK(1)"}, token=cast.head)
    new: dict[str, Any] = {"rows": [ADDITION | {"name": "Lê Văn Sau"}]}
    await cast.roster.done("POST", "/forms/4/rows", new, token=cast.head, at=LATER)
    late = await cast.rows(4, "?state=waiting&over_days=5", at=LATER)
    assert [(row["id"], row["days_waiting"]) for row in late] == [(old, 11)]
    assert len(await cast.rows(4, "?over_days=12", at=LATER)) == 0
    page = await cast.roster.done("GET", "/forms/4?limit=1", at=LATER)
    rest = await cast.roster.done("GET", f"/forms/4?limit=1&cursor={page['next']}", at=LATER)
    assert ([*page["items"], *rest["items"]], rest["next"]) == (await cast.rows(4, at=LATER), None)
    answer = await cast.roster.call("GET", "/forms/4?format=xlsx&contacts=true", token=cast.phong, at=LATER)
    (header, *lines) = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    printed = [dict(zip(header, line, strict=True)) for line in lines]
    assert [(line["Họ và tên"], line["Điện thoại"]) for line in printed] == [
        ("Trần Thị Mới", "0912345678"), ("Lê Văn Sau", ""),
    ]  # fmt: skip
    assert printed[0]["Kết quả"] == "Chưa trả lời"
    assert len(await cast.roster.rows("SELECT id FROM audit WHERE action = 'contact.read'")) == 1
    text = (await cast.roster.call("GET", "/forms/4?format=csv", token=cast.head, at=LATER)).content.decode("utf-8-sig")
    (first, _) = csv.DictReader(io.StringIO(text))
    assert (first["Điện thoại"], first["Ghi chú"]) == ("…678", "'=HYPERLINK(1)")
    assert await cast.status("GET", "/forms/4?contacts=true", token=cast.core) == 403
