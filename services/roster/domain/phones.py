"""Vietnamese phone numbers as ten digits (facts, section 6.3; IMP-6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OLD_PREFIXES = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058", "0199": "059",
} | {f"016{n}": f"03{n}" for n in range(2, 10)}  # fmt: skip
_BETWEEN = re.compile(r"[;,/\n]+|\s+(?:hoặc|và|-)\s+")


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` is None where nothing usable stands there; `notes` say what was done to it."""

    number: str | None
    notes: tuple[str, ...] = ()


def read(text: str) -> Phone:
    """Takes the first number of a cell, without signs, +84 as 0, the prefixes before 15/9/2018 by today's."""
    parts = [part for part in _BETWEEN.split(text.strip()) if part.strip()]
    notes = ["two numbers in a cell; the first is used"] if len(parts) > 1 else []
    digits = re.sub(r"[\s.()\-\u2013]", "", parts[0]) if parts else ""
    digits = re.sub(r"^(\+84|84(?=\d{9,10}$))0?", "0", digits)
    if len(digits) == 9 and digits.isdigit() and digits[0] != "0":
        digits = "0" + digits
        notes.append("a leading zero was added")
    if not digits.isascii() or not digits.isdigit() or not 10 <= len(digits) <= 11 or digits[0] != "0":
        return Phone(None, (*notes, "is no phone number"))
    if len(digits) == 11 and digits[:4] in _OLD_PREFIXES:
        digits = _OLD_PREFIXES[digits[:4]] + digits[4:]
        notes.append("a prefix of before 15/9/2018 was replaced")
    return Phone(digits, tuple(notes))


def masked(number: str | None) -> str | None:
    """The last three digits."""
    return None if number is None else f"…{number[-3:]}"
