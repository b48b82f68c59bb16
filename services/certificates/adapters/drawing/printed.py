"""What a certificate prints, and whether the font can show it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

LONGEST: Mapping[str, int] = {
    "number": 50,
    "register_number": 50,
    "kind_title": 60,
    "kind_subtitle": 100,
    "full_name": 90,
    "course_title": 300,
    "programme": 150,
    "result": 40,
    "score": 20,
    "parent_body": 60,
    "issuer": 60,
    "place": 40,
    "signer_authority": 60,
    "signer_title": 60,
    "signer_name": 60,
    "verify_url": 130,
    "list_title": 200,
}
"""Letters a line may have; more would be too small to read on the wall. Lines not named here: 120."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What a certificate prints, frozen when it was issued. An empty string, or no birth date, leaves its line out.

    `periods` counts lessons (tiết); `score` is ready for print ("57,55/100") or None where none is shown.
    """

    number: str
    register_number: str
    kind_title: str
    kind_subtitle: str
    full_name: str
    birth_date: date | None
    unit_name: str
    position: str
    course_title: str
    programme: str
    periods: int
    starts_on: date
    ends_on: date
    result: str
    score: str | None
    parent_body: str
    issuer: str
    place: str
    issued_on: date
    signer_authority: str
    signer_title: str
    signer_name: str
    verify_url: str
    list_title: str
    recognised_on: date


class UndrawableError(ValueError):
    """A certificate that cannot be printed faithfully; says its number, the line, and the characters by name."""

    def __init__(self, number: str, problems: Sequence[str]) -> None:
        super().__init__(f"certificate {number}: {'; '.join(problems)}")
        self.number = number
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[UndrawableError], tuple[str, tuple[str, ...]]]:
        """It comes back from a process pool, where the default would call it with the message alone."""
        return UndrawableError, (self.number, self.problems)


def _alphabet() -> str:
    """Every character the papers may show: ASCII, Vietnamese, what Ede, Jarai and Bahnar names add, punctuation."""
    tones = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    vowels = "".join(unicodedata.normalize("NFC", v + t) for v in "aăâeêioôơuưy" for t in tones)
    small = "".join(sorted(set(vowels + "đñčĕĭŏŭ") - set("aeiouy")))
    return "".join(map(chr, range(0x21, 0x7F))) + small + small.upper() + "–—‘’“”…·"


ALPHABET = _alphabet()
_SHOWN = frozenset(ALPHABET + " ")
_URL = re.compile(r"https?://[!-~]+")


def problems(printed: Printed) -> list[str]:
    """Why this certificate cannot be printed; empty if it can. Ask before its number is given out."""
    found = []
    for name, text in texts(printed).items():
        if strange := sorted(set(text) - _SHOWN):
            named = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, 'unnamed')}" for c in strange)
            found.append(f"{name} has characters the font does not show: {named}")
        if len(text) > (longest := LONGEST.get(name, 120)):
            found.append(f"{name} has {len(text)} letters, more than {longest}")
    if not _URL.fullmatch(printed.verify_url):
        found.append("verify_url is not a web address in ASCII")
    found.extend(f"{name} is empty" for name in ("number", "full_name", "course_title") if not texts(printed)[name])
    return found


def texts(printed: Printed) -> dict[str, str]:
    """The lines as they are set: NFC, every run of white space one space."""
    values = ((f.name, getattr(printed, f.name)) for f in fields(printed))
    return {n: " ".join(unicodedata.normalize("NFC", v).split()) for n, v in values if isinstance(v, str)}
