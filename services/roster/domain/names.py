"""Vietnamese names: what is stored, what is searched, and in which order they are listed (facts, section 6.4)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_LOOKALIKES = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "’": "'", "ʼ": "'"})
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
"""ngang 0 < huyền 1 < hỏi 2 < ngã 3 < sắc 4 < nặng 5."""
_SHAPES = {("a", "\u0306"): "a1", ("a", "\u0302"): "a2", ("e", "\u0302"): "e1", ("o", "\u0302"): "o1"}
_SHAPES |= {("o", "\u031b"): "o2", ("u", "\u031b"): "u1"}
_MARKS = frozenset({"\u0306", "\u0302", "\u031b"})
_PARTED = frozenset("adeou")


def tidy(text: str) -> str:
    """As it is stored: NFC, one space between words, none around; Ð and Ɖ become Đ. Spelling stays as entered."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_LOOKALIKES).split())


@lru_cache(maxsize=65_536)
def _search_word(word: str) -> str:
    bare = unicodedata.normalize("NFD", word.lower().replace("đ", "d"))
    return "".join(letter for letter in bare if letter.isalnum())


def search_key(text: str) -> str:
    """Lower case without marks, đ as d: "Hoà", "Hòa" and "hoa" are the same, in NFC and NFD alike."""
    return " ".join(filter(None, map(_search_word, tidy(text).split())))


@lru_cache(maxsize=65_536)
def _sort_word(word: str) -> str:
    letters: list[str] = []
    tone = "0"
    for sign in unicodedata.normalize("NFD", word.lower()):
        if sign in _TONES:
            tone = _TONES[sign]
        elif sign in _MARKS and letters:
            letters[-1] = _SHAPES.get((letters[-1][0], sign), letters[-1])
        elif sign == "đ":
            letters.append("d1")
        elif sign.isalnum():
            letters.append(f"{sign}0" if sign in _PARTED else sign)
    # "!" sorts before every letter, so a word comes before those it begins: An, Ánh, Ân.
    return "".join(letters) + "!" + tone


def sort_key(name: str) -> str:
    """Orders by given name (the last word), then family and middle names; letters first, then tones.

    The key is ASCII for Vietnamese letters and compares as bytes: the database needs no ICU.
    """
    words = tidy(name).split()
    return " ".join(map(_sort_word, [*words[-1:], *words[:-1]]))
