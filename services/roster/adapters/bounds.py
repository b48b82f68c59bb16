"""What is refused of a workbook before any parser sees it: bombs, encryption, macros, absurd cell addresses.

A dense parser allocates up to the greatest address in a sheet: one cell at XFD1048576 in a file of 5 KB ends the
process. So addresses, or where they are missing the cells themselves, are counted here.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

LARGEST_FILE = 20 * 1024 * 1024
_ENTRIES = 1_000
_INFLATED = 192 * 1024 * 1024
_RATIO = 250
_RATIO_FROM = 1024 * 1024
_COLUMNS = 200
_ROWS = 200_000
_CHUNK = 1 << 20

_ATTRIBUTES = rb"""((?:[^>"']|"[^"]*"|'[^']*')*)>"""
_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(row|c|dimension)(?=[\s/>])" + _ATTRIBUTES)
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([^"']*)["']""")
_ERROR = re.compile(rb"""(?:^|\s)t\s*=\s*["']e["']""")
_ADDRESS = re.compile(rb"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


class RefusedWorkbookError(ValueError):
    """The file is not taken; the message says why."""


def checked(content: bytes) -> dict[str, frozenset[tuple[int, int]]]:
    """Raises RefusedWorkbookError, or answers where error values stand: part name -> (row, column) from 0."""
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise RefusedWorkbookError("the file is encrypted, or in the format of before 2007")
    if len(content) > LARGEST_FILE:
        raise RefusedWorkbookError("the file is larger than 20 MiB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _checked(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, ValueError, OSError) as fault:
        if isinstance(fault, RefusedWorkbookError):
            raise
        raise RefusedWorkbookError("the file is no xlsx workbook") from None


def _checked(archive: zipfile.ZipFile) -> dict[str, frozenset[tuple[int, int]]]:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > _ENTRIES or len(set(names)) != len(names):
        raise RefusedWorkbookError("the archive has too many parts, or one twice")
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        raise RefusedWorkbookError("the file is no xlsx workbook")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise RefusedWorkbookError("the file is encrypted")
    if any(name.endswith(("vbaproject.bin", "workbook.bin")) or "/macrosheets/" in name for name in names):
        raise RefusedWorkbookError("workbooks with macros are not taken")
    if sum(entry.file_size for entry in entries) > _INFLATED:
        raise RefusedWorkbookError("the archive declares more than it may hold")
    budget = _INFLATED
    errors: dict[str, frozenset[tuple[int, int]]] = {}
    for entry in entries:
        data = _inflate(archive, entry, budget)
        budget -= len(data)
        if entry.filename.lower().endswith((".xml", ".rels")):
            _no_tricks(data)
            if b"macroEnabled" in data and entry.filename.lower() == "[content_types].xml":
                raise RefusedWorkbookError("workbooks with macros are not taken")
            errors[entry.filename] = _addresses(data)
    return errors


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > budget or size > entry.file_size:
                raise RefusedWorkbookError("the archive holds more than it may, or than it declares")
            if size > _RATIO_FROM and size > _RATIO * max(1, entry.compress_size):
                raise RefusedWorkbookError("a part of the archive is compressed beyond reason")
            parts.append(chunk)
    return b"".join(parts)


def _no_tricks(data: bytes) -> None:
    if b"\x00" in data:
        raise RefusedWorkbookError("a part is not in UTF-8")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise RefusedWorkbookError("a part declares entities")


def _addresses(data: bytes) -> frozenset[tuple[int, int]]:
    errors: set[tuple[int, int]] = set()
    row = column = 0
    for element in _ELEMENT.finditer(data):
        what, attributes = element.group(1), element.group(2)
        if what == b"dimension":
            continue  # parsers that trust it are not used; the cells themselves are counted
        place = _PLACE.search(attributes)
        if what == b"row":
            row, column = (_row_number(place.group(1)) if place else row + 1), 0
        elif place:
            column, row = _cell(place.group(1))
        else:
            column += 1
        if column > _COLUMNS or row > _ROWS:
            raise RefusedWorkbookError(f"a sheet has more than {_COLUMNS} columns or {_ROWS} rows")
        if what == b"c" and _ERROR.search(attributes):
            errors.add((row - 1, column - 1))
    return frozenset(errors)


def _row_number(text: bytes) -> int:
    if not text.isdigit() or len(text) > 7:
        raise RefusedWorkbookError("a row has no proper number")
    return int(text)


def _cell(address: bytes) -> tuple[int, int]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise RefusedWorkbookError("a cell has no proper address")
    column = 0
    for letter in found.group(1).upper():
        column = column * 26 + letter - 64
    return column, int(found.group(2))
