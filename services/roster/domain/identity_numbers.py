"""Identity numbers: CCCD of twelve digits, CMND of nine (facts, section 6.2; IMP-4, IMP-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_OLD_PROVINCES = frozenset(
    f"{code:03d}"
    for code in (
        1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36,
        37, 38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75,
        77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number as text, or None with the fault; `suggestion` is shown to a person and never applied."""

    number: str | None
    fault: str | None = None
    suggestion: str | None = None


def read(text: str, *, numeric: bool) -> IdentityNumber:
    """Reads a cell's text; `numeric` where the sheet held a number, which has lost its leading zeros."""
    digits = text.replace(" ", "").replace(".", "") if not numeric else text
    if not digits.isascii() or not digits.isdigit():
        return IdentityNumber(None, "is no number")
    if numeric and len(digits) in (10, 11):
        return IdentityNumber(None, "lost its leading zeros in a numeric cell", digits.zfill(12))
    if len(digits) == 8:
        return IdentityNumber(None, "has 8 digits; a CMND that lost a zero has 9", digits.zfill(9))
    if len(digits) == 9:
        return IdentityNumber(digits)
    if len(digits) != 12:
        return IdentityNumber(None, "has neither 12 digits (CCCD) nor 9 (CMND)")
    if digits[:3] not in _OLD_PROVINCES:
        return IdentityNumber(None, "does not begin with a province's old code")
    return IdentityNumber(digits)


def mismatches(number: str, birth_date: date | None, *, male: bool | None) -> list[str]:
    """What of a CCCD does not agree with birth year and sex: warnings only, validators in the wild contradict."""
    if len(number) != 12:
        return []
    century, sex = divmod(int(number[3]), 2)
    found = []
    if birth_date is not None and birth_date.year != 1900 + 100 * century + int(number[4:6]):
        found.append("birth year")
    if male is not None and sex != (0 if male else 1):
        found.append("sex")
    return found


def masked(number: str | None) -> str | None:
    """The last four digits, as people and screens may see it."""
    return None if number is None else f"…{number[-4:]}"
