"""The lines of a certificate's page, ready for the template: dates and rows in Vietnamese, the QR code."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import zxingcpp

from services.certificates.adapters.drawing.printed import ALPHABET, Printed, texts


def layout(printed: Printed) -> dict[str, object]:
    """The lines of one page by their place in the template, each with a bound of its width; rows are facts."""
    text = texts(printed)
    result = f"{text['result']} ({text['score']})" if text.get("score") else text["result"]
    basis = f"{text['list_title']}, công nhận ngày {_day(printed.recognised_on)}" if text["list_title"] else ""
    lines = {
        **{n: text[n] for n in ("kind_title", "kind_subtitle", "full_name", "course_title", "programme")},
        "signer_name": text["signer_name"],
        "parent_body": text["parent_body"].upper(),
        "issuer": text["issuer"].upper(),
        "basis": basis,
        "place_and_date": place_and_date(text["place"], printed.issued_on),
        "shown_url": text["verify_url"].partition("://")[2],
    }
    rows = {
        "about": {"Ngày sinh:": _day(printed.birth_date) if printed.birth_date else "", "Chức vụ:": text["position"]},
        "unit": {"Đơn vị công tác:": text["unit_name"]},
        "outcome": {
            "Thời lượng:": f"{printed.periods} tiết",
            "Thời gian:": f"{_day(printed.starts_on)} – {_day(printed.ends_on)}",
            "Kết quả:": result,
        },
        "number": {"Số hiệu:": text["number"]},
        "register": {"Số vào sổ:": text["register_number"]},
    }
    return {
        **{place: _bounded(line) for place, line in lines.items()},
        **{place: [(_bounded(a), _bounded(b)) for a, b in facts.items() if b] for place, facts in rows.items()},
        "signer": [_bounded(line) for line in (text["signer_authority"], text["signer_title"]) if line],
        "qr": _qr(printed.verify_url),
    }


def place_and_date(place: str, day: date) -> str:
    """ "Long An, ngày 05 tháng 02 năm 2021": days below 10 and months 1 and 2 take a zero (NĐ 30/2020, Phụ lục I)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"{place}, ngày {day.day:02d} tháng {month} năm {day.year}"


def width_bound(character: str) -> float:
    """No face of the font sets this character of the alphabet wider than this many ems."""
    if character in " !',.:;|‘’·\"()-/[\\]`fijlt{}ìíĩĭỉị":
        return 0.4
    if character in "HMWm@…":
        return 1.1
    return 0.8 if character.isupper() or character in "&—%whknñ" else 0.6


_BOUNDS = {character: width_bound(character) for character in ALPHABET + " "}


def _bounded(line: str) -> tuple[str, float]:
    return line, round(sum(map(_BOUNDS.__getitem__, line)), 1) + 0.1


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def _qr(url: str) -> str:
    """The address as an SVG of one path: each horizontal run of dark modules a rectangle. Error correction M."""
    code = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    side = int(image.shape[0])
    rows = bytes(image).translate(_DARK).decode("ascii")
    path = "".join(
        f"M{run.start()} {y}h{len(run[0])}v1h-{len(run[0])}z"
        for y in range(side)
        for run in _RUN.finditer(rows[y * side : (y + 1) * side])
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'


_DARK = bytes(ord("1") if luminance < 128 else ord("0") for luminance in range(256))
_RUN = re.compile("1+")
