"""Cells of a sheet as text, dates and numbers, without guessing silently (IMP-1, IMP-4, IMP-7, IMP-8)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

Cell = str | float | bool | date | datetime | time | timedelta | None

_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 60_001)
_GROUPED = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_PLAIN = re.compile(r"-?\d+(?:,\d+)?")


class BadCellError(ValueError):
    """The cell cannot be read; the message says why, never the value."""


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without ".0", dates in ISO form, line breaks and double spaces as one space."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return " ".join(cell.replace("\u00a0", " ").replace("\u200b", "").split())


def header_key(cell: Cell) -> str:
    """A header as it is compared: NFC, trimmed, one space, case-folded."""
    return unicodedata.normalize("NFC", text_of(cell)).casefold().strip(" :*")


def date_of(cell: Cell) -> date:
    """dd/mm/yyyy, ISO, a real date, or an Excel serial from 20000 to 60000. Raises BadCellError."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    try:
        if (found := _DAY_MONTH_YEAR.fullmatch(text)) is not None:
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        if (found := _ISO.fullmatch(text)) is not None:
            year, month, day = map(int, found.groups())
            return date(year, month, day)
    except ValueError:
        raise BadCellError("there is no such day") from None
    if text.isascii() and text.isdigit() and int(text) in _SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(text))
    raise BadCellError("is no date (dd/mm/yyyy)")


def whole_number_of(cell: Cell) -> int:
    """A count: 3263, "3.263". Raises BadCellError for mixed signs ("9,996,0") and fractions."""
    if isinstance(cell, float):
        if not cell.is_integer():
            raise BadCellError("is no whole number")
        return int(cell)
    text = text_of(cell).replace(" ", "")
    if _GROUPED.fullmatch(text) is None and _PLAIN.fullmatch(text) is None:
        raise BadCellError("is no number, or mixes points and commas")
    whole, _, fraction = text.replace(".", "").partition(",")
    if fraction.strip("0"):
        raise BadCellError("is no whole number")
    return int(whole)
