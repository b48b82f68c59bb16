"""The printed rows of Long An's plan for module 1 (2020) as data, and smaller provinces of the same shape.

Source: Kế hoạch triển khai bồi dưỡng Module 01, Sở GDĐT Long An, tháng 7/2020, mục II.1.1 (learners, classes),
II.1.2 (40 periods, titles), II.2a (before 30/12/2020), II.2c (40 questions, essays).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

Level = Literal["primary", "lower_secondary", "upper_secondary"]
Audience = Literal["managers", "teachers"]

# The common window of every course; learners work in it, the late ones after it.
COURSE_OPENS_ON: Final = date(2020, 8, 10)
COURSE_CLOSES_ON: Final = date(2020, 12, 20)
# The vendor sends nothing dated after this day save the handful below.
LAST_MARK_ON: Final = date(2020, 12, 28)
# A handful of finals are handed in and marked again on this day. Lists must be approved before it, else no
# review is ever opened by the sample.
LATE_EVIDENCE_ON: Final = date(2021, 1, 25)

CLASS_SIZE: Final = 50
MANAGERS_SUBJECT: Final = "Quản lý trường học"
PRIMARY_MANAGERS: Final = "CBQL-TH-M1"
PRIMARY_GENERAL: Final = "GV-TH-CHUNG-M1"


@dataclass(frozen=True, slots=True)
class Composition:
    """What a course has: numbers of materials by kind, tasks and quiz questions, and the essays' names."""

    document: int
    graphic: int
    video: int
    task: int
    questions: int
    essays: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The shape of an offering's `composition` in the API (contracts, section 4)."""
        return {
            "document": self.document,
            "graphic": self.graphic,
            "video": self.video,
            "task": self.task,
            "questions": self.questions,
            "essays": list(self.essays),
        }


@dataclass(frozen=True, slots=True)
class PlannedCourse:
    """One row of the plan. `code` is the vendor's course code; `learners` counts enrolments, `classes` is printed."""

    code: str
    title: str
    subject: str
    level: Level
    audience: Audience
    learners: int
    classes: int
    composition: Composition
    periods: int = 40


MANAGERS_COMPOSITION: Final = Composition(5, 3, 5, 4, 40, ("tu-luan-1", "tu-luan-2", "tu-luan-3"))
TEACHERS_COMPOSITION: Final = Composition(4, 3, 4, 4, 40, ("tu-luan-1", "tu-luan-2", "tu-luan-3"))

LEVEL_NAMES: Final[dict[Level, str]] = {
    "primary": "Tiểu học",
    "lower_secondary": "THCS",
    "upper_secondary": "THPT",
}
_LEVEL_CODES: Final[dict[Level, str]] = {
    "primary": "TH",
    "lower_secondary": "THCS",
    "upper_secondary": "THPT",
}
_LEVEL_SCHOOLS: Final[dict[Level, str]] = {
    "primary": "tiểu học",
    "lower_secondary": "trung học cơ sở",
    "upper_secondary": "trung học phổ thông",
}


def _managers(level: Level, learners: int, classes: int) -> PlannedCourse:
    return PlannedCourse(
        code=f"CBQL-{_LEVEL_CODES[level]}-M1",
        title=f"Mô đun 1: Quản trị hoạt động dạy học trong trường {_LEVEL_SCHOOLS[level]}",
        subject=MANAGERS_SUBJECT,
        level=level,
        audience="managers",
        learners=learners,
        classes=classes,
        composition=MANAGERS_COMPOSITION,
    )


def _teachers(level: Level, short: str, subject: str, learners: int, classes: int) -> PlannedCourse:
    return PlannedCourse(
        code=f"GV-{_LEVEL_CODES[level]}-{short}-M1",
        title="Mô đun 1: Hướng dẫn thực hiện Chương trình Giáo dục phổ thông 2018",
        subject=subject,
        level=level,
        audience="teachers",
        learners=learners,
        classes=classes,
        composition=TEACHERS_COMPOSITION,
    )


# The plan prints 10 classes for the four primary specialist subjects together: half-up n/50 gives 5, 1, 1, 3.
# 430 managers stand in CBQL-TH-M1 and, the same persons, in GV-TH-CHUNG-M1. 197 of the 3,722 lower secondary
# teachers teach a second subject; the plan enrols each of them once, in the main one.
PLAN: Final[tuple[PlannedCourse, ...]] = (
    _managers("primary", 430, 10),
    _managers("lower_secondary", 267, 6),
    _managers("upper_secondary", 113, 2),
    _teachers("primary", "CHUNG", "Giáo viên chủ nhiệm (không dạy môn chuyên)", 3263, 65),
    _teachers("primary", "TIN", "Tin học", 235, 5),
    _teachers("primary", "MITHUAT", "Mỹ thuật", 63, 1),
    _teachers("primary", "AMNHAC", "Âm nhạc", 66, 1),
    _teachers("primary", "GDTC", "Giáo dục thể chất", 150, 3),
    _teachers("lower_secondary", "TOAN", "Toán", 648, 13),
    _teachers("lower_secondary", "NGUVAN", "Ngữ văn", 516, 10),
    _teachers("lower_secondary", "GDCD", "Giáo dục công dân", 132, 3),
    _teachers("lower_secondary", "KHTN", "Khoa học Tự nhiên", 825, 17),
    _teachers("lower_secondary", "NGHETHUAT", "Nghệ thuật", 339, 7),
    _teachers("lower_secondary", "CONGNGHE", "Công nghệ", 205, 4),
    _teachers("lower_secondary", "LSDL", "Lịch sử và Địa lý", 475, 10),
    _teachers("lower_secondary", "TIN", "Tin học", 241, 5),
    _teachers("lower_secondary", "GDTC", "Giáo dục thể chất", 341, 7),
    _teachers("upper_secondary", "TOAN", "Toán", 346, 7),
    _teachers("upper_secondary", "NGUVAN", "Ngữ văn", 281, 6),
    _teachers("upper_secondary", "GDKTPL", "Giáo dục kinh tế và pháp luật", 95, 2),
    _teachers("upper_secondary", "VATLI", "Vật lý", 242, 5),
    _teachers("upper_secondary", "HOAHOC", "Hóa học", 206, 4),
    _teachers("upper_secondary", "SINHHOC", "Sinh học", 142, 3),
    _teachers("upper_secondary", "LICHSU", "Lịch sử", 134, 3),
    _teachers("upper_secondary", "DIALI", "Địa lý", 122, 3),
    _teachers("upper_secondary", "CONGNGHE", "Công nghệ", 124, 3),
    _teachers("upper_secondary", "TIN", "Tin học", 141, 3),
    _teachers("upper_secondary", "GDTC", "Giáo dục thể chất", 141, 3),
    _teachers("upper_secondary", "GDQPAN", "Giáo dục quốc phòng và an ninh", 82, 2),
)


def persons(courses: tuple[PlannedCourse, ...]) -> int:
    """Persons behind the enrolments: the primary managers, enrolled twice, count once."""
    return sum(course.learners for course in courses if course.code != PRIMARY_MANAGERS)


def half_up_classes(learners: int) -> int:
    """Classes of about 50: n/50 rounded half-up, one at least."""
    return max(1, (2 * learners + CLASS_SIZE) // (2 * CLASS_SIZE))


def shared_out(total: int, weights: list[int]) -> list[int]:
    """`total` whole things by `weights`, largest remainders first (the earlier one at a tie); sums to `total`."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


def scaled(people: int) -> tuple[PlannedCourse, ...]:
    """A province of exactly `people` persons with the plan's 29 courses in the plan's proportions.

    Every course has two learners or more from 58 persons on, one below; primary managers are always among the
    primary general teachers. 9,935 gives the plan itself with its printed classes, any other number classes by
    half-up n/50. Raises ValueError below 29 persons.
    """
    if people == persons(PLAN):
        return PLAN
    if people < len(PLAN):
        raise ValueError(f"the sample province needs {len(PLAN)} persons or more, one for each course")
    least = 2 if people >= 2 * len(PLAN) else 1
    managers = next(course.learners for course in PLAN if course.code == PRIMARY_MANAGERS)
    sizes = [c.learners - (managers if c.code == PRIMARY_GENERAL else 0) for c in PLAN]
    shares = shared_out(people - least * len(PLAN), [size - least for size in sizes])
    learners = {course.code: least + share for course, share in zip(PLAN, shares, strict=True)}
    learners[PRIMARY_GENERAL] += learners[PRIMARY_MANAGERS]
    return tuple(
        replace(course, learners=learners[course.code], classes=half_up_classes(learners[course.code]))
        for course in PLAN
    )
