"""Synthetic, seeded Vietnamese names, birth dates, identity numbers and phones. Nobody real is meant.

Names are drawn word by word from common lists; some hard cases (facts, section 6.4) always occur.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final


def _listed(words: str) -> list[str]:
    """Entries parted by bars; the empty one means no middle name."""
    return words.split("|")


_SURNAMES: Final = _listed(
    "Nguyễn|Nguyễn|Nguyễn|Nguyễn|Nguyễn|Nguyễn|Trần|Trần|Trần|Lê|Lê|Lê|Phạm|Phạm|Huỳnh|Huỳnh|Phan|Võ|Võ|Vũ|"
    "Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Lí|Đinh|Mai|Trương|Cao|Châu|Đoàn|Hà|Lâm|Lương|Tạ|Thái|Tô|Trịnh|Văn|Quách|Kiều"
)
_MIDDLE_WOMEN: Final = _listed(
    "Thị|Thị|Thị|Thị Mỹ|Thị Ngọc|Thị Kim|Thị Thanh|Thị Thu|Thị Bích|Ngọc|Kim|Thanh|Mỹ|Mĩ|Hồng|Tuyết|Thùy|Thuỳ|"
    "Thị Hồng|Thị Cẩm|Phương|Diễm|Bảo|Thị Xuân|"
)
_MIDDLE_MEN: Final = _listed(
    "Văn|Văn|Văn|Hữu|Minh|Thanh|Quốc|Hoàng|Đức|Công|Ngọc|Trung|Thành|Tấn|Phước|Xuân|Anh|Đình|Chí|Quang|Nhật|"
)
_GIVEN_WOMEN: Final = _listed(
    "Hạnh|Hòa|Hoà|Hoa|Thủy|Thuỷ|Lan|Mai|Nga|Hương|Hường|Hằng|Ngân|Ánh|Ân|Dung|Trang|Thảo|Vân|Yến|Oanh|Loan|"
    "Phượng|Phương|Xuân|Thu|Đào|Cúc|Tuyền|Trinh|Nhung|Quyên|Khuê|Uyên|Ý|Vy|Trâm|Trúc|My|Mỹ|Diệu|Châu|Thúy|Thuý|"
    "Liễu|Lý|Lụa"
)
_GIVEN_MEN: Final = _listed(
    "An|Đạt|Hà|Hải|Hùng|Hưng|Huy|Khoa|Khải|Khoẻ|Khỏe|Long|Lộc|Minh|Nam|Nghĩa|Phong|Phú|Phúc|Quang|Quân|Sơn|Tài|"
    "Tâm|Thái|Thắng|Thành|Thiện|Thịnh|Thuận|Toàn|Toản|Trí|Trung|Tuấn|Tùng|Vinh|Vũ|Vỹ|Ấn|Ẩn|Bảo|Bình|Cường|Danh|"
    "Duy|Dũng|Đức"
)

# Two-letter names, apostrophes, names without a family name first, both tone placements, i and y.
HARD_CASES: Final[tuple[tuple[str, bool], ...]] = (
    ("Huỳnh Thị Mỹ Hạnh", False),
    ("H'Hen Niê", False),
    ("Y Bhă Niê", True),
    ("Lê Ý", False),
    ("Tô Vũ", True),
    ("Vũ An", True),
    ("Nguyễn Thị Hòa", False),
    ("Nguyễn Thị Hoà", False),
    ("Lí Thị Mĩ Lệ", False),
    ("Lý Thị Mỹ Lệ", False),
    ("Đỗ Ân", True),
    ("Phạm Ân", True),
    ("Thạch Thị Sa Rươne", False),
    ("Công Tằng Tôn Nữ Thị Quỳnh Như Uyên", False),
)


def draw_name(rng: random.Random, male: bool) -> str:
    """A name in NFC; two to five words."""
    middle = rng.choice(_MIDDLE_MEN if male else _MIDDLE_WOMEN)
    given = rng.choice(_GIVEN_MEN if male else _GIVEN_WOMEN)
    return " ".join(word for word in (rng.choice(_SURNAMES), middle, given) if word)


def draw_birth_date(rng: random.Random, first_year: int, last_year: int) -> date:
    """A day between the first of `first_year` and the last of `last_year`."""
    first = date(first_year, 1, 1)
    return first + timedelta(days=rng.randrange((date(last_year, 12, 31) - first).days + 1))


def identity_number(birth_date: date, male: bool, tail: int) -> str:
    """Twelve digits in the form of a CCCD of Long An (facts, section 6.2); the six last come from the seed alone."""
    century = (0 if birth_date.year < 2000 else 2) + (0 if male else 1)
    return f"080{century}{birth_date.year % 100:02d}{tail:06d}"


def phone_number(tail: int) -> str:
    """Ten digits of the prefix 095, which no operator serves, so that no real phone is written anywhere."""
    return f"095{tail:07d}"
