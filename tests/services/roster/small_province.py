"""Two districts with a school each, and a few teachers, for tests that need no more."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from tests.services.roster.conftest import Roster

HEADER = ["Mã trường", "Họ và tên", "Ngày sinh", "CCCD", "Email", "Chức vụ", "Cấp học", "Môn bồi dưỡng"]
UNITS = [("D1", "Huyện 1", "district", "80"), ("D2", "Huyện 2", "district", "80"), ("S1", "Trường 1", "school", "D1"),
         ("S2", "Trường 2", "school", "D2")]  # fmt: skip
OFFERING = {
    "course": "GV-TH-TOAN-M1", "title": "Mô đun 1", "subject": "Toán", "level": "primary", "audience": "teachers",
    "composition": {"document": 1, "questions": 40, "essays": ["a"]},
    "scheme": {"id": "etep-managers-2020", "version": 1},
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


async def enrolled(roster: Roster, people: int = 4, **over: Any) -> list[Any]:
    rows = [person(n, "S1" if n % 2 else "S2") for n in range(people)]
    preview = (await roster.upload(workbook(*rows))).json()
    await roster.done("POST", f"/imports/{preview['id']}/confirm", {})
    offering = await roster.done("POST", "/offerings", OFFERING | over)
    await roster.done("POST", f"/offerings/{offering['id']}/allocate", {"dry_run": False})
    return await roster.rows("SELECT * FROM enrolment ORDER BY enrolment_id")
