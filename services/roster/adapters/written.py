"""Workbooks we write: the returned copy of an import, and the template. Text stays text, formulas are never made."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import xlsxwriter

from services.roster.domain.headers import TITLES
from services.roster.domain.sheet_rows import Sheet

_STATES = {"new": "Mới", "changed": "Thay đổi", "unchanged": "Không đổi", "error": "Lỗi"}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def annotate(
    sheets: Sequence[Sheet], states: Mapping[str, Mapping[int, str]], texts: Mapping[str, Mapping[int, str]]
) -> bytes:
    """The same values, each sheet with the columns Status and Error at its right."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            width = max((len(row) for row in sheet.rows), default=0)
            first = min(states.get(sheet.name, {}), default=2)
            for index, row in enumerate(sheet.rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime | date):
                        page.write_datetime(index, column, cell, day)
                    elif isinstance(cell, bool):
                        page.write_boolean(index, column, cell)
                    elif isinstance(cell, float):
                        page.write_number(index, column, cell)
                    elif isinstance(cell, time | timedelta) or cell:
                        page.write_string(index, column, str(cell), text)
                state = states.get(sheet.name, {}).get(index + 1)
                if state is not None:
                    page.write_string(index, width, _STATES.get(state, state))
                if (said := texts.get(sheet.name, {}).get(index + 1)) is not None:
                    page.write_string(index, width + 1, said[:32_000])
            page.write_string(max(0, first - 2), width, "Status", bold)
            page.write_string(max(0, first - 2), width + 1, "Error", bold)
    return file.getvalue()


def template() -> bytes:
    """The headers, codes and phones as text, birth dates as dates."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        page = book.add_worksheet("Danh sách")
        text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd/mm/yyyy"})
        bold = book.add_format({"bold": True, "text_wrap": True})
        for column, (field, title) in enumerate(TITLES.items()):
            page.set_column(column, column, 18, day if field == "birth_date" else text)
            page.write_string(0, column, title, bold)
    return file.getvalue()
