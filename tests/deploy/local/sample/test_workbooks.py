"""The workbooks, read back as an importer would."""

import unicodedata
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from deploy.local.sample.plan import PLAN
from deploy.local.sample.province import Province, build
from deploy.local.sample.workbooks import Book, write

Row = dict[str, object]


@pytest.fixture(scope="module")
def books(province: Province, tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, ...]:
    return write(province, tmp_path_factory.mktemp("books"))


def raw_rows(path: Path) -> list[list[object]]:
    book = CalamineWorkbook.from_path(str(path))
    return [list(row) for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]


def read(path: Path) -> list[Row]:
    """Data rows by normalised header; header repeats, blanks and the total are passed over."""
    headers: list[str] | None = None
    rows: list[Row] = []
    for raw in raw_rows(path):
        cells = [" ".join(str(cell).split()) for cell in raw]
        if cells[0] == "STT":
            headers = cells
        elif headers is not None and any(cells) and cells[0] != "Tổng cộng":
            rows.append(dict(zip(headers, raw, strict=True)))
    return rows


def test_the_books_hold_every_enrolment_once(books: tuple[Book, ...], province: Province) -> None:
    assert [book.rows for book in books] == [3_777, 3_722, 2_056, 810]
    levels = {"Tiểu học": "primary", "THCS": "lower_secondary", "THPT": "upper_secondary"}
    counted: Counter[tuple[str, str]] = Counter()
    persons: set[str] = set()
    for book in books:
        rows = read(book.path)
        assert len(rows) == book.rows
        counted.update((str(row["Môn bồi dưỡng"]), levels[str(row["Cấp học"])]) for row in rows)
        persons.update(str(row["CCCD"]) for row in rows)
    assert counted == {(course.subject, course.level): course.learners for course in PLAN}
    assert persons == {person.cccd for person in province.persons}


def test_names_dates_and_contacts_come_back_as_the_persons_own(books: tuple[Book, ...], province: Province) -> None:
    by_number = {person.cccd: person for person in province.persons}
    for book in books:
        for row in read(book.path):
            person = by_number[str(row["CCCD"])]
            born = row["Ngày sinh"]
            if isinstance(born, str):
                born = datetime.strptime(born, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
            assert isinstance(born, date)
            assert born == person.birth_date
            assert unicodedata.normalize("NFC", str(row["Họ và tên"])) == person.name
            assert str(row["Điện thoại"]).replace(" ", "").replace(".", "") == person.phone
            assert (row["Email"] or None, row["Email khác"] or None) == (person.account, person.other_account)
            assert (row["Mã trường"], row["Tên trường"]) == (person.school.code, person.school.name)
            assert row["Chức vụ"] == person.position
            assert row["Loại"] == "Chính"


def test_the_books_carry_the_dirt_of_real_annexes(books: tuple[Book, ...]) -> None:
    dates = []
    for book in books:
        raw = raw_rows(book.path)
        assert str(raw[0][0]).startswith("PHỤ LỤC")
        assert str(raw[1][0]).startswith("DANH SÁCH")
        assert "Họ và\ntên" in raw[4]
        assert raw[-1][0] == "Tổng cộng"
        assert raw[-1][3] == book.rows
        names = [str(row["Họ và tên"]) for row in read(book.path)]
        assert any(not unicodedata.is_normalized("NFC", name) for name in names)
        assert any(" " in str(row["Điện thoại"]) for row in read(book.path))
        assert any(not any(str(cell) for cell in row) for row in raw[5:-1])
        dates.append(type(read(book.path)[0]["Ngày sinh"]).__name__)
    headers = [sum(row[0] == "STT" for row in raw_rows(book.path)) for book in books]
    assert headers[0] > 1
    assert dates == ["str", "date", "str", "date"]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    small = build(people=120)
    first = write(small, tmp_path / "first")
    second = write(small, tmp_path / "second")
    assert [book.path.read_bytes() for book in first] == [book.path.read_bytes() for book in second]
