"""Rows of a personnel workbook and what is wrong with them (facts, IMP-1 to IMP-12). Nothing is stored here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from services.roster.domain import identity_numbers, phones
from services.roster.domain.cells import BadCellError, Cell, date_of, header_key, text_of, whole_number_of
from services.roster.domain.headers import NEEDED, TITLES, columns_of, is_header
from services.roster.domain.levels import kind_of, level_of
from services.roster.domain.names import search_key, tidy
from services.roster.domain.sheet_rows import Message, Reading, Row, Sheet

_ACCOUNT = re.compile(r"[^@\s,;]{1,64}@[^@\s,;]{1,190}\.[^@\s,;.]{2,}")
_TOTALS = frozenset({"tổng cộng", "cộng", "tổng", "tổng số"})
_LOOK_FOR_HEADER = 40
_EARLIEST_BIRTH = date(1920, 1, 1)


def read(sheets: Sequence[Sheet]) -> Reading:
    """Reads every sheet that has a header; the others are named in a note, none at all is an error."""
    rows: list[Row] = []
    messages: list[Message] = []
    declared: int | None = None
    mapping: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        reader = _SheetReader(sheet, messages)
        if not reader.find_header():
            if any(text_of(cell) for row in sheet.rows for cell in row):
                reader.say(None, None, None, "IMP-1", "note", "Không có dòng tiêu đề; trang tính bị bỏ qua")
            continue
        mapping[sheet.name] = {name: text_of(sheet.rows[reader.top][at]) for name, at in reader.columns.items()}
        found = list(reader.read())
        rows += found
        if reader.declared is not None:
            declared = (declared or 0) + reader.declared
    if not mapping:
        messages.append(Message("", None, None, None, "IMP-1", "error", "Không tìm thấy dòng tiêu đề trong tệp"))
    return Reading(rows, messages, declared, mapping)


class _SheetReader:
    def __init__(self, sheet: Sheet, messages: list[Message]) -> None:
        self._sheet = sheet
        self._messages = messages
        self.top = -1
        self.columns: Mapping[str, int] = {}
        self.declared: int | None = None
        self._bad = False

    def say(self, row: int | None, column: str | None, value: str | None, rule: str, severity: str, text: str) -> None:
        self._bad = self._bad or severity == "error"
        title = TITLES.get(column, column) if column else None
        self._messages.append(Message(self._sheet.name, row, title, value, rule, severity, text))

    def find_header(self) -> bool:
        for index, row in enumerate(self._sheet.rows[:_LOOK_FOR_HEADER]):
            if is_header(row):
                self.top, self.columns = index, columns_of(row)
                break
        else:
            return False
        missing = [name for name in NEEDED if name not in self.columns]
        for name in missing:
            self.say(self.top + 1, name, None, "IMP-1", "error", f"Thiếu cột “{TITLES[name]}”")
        return True

    def read(self) -> Iterator[Row]:
        blank = counted = 0
        if any(name not in self.columns for name in NEEDED):
            return
        for index in range(self.top + 1, len(self._sheet.rows)):
            cells = self._sheet.rows[index]
            words = [text_of(cell) for cell in cells]
            if not any(words) and not self._errors_of(index):
                blank += 1
            elif is_header(cells):
                self.say(index + 1, None, None, "IMP-11", "note", "Dòng tiêu đề lặp lại, bỏ qua")
            elif any(header_key(word) in _TOTALS for word in words):
                self._total(index, words, counted)
            else:
                counted += 1
                yield self._row(index, cells)
        if blank:
            self.say(None, None, None, "IMP-11", "note", f"Bỏ qua {blank} dòng trống")

    def _errors_of(self, index: int) -> list[int]:
        return [column for row, column in self._sheet.errors if row == index] if self._sheet.errors else []

    def _total(self, index: int, words: Sequence[str], counted: int) -> None:
        self.say(index + 1, None, None, "IMP-11", "note", "Dòng tổng cộng, bỏ qua")
        for word in words:
            if not word or header_key(word) in _TOTALS:
                continue
            try:
                declared = whole_number_of(word)
            except BadCellError:
                self.say(index + 1, None, word, "IMP-8", "warning", "Tổng cộng không đọc được thành số")
                return
            self.declared = (self.declared or 0) + declared
            if declared != counted:
                text = f"Tổng cộng ghi {declared} nhưng có {counted} dòng ({counted - declared:+d})"
                self.say(index + 1, None, word, "IMP-10", "warning", text)
            return

    def _row(self, index: int, cells: Sequence[Cell]) -> Row:
        self._bad = False
        number = index + 1
        for column in self._errors_of(index):
            self.say(number, self._title(column), None, "IMP-2", "error", "Ô báo lỗi công thức (#N/A, #REF!…)")

        def cell(name: str) -> Cell:
            at = self.columns.get(name)
            return cells[at] if at is not None and at < len(cells) else None

        name = tidy(text_of(cell("name")))
        if not any(letter.isalpha() for letter in name) or len(name) > 200:
            self.say(number, "name", name[:50] or None, "PER-2", "error", "Thiếu họ và tên")
        school = text_of(cell("school_code"))
        if not school:
            self.say(number, "school_code", None, "IMP-2", "error", "Thiếu mã trường")
        born = self._birth_date(number, cell("birth_date"))
        level, kind = level_of(text_of(cell("level"))), kind_of(text_of(cell("kind")))
        if level is None:
            self.say(number, "level", text_of(cell("level"))[:50], "IMP-2", "error", "Cấp học không có trong danh mục")
        if kind is None:
            self.say(number, "kind", text_of(cell("kind"))[:50], "IMP-2", "error", "Loại phân công không rõ")
        subject = tidy(text_of(cell("subject")))
        if not search_key(subject) or len(subject) > 200:
            self.say(number, "subject", subject[:50] or None, "IMP-2", "error", "Thiếu môn bồi dưỡng")
        account = self._account(number, "account", cell("account"))
        if account is None and not text_of(cell("account")):
            self.say(number, "account", None, "PER-8", "warning", "Thiếu email: người này chưa có tài khoản")
        return Row(
            sheet=self._sheet.name,
            row=number,
            school_code=school,
            name=name,
            birth_date=born,
            identity_number=self._identity(number, cell("identity_number"), born, cell("sex")),
            account=account,
            other_account=self._account(number, "other_account", cell("other_account")),
            phone=self._phone(number, cell("phone")),
            position=tidy(text_of(cell("position"))) or "Giáo viên",
            level=level or "",
            subject=subject,
            kind=kind or "main",
            bad=self._bad,
        )

    def _title(self, column: int) -> str:
        named = next((name for name, at in self.columns.items() if at == column), None)
        return named or f"cột {column + 1}"

    def _birth_date(self, number: int, cell: Cell) -> date | None:
        text = text_of(cell)
        if not text:
            self.say(number, "birth_date", None, "PER-4", "warning", "Thiếu ngày sinh")
            return None
        try:
            born = date_of(cell)
        except BadCellError:
            self.say(number, "birth_date", text[:50], "IMP-7", "error", "Ngày sinh không hợp lệ (dd/mm/yyyy)")
            return None
        if born < _EARLIEST_BIRTH:
            self.say(number, "birth_date", text[:50], "IMP-7", "error", "Ngày sinh quá xa")
        return born

    def _identity(self, number: int, cell: Cell, born: date | None, sex: Cell) -> str | None:
        text = text_of(cell)
        if not text:
            return None
        found = identity_numbers.read(text, numeric=isinstance(cell, float))
        if found.number is None:
            hint = f"; có phải là {found.suggestion}?" if found.suggestion else ""
            rule = "IMP-4" if found.suggestion else "IMP-5"
            self.say(number, "identity_number", text[:20], rule, "error", f"Số CCCD/CMND không hợp lệ{hint}")
            return None
        male = {"nam": True, "nu": False}.get(search_key(text_of(sex)))
        for what in identity_numbers.mismatches(found.number, born, male=male):
            vi = "năm sinh" if what == "birth year" else "giới tính"
            self.say(number, "identity_number", None, "IMP-5", "warning", f"Số CCCD không khớp với {vi}")
        return found.number

    def _account(self, number: int, column: str, cell: Cell) -> str | None:
        text = tidy(text_of(cell)).lower()
        if not text:
            return None
        if _ACCOUNT.fullmatch(text) is None:
            self.say(number, column, text[:80], "IMP-2", "error", "Email không hợp lệ")
            return None
        return text

    def _phone(self, number: int, cell: Cell) -> str | None:
        text = text_of(cell)
        if not text:
            return None
        found = phones.read(text)
        for note in found.notes:
            self.say(number, "phone", text[:40], "IMP-6", "warning", _PHONE_NOTES[note])
        return found.number


_PHONE_NOTES = {
    "two numbers in a cell; the first is used": "Hai số trong một ô: dùng số đầu",
    "a leading zero was added": "Đã thêm số 0 ở đầu",
    "a prefix of before 15/9/2018 was replaced": "Đã đổi đầu số 11 số cũ",
    "is no phone number": "Số điện thoại không hợp lệ, bỏ qua",
}
