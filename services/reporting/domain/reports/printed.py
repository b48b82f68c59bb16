"""What the reports' files share: the columns that say of which node a row is, and the sheet of remarks. All that people
read here is Vietnamese; the codes by which programs name a figure stand in the remarks, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from services.reporting.domain.reports.frame import Cell, Document, Figure
from services.reporting.domain.seats import VIETNAM

NODE_HEADER: Final = (
    "Dòng", "Mã đơn vị", "Đơn vị", "Loại đơn vị", "Mã khóa học", "Môn học", "Cấp học", "Đối tượng",
)  # fmt: skip
_KINDS: Final = {"province": "Tỉnh", "district": "Huyện", "commune": "Xã, phường", "school": "Trường"}
_LEVELS: Final = {"primary": "Tiểu học", "lower_secondary": "THCS", "upper_secondary": "THPT"}


def node_rows(document: Document) -> Iterable[tuple[list[Cell], Mapping[str, Any]]]:
    """The unit, each unit below, what is directly at it, each course: the cells under `NODE_HEADER`, and the node."""
    unit = document["unit"]
    yield _named("Tổng", unit, {}), document
    for child in document["children"]:
        yield _named("Đơn vị", child["unit"], {}), child
    yield _named("Trực tiếp", unit, {}), document["direct"]
    for course in document["by_subject"]:
        yield _named("Môn học", unit, course), course


def _named(row: str, unit: Document, course: Document) -> list[Cell]:
    level = course.get("level")
    return [
        row,
        unit["code"],
        unit["name"],
        _KINDS.get(unit["kind"], unit["kind"]),
        course.get("course"),
        course.get("subject"),
        _LEVELS.get(level, level) if level is not None else None,
        course.get("audience"),
    ]


def printed_day(day: date) -> str:
    """As it is written in Vietnam."""
    return f"{day:%d/%m/%Y}"


def asked_remarks(title: str, document: Document) -> tuple[str, ...]:
    """What stands beside every printed report: what it is of, as of when, by which structure."""
    unit = document["unit"]
    as_of: datetime = document["as_of"]
    return (
        f"{title}: {unit['name'] or unit['id']}",
        f"Tính đến {as_of.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y} (giờ Việt Nam)",
        f"Cơ cấu đơn vị: {'tại thời điểm đăng ký' if document['structure'] == 'then' else 'hiện nay'}",
    )


def codes(figures: Iterable[Figure]) -> str:
    """By which names programs ask for the columns."""
    return "Mã của các cột: " + "; ".join(f"{figure.vi} = {figure.name}" for figure in figures)
