"""The columns of a personnel workbook, found by their names wherever they stand (IMP-1)."""

from __future__ import annotations

from collections.abc import Sequence

from services.roster.domain.cells import Cell, header_key

ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("stt", "tt", "số tt", "số thứ tự"),
    "school_code": ("mã trường", "mã đơn vị", "mã cơ sở", "mã trường học"),
    "school_name": ("tên trường", "trường", "đơn vị", "đơn vị công tác", "nơi công tác"),
    "name": ("họ và tên", "họ tên", "họ, tên", "họ và tên giáo viên", "họ tên cán bộ"),
    "birth_date": ("ngày sinh", "ngày, tháng, năm sinh", "ngày tháng năm sinh", "sinh ngày"),
    "sex": ("giới tính", "nam/nữ"),
    "identity_number": ("cccd", "số cccd", "cmnd", "số cmnd", "cmnd/cccd", "cccd/cmnd", "số định danh", "số cmnd/cccd"),
    "account": ("email", "e-mail", "thư điện tử", "địa chỉ email", "tài khoản"),
    "other_account": ("email khác", "e-mail khác", "email 2", "email phụ"),
    "phone": ("điện thoại", "số điện thoại", "sđt", "di động", "số đt"),
    "position": ("chức vụ", "vị trí việc làm", "nhóm chức vụ", "chức danh"),
    "level": ("cấp học", "cấp", "cấp dạy"),
    "subject": ("môn bồi dưỡng", "môn dạy", "môn", "môn học"),
    "kind": ("loại", "loại phân công"),
}
TITLES = {
    "number": "STT", "school_code": "Mã trường", "school_name": "Tên trường", "name": "Họ và tên",
    "birth_date": "Ngày sinh", "sex": "Giới tính", "identity_number": "CCCD", "account": "Email",
    "other_account": "Email khác", "phone": "Điện thoại", "position": "Chức vụ", "level": "Cấp học",
    "subject": "Môn bồi dưỡng", "kind": "Loại",
}  # fmt: skip
NEEDED = ("school_code", "name", "birth_date", "level", "subject")
_FIELDS = {header_key(alias): field for field, aliases in ALIASES.items() for alias in aliases}


def columns_of(row: Sequence[Cell]) -> dict[str, int]:
    """Field -> column index for the headers a row has; the first of two alike counts."""
    found: dict[str, int] = {}
    for index, cell in enumerate(row):
        if isinstance(cell, str) and (field := _FIELDS.get(header_key(cell))) is not None:
            found.setdefault(field, index)
    return found


def is_header(row: Sequence[Cell]) -> bool:
    """Whether a row is a header: a name column, a code or level column, and four known headers at least."""
    found = columns_of(row)
    return "name" in found and len(found) >= 4
