"""Hostile workbooks are refused before a parser sees them, and a reader's death is the file's fault."""

import io
import zipfile

import pytest
import xlsxwriter

from services.roster.adapters import workbook
from services.roster.adapters.bounds import RefusedWorkbookError, checked

SHEET = "xl/worksheets/sheet1.xml"


def plain() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("A")
        page.write(0, 0, "x")
        page.write_formula(1, 2, "=NA()", None, "#N/A")
    return file.getvalue()


def changed(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain())) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return file.getvalue()


def cells(xml: str) -> bytes:
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return (head + xml + "</sheetData></worksheet>").encode()


def test_error_values_are_found_with_their_place() -> None:
    assert checked(plain())[SHEET] == frozenset({(1, 2)})


@pytest.mark.parametrize(
    "parts",
    [
        {SHEET: cells('<row r="1"><c r="XFD1048576"><v>1</v></c></row>')},
        {SHEET: cells("<row r='1'><c a='>' r='XFD1'><v>1</v></c></row>")},
        {SHEET: cells('<row r="999999"><c><v>1</v></c></row>')},
        {SHEET: cells("<row>" + "<c/>" * 201 + "</row>")},
        {SHEET: cells("<row/>" * 200_001)},
        {SHEET: cells('<row r="1"><c r="&#65;1"/></row>')},
        {SHEET: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + cells("")},
        {SHEET: cells("").decode().encode("utf-16")},
        {SHEET: cells("<row/>" + " " * 50_000_000)},
        {"xl/vbaProject.bin": b"x"},
        {"xl/workbook.bin": b"x"},
    ],
    ids=["far", "quoted", "row", "wide", "tall", "reference", "doctype", "utf16", "ratio", "macro", "binary"],
)
def test_a_hostile_workbook_is_refused(parts: dict[str, bytes]) -> None:
    with pytest.raises(RefusedWorkbookError):
        checked(changed(parts))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0abc", b"a,b\n1,2", plain()[:-30]])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedWorkbookError):
        checked(content)


async def test_the_child_says_why_and_its_death_is_a_refusal() -> None:
    with pytest.raises(RefusedWorkbookError, match="no xlsx"):
        await workbook.read(b"nothing")
    broken = changed({"xl/workbook.xml": b"<workbook"})
    with pytest.raises(RefusedWorkbookError):
        await workbook.read(broken)
    with pytest.raises(RefusedWorkbookError, match="limits"):
        await workbook._ask("annotate", b"\xc1")
