"""Rows of a workbook and what is said about them."""

from datetime import date
from typing import Any

import pytest

from services.roster.domain import identity_numbers, phones
from services.roster.domain.cells import BadCellError, Cell, date_of, whole_number_of
from services.roster.domain.personnel import read
from services.roster.domain.sheet_rows import Sheet

HEADER = ["STT", "Mã trường", "Họ và\ntên", "Ngày\nsinh", "CCCD", "Email", "Điện  thoại", "Cấp học", "Môn dạy", "Loại"]
ROW: list[Cell] = [
    1.0, "S1", "Lê Ý", "05/09/1980", "080180123456", "A@x.vn", "0951234567", "THCS", "Toán", "Chính",
]  # fmt: skip


def sheet(*rows: list[Any], errors: frozenset[tuple[int, int]] = frozenset()) -> Sheet:
    return Sheet("Danh sách", [["PHỤ LỤC 1"], [], HEADER, *rows], errors)


def test_a_row_is_read_whatever_the_order_of_columns() -> None:
    (row,) = read([sheet(ROW)]).rows
    assert (row.name, row.birth_date, row.account, row.level) == ("Lê Ý", date(1980, 9, 5), "a@x.vn", "lower_secondary")
    order = [5, 3, 0, 9, 8, 7, 2, 1, 4, 6]
    shuffled = Sheet("Danh sách", [[], [], [HEADER[i] for i in order], [ROW[i] for i in order]])
    assert read([shuffled]).rows == [row]


def test_headers_blank_rows_and_totals_are_skipped_and_the_total_is_checked() -> None:
    found = read([sheet(ROW, [], HEADER, ROW, ["Tổng cộng", "", "3"])])
    assert len(found.rows) == 2
    assert found.declared_total == 3
    assert {m.rule for m in found.messages if m.severity != "note"} == {"IMP-10"}


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (4, 80180123456.0, "IMP-4"),
        (4, "099180123456", "IMP-5"),
        (3, "31/02/2020", "IMP-7"),
        (3, "13/25/2020", "IMP-7"),
        (5, "not an address", "IMP-2"),
        (7, "Đại học", "IMP-2"),
        (2, "", "PER-2"),
    ],
)
def test_a_bad_cell_is_an_error_of_its_row(column: int, value: Cell, rule: str) -> None:
    bad = [*ROW[:column], value, *ROW[column + 1 :]]
    found = read([sheet(bad)])
    assert found.rows[0].bad
    assert [(m.row, m.rule) for m in found.messages if m.severity == "error"] == [(4, rule)]


def test_an_error_value_of_a_formula_is_reported_by_row() -> None:
    found = read([sheet(ROW, errors=frozenset({(3, 6)}))])
    assert [(m.row, m.column) for m in found.messages if m.severity == "error"] == [(4, "Điện thoại")]


def test_a_missing_column_is_named() -> None:
    found = read([Sheet("A", [HEADER[:1] + HEADER[2:], ROW])])
    assert not found.rows
    assert any("Mã trường" in m.text for m in found.messages)


def test_identity_numbers() -> None:
    assert identity_numbers.read("80180123456", numeric=True).suggestion == "080180123456"
    assert identity_numbers.read("12345678", numeric=False).suggestion == "012345678"
    assert identity_numbers.read("080 180 123 456", numeric=False).number == "080180123456"
    assert identity_numbers.mismatches("080180123456", date(1981, 1, 1), male=True) == ["birth year", "sex"]
    assert identity_numbers.masked("080180126789") == "…6789"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0169 1234567", "0391234567"),
        ("+84 95 123 45 67", "0951234567"),
        ("951234567", "0951234567"),
        ("0951.234.567; 0957654321", "0951234567"),
        ("không có", None),
    ],
)
def test_phones(text: str, number: str | None) -> None:
    assert phones.read(text).number == number


def test_dates_and_numbers() -> None:
    assert date_of("5/9/2020") == date_of("2020-09-05") == date_of(44079.0) == date(2020, 9, 5)
    assert whole_number_of("3.263") == whole_number_of(3263.0) == 3263
    for bad in ("9,996,0", "1,5", "x"):
        with pytest.raises(BadCellError):
            whole_number_of(bad)
