"""What grading says of a refusal to people, in Vietnamese (shared/wording.py). What it says of a vendor's event it also
keeps and counts, in the words of the contract alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VIETNAMESE: Final[Mapping[str, str]] = {
    "{} rows may not stand on the list": "{} dòng không đủ điều kiện có trong danh sách",
}
