"""School levels and kinds of assignment as they are written and as they are kept."""

from __future__ import annotations

from services.roster.domain.names import search_key

_LEVELS = {
    "mam non": "preschool", "mn": "preschool", "preschool": "preschool",
    "tieu hoc": "primary", "th": "primary", "cap 1": "primary", "primary": "primary",
    "thcs": "lower_secondary", "trung hoc co so": "lower_secondary", "cap 2": "lower_secondary",
    "lowersecondary": "lower_secondary",
    "thpt": "upper_secondary", "trung hoc pho thong": "upper_secondary", "cap 3": "upper_secondary",
    "uppersecondary": "upper_secondary",
    "gdtx": "continuing", "giao duc thuong xuyen": "continuing", "continuing": "continuing",
}  # fmt: skip
_KINDS = {
    "": "main", "chinh": "main", "main": "main", "kiem nhiem": "secondary", "phu": "secondary",
    "secondary": "secondary", "tham khao": "reference", "reference": "reference",
}  # fmt: skip


def level_of(text: str) -> str | None:
    """The level's code, or None where it is not known."""
    return _LEVELS.get(search_key(text))


def kind_of(text: str) -> str | None:
    """main, secondary or reference; an empty cell is main; None where it is not known."""
    return _KINDS.get(search_key(text))
