"""The plan beside what there is, as a table: learners and classes of each course, and of all together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from services.roster.use_cases.offerings import Offering
from shared.sheets import Cell, Table

MOST_PRINTED: Final = 20_000
"""More courses than any province offers."""
_HEADER: Final = (
    "Mã khóa học", "Môn học", "Tên khóa học", "Cấp học", "Đối tượng",
    "Người học: kế hoạch", "Lượt học: thực tế", "Chênh lệch", "Lớp: kế hoạch", "Lớp: thực tế", "Chênh lệch",
)  # fmt: skip
_REMARKS: Final = (
    "Thực tế: lượt học không kể đã rút và lớp đã xếp, trong phạm vi của người xem, vào lúc tải tệp.",
    "Chênh lệch: thực tế trừ kế hoạch; bỏ trống nơi kế hoạch không nêu số.",
)


def plan_table(rows: Sequence[tuple[Offering, dict[str, int]]]) -> Table:
    """One row a course and one for all. A difference is what there is less what was planned."""
    lines: list[list[Cell]] = []
    for one, counts in rows:
        learners = _compared(one.planned_learners, counts["enrolments"])
        classes = _compared(one.planned_classes, counts["classes"])
        lines.append([one.course, one.subject, one.title, one.level, one.audience, *learners, *classes])
    learners = _compared(_sum(one.planned_learners for one, _ in rows), sum(counts["enrolments"] for _, counts in rows))
    classes = _compared(_sum(one.planned_classes for one, _ in rows), sum(counts["classes"] for _, counts in rows))
    lines.append(["Tổng", None, None, None, None, *learners, *classes])
    return Table(_HEADER, lines, _REMARKS)


def _compared(planned: int | None, there: int) -> tuple[Cell, Cell, Cell]:
    return planned, there, None if planned is None else there - planned


def _sum(planned: Iterable[int | None]) -> int | None:
    """Of what is planned; None where one course's number is not, for then the whole is not known either."""
    numbers = list(planned)
    return None if None in numbers else sum(number for number in numbers if number is not None)
