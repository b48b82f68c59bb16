"""The four personnel workbooks of the sample, as the plan's annexes would come from the Sở: with their dirt.

Dirt that changes no count: title rows, line breaks in headers, names in NFD, dates as text in two books and as real
dates in the others, phones with spaces and dots, a repeated header row, blank rows, and a "Tổng cộng" row at the end
(label in the first column, declared number under "Họ và tên"). Identity numbers are text. The same province gives
the same bytes.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

import xlsxwriter

from deploy.local.sample.people import Enrolment, level_name
from deploy.local.sample.plan import Audience, Level
from deploy.local.sample.province import Province

HEADERS: Final = (
    "STT",
    "Mã trường",
    "Tên trường",
    "Họ và\ntên",
    "Ngày\nsinh",
    "CCCD",
    "Email",
    "Email khác",
    "Điện\nthoại",
    "Chức vụ",
    "Cấp học",
    "Môn\nbồi dưỡng",
    "Loại",
)
SHEET: Final = "Danh sách"
MAIN_KIND: Final = "Chính"
_WIDTHS: Final = (6, 14, 34, 30, 12, 15, 28, 28, 16, 16, 12, 32, 10)
_NAME_COLUMN: Final = 3
_BIRTH_COLUMN: Final = 4
_NFD_SHARE: Final = 0.03
_PAGE_ROWS: Final = 1500
_BLANK_EVERY: Final = 700


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that was written: whom it lists, and how many enrolments stand in it."""

    path: Path
    title: str
    level: Level | None
    audience: Audience
    rows: int


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    annex: int
    title: str
    level: Level | None
    audience: Audience
    dates: Literal["text", "real"]


_LAYOUTS: Final = (
    _Layout(
        "phu-luc-1-gv-tieu-hoc", 1, "DANH SÁCH CÁN BỘ QUẢN LÝ, GIÁO VIÊN CẤP TIỂU HỌC", "primary", "teachers", "text"
    ),
    _Layout("phu-luc-2-gv-thcs", 2, "DANH SÁCH GIÁO VIÊN CẤP THCS", "lower_secondary", "teachers", "real"),
    _Layout("phu-luc-3-gv-thpt", 3, "DANH SÁCH GIÁO VIÊN CẤP THPT", "upper_secondary", "teachers", "text"),
    _Layout("phu-luc-4-cbql", 4, "DANH SÁCH CÁN BỘ QUẢN LÝ TRƯỜNG PHỔ THÔNG", None, "managers", "real"),
)


def write(province: Province, folder: Path) -> tuple[Book, ...]:
    """Writes the four workbooks into `folder` (made where absent) and answers what stands in each."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(layout, province, folder) for layout in _LAYOUTS)


def _write(layout: _Layout, province: Province, folder: Path) -> Book:
    # Annexes are sorted by school, not by course.
    rows = sorted(
        (
            e
            for e in province.enrolments
            if e.course.audience == layout.audience and layout.level in (None, e.course.level)
        ),
        key=lambda e: (e.person.school.code, e.course.code, e.index),
    )
    path = folder / f"{layout.name}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        # Else the moment of writing would be in the file, and two runs would differ.
        book.set_properties({"created": datetime(2020, 7, 15, tzinfo=UTC).replace(tzinfo=None)})
        _Sheet(book, layout, random.Random(f"{province.seed}:{layout.name}")).fill(rows)
    return Book(path, layout.title, layout.level, layout.audience, len(rows))


class _Sheet:
    """One worksheet being written from the top down."""

    def __init__(self, book: xlsxwriter.Workbook, layout: _Layout, rng: random.Random) -> None:
        self._sheet = book.add_worksheet(SHEET)
        self._layout = layout
        self._rng = rng
        self._text = book.add_format({"num_format": "@"})
        self._date = book.add_format({"num_format": "dd/mm/yyyy"})
        self._bold = book.add_format({"bold": True, "text_wrap": True, "align": "center"})
        self._row = 0
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)

    def fill(self, enrolments: Sequence[Enrolment]) -> None:
        for line in (
            f"PHỤ LỤC {self._layout.annex}",
            f"{self._layout.title} THAM GIA BỒI DƯỠNG MÔ ĐUN 1",
            "(Kèm theo Kế hoạch số      /KH-SGDĐT ngày    tháng 7 năm 2020 của Sở GD&ĐT Long An)",
        ):
            self._sheet.merge_range(self._row, 0, self._row, len(HEADERS) - 1, line, self._bold)
            self._row += 1
        self._row += 1
        self._header()
        for number, enrolment in enumerate(enrolments, 1):
            if number % _BLANK_EVERY == 0:
                self._row += 1
            if number % _PAGE_ROWS == 0:
                self._header()
            self._person(number, enrolment)
        self._row += 1
        self._sheet.write_string(self._row, 0, "Tổng cộng", self._bold)
        self._sheet.write_number(self._row, _NAME_COLUMN, len(enrolments), self._bold)

    def _header(self) -> None:
        for column, header in enumerate(HEADERS):
            self._sheet.write_string(self._row, column, header, self._bold)
        self._row += 1

    def _person(self, number: int, enrolment: Enrolment) -> None:
        person = enrolment.person
        name = person.name
        if self._rng.random() < _NFD_SHARE:
            name = unicodedata.normalize("NFD", name)
        cells = (
            person.school.code,
            person.school.name,
            name,
            "",
            person.cccd,
            person.account or "",
            person.other_account or "",
            self._phone(person.phone),
            person.position,
            level_name(person),
            enrolment.course.subject,
            MAIN_KIND,
        )
        self._sheet.write_number(self._row, 0, number)
        for column, cell in enumerate(cells, 1):
            if cell:
                self._sheet.write_string(self._row, column, cell, self._text)
        self._born(person.birth_date)
        self._row += 1

    def _born(self, day: date) -> None:
        if self._layout.dates == "real":
            self._sheet.write_datetime(self._row, _BIRTH_COLUMN, day, self._date)
        else:
            self._sheet.write_string(self._row, _BIRTH_COLUMN, f"{day:%d/%m/%Y}", self._text)

    def _phone(self, phone: str) -> str:
        chance = self._rng.random()
        if chance < 0.1:
            return f"{phone[:4]} {phone[4:7]} {phone[7:]}"
        if chance < 0.15:
            return f"{phone[:4]}.{phone[4:7]}.{phone[7:]}"
        return phone
