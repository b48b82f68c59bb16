"""The public verification page: what anyone with the number or the QR code may know, in Vietnamese or English.

It shows number, kind, name, result, issuer, date and state and nothing else (rule CER-5): the view has no field for a
birth date or a unit, so neither can slip in. The page needs no script and asks no other host for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

State = Literal["valid", "replaced", "revoked", "unknown"]
Language = Literal["vi", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationView:
    """One certificate for the public. An unknown one has no other field; `ended_on` is the day in Vietnam."""

    state: State
    number: str = ""
    kind: str = ""
    name: str = ""
    result: str = ""
    issuer: str = ""
    issued_on: date | None = None
    ended_on: date | None = None
    replaced_by_number: str = ""
    replaced_by_url: str = ""

    def __post_init__(self) -> None:
        if urlsplit(self.replaced_by_url).scheme not in ("", "http", "https"):
            raise ValueError("replaced_by_url is not a web address")


WORDS: Mapping[Language, Mapping[str, str]] = {
    "vi": {
        "title": "Kiểm tra giấy chứng nhận",
        "other": "en",
        "other_name": "English",
        "number": "Số hiệu",
        "kind": "Loại",
        "name": "Họ và tên",
        "result": "Kết quả",
        "issuer": "Đơn vị cấp",
        "issued_on": "Ngày cấp",
        "replaced_on": "Ngày thay thế",
        "replaced_by": "Giấy thay thế",
        "newer": "Xem giấy mới",
        "revoked_on": "Ngày thu hồi",
        "void": "không còn giá trị",
        "advice": "Hãy đối chiếu họ tên và số hiệu trên trang này với bản giấy, và xem địa chỉ trang có đúng là của "
        "đơn vị cấp hay không.",
        "valid": "Có hiệu lực",
        "valid_meaning": "Giấy này có trong sổ cấp và đang có hiệu lực.",
        "replaced": "Đã được thay thế",
        "replaced_meaning": "Giấy này không còn dùng nữa. Giấy mới hơn đã được cấp thay.",
        "revoked": "Đã bị thu hồi",
        "revoked_meaning": "Giấy này KHÔNG còn hiệu lực.",
        "unknown": "Không tìm thấy",
        "unknown_meaning": "Không có giấy nào trong sổ cấp ứng với mã này. Mã có thể bị gõ sai, hoặc giấy không phải "
        "do hệ thống này cấp.",
    },
    "en": {
        "title": "Certificate check",
        "other": "vi",
        "other_name": "Tiếng Việt",
        "number": "Number",
        "kind": "Kind",
        "name": "Name",
        "result": "Result",
        "issuer": "Issuer",
        "issued_on": "Issued on",
        "replaced_on": "Replaced on",
        "replaced_by": "Replaced by",
        "newer": "See the newer certificate",
        "revoked_on": "Revoked on",
        "void": "void",
        "advice": "Compare the name and the number on this page with the paper, and make sure that the address of this "
        "page is the issuer's.",
        "valid": "Valid",
        "valid_meaning": "This certificate is in the register and in force.",
        "replaced": "Replaced",
        "replaced_meaning": "This certificate is no longer in use. A newer one was issued in its place.",
        "revoked": "Revoked",
        "revoked_meaning": "This certificate is NO longer valid.",
        "unknown": "Not found",
        "unknown_meaning": "No certificate in the register has this code. It may be mistyped, or the paper was not "
        "issued by this system.",
    },
}

# Colour of text and frame, tint behind it, frame line: colour is never the only sign, the icon and the words differ.
LOOKS: Mapping[State, Mapping[str, str]] = {
    "valid": {"colour": "#14603a", "tint": "#eaf5ee", "line": "solid"},
    "replaced": {"colour": "#7a4a00", "tint": "#fdf4e0", "line": "dashed"},
    "revoked": {"colour": "#9d1b1e", "tint": "#fbecec", "line": "double"},
    "unknown": {"colour": "#3f3d38", "tint": "#f1efea", "line": "dotted"},
}


def verification_page(view: VerificationView, lang: Language = "vi") -> str:
    """The whole page as HTML. Every value is escaped; the paper's own words stay Vietnamese in either language."""
    words = WORDS[lang]
    say = {"headline": words[view.state], "meaning": words[f"{view.state}_meaning"], **LOOKS[view.state]}
    return _template().render(view=view, lang=lang, words=words, say=say, rows=_rows(view, words, lang))


def _rows(view: VerificationView, words: Mapping[str, str], lang: Language) -> list[dict[str, str | bool]]:
    if view.state == "unknown":
        return []
    newer = view.replaced_by_number or (words["newer"] if view.replaced_by_url else "")
    lines = {
        "name": view.name,
        "number": view.number,
        "kind": view.kind,
        "result": view.result,
        "issuer": view.issuer,
        "issued_on": _day(view.issued_on, lang),
        **({"replaced_on": _day(view.ended_on, lang), "replaced_by": newer} if view.state == "replaced" else {}),
        **({"revoked_on": _day(view.ended_on, lang)} if view.state == "revoked" else {}),
    }
    return [
        {
            "label": words[name],
            "value": value,
            "large": name == "name",
            "vietnamese": name in ("name", "kind", "result", "issuer"),
            "void": name == "number" and view.state != "valid",
            "href": view.replaced_by_url if name == "replaced_by" else "",
        }
        for name, value in lines.items()
        if value
    ]


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _day(day: date | None, lang: Language) -> str:
    if day is None:
        return ""
    return (
        f"{day.day:02d}/{day.month:02d}/{day.year}"
        if lang == "vi"
        else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).with_name("templates"))
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("verification.html")
