"""The units of 2020: Long An, its 15 districts and towns, some 300 synthetic schools, two institutions, the vendor.

The districts are real. School names are composed of common place-name words and meant to be nobody's; school codes
are opaque text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from deploy.local.sample.plan import PLAN, Audience, Level, PlannedCourse, shared_out

Kind = Literal["province", "district", "school", "institution", "vendor"]

PROVINCE_CODE: Final = "80"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as roster's import takes it. `parent_code` is None for the province, the institutions, the vendor."""

    code: str
    name: str
    kind: Kind
    parent_code: str | None


PROVINCE: Final = Unit(PROVINCE_CODE, "Long An", "province", None)
VENDOR: Final = Unit("VIETTEL", "Viettel", "vendor", None)
MANAGERS_INSTITUTION: Final = Unit("HVQLGD", "Học viện Quản lý Giáo dục", "institution", None)
TEACHERS_INSTITUTION: Final = Unit("DHSPTPHCM", "Trường Đại học Sư phạm Thành phố Hồ Chí Minh", "institution", None)
# Whose courses an institution judges: the plan, II.1.2.1 and II.2c.
INSTITUTIONS: Final[dict[Audience, Unit]] = {
    "managers": MANAGERS_INSTITUTION,
    "teachers": TEACHERS_INSTITUTION,
}

# name, primary schools, lower secondary schools
_DISTRICTS: Final[tuple[tuple[str, int, int], ...]] = (
    ("Thành phố Tân An", 12, 8),
    ("Thị xã Kiến Tường", 6, 4),
    ("Huyện Bến Lức", 12, 9),
    ("Huyện Cần Đước", 13, 9),
    ("Huyện Cần Giuộc", 14, 10),
    ("Huyện Châu Thành", 9, 6),
    ("Huyện Đức Hòa", 16, 11),
    ("Huyện Đức Huệ", 8, 6),
    ("Huyện Mộc Hóa", 5, 4),
    ("Huyện Tân Hưng", 7, 5),
    ("Huyện Tân Thạnh", 8, 6),
    ("Huyện Tân Trụ", 8, 6),
    ("Huyện Thạnh Hóa", 9, 6),
    ("Huyện Thủ Thừa", 12, 8),
    ("Huyện Vĩnh Hưng", 11, 7),
)
_UPPER_SECONDARY_SCHOOLS: Final = 45

DISTRICTS: Final[tuple[Unit, ...]] = tuple(
    Unit(f"{PROVINCE_CODE}.{n:02d}", name, "district", PROVINCE_CODE) for n, (name, _, _) in enumerate(_DISTRICTS, 1)
)

_FIRST: Final = (
    "An",
    "Bình",
    "Tân",
    "Mỹ",
    "Long",
    "Phước",
    "Hòa",
    "Thạnh",
    "Hưng",
    "Vĩnh",
    "Đức",
    "Nhơn",
    "Thuận",
    "Khánh",
    "Hậu",
    "Lương",
    "Phú",
    "Thái",
)
_SECOND: Final = (
    "Lạc",
    "Phú",
    "Lộc",
    "Hòa",
    "Thạnh",
    "Trinh",
    "Điền",
    "Ngãi",
    "Quới",
    "Đông",
    "Tây",
    "Nam",
    "Bửu",
    "Hạnh",
    "Thành",
    "Tịnh",
    "Mỹ",
    "Đức",
    "Lợi",
    "Thới",
    "Chánh",
    "Hiệp",
    "Nghĩa",
)


@dataclass(frozen=True, slots=True)
class Tree:
    """All units, parents before children, and the schools of each level."""

    units: tuple[Unit, ...]
    schools: dict[Level, tuple[Unit, ...]]


def _school_names(label: str, rng: random.Random) -> Iterator[str]:
    names = [f"{label} {first} {second}" for first in _FIRST for second in _SECOND if first != second]
    rng.shuffle(names)
    yield from names


def _schools(courses: tuple[PlannedCourse, ...], level: Level, full: int) -> int:
    """Schools of a level: as many as the full province's share of managers heads, and never more than managers."""
    printed, here = (
        next(c.learners for c in plan if c.audience == "managers" and c.level == level) for plan in (PLAN, courses)
    )
    return max(1, min(full, here, (2 * full * here + printed) // (2 * printed)))


def build(courses: tuple[PlannedCourse, ...], seed: int) -> Tree:
    """The tree for these courses: 300 schools for the whole plan, proportionally fewer for a smaller province."""
    schools: dict[Level, tuple[Unit, ...]] = {}
    below: tuple[tuple[Level, str, str, list[int]], ...] = (
        ("primary", "TH", "Trường Tiểu học", [row[1] for row in _DISTRICTS]),
        ("lower_secondary", "THCS", "Trường THCS", [row[2] for row in _DISTRICTS]),
    )
    for level, short, label, weights in below:
        names = _school_names(label, random.Random(f"{seed}:schools:{level}"))
        shares = shared_out(_schools(courses, level, sum(weights)), weights)
        schools[level] = tuple(
            Unit(f"{district.code}.{short}.{n:02d}", next(names), "school", district.code)
            for district, share in zip(DISTRICTS, shares, strict=True)
            for n in range(1, share + 1)
        )
    names = _school_names("Trường THPT", random.Random(f"{seed}:schools:upper_secondary"))
    schools["upper_secondary"] = tuple(
        Unit(f"{PROVINCE_CODE}.THPT.{n:02d}", next(names), "school", PROVINCE_CODE)
        for n in range(1, _schools(courses, "upper_secondary", _UPPER_SECONDARY_SCHOOLS) + 1)
    )
    return Tree(
        units=(
            PROVINCE,
            *DISTRICTS,
            *(school for level in schools.values() for school in level),
            *INSTITUTIONS.values(),
            VENDOR,
        ),
        schools=schools,
    )
