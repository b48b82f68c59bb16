"""A workbook's cells as plain values, by python-calamine, after the bounds."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET  # entities are refused by the bounds before
import zipfile

import python_calamine

from services.roster.adapters.bounds import RefusedWorkbookError, checked
from services.roster.domain.sheet_rows import Sheet

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def sheets_of(content: bytes) -> list[Sheet]:
    """Every visible worksheet from A1 on. Raises RefusedWorkbookError."""
    errors = checked(content)
    try:
        parts = _parts_by_name(content) if any(errors.values()) else {}
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            Sheet(
                name=meta.name,
                rows=book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False),
                errors=errors.get(parts.get(meta.name, ""), frozenset()),
            )
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
    except (python_calamine.CalamineError, ET.ParseError, KeyError, zipfile.BadZipFile):
        raise RefusedWorkbookError("the file is no readable xlsx workbook") from None


def _parts_by_name(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        targets = {r.get("Id", ""): r.get("Target", "") for r in relations}
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
        return {
            str(element.get("name")): _path(targets.get(str(element.get(_RELATION)), ""))
            for element in book.iter()
            if element.tag.endswith("}sheet")
        }


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else re.sub(r"^(\./)?", "xl/", target)
