"""Papers a second of one process, against typst alone on an empty page of the same size."""

from __future__ import annotations

from datetime import date
from time import perf_counter
from typing import Any

import typst

from services.certificates.adapters.drawing import Printed, draw

PAPERS = 600
PAGE = b'#set page(paper: "a4", flipped: true)\n#lorem(30)\n'


def _printed(number: int) -> Printed:
    return Printed(
        number=f"{number:04d}/2021/GCN-HVQLGD",
        register_number=f"{number:05d}",
        kind_title="GIẤY CHỨNG NHẬN",
        kind_subtitle="Hoàn thành khóa bồi dưỡng",
        full_name=f"Huỳnh Thị Mỹ Hạnh {'ABCDEFGHIJ'[number % 10]}",
        birth_date=date(1980, 1 + number % 12, 1 + number % 28),
        unit_name="Trường Tiểu học Thuận Hòa",
        position="Hiệu trưởng",
        course_title="Mô đun 1: Quản trị hoạt động dạy học trong trường tiểu học",
        programme="Chương trình Giáo dục phổ thông 2018",
        periods=40,
        starts_on=date(2020, 8, 10),
        ends_on=date(2020, 12, 20),
        result="Đạt",
        score=None,
        parent_body="BỘ GIÁO DỤC VÀ ĐÀO TẠO",
        issuer="HỌC VIỆN QUẢN LÝ GIÁO DỤC",
        place="Hà Nội",
        issued_on=date(2021, 1, 5),
        signer_authority="",
        signer_title="GIÁM ĐỐC",
        signer_name="",
        verify_url=f"https://bdtx.vn/verify/abcdefghijklmnop{number:06d}",
        list_title="Danh sách công nhận",
        recognised_on=date(2021, 1, 4),
    )


def measure() -> dict[str, Any]:
    """Draws 600 papers; the limit is typst on a nearly empty page, one compile each."""
    draw([_printed(0)])
    started = perf_counter()
    draw([_printed(number) for number in range(PAPERS)])
    value = PAPERS / (perf_counter() - started)
    typst.compile(PAGE, format="pdf")
    started = perf_counter()
    for _ in range(PAPERS):
        typst.compile(PAGE, format="pdf")
    return {"value": round(value, 1), "unit": "papers/s", "limit": round(PAPERS / (perf_counter() - started), 1)}
