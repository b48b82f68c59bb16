"""A table as CSV and xlsx: the same numbers in both; text stays text and is never run as a formula (rule IMP-13)."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, Protocol

import xlsxwriter
from fastapi import Response

Cell = str | int | None
Format = Literal["json", "csv", "xlsx"]


class Tabular(Protocol):
    """Rows under a header, and remarks for a sheet of their own; a column whose name ends in "(%)" holds percents as
    decimal text."""

    @property
    def header(self) -> Sequence[str]: ...

    @property
    def rows(self) -> Sequence[Sequence[Cell]]: ...

    @property
    def remarks(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is nothing more."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    remarks: Sequence[str] = ()


CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM: Final = "﻿"
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(table: Tabular) -> bytes:
    """UTF-8 with a byte order mark, as spreadsheet programs want it; a text that would run is quoted by an
    apostrophe."""
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.header)
    writer.writerows([_quoted(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode()


def _quoted(cell: Cell) -> str | int:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def to_xlsx(table: Tabular, title: str) -> bytes:
    """One sheet of figures, one of definitions. Takes some ten milliseconds of CPU: call it in a thread."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": title})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    one_place = book.add_format({"num_format": "0.0"})
    percents = {place for place, name in enumerate(table.header) if name.endswith("(%)")}
    sheet = book.add_worksheet("Số liệu")
    sheet.freeze_panes(1, 3)
    sheet.set_column(0, len(table.header) - 1, 14)
    for column, name in enumerate(table.header):
        sheet.write_string(0, column, name, bold)
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if column in percents:
                sheet.write_number(number, column, Decimal(cell), one_place)
            elif isinstance(cell, int):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_string(number, column, cell)
    remarks = book.add_worksheet("Ghi chú")
    remarks.set_column(0, 0, 120)
    for number, text in enumerate(table.remarks):
        remarks.write_string(number, 0, text)
    book.close()
    return out.getvalue()


async def download(
    table: Tabular, *, title: str, name: str, kind: Literal["csv", "xlsx"], headers: Mapping[str, str] | None = None
) -> Response:
    """The table as a file of this name."""
    sent = {**(headers or {}), "content-disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        return Response(to_csv(table), media_type=CSV_TYPE, headers=sent)
    content = await asyncio.to_thread(to_xlsx, table, title)
    return Response(content, media_type=XLSX_TYPE, headers=sent)
